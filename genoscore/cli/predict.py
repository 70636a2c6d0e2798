"""`genoscore predict`."""

from __future__ import annotations

import logging
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from genoscore.cli import options
from genoscore.cli.errors import guarded
from genoscore.core.config import PREDICT_KEYS, PredictConfig

LOG = logging.getLogger("genoscore")


@guarded
def predict(
    input: Annotated[
        str | None,
        typer.Argument(metavar="[SEQUENCES]", help="FASTA, plain or gzipped; - is standard input.", show_default=False),
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "-o",
            "--output",
            help="By suffix: .npz .tsv .tsv.gz .bedgraph .bedgraph.gz .bw; - is TSV on standard output. "
            "May be repeated (required).",
            show_default=False,
        ),
    ] = None,
    predictor: Annotated[
        list[str] | None, typer.Option("-p", "--predictor", help="Predictor. [default: spliceai]")
    ] = None,
    weights: options.Weights = None,
    strand: Annotated[
        str | None,
        typer.Option("--strand", help="spec, as when it scores; forward; reverse. [default: spec]"),
    ] = None,
    tracks: options.Tracks = None,
    head: options.Head = None,
    untrained: options.Untrained = None,
    reference: Annotated[
        Path | None, typer.Option("-r", "--reference", help="FASTA that --region is of, plain or bgzipped.")
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", help="chr1:1000-2000 (1-based, inclusive), in place of SEQUENCES.")
    ] = None,
    device: options.OneDevice = None,
    precision: options.PlainPrecision = None,
    threads: options.Threads = None,
    batch_size: options.BatchSize = None,
    config: options.Config = None,
    commercial: options.Commercial = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    log_file: options.LogFile = None,
) -> None:
    """Tracks of sequences without variants: what a network gives for every base (or bin).

    Around the sequences of a FASTA lies N; around a region of the reference, its own sequence.
    """
    given = {
        "input": input, "output": output, "predictor": predictor, "weights": options.parse_weights(weights),
        "strand": strand, "tracks": tracks, "head": head, "untrained": untrained,
        "reference": reference, "region": region, "device": device, "precision": precision,
        "threads": threads, "batch_size": batch_size, "commercial": commercial,
        "command": shlex.join(["genoscore", *sys.argv[1:]]),
    }  # fmt: skip
    found = options.read_options(config, given, PREDICT_KEYS)
    if "output" not in found:
        raise typer.BadParameter("missing -o/--output")
    if not found.keys() & {"input", "region"}:
        raise typer.BadParameter("missing SEQUENCES, or --region with -r/--reference")
    predict_config = PredictConfig(**found, protect=options.side_files(config, log_file))
    options.check_log_file(log_file, config, predict_config.input, predict_config.reference)
    options.set_up_logging(verbose, log_file)
    from genoscore.cli.report import TrackReporter
    from genoscore.scoring.sequences import predict_sequences

    reporter = TrackReporter(quiet)
    LOG.info("run: %s", predict_config)
    try:
        done = predict_sequences(predict_config, reporter)
    finally:
        reporter.stop()
    reporter.finish(done)

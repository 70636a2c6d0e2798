"""`genoscore explain`."""

from __future__ import annotations

import logging
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from genoscore.cli import options
from genoscore.cli.errors import guarded

LOG = logging.getLogger("genoscore")


@guarded
def explain(
    input: Annotated[
        str | None,
        typer.Argument(
            metavar="INPUT",
            help="VCF, bgzipped VCF or BCF (- is a VCF on standard input); a region chr1:1000-1100; or a FASTA.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", help="Folder, which is made (required).", show_default=False)
    ] = None,
    predictor: Annotated[
        list[str] | None, typer.Option("-p", "--predictor", help="Predictor. [default: spliceai]")
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            "-r", "--reference", help="FASTA, plain or bgzipped, of variants and regions.", show_default=False
        ),
    ] = None,
    figures: Annotated[
        str | None,
        typer.Option(
            "--figures", help="mutagenesis,profiles,contributions,attention or some of them. [default: all there are]"
        ),
    ] = None,
    window: Annotated[
        int | None, typer.Option("--window", help="Bases around a variant that are mutated. [default: 101]")
    ] = None,
    flank: Annotated[
        int | None, typer.Option("--flank", help="Bases either side that profiles show. [default: 200]")
    ] = None,
    show: Annotated[
        str | None, typer.Option("--show", metavar="FIELD", help="Score of the heat map. [default: the MAX]")
    ] = None,
    steps: Annotated[int | None, typer.Option("--steps", help="Gradients a sequence, at most. [default: 60]")] = None,
    most: Annotated[int | None, typer.Option("--most", help="Variants, at most. [default: 100]")] = None,
    force: Annotated[
        bool | None, typer.Option("--force/--no-force", help="Replace the folder of an earlier run.")
    ] = None,
    weights: options.Weights = None,
    annotation: options.Annotation = None,
    transcripts: options.Transcripts = None,
    distance: options.Distance = None,
    mask: Annotated[
        str | None, typer.Option("-m", "--mask", help="none; spliceai; site: as in score. [default: none]")
    ] = None,
    tracks: options.Tracks = None,
    head: options.Head = None,
    strand: Annotated[
        str | None,
        typer.Option("--strand", help="As in score; of a FASTA also forward and reverse. [default: spec]"),
    ] = None,
    shifts: options.Shifts = None,
    centre: options.Centre = None,
    untrained: options.Untrained = None,
    region: options.Region = None,
    regions_file: options.RegionsFile = None,
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
    """What moves a score: for every variant a page with figures, in a folder.

    Saturation mutagenesis, splice profiles, contributions of bases, attention: what the predictor allows.
    """
    from genoscore.explaining.config import EXPLAIN_KEYS, ExplainConfig

    given = {
        "input": input, "output": None if output is None else [output], "predictor": predictor, "reference": reference,
        "figures": figures, "window": window, "flank": flank, "show": show, "steps": steps, "most": most,
        "force": force, "weights": options.parse_weights(weights), "annotation": annotation,
        "transcripts": transcripts, "distance": distance, "mask": mask, "tracks": tracks, "head": head,
        "strand": strand, "shifts": shifts, "centre": centre, "untrained": untrained, "region": region,
        "regions_file": regions_file, "device": device, "precision": precision, "threads": threads,
        "batch_size": batch_size, "commercial": commercial, "command": shlex.join(["genoscore", *sys.argv[1:]]),
    }  # fmt: skip
    found = options.read_options(config, given, EXPLAIN_KEYS)
    for name, label in (("input", "INPUT"), ("output", "-o/--output FOLDER")):
        if name not in found:
            raise typer.BadParameter(f"missing {label}")
    explain_config = ExplainConfig(**{"reference": Path("-")} | found, protect=options.side_files(config, log_file))
    options.check_log_file(log_file, config, explain_config.input, explain_config.reference)
    options.set_up_logging(verbose, log_file)
    from genoscore.cli.report import ExplainReporter
    from genoscore.explaining.run import explain as run

    reporter = ExplainReporter(quiet)
    LOG.info("run: %s", explain_config)
    try:
        done = run(explain_config, reporter)
    finally:
        reporter.stop()
    reporter.finish(done)

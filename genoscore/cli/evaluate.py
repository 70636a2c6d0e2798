"""`genoscore evaluate`."""

from __future__ import annotations

import logging
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from genoscore.cli import options
from genoscore.cli.errors import guarded
from genoscore.evaluation.config import EVALUATE_KEYS, NO_REFERENCE, OWN_KEYS, EvaluateConfig, EvaluateRun

LOG = logging.getLogger("genoscore")


@guarded
def evaluate(
    input: Annotated[
        str | None,
        typer.Argument(
            metavar="TABLE",
            help="TSV with a header line and columns CHROM, POS, REF, ALT, or a column of sequences; plain or gzipped; "
            "- is standard input.",
            show_default=False,
        ),
    ] = None,
    reference: Annotated[
        Path | None, typer.Option("-r", "--reference", help="FASTA of variants, plain or bgzipped.")
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", metavar="COLUMN", help="Column of labels.", show_default=False)
    ] = None,
    positive: Annotated[
        str | None, typer.Option("--positive", metavar="LABEL,...", help="Labels that should score high.")
    ] = None,
    negative: Annotated[
        str | None, typer.Option("--negative", metavar="LABEL,...", help="Labels that should score low.")
    ] = None,
    value: Annotated[
        str | None, typer.Option("--value", metavar="COLUMN", help="Column of measured effects, in place of --label.")
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            "--group", metavar="COLUMN", help="Results for each value of it as well. [default: that of --track-column]"
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            metavar="COLUMN",
            help="Rows of one value depend on each other: the bootstrap keeps them together.",
        ),
    ] = None,
    sequence: Annotated[
        str | None,
        typer.Option(
            "--sequence",
            metavar="COLUMN",
            help="Column of sequences, in place of variants. [default: sequence, where there are no variants]",
        ),
    ] = None,
    track_column: Annotated[
        str | None,
        typer.Option("--track-column", metavar="COLUMN", help="Of sequences: names the track of each row's value."),
    ] = None,
    score: Annotated[
        list[str] | None,
        typer.Option(
            "--score", metavar="[NAME=]FIELD", help="The score that is compared. May be repeated. [default: MAX]"
        ),
    ] = None,
    signed: Annotated[
        bool | None,
        typer.Option("--signed/--magnitude", help="Compare labels with the signed score. [default: magnitude]"),
    ] = None,
    resamples: Annotated[
        int | None, typer.Option("--resamples", help="Of the bootstrap, 100 and more. [default: 1000]")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Of the bootstrap. [default: 0]")] = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FOLDER", help="Numbers as JSON, a row per variant, plots.")
    ] = None,
    predictor: options.Predictors = None,
    weights: options.Weights = None,
    annotation: options.Annotation = None,
    transcripts: options.Transcripts = None,
    distance: options.Distance = None,
    mask: options.Mask = None,
    compat: options.Compat = None,
    precomputed: options.Precomputed = None,
    precomputed_as: options.PrecomputedAs = None,
    tracks: options.Tracks = None,
    head: options.Head = None,
    strand: Annotated[
        str | None,
        typer.Option(
            "--strand", help="Of variants as for score: spec, both; of sequences as for predict. [default: spec]"
        ),
    ] = None,
    shifts: options.Shifts = None,
    centre: options.Centre = None,
    device: options.Device = None,
    precision: options.Precision = None,
    threads: options.Threads = None,
    batch_size: options.BatchSize = None,
    config: options.Config = None,
    commercial: options.Commercial = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    log_file: options.LogFile = None,
) -> None:
    """Score variants of a table, or predict its sequences, and compare with its labels or measured values.

    AUROC and average precision, or Pearson's and Spearman's correlation, each with a 95 % bootstrap interval.
    """
    given = {
        "input": input, "reference": reference, "label": label, "positive": positive, "negative": negative,
        "value": value, "group": group, "cluster": cluster, "sequence": sequence, "track_column": track_column,
        "score": None if score is None else tuple(score), "signed": signed, "resamples": resamples, "seed": seed,
        "output": output, "predictor": predictor,
        "weights": options.parse_weights(weights), "annotation": annotation, "transcripts": transcripts,
        "distance": distance, "mask": mask, "compat": compat, "precomputed": precomputed,
        "precomputed_as": precomputed_as, "tracks": tracks, "head": head, "strand": strand, "shifts": shifts,
        "centre": centre, "device": device, "precision": precision, "threads": threads, "batch_size": batch_size,
        "commercial": commercial, "command": shlex.join(["genoscore", *sys.argv[1:]]),
    }  # fmt: skip
    found = {"reference": NO_REFERENCE} | options.read_options(config, given, EVALUATE_KEYS)
    own = {name: found.pop(name) for name in OWN_KEYS if name in found}
    run_config = options.make_config(found, config, log_file, "TABLE", EvaluateRun)
    evaluate_config = EvaluateConfig(run_config, **own)
    options.set_up_logging(verbose, log_file)
    LOG.info("evaluate: %s", evaluate_config)
    from genoscore.cli.evaluation_report import print_evaluation
    from genoscore.cli.report import Reporter, TrackReporter
    from genoscore.evaluation.evaluating import evaluate_table

    reporter, track_reporter = Reporter(quiet), TrackReporter(quiet)
    try:
        done = evaluate_table(evaluate_config, reporter, track_reporter)
    finally:
        reporter.stop()
        track_reporter.stop()
    print_evaluation(done)

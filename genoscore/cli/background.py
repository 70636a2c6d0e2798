"""`genoscore background`."""

from __future__ import annotations

import shlex
import sys
from typing import Annotated

import typer

from genoscore.cli import options
from genoscore.cli.errors import guarded


@guarded
def background(
    input: options.Input = None,
    reference: options.Reference = None,
    output: Annotated[
        str | None, typer.Option("-o", "--output", help="The file to be made, .npz (required).", show_default=False)
    ] = None,
    predictor: options.Predictors = None,
    weights: options.Weights = None,
    annotation: options.Annotation = None,
    transcripts: options.Transcripts = None,
    tracks: options.Tracks = None,
    head: options.Head = None,
    strand: options.Strand = None,
    shifts: options.Shifts = None,
    centre: options.Centre = None,
    untrained: options.Untrained = None,
    region: options.Region = None,
    regions_file: options.RegionsFile = None,
    device: options.Device = None,
    precision: options.Precision = None,
    threads: options.Threads = None,
    batch_size: options.BatchSize = None,
    config: options.Config = None,
    resume: options.Resume = None,
    commercial: options.Commercial = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    log_file: options.LogFile = None,
) -> None:
    """Score variants of your choice, common ones for example, and keep how large the scores are.

    `score --background FILE` then gives every score a percentile among them, and a band.
    """
    given = {
        "input": input, "reference": reference, "output": None if output is None else [output],
        "predictor": predictor, "weights": options.parse_weights(weights), "annotation": annotation,
        "transcripts": transcripts, "tracks": tracks, "head": head, "strand": strand, "shifts": shifts,
        "centre": centre, "untrained": untrained, "region": region, "regions_file": regions_file, "device": device,
        "precision": precision, "threads": threads, "batch_size": batch_size, "resume": resume,
        "commercial": commercial, "command": shlex.join(["genoscore", *sys.argv[1:]]),
    }  # fmt: skip
    run_config = options.build_config(config, given, log_file)
    if run_config.output == ("-",) or not run_config.output[0].endswith(".npz"):
        raise typer.BadParameter("missing -o/--output FILE.npz")
    options.set_up_logging(verbose, log_file)
    from genoscore.cli.report import Reporter
    from genoscore.scoring.backgrounds import make_background

    reporter = Reporter(quiet)
    try:
        done = make_background(run_config, reporter)
    finally:
        reporter.stop()
    reporter.finish(done)

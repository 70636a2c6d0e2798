"""`genoscore score`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from genoscore.cli import options
from genoscore.cli.errors import EXIT_ERROR, complain, guarded


@guarded
def score(
    input: options.Input = None,
    reference: options.Reference = None,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "-o",
            "--output",
            help="By suffix: .vcf .vcf.gz .vcf.bgz .bcf .tsv .tsv.gz .parquet; - is VCF on standard output. "
            "May be repeated. [default: -]",
        ),
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
    strand: options.Strand = None,
    shifts: options.Shifts = None,
    centre: options.Centre = None,
    background: Annotated[
        list[str] | None,
        typer.Option(
            "--background",
            metavar="[NAME=]FILE",
            help="Made by genoscore background: gives scores a percentile and a band. May be repeated.",
        ),
    ] = None,
    untrained: options.Untrained = None,
    min_score: Annotated[
        float | None, typer.Option("--min-score", help="Write only records whose largest magnitude reaches it.")
    ] = None,
    min_band: Annotated[
        str | None, typer.Option("--min-band", help="The same by band: low, moderate, high, very_high.")
    ] = None,
    keep_existing: Annotated[
        bool | None,
        typer.Option("--keep-existing/--replace-existing", help="Leave records that carry the predictor's fields."),
    ] = None,
    region: options.Region = None,
    regions_file: options.RegionsFile = None,
    device: options.Device = None,
    precision: options.Precision = None,
    threads: options.Threads = None,
    batch_size: options.BatchSize = None,
    config: options.Config = None,
    summary: Annotated[Path | None, typer.Option("--summary", help="Counts, times and provenance as JSON.")] = None,
    resume: options.Resume = None,
    commercial: options.Commercial = None,
    strict: Annotated[
        bool | None, typer.Option("--strict/--no-strict", help="Exit 1 if any ALT has an error status; outputs stay.")
    ] = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    log_file: options.LogFile = None,
) -> None:
    """Score a VCF: delta scores, bands and a status for every ALT.

    Every input record comes out once, in order, its own text unchanged but for what is appended to INFO.
    """
    given = {
        "input": input, "reference": reference, "output": output, "predictor": predictor,
        "weights": options.parse_weights(weights), "annotation": annotation,
        "transcripts": transcripts, "distance": distance, "mask": mask,
        "tracks": tracks, "head": head, "strand": strand, "shifts": shifts, "centre": centre, "background": background,
        "untrained": untrained, "compat": compat,
        "precomputed": precomputed, "precomputed_as": precomputed_as, "min_score": min_score,
        "min_band": min_band, "keep_existing": keep_existing, "region": region, "regions_file": regions_file,
        "device": device, "precision": precision, "threads": threads, "batch_size": batch_size, "summary": summary,
        "resume": resume, "commercial": commercial, "strict": strict,
        "command": shlex.join(["genoscore", *sys.argv[1:]]),
    }  # fmt: skip
    run_config = options.build_config(config, given, log_file)
    options.set_up_logging(verbose, log_file)
    from genoscore.cli.report import Reporter
    from genoscore.scoring.run import score_vcf

    reporter = Reporter(quiet)
    try:
        done = score_vcf(run_config, reporter)
    finally:
        reporter.stop()
    reporter.finish(done)
    if run_config.strict and done.errors:
        complain(f"--strict: {done.errors} ALT alleles have an error status; the outputs are complete")
        raise typer.Exit(EXIT_ERROR)

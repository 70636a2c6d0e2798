"""`genoscore check`."""

from __future__ import annotations

from genoscore.cli import options
from genoscore.cli.errors import guarded


@guarded
def check(
    input: options.Input = None,
    reference: options.Reference = None,
    predictor: options.Predictors = None,
    annotation: options.Annotation = None,
    transcripts: options.Transcripts = None,
    distance: options.Distance = None,
    compat: options.Compat = None,
    commercial: options.Commercial = None,
    region: options.Region = None,
    regions_file: options.RegionsFile = None,
    config: options.Config = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    log_file: options.LogFile = None,
) -> None:
    """Say what `score` would do, without running a network: counts per status, aliases, REF mismatches, the build."""
    given = {
        "input": input, "reference": reference, "predictor": predictor, "annotation": annotation,
        "transcripts": transcripts, "distance": distance, "compat": compat, "commercial": commercial,
        "region": region, "regions_file": regions_file,
    }  # fmt: skip
    run_config = options.build_config(config, given, log_file)
    options.set_up_logging(verbose, log_file)
    from rich.console import Console

    from genoscore.cli.report import status_table
    from genoscore.scoring.check import check_vcf

    report = check_vcf(run_config)
    console = Console(highlight=False, soft_wrap=True, markup=False)
    if not quiet:
        console.print(f"{report.records:,} record{'' if report.records == 1 else 's'}", soft_wrap=True)
        console.print(status_table(report.status, {}))
        for name, pairs in report.pairs.items():
            console.print(f"{name}: {pairs:,} variant x gene pairs to compute")
    if report.outside_regions:
        console.print(f"{report.outside_regions:,} records outside the regions")
    for spelt, held in report.aliases.items():
        console.print(f"contig {spelt} is {held} in the FASTA")
    for contig, count in report.unknown.items():
        console.print(f"contig {contig} is not in the FASTA: {count:,} records")
    for line in report.mismatches:
        console.print(f"REF mismatch: {line}")
    for line in report.notes:
        console.print(f"note: {line}")

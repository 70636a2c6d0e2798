"""`genoscore check`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from genoscore.cli.call import Call
from genoscore.cli.errors import EXIT_ERROR, complain
from genoscore.cli.options import takes_options
from genoscore.core.options.option import CHECK
from genoscore.core.wording import counted

if TYPE_CHECKING:
    from genoscore.scoring.check import CheckReport

EXAMPLES = "genoscore check in.vcf.gz -r GRCh38.fa"


@takes_options(CHECK)
def check(call: Call) -> None:
    """Report what `score` would do, without running a network: counts per status, aliases, REF mismatches, build."""
    values = call.values()
    as_json = values.pop("json", False)
    config = call.run_config(values)
    call.start_log()
    from genoscore.scoring.check import check_vcf

    report = check_vcf(config)
    if as_json:
        print(json.dumps(report.as_dict(), indent=2))
    else:
        _show(report, call.quiet)
    if config.strict and report.failure:
        complain(f"--strict: {report.failure}")
        raise typer.Exit(EXIT_ERROR)


def _show(report: CheckReport, quiet: bool) -> None:
    from genoscore.cli.console import TerminalConsole, say
    from genoscore.cli.report import status_table

    console = TerminalConsole()
    if not quiet:
        say(console, counted(report.records, "record"))
        console.print(status_table(report.status, {}))
        for name, pairs in report.pairs.items():
            say(console, f"{name}: {pairs:,} variant x gene pairs to compute")
    if report.outside_regions:
        say(console, f"{report.outside_regions:,} records outside the regions")
    for name_in_vcf, name_in_fasta in report.aliases.items():
        say(console, f"contig {name_in_vcf} is {name_in_fasta} in the FASTA")
    for contig, count in report.unknown.items():
        say(console, f"contig {contig} is not in the FASTA: {count:,} records")
    for line in report.mismatches:
        say(console, f"REF mismatch: {line}")
    for line in report.notes:
        say(console, f"note: {line}")

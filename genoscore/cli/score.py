"""`genoscore score`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from genoscore.cli.call import Call
from genoscore.cli.errors import EXIT_ERROR, complain
from genoscore.cli.options import takes_options
from genoscore.core.config import RunConfig
from genoscore.core.options.option import SCORE
from genoscore.core.scratch import temporary_folder

if TYPE_CHECKING:
    from genoscore.cli.report import Reporter
    from genoscore.engine.summary import RunSummary

EXAMPLES = """\
genoscore score in.vcf.gz -r GRCh38.fa -o scored.vcf.gz
genoscore score in.vcf.gz -r GRCh38.fa -o scored.vcf.gz -o scored.tsv -p spliceai -p pangolin -d 500
genoscore score in.vcf.gz -r GRCh38.fa -a mane --transcripts all -o scored.vcf.gz -o scored.parquet
genoscore score chr13-32345247-T-G -r GRCh38.fa -m site"""


@takes_options(SCORE)
def score(call: Call) -> None:
    """Score a VCF: delta scores, bands, what becomes of the transcript, and a status for every ALT.

    Every input record is written once, in order, unchanged except for what is appended to INFO.
    """
    values = call.values()
    config = call.run_config(values)
    call.start_log()
    from genoscore.cli.report import Reporter
    from genoscore.inputs.given_input import given_variants
    from genoscore.scoring.run import score_vcf

    reporter = Reporter(call.quiet)
    try:
        if "output" in values or given_variants(config.input) is None:
            done = score_vcf(config, reporter)
            reporter.finish(done)
        else:
            done = _print_scores(config, reporter)
    finally:
        reporter.stop()
    if config.strict and done.failure:
        complain(f"--strict: {done.failure}; the outputs are complete")
        raise typer.Exit(EXIT_ERROR)


def _print_scores(config: RunConfig, reporter: Reporter) -> RunSummary:
    """Print scores of variants given on the command line, without `-o`: a table on a terminal, TSV in a pipe."""
    from genoscore.cli.console import TerminalConsole
    from genoscore.cli.score_table import print_scores
    from genoscore.outputs.tsv import TsvWriter
    from genoscore.scoring.run import score_into

    if not sys.stdout.isatty():
        done = score_into(config, lambda _, run: TsvWriter("-", run), reporter, shipped_bands=True)
        reporter.finish(done)
        return done
    with temporary_folder() as folder:
        path = folder / "scores.tsv"
        done = score_into(config, lambda _, run: TsvWriter(str(path), run), reporter, shipped_bands=True)
        reporter.stop()
        print_scores(path, TerminalConsole())
    return done

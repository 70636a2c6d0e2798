"""`genoscore score`."""

from __future__ import annotations

import typer

from genoscore.cli.call import Call
from genoscore.cli.errors import EXIT_ERROR, complain
from genoscore.cli.options import takes_options
from genoscore.core.options.option import SCORE

EXAMPLES = """\
genoscore score in.vcf.gz -r GRCh38.fa -o scored.vcf.gz
genoscore score in.vcf.gz -r GRCh38.fa -o scored.vcf.gz -o scored.tsv -p spliceai -p pangolin -d 500
genoscore score in.vcf.gz -r GRCh37.fa -a grch37 -o short.tsv -m site --min-band moderate --strict"""


@takes_options(SCORE)
def score(call: Call) -> None:
    """Score a VCF: delta scores, bands and a status for every ALT.

    Every input record comes out once, in order, its own text unchanged but for what is appended to INFO.
    """
    config = call.run_config()
    call.start_log()
    from genoscore.cli.report import Reporter
    from genoscore.scoring.run import score_vcf

    reporter = Reporter(call.quiet)
    try:
        done = score_vcf(config, reporter)
    finally:
        reporter.stop()
    reporter.finish(done)
    if config.strict and done.errors:
        complain(f"--strict: {done.errors} ALT alleles have an error status; the outputs are complete")
        raise typer.Exit(EXIT_ERROR)

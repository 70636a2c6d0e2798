"""`genoscore background`."""

from __future__ import annotations

import typer

from genoscore.cli.call import Call
from genoscore.cli.options import takes_options
from genoscore.core.options.option import BACKGROUND

EXAMPLES = """\
genoscore background common.vcf.gz -r GRCh38.fa -p enformer --tracks CAGE -o common.npz
genoscore score in.vcf.gz -r GRCh38.fa -p enformer --tracks CAGE --background common.npz -o scored.tsv"""


@takes_options(BACKGROUND)
def background(call: Call) -> None:
    """Score a set of variants, such as common ones, and save the magnitudes of their scores.

    `score --background FILE` then reports a percentile among them, and a band, for every score.
    """
    config = call.run_config()
    if len(config.output) > 1 or not config.output[0].endswith(".npz"):
        raise typer.BadParameter("missing -o/--output FILE.npz")
    call.start_log()
    from genoscore.cli.report import Reporter
    from genoscore.scoring.backgrounds import make_background

    reporter = Reporter(call.quiet)
    try:
        done = make_background(config, reporter)
    finally:
        reporter.stop()
    reporter.finish(done)

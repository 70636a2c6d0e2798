"""`genoscore explain`."""

from __future__ import annotations

import logging
from pathlib import Path

from genoscore.cli.call import Call
from genoscore.cli.options import takes_options
from genoscore.core.options.option import EXPLAIN
from genoscore.explaining.config import ExplainConfig

LOG = logging.getLogger("genoscore")
EXAMPLES = """\
genoscore explain variants.vcf -r GRCh38.fa -o pages
genoscore explain chr17:43044295-43044395 -r GRCh38.fa -p spliceai --figures mutagenesis -o page"""


@takes_options(EXPLAIN)
def explain(call: Call) -> None:
    """Explain scores: a folder with a page of figures for every variant.

    Saturation mutagenesis, splice profiles, contributions of bases and attention, as the predictor allows.
    """
    values = call.values()
    call.require(values, "input", "output")
    config = ExplainConfig(**{"reference": Path("-")} | values)
    call.check_log_file(config.input, config.reference)
    call.start_log()
    from genoscore.cli.report import ExplainReporter
    from genoscore.explaining.run import explain as run

    reporter = ExplainReporter(call.quiet)
    LOG.info("run: %s", config)
    try:
        done = run(config, reporter)
    finally:
        reporter.stop()
    reporter.finish(done)

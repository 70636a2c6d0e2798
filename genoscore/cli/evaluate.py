"""`genoscore evaluate`."""

from __future__ import annotations

import logging
from dataclasses import fields

from genoscore.cli.call import Call
from genoscore.cli.options import takes_options
from genoscore.core.options.option import EVALUATE
from genoscore.evaluation.config import NO_REFERENCE, EvaluateConfig, EvaluateRun

LOG = logging.getLogger("genoscore")
EXAMPLES = """\
genoscore evaluate labels.tsv -r GRCh38.fa --label class --positive pathogenic --negative benign
genoscore evaluate measured.tsv --sequence insert --value log2_activity -p regulatory -o evaluation"""


@takes_options(EVALUATE)
def evaluate(call: Call) -> None:
    """Score the variants of a table, or predict its sequences, and compare with its labels or measured values.

    AUROC and average precision, or Pearson's and Spearman's correlation, each with a 95 % bootstrap interval.
    """
    values = {"reference": NO_REFERENCE} | call.values()
    own = {field.name: values.pop(field.name) for field in fields(EvaluateConfig) if field.name in values}
    config = EvaluateConfig(call.run_config(values, EvaluateRun), **own)
    call.start_log()
    LOG.info("evaluate: %s", config)
    from genoscore.cli.evaluation_report import print_evaluation
    from genoscore.cli.report import Reporter, TrackReporter
    from genoscore.evaluation.evaluating import evaluate_table

    reporter, track_reporter = Reporter(call.quiet), TrackReporter(call.quiet)
    try:
        done = evaluate_table(config, reporter, track_reporter)
    finally:
        reporter.stop()
        track_reporter.stop()
    print_evaluation(done)

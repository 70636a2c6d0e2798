"""`genoscore predict`."""

from __future__ import annotations

import logging

import typer

from genoscore.cli.call import Call
from genoscore.cli.options import takes_options
from genoscore.core.config import PredictConfig
from genoscore.core.options.option import PREDICT

LOG = logging.getLogger("genoscore")
EXAMPLES = """\
genoscore predict construct.fa -p spliceai -o construct.tsv
genoscore predict -r GRCh38.fa --region chr17:43044295-43125483 --strand reverse -o brca1.bw"""


@takes_options(PREDICT)
def predict(call: Call) -> None:
    """Predict tracks of sequences without variants: a network's outputs for every base (or bin).

    Sequences from a FASTA are flanked by N; a region of the reference, by its own surrounding sequence.
    """
    values = call.values()
    call.require(values, "output")
    if not values.keys() & {"input", "region"}:
        raise typer.BadParameter("missing SEQUENCES, or --region with -r/--reference")
    if (
        "region" not in values and "reference" in values["origins"]
    ):  # the reference for the user's VCFs, not for these sequences
        del values["reference"], values["origins"]["reference"]
    config = PredictConfig(**values)
    call.check_log_file(config.input, config.reference)
    call.start_log()
    from genoscore.cli.report import TrackReporter
    from genoscore.scoring.sequences import predict_sequences

    reporter = TrackReporter(call.quiet)
    LOG.info("run: %s", config)
    try:
        done = predict_sequences(config, reporter)
    finally:
        reporter.stop()
    reporter.finish(done)

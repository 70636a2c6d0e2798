"""`genoscore train`."""

from __future__ import annotations

import logging

from genoscore.cli.call import Call
from genoscore.cli.errors import Terminated
from genoscore.cli.options import takes_options
from genoscore.core.options.option import TRAIN

LOG = logging.getLogger("genoscore")
EXAMPLES = """\
genoscore train configs/regulatory.toml -o fitted
genoscore train configs/regulatory.toml -o fitted --resume"""


@takes_options(TRAIN)
def train(call: Call) -> None:
    """Train networks of the predictor `regulatory` on a table of sequences and measured values.

    The same config, table, machine and number of threads give the same weights.
    """
    from genoscore.training.config import read_config

    call.require({**call.flags, **({"config": call.config_file} if call.config_file else {})}, "config", "output")
    assert call.config_file is not None
    config = read_config(call.config_file).running(call.flags.get("device"), call.flags.get("threads"))
    output = call.flags["output"]
    call.check_log_file(config.data.table, config.data.motifs)
    call.start_log()
    LOG.info("train: %s", config)
    from genoscore.cli.training_report import TrainReporter
    from genoscore.training.run import checkpoints
    from genoscore.training.run import train as fit

    reporter = TrainReporter(call.quiet)
    try:
        done = fit(config, output, call.flags.get("member"), bool(call.flags.get("resume")), reporter)
    except (KeyboardInterrupt, Terminated):
        if checkpoints(output):
            reporter.warn(f"complete epochs are kept in {output}; give --resume to continue")
        raise
    finally:
        reporter.stop()
    reporter.finish(done)

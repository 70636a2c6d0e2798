"""`genoscore train`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from genoscore.cli import options
from genoscore.cli.errors import Terminated, guarded

LOG = logging.getLogger("genoscore")


@guarded
def train(
    config: Annotated[
        Path,
        typer.Argument(
            metavar="CONFIG.toml", help="With [data], [network], [training], [masking], [kernel], [synthetic]."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FOLDER", help="For weights, metrics, predictions of the test fold."),
    ],
    member: Annotated[
        int | None,
        typer.Option(
            "--member", help="Fit this network of the ensemble alone, from 0; a run without it joins what is fitted."
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume/--no-resume", help="Go on from the checkpoints of an interrupted run.")
    ] = False,
    device: options.OneDevice = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    log_file: options.LogFile = None,
) -> None:
    """Fit networks of the predictor `regulatory` to a table of sequences and measured values.

    The same config, table, machine and number of threads give the same weights.
    """
    from genoscore.training.config import read_config

    train_config = read_config(config).running(device, threads)
    options.check_log_file(log_file, config, train_config.data.table, train_config.data.motifs)
    options.set_up_logging(verbose, log_file)
    LOG.info("train: %s", train_config)
    from genoscore.cli.training_report import TrainReporter
    from genoscore.training.run import checkpoints
    from genoscore.training.run import train as fit

    reporter = TrainReporter(quiet)
    try:
        done = fit(train_config, output, member, resume, reporter)
    except (KeyboardInterrupt, Terminated):
        if checkpoints(output):
            reporter.warn(f"complete epochs are kept in {output}; give --resume to go on")
        raise
    finally:
        reporter.stop()
    reporter.finish(done)

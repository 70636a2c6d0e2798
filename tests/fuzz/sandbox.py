"""Runs the program in a forked child: everything is imported once, and a case takes milliseconds."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import io
import os
import resource
import select
import signal
import sys
import tempfile
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import typer

from genoscore.cli.app import app
from genoscore.core.config import RunConfig
from genoscore.networks.dilated import DilatedStack
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.splicing.predictor import SplicePredictor
from tests.toy import ToyEntry, toy_network

SECONDS = 20.0
_MEMORY = 3 << 30  # bytes that a run may take beyond what has been imported; Arrow reserves 1 GiB of them
_IMPORTED = (  # at once or later by a run
    "Bio.bgzf", "concurrent.futures.thread", "h5py", "importlib.readers", "numpy.random", "packaging.version",
    "pandas", "platformdirs.unix", "pyarrow.parquet", "pyfaidx", "pysam.bcftools", "rich._emoji_codes",
    "rich.progress", "rich.table", "safetensors.torch", "typer._adapters", "genoscore.cli.report",
    "genoscore.engine.full_windows", "genoscore.engine.run", "genoscore.inputs.gff3", "genoscore.inputs.gtf",
    "genoscore.outputs.bcf", "genoscore.outputs.parquet", "genoscore.outputs.tsv", "genoscore.outputs.vcf",
    "genoscore.outputs.wide", "genoscore.planning.stretches", "genoscore.predictors.custom.predictor",
    "genoscore.predictors.device", "genoscore.predictors.enformer.predictor", "genoscore.predictors.outputs",
    "genoscore.predictors.regulatory.predictor", "genoscore.predictors.sei.predictor",
    "genoscore.predictors.splicing.edits", "genoscore.predictors.splicing.openspliceai",
    "genoscore.predictors.splicing.pangolin", "genoscore.predictors.splicing.spliceai", "genoscore.scores.splicing",
    "genoscore.scoring.check", "genoscore.scoring.run", "genoscore.training.config", "tests.motif_toy",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        code: exit code; None after a signal.
        signal: the signal's number, 0 for none.
        timed_out: it was ended after SECONDS.
    """

    code: int | None
    signal: int
    timed_out: bool
    seconds: float
    stdout: bytes
    stderr: bytes


@functools.cache
def warm_up() -> None:
    """Import everything that runs import, at once or later, and make the toy's networks and the command line's parser.

    Once in a process, before the first case. Nothing is run here: threads and torch's state would pass to the children.
    """
    for name in _IMPORTED:
        importlib.import_module(name)
    ReadyToy.networks()
    for name, subcommand in command().commands.items():
        subcommand.make_context(name, [], resilient_parsing=True)  # makes what checks the options' types
    gc.collect()


@functools.cache
def command() -> Any:
    """The program's commands, as `main` makes them."""
    return typer.main.get_command(app)


class ReadyToy(ToyEntry):
    """The toy predictor, with networks that are made before the fork."""

    @staticmethod
    @functools.cache
    def networks() -> tuple[DilatedStack, ...]:
        """Two replicates."""
        return toy_network(1), toy_network(2)

    def load(self, config: RunConfig, spec: PredictorSpec) -> SplicePredictor:
        """See ToyEntry."""
        return SplicePredictor(spec, [*self.networks()], torch.device("cpu"), config.precision)


READY_TOY = ReadyToy()


def run(folder: Path, arguments: list[str], streams: Path, stdin: Path = Path("/dev/null")) -> Outcome:
    """Run `genoscore ARGUMENTS` in a folder.

    Args:
        streams: folder for what it prints.
        stdin: what standard input reads.
    """
    started = time.monotonic()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if not pid:
        status = 99
        try:
            status = _child(folder, arguments, (stdin, streams / "stdout", streams / "stderr"))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    timed_out = not _ended(pid)
    if timed_out:
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    stdout, stderr = ((streams / name).read_bytes() for name in ("stdout", "stderr"))
    seconds = time.monotonic() - started
    return Outcome(code if code >= 0 else None, max(0, -code), timed_out, seconds, stdout, stderr)


def _ended(pid: int) -> bool:
    """Whether a child ends in time."""
    handle = os.pidfd_open(pid)
    try:
        return bool(select.select([handle], [], [], SECONDS)[0])
    finally:
        os.close(handle)


def _child(folder: Path, arguments: list[str], streams: tuple[Path, Path, Path]) -> int:
    """Become a new process, as far as the program can tell, and run it; returns its exit code."""
    gc.freeze()
    os.chdir(folder)
    _redirect(streams)
    (folder / "tmp").mkdir()
    os.environ |= {"GENOSCORE_HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")}
    tempfile.tempdir = None
    _limit_memory()
    sys.argv[:] = ["genoscore", *arguments]
    registry._BUILT_IN["toy"] = "tests.fuzz.sandbox:READY_TOY"
    registry._BUILT_IN["motif"] = "tests.motif_toy:MOTIF"
    code: object = 0
    try:
        command()(prog_name="genoscore")
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
        code = 98
    for thread in threading.enumerate():  # as Python does when it ends
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    if sys.stdout is not None:
        sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else 97


def _redirect(streams: tuple[Path, Path, Path]) -> None:
    """Standard streams as in a UTF-8 locale; output goes to files."""
    for number, path in enumerate(streams):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY)
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin = io.TextIOWrapper(os.fdopen(0, "rb"))
    sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb"), encoding="utf-8")
    sys.stderr = io.TextIOWrapper(os.fdopen(2, "wb"), encoding="utf-8", errors="backslashreplace", line_buffering=True)


def _limit_memory() -> None:
    held = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    with contextlib.suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (held + _MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))

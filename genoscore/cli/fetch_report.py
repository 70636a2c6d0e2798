"""Progress of a download of weights, on standard error."""

from __future__ import annotations

import time

from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from genoscore.cli.console import TerminalConsole, say
from genoscore.core.printable import printable
from genoscore.weights.transfer import Watch

_EVERY = 10.0  # seconds between plain progress lines


class FetchReporter(Watch):
    """A bar on a terminal, plain lines elsewhere, nothing when quiet."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._console = TerminalConsole(stderr=True)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._name, self._done, self._total, self._printed = "", 0, "", 0.0

    def begin(self, name: str, place: str, done: int, total: int | None) -> None:
        """Print the file, its address and its size."""
        self.end()
        if self._quiet:
            return
        self._name, self._done, self._printed = name, done, time.monotonic()
        self._total = f" of {decimal(total)}" if total is not None else ""
        resumed = f", resuming after {decimal(done)}" if done else ""
        say(self._console, f"{name}: {decimal(total) if total is not None else 'size unknown'} from {place}{resumed}")
        if self._console.is_terminal:
            columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
            label = TextColumn("{task.description}", markup=False)
            self._progress = Progress(
                label, *columns, console=self._console, transient=True, redirect_stdout=False, redirect_stderr=False
            )
            self._task = self._progress.add_task(printable(name), total=total, completed=done)
            self._progress.start()

    def advance(self, size: int) -> None:
        """Move the bar, or print the progress now and then."""
        self._done += size
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, size)
        elif not self._quiet and time.monotonic() - self._printed > _EVERY:
            self._printed = time.monotonic()
            say(self._console, f"{self._name}: {decimal(self._done)}{self._total}")

    def end(self) -> None:
        """Remove the bar."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def note(self, message: str) -> None:
        """Print one line, also when quiet."""
        self.end()
        say(self._console, f"genoscore: warning: {message}")

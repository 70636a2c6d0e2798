"""Progress of a download of weights, on standard error."""

from __future__ import annotations

import time

from rich.console import Console
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

from genoscore.weights.transfer import Watch

_EVERY = 10.0  # seconds between plain progress lines


class FetchReporter(Watch):
    """A bar on a terminal, plain lines elsewhere, nothing when quiet."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
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
        self._console.print(f"{name}: {decimal(total) if total is not None else 'size unknown'} from {place}{resumed}")
        if self._console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
            self._progress = Progress(*columns, TimeRemainingColumn(), console=self._console, transient=True)
            self._task = self._progress.add_task(name, total=total, completed=done)
            self._progress.start()

    def advance(self, size: int) -> None:
        """Move the bar, or print the progress now and then."""
        self._done += size
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, size)
        elif not self._quiet and time.monotonic() - self._printed > _EVERY:
            self._printed = time.monotonic()
            self._console.print(f"{self._name}: {decimal(self._done)}{self._total}")

    def end(self) -> None:
        """Remove the bar."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def note(self, message: str) -> None:
        """Print one line, also when quiet."""
        self.end()
        self._console.print(f"genoscore: warning: {message}")

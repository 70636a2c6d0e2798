"""Progress on standard error: a bar on a terminal, a line every half minute elsewhere."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from genoscore.cli.console import TerminalConsole, say
from genoscore.cli.pace import Pace, rate_text, time_text
from genoscore.core.printable import one_line

LOG = logging.getLogger("genoscore")
EVERY = 30.0  # seconds between plain lines


class _RateColumn(ProgressColumn):
    """The rate, or the note shown instead."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        pace: Pace = task.fields["pace"]
        return Text(one_line(task.fields["note"]) or rate_text(pace.rate, task.fields["unit"]))


class _LeftColumn(ProgressColumn):
    """The time left. Rich's own estimate reverts to '-:--:--' if a piece of work takes longer than 30 seconds."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        return Text(time_text(0.0 if task.finished else task.fields["pace"].left), style="progress.remaining")


class Shown:
    """A bar on a terminal, plain lines elsewhere, nothing but warnings when quiet. Any thread may report.

    Args:
        console: standard error by default.
        clock: seconds.
    """

    def __init__(
        self, quiet: bool, console: Console | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._quiet = quiet
        self._console = console or TerminalConsole(stderr=True)
        self._clock = clock
        self._pace = Pace(clock=clock)
        self._unit = ""
        self._printed = clock()
        self._lock = threading.Lock()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def warn(self, message: str) -> None:
        """Print one line, also when quiet; above the bar, if there is one."""
        LOG.info("warning: %s", message)
        say(self._console, f"genoscore: warning: {message}")

    def stop(self) -> None:
        """Remove the bar."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _start(self, title: str, unit: str, total: float | None, done: int = 0) -> None:
        """Start the clock, and the bar.

        Args:
            unit: what is counted, plural.
            done: amount done before this run.
        """
        self.stop()
        self._unit = unit
        self._pace = Pace(total, self._clock)
        self._pace.skip(done)
        self._printed = self._clock()
        if self._quiet or not self._console.is_terminal:
            return
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _RateColumn(),
            TimeElapsedColumn(),
            _LeftColumn(),
            console=self._console,
            transient=True,
            redirect_stdout=False,  # rich would show what is printed meanwhile without escaping it
            redirect_stderr=False,
            get_time=self._clock,
        )
        self._task = self._progress.add_task(title, total=total, completed=done, pace=self._pace, unit=unit, note="")
        self._progress.start()

    def _set_total(self, total: float | None) -> None:
        """Set the amount of work, once it is known."""
        self._pace.total = total
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, total=total)

    def _move(self, amount: float, note: str = "", fresh: bool = True) -> None:
        """Add completed work.

        Args:
            note: shown instead of the rate.
            fresh: done in this run, not taken from an earlier one.
        """
        with self._lock:
            (self._pace.add if fresh else self._pace.skip)(amount)
            due = self._clock() - self._printed >= EVERY
            if due:
                self._printed = self._clock()
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=self._pace.done, note=note)
        elif due and not self._quiet:
            say(self._console, f"genoscore: {self._line(note)}")

    def _line(self, note: str) -> str:
        """`120 of 766 records done, 4.1 records/s, 0:02:37 left`."""
        pace = self._pace
        of = f" of {pace.total:,.0f}" if pace.total is not None else ""
        parts = [f"{int(pace.done + 1e-6):,}{of} {self._unit} done", note or rate_text(pace.rate, self._unit)]
        parts += [f"{time_text(pace.left)} left"] if pace.left is not None else []
        return ", ".join(filter(None, parts))

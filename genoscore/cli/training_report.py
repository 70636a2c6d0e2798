"""How `genoscore train` goes, on standard error."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from rich.table import Table

from genoscore.cli.report import EVERY, LOG, Shown, progress_bar
from genoscore.training.fitting import FitObserver
from genoscore.training.run import TrainSummary


class TrainReporter(Shown, FitObserver):
    """A bar of batches, a line per epoch."""

    def __init__(self, quiet: bool) -> None:
        super().__init__(quiet)
        self._member, self._total, self._done, self._fresh = 0, 0, 0, 0

    def begin(self, member: int, steps: int, done: int) -> None:
        """Start the clock, and the bar."""
        self._member, self._total, self._done, self._fresh = member, steps, done, 0
        self._begun = self._said = time.monotonic()
        self.stop()
        if not self._quiet and self._console.is_terminal:
            self._progress = progress_bar(self._console)
            self._task = self._progress.add_task(f"network {member}", total=steps, completed=done, speed="")
            self._progress.start()

    def step(self) -> None:
        """Say how far it is, and how fast it goes."""
        self._done, self._fresh = self._done + 1, self._fresh + 1
        speed = f"{self._fresh / max(time.monotonic() - self._begun, 1e-3):.1f} batches/s"
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=self._done, speed=speed)
        elif not self._quiet and time.monotonic() - self._said > EVERY:
            self._said = time.monotonic()
            line = f"genoscore: network {self._member}: {self._done:,} of {self._total:,} batches, {speed}"
            self._console.print(line, soft_wrap=True)

    def epoch(self, member: int, row: Mapping[str, Any]) -> None:
        """What an epoch came to."""
        self._said = time.monotonic()
        parts = [f"network {member}, epoch {row['epoch']}: loss {row['loss']:.4f}"]
        parts += [f"{row['masked']:.1%} masked"] if row["masked"] else []
        found = row.get("pearson", {}).items()
        parts += [f"Pearson {track} {value:.4f}" for track, value in found if value is not None]
        self.say(", ".join([*parts, f"{row['seconds']:.1f} s"]))

    def say(self, message: str) -> None:
        """One line, unless quiet."""
        LOG.info(message)
        if not self._quiet:
            self._console.print(message, soft_wrap=True)

    def finish(self, summary: TrainSummary) -> None:
        """Accuracy on the test fold, and where the files are."""
        self.stop()
        LOG.info("done: %s", summary)
        if self._quiet:
            return
        if summary.accuracy is not None:
            self._console.print(_accuracy(summary.accuracy))
        self._console.print(", ".join(map(str, summary.files)), soft_wrap=True)


def _accuracy(found: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(title="Test fold", title_justify="left")
    for column in ("track", "rows", "Pearson", "95 % interval", "Spearman"):
        table.add_column(column, justify="left" if column == "track" else "right")
    for track, one in found.items():
        low, high = one.get("pearson_low"), one.get("pearson_high")
        between = "." if low is None or high is None else f"{low:.4f} to {high:.4f}"
        table.add_row(track, f"{one['rows']:,}", _figure(one["pearson"]), between, _figure(one["spearman"]))
    return table


def _figure(value: float | None) -> str:
    return "." if value is None else f"{value:.4f}"

"""Progress of `genoscore train`, on standard error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from genoscore.cli.console import say
from genoscore.cli.progress import LOG, Shown
from genoscore.training.fitting import FitObserver
from genoscore.training.run import TrainSummary


class TrainReporter(Shown, FitObserver):
    """A bar of batches, a line per epoch."""

    def begin(self, member: int, steps: int, done: int) -> None:
        """Start the clock, and the bar."""
        self._start(f"network {member}", f"batches of network {member}", steps, done)

    def step(self) -> None:
        """Show progress and rate."""
        self._move(1)

    def epoch(self, member: int, row: Mapping[str, Any]) -> None:
        """Print the results of an epoch."""
        self._printed = self._clock()
        parts = [f"network {member}, epoch {row['epoch']}: loss {row['loss']:.4f}"]
        parts += [f"{row['masked']:.1%} masked"] if row["masked"] else []
        correlations = row.get("pearson", {}).items()
        parts += [f"Pearson {track} {value:.4f}" for track, value in correlations if value is not None]
        self.say(", ".join([*parts, f"{row['seconds']:.1f} s"]))

    def say(self, message: str) -> None:
        """Print one line, unless quiet."""
        LOG.info(message)
        if not self._quiet:
            say(self._console, message)

    def finish(self, summary: TrainSummary) -> None:
        """Print the accuracy on the test fold and the paths of the files."""
        self.stop()
        LOG.info("done: %s", summary)
        if self._quiet:
            return
        if summary.accuracy is not None:
            self._console.print(_accuracy(summary.accuracy))
        say(self._console, ", ".join(map(str, summary.files)))


def _accuracy(accuracy: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(title="Test fold", title_justify="left")
    for column in ("track", "rows", "Pearson", "95 % interval", "Spearman"):
        table.add_column(column, justify="left" if column == "track" else "right")
    for track, figures in accuracy.items():
        low, high = figures.get("pearson_low"), figures.get("pearson_high")
        interval = "." if low is None or high is None else f"{low:.4f} to {high:.4f}"
        table.add_row(
            track, f"{figures['rows']:,}", _figure(figures["pearson"]), interval, _figure(figures["spearman"])
        )
    return table


def _figure(value: float | None) -> str:
    return "." if value is None else f"{value:.4f}"

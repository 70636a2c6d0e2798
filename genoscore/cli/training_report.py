"""How `genoscore train` goes, on standard error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from genoscore.cli.progress import LOG, Shown
from genoscore.training.fitting import FitObserver
from genoscore.training.run import TrainSummary


class TrainReporter(Shown, FitObserver):
    """A bar of batches, a line per epoch."""

    def begin(self, member: int, steps: int, done: int) -> None:
        """Start the clock, and the bar."""
        self._start(f"network {member}", f"batches of network {member}", steps, done)

    def step(self) -> None:
        """Say how far it is, and how fast it goes."""
        self._move(1)

    def epoch(self, member: int, row: Mapping[str, Any]) -> None:
        """What an epoch came to."""
        self._said = self._clock()
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

"""Who is told how a run goes; the command line's observers show it."""

from __future__ import annotations

from genoscore.core.config import RunConfig
from genoscore.engine.summary import RunSummary


class Observer:
    """Told how a run goes, by whichever thread knows; does nothing by itself. The command line's shows it."""

    def begin(self, config: RunConfig) -> None:
        """Everything is loaded; records follow."""

    def computed(self, pairs: float, records: float) -> None:
        """So many more variant x gene pairs are computed, of so many records; parts of one count as such."""

    def resumed(self, records: int) -> None:
        """So many more records are done, with the scores of an earlier run."""

    def advance(self, summary: RunSummary) -> None:
        """Another chunk is written."""

    def warn(self, message: str) -> None:
        """Something the user should know that does not stop the run."""


class PredictObserver:
    """Told how a run goes; does nothing by itself. The command line's shows it."""

    def begin(self, bases: int | None) -> None:
        """Everything is loaded; so many bases follow, where that is known."""

    def advance(self, bases: int) -> None:
        """So many more are done."""

    def warn(self, message: str) -> None:
        """Something the user should know that does not stop the run."""

"""Interfaces for the progress of a run; the command line's observers display it."""

from __future__ import annotations

from genoscore.core.config import RunConfig
from genoscore.engine.summary import RunSummary


class Observer:
    """Notified of a run's progress, from several threads; does nothing by itself. The command line's displays it."""

    def begin(self, config: RunConfig) -> None:
        """Everything is loaded; records follow."""

    def computed(self, pairs: float, records: float) -> None:
        """Further variant x gene pairs are computed, from `records` records, which may be fractions."""

    def resumed(self, records: int) -> None:
        """`records` further records are done, with the scores of an earlier run."""

    def advance(self, summary: RunSummary) -> None:
        """Another chunk is written."""

    def warn(self, message: str) -> None:
        """Something the user should know that does not stop the run."""


class PredictObserver:
    """Notified of a run's progress; does nothing by itself. The command line's displays it."""

    def begin(self, bases: int | None) -> None:
        """Everything is loaded; `bases` bases follow, or None if that is unknown."""

    def advance(self, bases: int) -> None:
        """`bases` further bases are done."""

    def warn(self, message: str) -> None:
        """Something the user should know that does not stop the run."""

"""Who is told how `explain` goes; the command line's observer shows it."""

from __future__ import annotations

from collections.abc import Sequence


class ExplainObserver:
    """Told how a run goes; does nothing by itself. The command line's shows it."""

    def begin(self, subjects: int) -> None:
        """Everything is loaded; so many pages follow."""

    def page(self, title: str, parts: Sequence[str]) -> None:
        """A page is begun, with these parts, one after the other."""

    def part(self) -> None:
        """The next part of the page is begun."""

    def working(self, done: float) -> None:
        """So much more of the part (0 to 1) is done."""

    def advance(self) -> None:
        """Another page is done."""

    def warn(self, message: str) -> None:
        """Something the user should know that does not stop the run."""

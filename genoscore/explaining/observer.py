"""The progress of `explain`, for the command line to show."""

from __future__ import annotations

from collections.abc import Sequence


class ExplainObserver:
    """Follows the progress of a run; this one does nothing, the command line's shows it."""

    def begin(self, subjects: int) -> None:
        """Everything is loaded; a page for each of `subjects` follows."""

    def page(self, title: str, parts: Sequence[str]) -> None:
        """A page is started, with these parts, one after the other."""

    def part(self) -> None:
        """The next part of the page is started."""

    def working(self, done: float) -> None:
        """A further share (0 to 1) of the part is done."""

    def advance(self) -> None:
        """Another page is done."""

    def warn(self, message: str) -> None:
        """Report something that the user should know and that does not stop the run."""

"""Estimates of a run's rate and time left that change slowly; independent of rich and of threads."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from statistics import fmean

_MEMORY = 30.0  # seconds after which completed work counts 1/e of its weight
_SHARE = 0.2  # the same as a share of the time so far, if that is longer: estimates of long runs change more slowly


class Pace:
    """Rate and time left for work that is reported in pieces of any size, at any time.

    The rate is a weighted mean of work over time, in which older pieces count less. The time left is estimated when a
    piece is reported, and counts down by the clock until the next one.

    Args:
        total: amount of work; None if unknown.
        clock: seconds.

    Attributes:
        done: amount of work done.
    """

    def __init__(self, total: float | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.total = total
        self.done = 0.0
        self._clock = clock
        self._begun = self._last = clock()
        self._amount = self._seconds = 0.0  # of the mean

    def add(self, amount: float) -> None:
        """Add work that was just done."""
        now = self._clock()
        passed = now - self._last
        kept = math.exp(-passed / max(_MEMORY, _SHARE * (now - self._begun)))
        self._amount = self._amount * kept + amount
        self._seconds = self._seconds * kept + passed
        self._last = now
        self.done += amount

    def skip(self, amount: float) -> None:
        """Add work that was done earlier; neither it nor the time since the last piece affects the rate."""
        self._last = self._clock()
        self.done += amount

    @property
    def rate(self) -> float:
        """Per second; 0 if unknown."""
        return self._amount / self._seconds if self._seconds > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds; None if the total or the rate is unknown."""
        if self.total is None or not self.rate:
            return None
        estimated = max(self.total - self.done, 0.0) / self.rate
        return max(estimated - (self._clock() - self._last), 0.0)


def rate_text(rate: float, unit: str) -> str:
    """A rate in readable form; `unit` is plural.

    >>> rate_text(1234.5, "records"), rate_text(3.25, "records"), rate_text(0.04, "records"), rate_text(0, "records")
    ('1,234 records/s', '3.2 records/s', '25.0 s per record', '')
    """
    if rate <= 0:
        return ""
    if rate < 1:
        return f"{1 / rate:,.1f} s per {unit.removesuffix('s')}"
    return f"{rate:,.1f} {unit}/s" if rate < 100 else f"{rate:,.0f} {unit}/s"


def time_text(seconds: float | None) -> str:
    """Hours, minutes and seconds.

    >>> time_text(3725.4), time_text(59.6), time_text(None)
    ('1:02:05', '0:01:00', '-:--:--')
    """
    if seconds is None:
        return "-:--:--"
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


_FIRST_GUESS = {"mutagenesis": 10.0, "contributions": 10.0}  # seconds, before any page is complete; 1 for other parts


class PageParts:
    """Progress within a page, by the time that its parts took on earlier pages.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seconds: dict[str, list[float]] = {}  # part -> of each page
        self._parts: Sequence[str] = ()
        self._at, self._of_part, self._begun, self._share = -1, 0.0, clock(), 0.0

    def begin(self, parts: Sequence[str]) -> None:
        """Begin a page with these parts."""
        self._parts, self._at, self._of_part, self._share = parts, -1, 0.0, 0.0

    def part(self) -> None:
        """Begin the next part."""
        self.end()
        self._at, self._of_part, self._begun = self._at + 1, 0.0, self._clock()

    def more(self, share: float) -> None:
        """Add a share of the part that was done, 0 to 1."""
        self._of_part = min(1.0, self._of_part + share)

    def end(self) -> None:
        """End the part, and possibly the page."""
        if 0 <= self._at < len(self._parts):
            self._seconds.setdefault(self._parts[self._at], []).append(self._clock() - self._begun)

    @property
    def name(self) -> str:
        """Name of the current part."""
        return self._parts[self._at] if 0 <= self._at < len(self._parts) else ""

    @property
    def of_part(self) -> float:
        """Share of the current part that is done, 0 to 1."""
        return self._of_part

    @property
    def share(self) -> float:
        """Share of the page that is done, 0 to 1; never decreases."""
        costs = [self._cost(part) for part in self._parts]
        whole = sum(costs)
        if whole and self._at >= 0:
            now = (sum(costs[: self._at]) + self._of_part * sum(costs[self._at : self._at + 1])) / whole
            self._share = max(self._share, now)
        return self._share

    def _cost(self, part: str) -> float:
        return fmean(self._seconds[part]) if part in self._seconds else _FIRST_GUESS.get(part, 1.0)

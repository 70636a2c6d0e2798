"""Sensitivity, specificity and positive predictive value if scores from a threshold on are called positive.

Intervals are Clopper and Pearson's, exact for a binomial proportion: unlike a percentile bootstrap's, they keep their
width if all or none of a few variants are called. If rows depend on each other, whole clusters are drawn, and each end
is that of the bootstrap or of the exact interval, whichever is further out: a bootstrap of a few clusters that agree
has no width.

V values, T thresholds, B resamples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genoscore.core.bootstrap import draw, interval
from genoscore.core.correlation import Counts, Numbers

CONFIDENCE = 0.95
EXACT, EXACT_OR_BOOTSTRAP = "exact binomial", "exact binomial or bootstrap of whole clusters, the wider"
Chosen = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Proportion:
    """`hits` out of `among`, and the 95 % interval of their ratio."""

    hits: int
    among: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The ratio."""
        return self.hits / self.among


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """Counts and proportions of labelled variants if scores of at least `threshold` are called positive.

    Attributes:
        sensitivity: positives that are called; None if there are no positives.
        specificity: negatives that are not called; None if there are no negatives.
        ppv: called variants that are positive; None if none is called. It depends on the share of positives.
    """

    threshold: float
    true_positives: int
    false_negatives: int
    false_positives: int
    true_negatives: int
    sensitivity: Proportion | None
    specificity: Proportion | None
    ppv: Proportion | None


def at_thresholds(
    targets: Numbers,
    scores: Numbers,
    thresholds: Sequence[float],
    resamples: int,
    seed: int,
    clusters: Counts | None = None,
) -> tuple[AtThreshold, ...]:
    """Counts and proportions at each threshold, in the order of `thresholds`.

    Args:
        targets: (V,), 1 for positive and 0 for negative. scores: (V,), finite.
        clusters: (V,), the number of each value's cluster; None if values do not depend on each other.
        resamples, seed: of the bootstrap of clusters.
    """
    positive = targets == 1
    called = [scores >= threshold for threshold in thresholds]
    counted = [pair for calls in called for pair in _counted(positive, calls)]
    intervals = [_exact(hits, among) for hits, among in counted]
    if clusters is not None and counted:
        drawn = _drawn(counted, np.unique(clusters, return_inverse=True)[1], resamples, seed)
        intervals = [_wider(exact, interval(column)) for exact, column in zip(intervals, drawn.T, strict=True)]
    proportions = [
        Proportion(int((hits & among).sum()), int(among.sum()), *ends) if among.any() else None
        for (hits, among), ends in zip(counted, intervals, strict=True)
    ]
    return tuple(
        AtThreshold(
            threshold,
            int((positive & calls).sum()),
            int((positive & ~calls).sum()),
            int((~positive & calls).sum()),
            int((~positive & ~calls).sum()),
            *proportions[3 * at : 3 * at + 3],
        )
        for at, (threshold, calls) in enumerate(zip(thresholds, called, strict=True))
    )


def exact_interval(hits: int, among: int) -> tuple[float, float]:
    """Clopper and Pearson's 95 % interval of a binomial proportion.

    Args:
        among: 1 or more.
    """
    from scipy.stats import binomtest

    ends = binomtest(hits, among).proportion_ci(CONFIDENCE, method="exact")
    return float(ends.low), float(ends.high)


def _counted(positive: Chosen, called: Chosen) -> list[tuple[Chosen, Chosen]]:
    """For sensitivity, specificity and PPV: which are counted, and among which."""
    return [(called, positive), (~called, ~positive), (positive, called)]


def _exact(hits: Chosen, among: Chosen) -> tuple[float, float]:
    """The exact interval; from 0 to 1 if there is nothing to count."""
    return exact_interval(int((hits & among).sum()), int(among.sum())) if among.any() else (0.0, 1.0)


def _drawn(counted: Sequence[tuple[Chosen, Chosen]], members: Counts, resamples: int, seed: int) -> Numbers:
    """(B, 3T): every proportion in every resample; NaN if there is nothing to count."""
    hits = np.array([hits & among for hits, among in counted], np.int64).T
    among = np.array([among for _, among in counted], np.int64).T
    with np.errstate(invalid="ignore"):
        return np.concatenate([(draws @ hits) / (draws @ among) for draws in draw(members, resamples, seed)])


def _wider(exact: tuple[float, float], drawn: tuple[float, float, int]) -> tuple[float, float]:
    low, high, count = drawn
    return (min(exact[0], low), max(exact[1], high)) if count else exact

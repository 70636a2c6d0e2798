"""How strongly a score speaks for or against an effect: likelihood ratios of intervals of scores.

The likelihood ratio of an interval is the share of the positives in it over the share of the negatives in it. It is
an odds of pathogenicity in the sense of Tavtigian et al. (Genet Med 20:1054, 2018): 350 is very strong evidence, its
square root strong, and so on, at a prior of 0.1. Points are those of Tavtigian et al. (Hum Mutat 41:1734, 2020): 1, 2,
4 and 8 for supporting, moderate, strong and very strong.

Neither single scores nor windows are compared but intervals of scores with enough variants each, merged until the ratio
rises with the score. A level counts as reached if the bound of the ratio that is nearer to 1 reaches it, in this
interval and in all beyond it.

V values, I intervals, B resamples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genoscore.core.bootstrap import draw, interval
from genoscore.core.correlation import Counts, Numbers
from genoscore.evaluation.thresholds import exact_interval
from genoscore.inputs.evidence_table import AGAINST, FOR, STRENGTHS

PRIOR, VERY_STRONG, MOST_POINTS = 0.1, 350.0, 8
POINTS = (1, 2, 4, 8)  # of the STRENGTHS, in their order
LEAST_OF_CLASS = 10  # variants without which nothing is calibrated
_LEAST_IN_INTERVAL, _MOST_INTERVALS = 20, 100


@dataclass(frozen=True, slots=True)
class Interval:
    """Variants whose scores, as printed, lie from `least` to `most`, both of which occur.

    Attributes:
        ratio: (positives + 0.5) / (all positives + 1) over the same for negatives, so that it is finite.
        low, high: its 95 % interval: of the bootstrap and of the exact intervals of both shares, whichever is wider;
            `high` is infinite where no negative need ever lie there.
        points: of the bound nearer to 1; 0 where it is uninformative, negative where it speaks against an effect.
    """

    least: float
    most: float
    positives: int
    negatives: int
    ratio: float
    low: float
    high: float

    @property
    def points(self) -> int:
        """1 for supporting, 2 for moderate, 4 for strong, 8 for very strong, negative against an effect."""
        if self.low > 1:
            return _points(self.low)
        return -_points(1 / self.high) if 0 < self.high < 1 else 0


def odds_for(points: int) -> float:
    """The odds of pathogenicity that so many points stand for.

    >>> [round(odds_for(points), 2) for points in POINTS]
    [2.08, 4.33, 18.71, 350.0]
    """
    return float(VERY_STRONG ** (points / MOST_POINTS))


def likelihood_ratios(
    targets: Numbers, scores: Numbers, resamples: int, seed: int, clusters: Counts | None = None
) -> tuple[Interval, ...]:
    """Intervals of scores from the lowest to the highest, with rising ratios.

    Args:
        targets: (V,), 1 for positive and 0 for negative, some of each. scores: (V,), finite, as printed.
        clusters: (V,), the number of each value's cluster, for drawing whole clusters; None: values are drawn.
    """
    distinct, place = np.unique(scores, return_inverse=True)
    positive = np.bincount(place[targets == 1], minlength=len(distinct))
    negative = np.bincount(place[targets == 0], minlength=len(distinct))
    starts = _merged(_filled(positive + negative), positive, negative)
    positives, negatives = np.add.reduceat(positive, starts), np.add.reduceat(negative, starts)
    inside = np.zeros((len(targets), len(starts)), np.int64)
    inside[np.arange(len(targets)), np.searchsorted(starts, place, side="right") - 1] = 1
    members = np.arange(len(targets)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    drawn = np.concatenate([_drawn(counts, targets, inside) for counts in draw(members, resamples, seed)])
    ratios = _ratio(positives, negatives, positives.sum(), negatives.sum())
    ends = [*(starts[1:] - 1), len(distinct) - 1]
    return tuple(
        Interval(
            float(distinct[first]),
            float(distinct[last]),
            int(positives[at]),
            int(negatives[at]),
            float(ratios[at]),
            *_bounds(int(positives[at]), int(negatives[at]), int(positives.sum()), int(negatives.sum()), drawn[:, at]),
        )
        for at, (first, last) in enumerate(zip(starts, ends, strict=True))
    )


def at_least(intervals: Sequence[Interval]) -> dict[str, float]:
    """`PP3`, `PP3_Moderate`, ... -> the smallest score from which every interval has the points; only if reached."""
    reached = {FOR + name: _last(intervals[::-1], points) for name, points in zip(STRENGTHS, POINTS, strict=True)}
    return {word: found.least for word, found in reached.items() if found is not None}


def at_most(intervals: Sequence[Interval]) -> dict[str, float]:
    """`BP4`, `BP4_Moderate`, ... -> the largest score up to which every interval has them against an effect."""
    reached = {AGAINST + name: _last(intervals, -points) for name, points in zip(STRENGTHS, POINTS, strict=True)}
    return {word: found.most for word, found in reached.items() if found is not None}


def _last(intervals: Sequence[Interval], points: int) -> Interval | None:
    """The last interval of those at the beginning that all have so many points; None if the first has not."""
    found = None
    for one in intervals:
        if not (one.points >= points if points > 0 else one.points <= points):
            break
        found = one
    return found


def _points(ratio: float) -> int:
    return min(MOST_POINTS, math.floor(MOST_POINTS * math.log(ratio) / math.log(VERY_STRONG) + 1e-9))


def _filled(counts: Counts) -> list[int]:
    """The first scores of intervals that hold enough variants each; a score is never parted."""
    enough = max(_LEAST_IN_INTERVAL, math.ceil(counts.sum() / _MOST_INTERVALS))
    starts, held = [0], 0
    for at, count in enumerate(counts):
        if held >= enough:
            starts.append(at)
            held = 0
        held += int(count)
    if held < enough and len(starts) > 1:
        starts.pop()
    return starts


def _merged(starts: Sequence[int], positive: Counts, negative: Counts) -> NDArray[np.int64]:
    """The same, merged until the share of positives rises from each interval to the next (adjacent violators)."""
    pools: list[tuple[int, int, int]] = []  # first score, positives, negatives
    ends = [*starts[1:], len(positive)]
    for first, end in zip(starts, ends, strict=True):
        pool = first, int(positive[first:end].sum()), int(negative[first:end].sum())
        while pools and pool[1] * pools[-1][2] <= pools[-1][1] * pool[2]:
            before = pools.pop()
            pool = before[0], before[1] + pool[1], before[2] + pool[2]
        pools.append(pool)
    return np.array([first for first, _, _ in pools], np.int64)


def _ratio(positives: Counts, negatives: Counts, of_positives: Counts, of_negatives: Counts) -> Numbers:
    ratios: Numbers = (positives + 0.5) / (of_positives + 1) / ((negatives + 0.5) / (of_negatives + 1))
    return ratios


def _drawn(counts: Counts, targets: Numbers, inside: Counts) -> Numbers:
    """(B, I): the ratio in every resample; NaN where a class is missing."""
    of_class = [counts * (targets == label) for label in (1, 0)]
    totals = [drawn.sum(axis=1, keepdims=True) for drawn in of_class]
    ratios = _ratio(of_class[0] @ inside, of_class[1] @ inside, totals[0], totals[1])
    return np.where((totals[0] > 0) & (totals[1] > 0), ratios, np.nan)


def _bounds(
    positives: int, negatives: int, of_positives: int, of_negatives: int, drawn: Numbers
) -> tuple[float, float]:
    """The bootstrap's interval, or that of both exact intervals at their ends, whichever reaches further."""
    least_positive, most_positive = exact_interval(positives, of_positives)
    least_negative, most_negative = exact_interval(negatives, of_negatives)
    low = least_positive / most_negative
    high = most_positive / least_negative if least_negative else math.inf
    of_bootstrap = interval(drawn)
    if of_bootstrap[2]:
        low, high = min(low, of_bootstrap[0]), max(high, of_bootstrap[1])
    return low, high

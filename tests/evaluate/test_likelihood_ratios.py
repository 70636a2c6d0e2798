"""Likelihood ratios of intervals of scores, and the levels of evidence that they reach."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genoscore.core.bootstrap import draw
from genoscore.evaluation.calibrating import Interval, at_least, at_most, likelihood_ratios, odds_for


def _case(seed: int, count: int, gap: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    """Targets and scores as printed, higher for positives by `gap`."""
    rng = random.Random(seed)
    targets = np.array([float(rng.random() < 0.4) for _ in range(count)])
    scores = np.array([round(min(1.0, max(0.0, rng.gauss(0.3 + gap * one, 0.2))), 2) for one in targets])
    return targets, scores


def _share(hits: int, among: int) -> tuple[float, float]:
    """Clopper and Pearson's 95 % interval, by bisection of the binomial's tails."""

    def tail(most: int, share: float) -> float:
        return sum(math.comb(among, k) * share**k * (1 - share) ** (among - k) for k in range(most + 1))

    def solve(falls_below: float, most: int) -> float:
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if tail(most, middle) > falls_below else (low, middle)
        return low

    return 0.0 if hits == 0 else solve(0.975, hits - 1), 1.0 if hits == among else solve(0.025, hits)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(24, 400), st.sampled_from([0.0, 0.2, 0.5]))
def test_intervals_hold_every_variant_once_and_rise(seed: int, count: int, gap: float) -> None:
    targets, scores = _case(seed, count, gap)
    if len({*targets.tolist()}) < 2:
        return
    found = likelihood_ratios(targets, scores, 100, 0)
    for one in found:
        inside = (scores >= one.least) & (scores <= one.most)
        assert (one.positives, one.negatives) == (targets[inside].sum(), (1 - targets[inside]).sum())
        assert {one.least, one.most} <= {*scores.tolist()}
        assert one.positives + one.negatives >= min(20, count)
    assert sum(one.positives + one.negatives for one in found) == count
    for lower, higher in itertools.pairwise(found):
        assert lower.most < higher.least
        assert lower.positives * higher.negatives < higher.positives * lower.negatives


@pytest.mark.parametrize("seed", range(3))
def test_ratios_and_bounds_by_hand(seed: int) -> None:
    targets, scores = _case(seed, 150)
    positives, negatives = int(targets.sum()), int((1 - targets).sum())
    rows = [np.repeat(np.arange(150), counts) for counts in np.concatenate([*draw(np.arange(150), 200, 5)])]
    for one in likelihood_ratios(targets, scores, 200, 5):

        def ratio(chosen: np.ndarray, one: Interval = one) -> float:
            inside = (scores[chosen] >= one.least) & (scores[chosen] <= one.most)
            of_one, of_all = targets[chosen][inside], targets[chosen]
            return float(
                ((of_one.sum() + 0.5) / (of_all.sum() + 1)) / (((1 - of_one).sum() + 0.5) / ((1 - of_all).sum() + 1))
            )

        assert one.ratio == pytest.approx(ratio(np.arange(150)))
        drawn = np.percentile([ratio(chosen) for chosen in rows], [2.5, 97.5])
        positive, negative = _share(one.positives, positives), _share(one.negatives, negatives)
        assert one.low == pytest.approx(min(drawn[0], positive[0] / negative[1]), abs=1e-6)
        high = max(drawn[1], positive[1] / negative[0] if one.negatives else math.inf)
        assert one.high == pytest.approx(high, rel=1e-5)
        assert one.low < one.ratio < one.high


def test_levels_are_tavtigians() -> None:
    assert [round(odds_for(points), 2) for points in (1, 2, 4, 8)] == [2.08, 4.33, 18.71, 350]
    bounds = [(1.0, 0), (1.01, 0), (2.07, 0), (2.09, 1), (4.32, 1), (4.34, 2), (9.1, 3), (18.6, 3), (18.8, 4), (351, 8),
              (9e9, 8)]  # fmt: skip
    for bound, points in bounds:
        assert Interval(0.5, 0.9, 1, 1, bound * 2, bound, bound * 4).points == points
        assert Interval(0.0, 0.1, 1, 1, 0.5 / bound, 0.25 / bound, 1 / bound).points == -points
    assert Interval(0.1, 0.9, 1, 1, 3, 0.9, 20).points == 0
    assert Interval(0.1, 0.9, 1, 1, 3, 0.0, math.inf).points == 0


def test_a_level_holds_in_every_interval_beyond() -> None:
    """The one in the middle is not good enough, so that what lies on its other side does not count."""

    def interval(least: float, low: float, high: float) -> Interval:
        return Interval(least, least + 0.09, 10, 10, (low * high) ** 0.5, low, high)

    rising = [interval(0.0, 0.001, 0.05), interval(0.1, 0.01, 0.3), interval(0.2, 0.5, 2), interval(0.3, 2.5, 9),
              interval(0.4, 1.9, 9), interval(0.5, 5, 40), interval(0.6, 20, 900)]  # fmt: skip
    assert at_least(rising) == {"PP3": 0.5, "PP3_Moderate": 0.5, "PP3_Strong": 0.6}
    assert at_most(rising) == {"BP4": 0.19, "BP4_Moderate": 0.09, "BP4_Strong": 0.09}
    assert at_least(rising[:3]) == {}
    assert at_most(rising[2:]) == {}


@pytest.mark.parametrize("seed", range(10))
def test_scores_that_say_nothing_reach_nothing(seed: int) -> None:
    targets, scores = _case(seed, 280, gap=0.0)
    found = likelihood_ratios(targets, scores, 200, 0)
    assert (at_least(found), at_most(found)) == ({}, {})


def test_few_variants_reach_little_and_many_reach_more() -> None:
    """All positives above all negatives: ten of each do not show strong evidence, however well they are told apart."""

    def told_apart(count: int) -> tuple[dict[str, float], dict[str, float]]:
        targets = np.repeat([0.0, 1.0], count)
        scores = np.concatenate([np.linspace(0, 0.4, count), np.linspace(0.6, 1, count)]).round(2)
        found = likelihood_ratios(targets, scores, 200, 0)
        return at_least(found), at_most(found)

    assert told_apart(10) == ({}, {}), "a single interval holds them all"
    few, many = told_apart(20), told_apart(500)
    assert {*few[0]} == {"PP3", "PP3_Moderate"}
    assert {*few[1]} == {"BP4", "BP4_Moderate"}
    assert {*many[0]} == {"PP3", "PP3_Moderate", "PP3_Strong"}
    assert 0.6 <= many[0]["PP3_Strong"] <= 0.62, "up to the interval in which both classes lie"
    assert 0.38 <= many[1]["BP4_Strong"] <= 0.4


def test_clusters_widen_the_bounds() -> None:
    targets, scores = _case(1, 200)
    order = np.argsort(scores)
    clusters = np.empty(200, np.int64)
    clusters[order] = np.arange(200) // 40  # variants of similar scores depend on each other
    alone, together = (likelihood_ratios(targets, scores, 400, 0, given) for given in (None, clusters))
    assert [(one.least, one.ratio) for one in alone] == [(one.least, one.ratio) for one in together]
    assert any(one.low > other.low for one, other in zip(alone, together, strict=True))

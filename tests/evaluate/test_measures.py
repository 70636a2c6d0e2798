"""Measures and their intervals, against plain Python."""

from __future__ import annotations

import random

import numpy as np
import pytest

from genoscore.core import bootstrap
from genoscore.core.bootstrap import draw
from genoscore.evaluation.measures import estimate, obstacle
from tests.evaluate.plain_statistics import PLAIN


def _drawn(seed: int, count: int, labelled: bool) -> tuple[np.ndarray, np.ndarray]:
    """Targets and scores with many ties."""
    rng = random.Random(seed)
    scores = np.array([round(rng.gauss(0, 0.3), 1) for _ in range(count)])
    if labelled:
        return np.array([float(score + rng.gauss(0, 0.3) > 0.2) for score in scores]), scores
    return np.array([round(float(score) + rng.gauss(0, 0.3), 1) for score in scores]), scores


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_measures_and_intervals(labelled: bool, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    targets, scores = _drawn(seed, 17, labelled)
    found = estimate(targets, scores, labelled, 100, seed)
    names = ("auroc", "average_precision") if labelled else ("pearson", "spearman")
    assert tuple(found) == names
    (counts,) = draw(np.arange(17), 100, seed)
    rows = [np.repeat(np.arange(17), one) for one in counts]
    for name in names:
        assert found[name].value == pytest.approx(PLAIN[name](targets.tolist(), scores.tolist()), abs=1e-12)
        drawn = [(targets[one].tolist(), scores[one].tolist()) for one in rows]
        plain = [PLAIN[name](t, s) for t, s in drawn if len(set(t)) > 1 and (labelled or len(set(s)) > 1)]
        low, high = np.percentile(plain, [2.5, 97.5])
        assert (found[name].low, found[name].high) == pytest.approx((low, high), abs=1e-12)
        assert found[name].resamples == len(plain)
    assert estimate(targets, scores, labelled, 100, seed) == found, "seeded"
    assert estimate(targets, scores, labelled, 100, seed + 1) != found
    monkeypatch.setattr(bootstrap, "_BLOCK", 17 * 7)
    again = estimate(targets, scores, labelled, 100, seed)
    for name in names:
        assert again[name] == pytest.approx(found[name]) or again[name].low == pytest.approx(found[name].low)


def test_resamples_of_one_class_are_left_out() -> None:
    found = estimate(np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.9, 0.1, 0.5, 0.2]), True, 400, 0)
    assert 300 < found["auroc"].resamples < 400
    assert found["auroc"].value == 0.5


@pytest.mark.parametrize(
    ("targets", "scores", "labelled", "why"),
    [
        ([1, 0, 0], [1, 2, 3], True, "1 positive and 2 negative, and two of each are needed"),
        ([], [], True, "0 positive and 0 negative, and two of each are needed"),
        ([1, 1, 0, 0], [2, 2, 2, 2], True, "all scores are equal"),
        ([1, 2], [1, 2], False, "2 measured, and three are needed"),
        ([1, 2, 3], [0, 0, 0], False, "all scores are equal"),
        ([1, 1, 1], [1, 2, 3], False, "all measured effects are equal"),
        ([1, 1, 0, 0], [2, 2, 2, 1], True, ""),
        ([1, 2, 3], [0, 0, 1], False, ""),
    ],
)
def test_what_cannot_be_measured_is_said(targets: list[float], scores: list[float], labelled: bool, why: str) -> None:
    assert obstacle(np.array(targets, float), np.array(scores, float), labelled) == why

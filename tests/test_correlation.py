"""Correlations and resamples, which `train` and `evaluate` share, against numpy and plain Python."""

from __future__ import annotations

import numpy as np
import pytest

from genoscore.core.bootstrap import draw, interval
from genoscore.core.correlation import once, pearson, ranks


def _drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=50) + 1e4, rng.normal(size=50).round(1), rng.integers(0, 3, (4, 50))


@pytest.mark.parametrize("seed", range(3))
def test_pearson_of_resamples(seed: int) -> None:
    one, other, counts = _drawn(seed)
    for row, value in zip(counts, pearson(one, other, counts), strict=True):
        repeated = np.repeat(np.arange(50), row)
        assert value == pytest.approx(np.corrcoef(one[repeated], other[repeated])[0, 1], abs=1e-9)
    assert pearson(one, other, once(one)) == pytest.approx(np.corrcoef(one, other)[0, 1], abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_ranks_of_resamples(seed: int) -> None:
    _, values, counts = _drawn(seed)
    for row, found in zip(counts, ranks(values, counts), strict=True):
        drawn = np.repeat(values, row)
        assert found.tolist() == [((drawn < value).sum() + (drawn <= value).sum() + 1) / 2 for value in values]


def test_constant_values_have_no_correlation() -> None:
    """Also where rounding leaves a deviation: the mean of three 0.1 is not 0.1."""
    one, flat = np.array([1.0, 2.0, 4.0, 8.0]), np.array([0.1, 0.1, 0.1, 0.7])
    counts = np.array([[1, 1, 1, 0], [1, 1, 1, 1], [0, 0, 3, 0]])
    found = pearson(flat, one, counts)
    assert np.isnan(found).tolist() == [True, False, True]
    assert np.isnan(pearson(one, flat, counts)).tolist() == [True, False, True]


def test_the_same_seed_draws_the_same_in_any_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    members = np.array([0, 0, 1, 2, 2, 2])
    whole = np.concatenate([*draw(members, 40, 3)])
    monkeypatch.setattr("genoscore.core.bootstrap._BLOCK", 7 * len(members))
    assert (np.concatenate([*draw(members, 40, 3)]) == whole).all()
    assert (whole[:, 0] == whole[:, 1]).all()
    assert (whole[:, [0, 2, 3]].sum(axis=1) == 3).all()


def test_interval_over_the_resamples_that_have_the_measure() -> None:
    values = np.append(np.arange(101.0), [np.nan] * 9)
    assert interval(values) == (2.5, 97.5, 101)
    low, high, count = interval(np.full(5, np.nan))
    assert np.isnan([low, high]).all()
    assert count == 0

"""Pearson's correlation and ranks, of values as they are or of many resamples of them at once.

A resample is how often each value was drawn, so that values are sorted once. V values, B resamples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]


def pearson(one: Numbers, other: Numbers, counts: Counts) -> Numbers:
    """Pearson's correlation in every resample.

    Args:
        one, other: (V,), or (B, V) where they differ between resamples.
        counts: (B, V), how often each value was drawn.

    Returns:
        (B,); NaN where the values drawn of either are all equal.
    """
    total = counts.sum(axis=1, keepdims=True)
    centred = [values - (counts * values).sum(axis=1, keepdims=True) / total for values in (one, other)]
    products = (counts * centred[0] * centred[1]).sum(axis=1)
    squares = [(counts * values**2).sum(axis=1) for values in centred]
    varied = _varied(one, counts) & _varied(other, counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(varied, products / np.sqrt(squares[0] * squares[1]), np.nan)


def ranks(values: Numbers, counts: Counts) -> Numbers:
    """(B, V): ranks of (V,) values among those drawn, from 1; equal values share the mean of theirs.

    >>> ranks(np.array([3.0, 1.0, 3.0]), np.array([[1, 1, 1], [2, 0, 1]])).tolist()
    [[2.5, 1.0, 2.5], [2.0, 0.5, 2.0]]
    """
    place = np.unique(values, return_inverse=True)[1]
    order = np.argsort(place)
    ends = np.flatnonzero(np.append(np.diff(place[order]), 1))
    upto = np.cumsum(counts[:, order], axis=1)[:, ends]  # drawn at or below every different value
    below = np.concatenate([np.zeros((len(counts), 1), upto.dtype), upto[:, :-1]], axis=1)
    return np.asarray((below + upto + 1)[:, place] / 2)


def once(values: Numbers) -> Counts:
    """(1, V): each value drawn once, which makes a resample of the values themselves."""
    return np.ones((1, len(values)), np.int64)


def _varied(values: Numbers, counts: Counts) -> NDArray[np.bool_]:
    """(B,): whether the values drawn differ; exact, where a sum of squared deviations may be off by rounding."""
    drawn = counts > 0
    least, most = np.where(drawn, values, np.inf).min(axis=1), np.where(drawn, values, -np.inf).max(axis=1)
    return np.asarray(least < most)

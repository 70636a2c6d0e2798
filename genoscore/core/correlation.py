"""Pearson's correlation and ranks, of values or of many resamples of them at once.

A resample is given by how often each value was drawn, so that values are sorted only once. V values, B resamples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]


def pearson(first: Numbers, second: Numbers, counts: Counts) -> Numbers:
    """Pearson's correlation in every resample.

    Args:
        first, second: (V,), or (B, V) if they differ between resamples.
        counts: (B, V), how often each value was drawn.

    Returns:
        (B,); NaN where all values drawn from either are equal.
    """
    total = counts.sum(axis=1, keepdims=True)
    centred = [values - (counts * values).sum(axis=1, keepdims=True) / total for values in (first, second)]
    products = (counts * centred[0] * centred[1]).sum(axis=1)
    squares = [(counts * values**2).sum(axis=1) for values in centred]
    varied = _varied(first, counts) & _varied(second, counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(varied, products / np.sqrt(squares[0] * squares[1]), np.nan)


def ranks(values: Numbers, counts: Counts) -> Numbers:
    """(B, V): ranks of (V,) values among those drawn, from 1; tied values share their mean rank.

    >>> ranks(np.array([3.0, 1.0, 3.0]), np.array([[1, 1, 1], [2, 0, 1]])).tolist()
    [[2.5, 1.0, 2.5], [2.0, 0.5, 2.0]]
    """
    place = np.unique(values, return_inverse=True)[1]
    order = np.argsort(place)
    ends = np.flatnonzero(np.append(np.diff(place[order]), 1))
    upto = np.cumsum(counts[:, order], axis=1)[:, ends]  # draws at or below each distinct value
    below = np.concatenate([np.zeros((len(counts), 1), upto.dtype), upto[:, :-1]], axis=1)
    return np.asarray((below + upto + 1)[:, place] / 2)


def once(values: Numbers) -> Counts:
    """(1, V): each value drawn once, the resample that is the values themselves."""
    return np.ones((1, len(values)), np.int64)


def _varied(values: Numbers, counts: Counts) -> NDArray[np.bool_]:
    """(B,): whether the values drawn differ; exact, unlike a sum of squared deviations, which rounds."""
    drawn = counts > 0
    least, most = np.where(drawn, values, np.inf).min(axis=1), np.where(drawn, values, -np.inf).max(axis=1)
    return np.asarray(least < most)

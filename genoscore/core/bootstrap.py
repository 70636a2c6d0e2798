"""Percentile bootstrap: resamples of values, or of whole clusters of dependent values.

V values, B resamples, C clusters.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from genoscore.core.correlation import Counts, Numbers

PERCENTILES = (2.5, 97.5)
_BLOCK = 250_000  # numbers drawn at once; larger blocks do not fit the caches


def draw(members: Counts, resamples: int, seed: int) -> Iterator[Counts]:
    """How often each value is drawn: (B, V), in blocks that fit in memory. The same seed gives the same draws.

    Args:
        members: (V,), each value's cluster, 0 to C - 1; in each resample C clusters are drawn with replacement.
    """
    rng = np.random.default_rng(seed)
    count = int(members.max()) + 1
    left, most = resamples, max(1, _BLOCK // len(members))
    while left:
        rows = min(left, most)
        drawn = rng.integers(0, count, (rows, count)) + count * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count)[:, members]
        left -= rows


def interval(drawn: Numbers) -> tuple[float, float, int]:
    """The 2.5th and 97.5th percentiles of a measure over resamples, and in how many resamples it is defined.

    Args:
        drawn: (B,), NaN where the measure is undefined; if it always is, both percentiles are NaN.
    """
    finite = drawn[np.isfinite(drawn)]
    if not len(finite):
        return np.nan, np.nan, 0
    low, high = np.percentile(finite, PERCENTILES)
    return float(low), float(high), len(finite)

"""The measures of `evaluate` in plain Python, from their definitions."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def _auroc(targets: Sequence[float], scores: Sequence[float]) -> float:
    """The share of pairs of a positive and a negative in which the positive scores higher; ties count half."""
    pairs = [
        (p, n) for p, t in zip(scores, targets, strict=True) if t for n, u in zip(scores, targets, strict=True) if not u
    ]
    return sum(1.0 if p > n else 0.5 if p == n else 0.0 for p, n in pairs) / len(pairs)


def _average_precision(targets: Sequence[float], scores: Sequence[float]) -> float:
    """The sum over thresholds of (recall - recall before) x precision."""
    total, before, found = sum(targets), 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        called = [t for t, s in zip(targets, scores, strict=True) if s >= threshold]
        recall = sum(called) / total
        found += (recall - before) * sum(called) / len(called)
        before = recall
    return found


def _pearson(one: Sequence[float], other: Sequence[float]) -> float:
    means = statistics.fmean(one), statistics.fmean(other)
    products = sum((a - means[0]) * (b - means[1]) for a, b in zip(one, other, strict=True))
    return products / math.sqrt(sum((a - means[0]) ** 2 for a in one) * sum((b - means[1]) ** 2 for b in other))


def _ranks(values: Sequence[float]) -> list[float]:
    """From 1; equals share the mean of theirs."""
    return [sum(v < w for v in values) + (sum(v == w for v in values) + 1) / 2 for w in values]


PLAIN = {
    "auroc": _auroc,
    "average_precision": _average_precision,
    "pearson": _pearson,
    "spearman": lambda one, other: _pearson(_ranks(one), _ranks(other)),
}

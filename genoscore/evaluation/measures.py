"""AUROC, average precision, Pearson's and Spearman's correlation, with percentile bootstrap intervals.

scikit-learn and scipy measure; both are imported when they are needed. The resamples are measured here, all at once,
since a call of theirs for each would take longer than the network. A resample is how often each value was drawn, so
that values are sorted once. V values, B resamples, C clusters.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]
INTERVAL = (2.5, 97.5)  # percentiles
LEAST_OF_CLASS, LEAST_PAIRS = 2, 3
_BLOCK = 250_000  # numbers drawn at once; more are slower than the caches


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure and its interval.

    Attributes:
        low, high: the 2.5th and 97.5th percentile over resamples.
        resamples: those in which the measure exists: with both classes, or neither scores nor values all equal.
    """

    value: float
    low: float
    high: float
    resamples: int


def obstacle(targets: Numbers, scores: Numbers, labelled: bool, clusters: Counts | None = None) -> str:
    """Why nothing can be measured, in plain words; '' where it can."""
    if labelled:
        positives = int(targets.sum())
        if min(positives, len(targets) - positives) < LEAST_OF_CLASS:
            return f"{positives} positive and {len(targets) - positives} negative, and two of each are needed"
    elif len(targets) < LEAST_PAIRS:
        return f"{len(targets)} measured, and three are needed"
    elif targets.min() == targets.max():
        return "all measured effects are equal"
    if clusters is not None and clusters.min() == clusters.max():
        return "all are of one cluster, and two are needed"
    return "all scores are equal" if scores.min() == scores.max() else ""


def estimate(
    targets: Numbers, scores: Numbers, labelled: bool, resamples: int, seed: int, clusters: Counts | None = None
) -> dict[str, Estimate]:
    """Every measure with its interval. The same seed draws the same values, so that predictors are compared on them.

    Args:
        targets, scores: (V,), finite, in which `obstacle` finds none; targets are 1 and 0 where `labelled`.
        clusters: (V,), the number of each value's cluster, of which whole ones are drawn; None: values are.

    Returns:
        `auroc` (ties count half) and `average_precision` (the sum over thresholds of precision times the step of
        recall, without interpolation), or `pearson` and `spearman`.
    """
    measure, measure_drawn = (of_labels, of_drawn_labels) if labelled else (of_values, of_drawn_values)
    whole = measure(targets, scores)
    members = np.arange(len(targets)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    blocks = [measure_drawn(targets, scores, counts) for counts in draw(members, resamples, seed)]
    found = {}
    for name, value in whole.items():
        drawn = np.concatenate([block[name] for block in blocks])
        low, high = np.percentile(drawn, INTERVAL)
        found[name] = Estimate(value, float(low), float(high), len(drawn))
    return found


def draw(members: Counts, resamples: int, seed: int) -> Iterator[Counts]:
    """How often each value is drawn: (B, V), in blocks that fit memory.

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


def of_labels(targets: Numbers, scores: Numbers) -> dict[str, float]:
    """By scikit-learn."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    return {
        "auroc": float(roc_auc_score(targets, scores)),
        "average_precision": float(average_precision_score(targets, scores)),
    }


def of_drawn_labels(targets: Numbers, scores: Numbers, counts: Counts) -> dict[str, Numbers]:
    """The same for every resample (B, V) that holds both classes."""
    order = np.argsort(-scores, kind="stable")
    last_of_ties = np.append(np.diff(scores[order]) != 0, True)
    counts = counts[:, order]
    above = np.cumsum(counts, axis=1)[:, last_of_ties]  # drawn at or above every threshold
    positives = np.cumsum(counts * targets[order], axis=1)[:, last_of_ties]
    both = (positives[:, -1] > 0) & (positives[:, -1] < above[:, -1])
    above, positives = above[both], positives[both]
    total, steps = positives[:, -1], np.diff(positives, prepend=0)
    further_negatives = np.diff(above - positives, prepend=0)
    wins = (further_negatives * (positives - steps / 2)).sum(axis=1)
    precision = positives / np.maximum(above, 1)
    return {
        "auroc": wins / (total * (above[:, -1] - total)),
        "average_precision": (steps * precision).sum(axis=1) / total,
    }


def of_values(targets: Numbers, scores: Numbers) -> dict[str, float]:
    """By scipy."""
    from scipy.stats import pearsonr, spearmanr

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that values are nearly constant
        return {
            "pearson": float(pearsonr(targets, scores).statistic),
            "spearman": float(spearmanr(targets, scores).statistic),
        }


def of_drawn_values(targets: Numbers, scores: Numbers, counts: Counts) -> dict[str, Numbers]:
    """The same for every resample (B, V) in which neither is constant."""
    ranks = _drawn_ranks(targets, counts), _drawn_ranks(scores, counts)
    varied = np.logical_and(*((counts * one**2).sum(axis=1) > 0 for one in ranks))  # sums of quarters are exact
    counts = counts[varied]
    return {
        "pearson": _drawn_pearson(targets, scores, counts),
        "spearman": _drawn_pearson(ranks[0][varied], ranks[1][varied], counts),
    }


def _drawn_ranks(values: Numbers, counts: Counts) -> Numbers:
    """(B, V), ranks among the values drawn, less their mean; equal values share the mean of theirs."""
    place = np.unique(values, return_inverse=True)[1]
    order = np.argsort(place)
    ends = np.flatnonzero(np.append(np.diff(place[order]), 1))
    upto = np.cumsum(counts[:, order], axis=1)[:, ends]  # drawn at or below every different value
    below = np.concatenate([np.zeros((len(counts), 1), upto.dtype), upto[:, :-1]], axis=1)
    return np.asarray((below + upto - upto[:, -1:])[:, place] / 2)


def _drawn_pearson(one: Numbers, other: Numbers, counts: Counts) -> Numbers:
    """(B,); one and other: (V,) or (B, V)."""
    total = counts.sum(axis=1, keepdims=True)
    one = one - (counts * one).sum(axis=1, keepdims=True) / total
    other = other - (counts * other).sum(axis=1, keepdims=True) / total
    products = (counts * one * other).sum(axis=1)
    return np.asarray(products / np.sqrt((counts * one**2).sum(axis=1) * (counts * other**2).sum(axis=1)))

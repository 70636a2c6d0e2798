"""AUROC, average precision, Pearson's and Spearman's correlation, with percentile bootstrap intervals.

scikit-learn and scipy measure; both are imported when they are needed. The resamples of labels are measured here, all
at once, since a call of scikit-learn for each would take longer than the network.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]
INTERVAL = (2.5, 97.5)  # percentiles
LEAST_OF_CLASS, LEAST_PAIRS = 2, 3
_BLOCK = 1_000_000  # numbers drawn at once


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


def obstacle(targets: Numbers, scores: Numbers, labelled: bool) -> str:
    """Why nothing can be measured, in plain words; '' where it can."""
    if labelled:
        positives = int(targets.sum())
        if min(positives, len(targets) - positives) < LEAST_OF_CLASS:
            return f"{positives} positive and {len(targets) - positives} negative, and two of each are needed"
    elif len(targets) < LEAST_PAIRS:
        return f"{len(targets)} variants, and three are needed"
    elif targets.min() == targets.max():
        return "all measured effects are equal"
    return "all scores are equal" if scores.min() == scores.max() else ""


def estimate(targets: Numbers, scores: Numbers, labelled: bool, resamples: int, seed: int) -> dict[str, Estimate]:
    """Every measure with its interval. The same seed draws the same rows, so that predictors are compared on them.

    Args:
        targets, scores: (V,), finite, in which `obstacle` finds none; targets are 1 and 0 where `labelled`.

    Returns:
        `auroc` (ties count half) and `average_precision` (the sum over thresholds of precision times the step of
        recall, without interpolation), or `pearson` and `spearman`.
    """
    measure, measure_drawn = (of_labels, of_drawn_labels) if labelled else (of_values, of_drawn_values)
    whole = measure(targets, scores)
    blocks = [measure_drawn(targets, scores, rows) for rows in draw(len(targets), resamples, seed)]
    found = {}
    for name, value in whole.items():
        drawn = np.concatenate([block[name] for block in blocks])
        low, high = np.percentile(drawn, INTERVAL)
        found[name] = Estimate(value, float(low), float(high), len(drawn))
    return found


def draw(count: int, resamples: int, seed: int) -> Iterator[Rows]:
    """(B, count) row numbers, drawn with replacement, in blocks that fit memory."""
    rng = np.random.default_rng(seed)
    left, most = resamples, max(1, _BLOCK // count)
    while left:
        yield rng.integers(0, count, (min(left, most), count))
        left -= min(left, most)


def of_labels(targets: Numbers, scores: Numbers) -> dict[str, float]:
    """By scikit-learn."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    return {
        "auroc": float(roc_auc_score(targets, scores)),
        "average_precision": float(average_precision_score(targets, scores)),
    }


def of_drawn_labels(targets: Numbers, scores: Numbers, rows: Rows) -> dict[str, Numbers]:
    """The same for every resample that holds both classes.

    A resample is how often each variant was drawn, so that scores are sorted once.
    """
    order = np.argsort(-scores, kind="stable")
    last_of_ties = np.append(np.diff(scores[order]) != 0, True)
    place = np.argsort(order)
    offsets = len(scores) * np.arange(len(rows))[:, None]
    counts = np.bincount((place[rows] + offsets).ravel(), minlength=rows.size).reshape(rows.shape)
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


def of_drawn_values(targets: Numbers, scores: Numbers, rows: Rows) -> dict[str, Numbers]:
    """The same for every resample in which neither is constant."""
    from scipy.stats import pearsonr, rankdata

    some, given = targets[rows], scores[rows]
    varied = (np.ptp(some, axis=1) > 0) & (np.ptp(given, axis=1) > 0)
    some, given = some[varied], given[varied]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pearson = pearsonr(some, given, axis=1).statistic
        spearman = pearsonr(rankdata(some, axis=1), rankdata(given, axis=1), axis=1).statistic
    return {"pearson": np.asarray(pearson), "spearman": np.asarray(spearman)}

"""AUROC, average precision, Pearson's and Spearman's correlation, with percentile bootstrap intervals.

The measures are scikit-learn's and scipy's, which are imported when they are needed. Those of the resamples are
computed here, all at once, since a library call per resample would take longer than the network.

V values, B resamples.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from genoscore.core.bootstrap import draw, interval
from genoscore.core.correlation import Counts, Numbers, pearson, ranks

LEAST_OF_CLASS, LEAST_PAIRS = 2, 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure and its interval.

    Attributes:
        low, high: the 2.5th and 97.5th percentile over resamples.
        resamples: how many define the measure: both classes occur, or neither scores nor values are all equal.
    """

    value: float
    low: float
    high: float
    resamples: int


def obstacle(targets: Numbers, scores: Numbers, labelled: bool, clusters: Counts | None = None) -> str:
    """Why nothing can be measured, in plain words; '' if it can."""
    if labelled:
        positives = int(targets.sum())
        if min(positives, len(targets) - positives) < LEAST_OF_CLASS:
            return f"{positives} positive and {len(targets) - positives} negative, and two of each are needed"
    elif len(targets) < LEAST_PAIRS:
        return f"{len(targets)} measured, and three are needed"
    elif targets.min() == targets.max():
        return "all measured effects are equal"
    if clusters is not None and clusters.min() == clusters.max():
        return "all belong to one cluster, and two are needed"
    return "all scores are equal" if scores.min() == scores.max() else ""


def estimate(
    targets: Numbers, scores: Numbers, labelled: bool, resamples: int, seed: int, clusters: Counts | None = None
) -> dict[str, Estimate]:
    """Every measure with its interval. The same seed draws the same values, so that predictors share their resamples.

    Args:
        targets, scores: (V,), finite, for which `obstacle` returns ''; targets are 1 and 0 if `labelled`.
        clusters: (V,), the number of each value's cluster, for drawing whole clusters; None: values are drawn.

    Returns:
        `auroc` (ties count half) and `average_precision` (the sum over thresholds of precision times the step of
        recall, without interpolation), or `pearson` and `spearman`.
    """
    measure, measure_drawn = (of_labels, of_drawn_labels) if labelled else (of_values, of_drawn_values)
    whole = measure(targets, scores)
    members = np.arange(len(targets)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    blocks = [measure_drawn(targets, scores, counts) for counts in draw(members, resamples, seed)]
    return {
        name: Estimate(value, *interval(np.concatenate([block[name] for block in blocks])))
        for name, value in whole.items()
    }


def of_labels(targets: Numbers, scores: Numbers) -> dict[str, float]:
    """Measures for labels, by scikit-learn."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    return {
        "auroc": float(roc_auc_score(targets, scores)),
        "average_precision": float(average_precision_score(targets, scores)),
    }


def of_drawn_labels(targets: Numbers, scores: Numbers, counts: Counts) -> dict[str, Numbers]:
    """The same for every resample (B, V); NaN where a class is missing."""
    order = np.argsort(-scores, kind="stable")
    last_of_ties = np.append(np.diff(scores[order]) != 0, True)
    counts = counts[:, order]
    above = np.cumsum(counts, axis=1)[:, last_of_ties]  # drawn at or above every threshold
    positives = np.cumsum(counts * targets[order], axis=1)[:, last_of_ties]
    total, steps = positives[:, -1], np.diff(positives, prepend=0)
    negatives = above[:, -1] - total
    further_negatives = np.diff(above - positives, prepend=0)
    wins = (further_negatives * (positives - steps / 2)).sum(axis=1)
    precision = positives / np.maximum(above, 1)
    both = (total > 0) & (negatives > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "auroc": np.where(both, wins / (total * negatives), np.nan),
            "average_precision": np.where(both, (steps * precision).sum(axis=1) / total, np.nan),
        }


def of_values(targets: Numbers, scores: Numbers) -> dict[str, float]:
    """Measures for measured effects, by scipy."""
    from scipy.stats import pearsonr, spearmanr

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about values that are nearly constant
        return {
            "pearson": float(pearsonr(targets, scores).statistic),
            "spearman": float(spearmanr(targets, scores).statistic),
        }


def of_drawn_values(targets: Numbers, scores: Numbers, counts: Counts) -> dict[str, Numbers]:
    """The same for every resample (B, V); NaN where either is constant."""
    return {
        "pearson": pearson(targets, scores, counts),
        "spearman": pearson(ranks(targets, counts), ranks(scores, counts), counts),
    }

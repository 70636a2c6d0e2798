"""What networks predict for rows of a table, and how well that agrees with what was measured."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.core.encode import Codes, reverse_complement
from genoscore.networks.regulatory import RegulatoryEnsemble, RegulatoryNetwork
from genoscore.training.batches import one_hot_batches
from genoscore.training.table import MeasuredSequences

Numbers = NDArray[np.float64]
RESAMPLES = 1000
INTERVAL = (2.5, 97.5)  # percentiles
_BATCH = 64
_ENOUGH = 3  # rows of which a correlation is taken


@torch.no_grad()
def predict(ensemble: RegulatoryEnsemble, codes: Codes) -> tuple[Numbers, Numbers | None, Numbers]:
    """(V, L) codes to (K, V, T) of the networks, (V, T) of the kernel regression, and (V, T) of all of it.

    The mean of both strands; the ensemble must be in evaluation mode.
    """
    networks, regression, mixed = [], [], []
    device = next(ensemble.parameters()).device
    for x in one_hot_batches(codes, _BATCH, device):
        of_networks, kernel = ensemble.each_on_both(x)
        networks.append(of_networks)
        regression += [] if kernel is None else [kernel]
        mixed.append(ensemble.mixed(of_networks, kernel))
    plain = [torch.cat(one, dim=-2).double().cpu().numpy() for one in (networks, regression, mixed) if one]
    return plain[0], plain[1] if regression else None, plain[-1]


@torch.no_grad()
def predict_network(network: RegulatoryNetwork, codes: Codes) -> Numbers:
    """(V, L) codes to (V, T) of one network; the mean of both strands."""
    network.eval()
    predicted = []
    for x in one_hot_batches(codes, _BATCH, network.mean.device):
        predicted.append(((network(x) + network(reverse_complement(x))) / 2).double().cpu().numpy())
    return np.concatenate(predicted)


def pearson(one: Numbers, other: Numbers, weights: Numbers | None = None) -> Numbers:
    """Correlation of (V,) and (V,), for every row of (B, V) weights; NaN where either is constant."""
    weights = np.ones((1, len(one))) if weights is None else weights
    total = weights.sum(axis=1)
    means = [(weights @ values) / total for values in (one, other)]
    squares = [weights @ (values - values.mean()) ** 2 / total - (mean - values.mean()) ** 2
               for values, mean in zip((one, other), means, strict=True)]  # fmt: skip
    products = weights @ ((one - one.mean()) * (other - other.mean())) / total
    products -= (means[0] - one.mean()) * (means[1] - other.mean())
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Numbers = products / np.sqrt(squares[0] * squares[1])
    return found


def ranks(values: Numbers) -> Numbers:
    """From 1; equals share the mean of theirs.

    >>> ranks(np.array([3.0, 1.0, 3.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    found: Numbers = (np.cumsum(count) - (count - 1) / 2)[place]
    return found


def pearson_by_track(table: MeasuredSequences, rows: NDArray[np.int64], predicted: Numbers) -> dict[str, float | None]:
    """Track -> correlation over its rows; None where there is none."""
    found = {}
    for index, track in enumerate(table.track_names):
        own = table.tracks[rows] == index
        found[track] = _number(pearson(table.values[rows][own], predicted[own, index])[0]) if own.any() else None
    return found


def accuracy(
    table: MeasuredSequences, rows: NDArray[np.int64], sets: NDArray[np.int64], predicted: Numbers
) -> dict[str, dict[str, Any]]:
    """Track -> `rows`, `pearson`, `pearson_low`, `pearson_high`, `spearman`, `mse`.

    The interval is of a bootstrap that draws sets of rows which belong together, whole.

    Args:
        rows: (V,) that were not fitted. predicted: (V, T). sets: (N,) numbers of the sets of all rows.
    """
    found: dict[str, dict[str, Any]] = {}
    for index, track in enumerate(table.track_names):
        own = table.tracks[rows] == index
        measured, given = table.values[rows][own], predicted[own, index]
        found[track] = {"rows": len(measured), "pearson": None, "spearman": None}
        if len(measured) >= _ENOUGH:
            low, high = _interval(measured, given, sets[rows][own])
            found[track] |= {
                "pearson": _number(pearson(measured, given)[0]),
                "pearson_low": low,
                "pearson_high": high,
                "spearman": _number(pearson(ranks(measured), ranks(given))[0]),
                "mse": _number(((measured - given) ** 2).mean()),
            }
    return found


def _interval(measured: Numbers, given: Numbers, sets: NDArray[np.int64]) -> tuple[float | None, float | None]:
    _, place = np.unique(sets, return_inverse=True)
    count = int(place.max()) + 1
    rng = np.random.default_rng(0)
    drawn = np.stack([np.bincount(rng.integers(0, count, count), minlength=count) for _ in range(RESAMPLES)])
    values = pearson(measured, given, drawn[:, place].astype(np.float64))
    values = values[np.isfinite(values)]
    if not len(values):
        return None, None
    low, high = np.percentile(values, INTERVAL)
    return _number(low), _number(high)


def _number(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(value) else None

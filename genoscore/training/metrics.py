"""Predictions of networks for rows of a table, and how well they agree with the measured values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.core.bootstrap import draw, interval
from genoscore.core.correlation import Numbers, once, pearson, ranks
from genoscore.core.encode import Codes, reverse_complement
from genoscore.networks.regulatory import RegulatoryEnsemble, RegulatoryNetwork
from genoscore.training.batches import one_hot_batches
from genoscore.training.table import MeasuredSequences

RESAMPLES = 1000
_BATCH = 64
_LEAST_ROWS = 3  # for a correlation


@torch.no_grad()
def predict(ensemble: RegulatoryEnsemble, codes: Codes) -> tuple[Numbers, Numbers | None, Numbers]:
    """(V, L) codes to predictions: (K, V, T) of the networks, (V, T) of the kernel regression, (V, T) of the ensemble.

    They are means of both strands; the ensemble must be in evaluation mode.
    """
    networks, regression, mixed = [], [], []
    device = next(ensemble.parameters()).device
    for x in one_hot_batches(codes, _BATCH, device):
        outputs, kernel = ensemble.each_on_both(x)
        networks.append(outputs)
        regression += [] if kernel is None else [kernel]
        mixed.append(ensemble.mixed(outputs, kernel))
    arrays = [torch.cat(parts, dim=-2).double().cpu().numpy() for parts in (networks, regression, mixed) if parts]
    return arrays[0], arrays[1] if regression else None, arrays[-1]


@torch.no_grad()
def predict_network(network: RegulatoryNetwork, codes: Codes) -> Numbers:
    """(V, L) codes to (V, T) predictions of one network, means of both strands."""
    network.eval()
    predicted = []
    for x in one_hot_batches(codes, _BATCH, network.mean.device):
        predicted.append(((network(x) + network(reverse_complement(x))) / 2).double().cpu().numpy())
    return np.concatenate(predicted)


def pearson_by_track(table: MeasuredSequences, rows: NDArray[np.int64], predicted: Numbers) -> dict[str, float | None]:
    """Track -> correlation over its rows; None if it is undefined."""
    correlations = {}
    for index, track in enumerate(table.track_names):
        own = table.tracks[rows] == index
        measured, predictions = table.values[rows][own], predicted[own, index]
        correlations[track] = _number(pearson(measured, predictions, once(measured))[0]) if own.any() else None
    return correlations


def accuracy(
    table: MeasuredSequences, rows: NDArray[np.int64], sets: NDArray[np.int64], predicted: Numbers
) -> dict[str, dict[str, Any]]:
    """Track -> `rows`, `pearson`, `pearson_low`, `pearson_high`, `spearman`, `mse`.

    The interval is from a bootstrap that draws whole sets of rows that belong together.

    Args:
        rows: (V,) rows that were not fitted. predicted: (V, T). sets: (N,) set numbers of all rows.
    """
    measures: dict[str, dict[str, Any]] = {}
    for index, track in enumerate(table.track_names):
        own = table.tracks[rows] == index
        measured, predictions = table.values[rows][own], predicted[own, index]
        measures[track] = {"rows": len(measured), "pearson": None, "spearman": None}
        if len(measured) >= _LEAST_ROWS:
            whole, members = once(measured), np.unique(sets[rows][own], return_inverse=True)[1]
            drawn = [pearson(measured, predictions, counts) for counts in draw(members, RESAMPLES, 0)]
            low, high, _ = interval(np.concatenate(drawn))
            measures[track] |= {
                "pearson": _number(pearson(measured, predictions, whole)[0]),
                "pearson_low": _number(low),
                "pearson_high": _number(high),
                "spearman": _number(pearson(ranks(measured, whole), ranks(predictions, whole), whole)[0]),
                "mse": _number(((measured - predictions) ** 2).mean()),
            }
    return measures


def _number(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(value) else None

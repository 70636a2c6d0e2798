"""What networks predict for rows of a table, and how well that agrees with what was measured."""

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


def pearson_by_track(table: MeasuredSequences, rows: NDArray[np.int64], predicted: Numbers) -> dict[str, float | None]:
    """Track -> correlation over its rows; None where there is none."""
    found = {}
    for index, track in enumerate(table.track_names):
        own = table.tracks[rows] == index
        measured, given = table.values[rows][own], predicted[own, index]
        found[track] = _number(pearson(measured, given, once(measured))[0]) if own.any() else None
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
            whole, members = once(measured), np.unique(sets[rows][own], return_inverse=True)[1]
            drawn = [pearson(measured, given, counts) for counts in draw(members, RESAMPLES, 0)]
            low, high, _ = interval(np.concatenate(drawn))
            found[track] |= {
                "pearson": _number(pearson(measured, given, whole)[0]),
                "pearson_low": _number(low),
                "pearson_high": _number(high),
                "spearman": _number(pearson(ranks(measured, whole), ranks(given, whole), whole)[0]),
                "mse": _number(((measured - given) ** 2).mean()),
            }
    return found


def _number(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(value) else None

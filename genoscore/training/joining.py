"""Joins fitted networks into what `genoscore train` writes: an ensemble, its test accuracy and its predictions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch

from genoscore._version import __version__
from genoscore.core.correlation import Numbers
from genoscore.networks.regulatory import RegulatoryEnsemble
from genoscore.networks.regulatory_kernel import Kernel
from genoscore.predictors.regulatory.weights import FORMAT, TRAINED
from genoscore.training import saving
from genoscore.training.config import TrainConfig
from genoscore.training.fitting import Member
from genoscore.training.material import Material
from genoscore.training.metrics import accuracy, predict
from genoscore.training.rows import Rows

Accuracy = dict[str, dict[str, Any]]  # track -> measures, see `metrics.accuracy`


def joined(
    members: Sequence[Member], kernel: Kernel | None, material: Material, config: TrainConfig
) -> tuple[Accuracy | None, dict[str, bytes | str]]:
    """Accuracy of the ensemble on the test fold (None if nothing is held out), and file name -> content."""
    rows = material.rows
    ensemble, codes = _ensemble(members, kernel), rows.table.codes[rows.held_out]
    accuracies: list[Accuracy] = []
    parts: dict[str, Accuracy] = {}
    together: Accuracy | None = None
    predicted: Numbers | None = None
    if len(codes):
        networks, regression, predicted = predict(ensemble, codes)
        accuracies = [_accuracy(rows, prediction) for prediction in networks]
        together = _accuracy(rows, predicted)
        if regression is not None:
            parts = {"networks": _accuracy(rows, networks.mean(axis=0)), "kernel": _accuracy(rows, regression)}
    trained = _trained(material, config)
    metrics: dict[str, Any] = {"trained": trained, "accuracy": together, "parts": parts}
    metrics |= {"members": _members(members, config, accuracies)}
    contents: dict[str, bytes | str] = {
        TRAINED: _weights(ensemble, rows, config, trained | {"accuracy": together}),
        saving.METRICS: saving.metrics_text(metrics),
    }
    if predicted is not None:
        contents[saving.PREDICTIONS] = saving.predictions_text(rows, predicted)
    return together, contents


def _ensemble(members: Sequence[Member], kernel: Kernel | None) -> RegulatoryEnsemble:
    first = members[0].averaged
    ensemble = RegulatoryEnsemble(first.config, len(members)).eval()
    ensemble.kernel = kernel
    for network, member in zip(ensemble.networks, members, strict=True):
        network.load_state_dict(member.averaged.state_dict())
    return ensemble.to(first.mean.device)


def _accuracy(rows: Rows, predicted: Numbers) -> Accuracy:
    return accuracy(rows.table, rows.held_out, rows.sets, predicted)


def _weights(ensemble: RegulatoryEnsemble, rows: Rows, config: TrainConfig, trained: dict[str, Any]) -> bytes:
    metadata = {
        "format": FORMAT,
        "config": json.dumps(asdict(ensemble.config)),
        "networks": str(len(ensemble.networks)),
        "tracks": json.dumps(rows.table.track_names),
        "adaptors": json.dumps(config.data.adaptors),
        "units": config.data.units,
        "trained": json.dumps(trained),
    }
    return saving.weights_bytes(ensemble, metadata)


def _members(members: Sequence[Member], config: TrainConfig, accuracies: Sequence[Accuracy]) -> list[dict[str, Any]]:
    entries = []
    for at, member in enumerate(members):
        entry: dict[str, Any] = {"member": member.number, "seed": config.training.seed + member.number}
        entry |= {"accuracy": accuracies[at]} if accuracies else {}
        entries.append(entry | {"epochs": member.history})
    return entries


def _trained(material: Material, config: TrainConfig) -> dict[str, Any]:
    """What the weights were fitted to and how, for their header."""
    data, rows, motifs = config.data, material.rows, material.motifs
    table = rows.table
    fit = asdict(config.training)
    del fit["threads"], fit["device"]
    return {
        "table": table.name,
        "table_sha256": table.sha256,
        "rows": len(table.ids),
        "rows_fitted": len(rows.fitted),
        "rows_held_out": len(rows.held_out),
        "folds": data.folds,
        "test_fold": data.test_fold,
        "validation_fold": data.validation_fold,
        "shared": data.shared,
        "epochs": config.training.epochs,
        "seed": config.training.seed,
        "training": fit,
        "motifs": motifs.name,
        "motifs_sha256": motifs.sha256,
        "masking": asdict(config.masking),
        "kernel": asdict(config.kernel),
        "synthetic": asdict(config.synthetic),
        "genoscore": __version__,
        "torch": torch.__version__,
    }

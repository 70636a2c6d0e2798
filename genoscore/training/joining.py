"""Fitted networks to what `genoscore train` writes: an ensemble, its accuracy on the test fold, its predictions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch

from genoscore import __version__
from genoscore.networks.regulatory import RegulatoryEnsemble
from genoscore.training import saving
from genoscore.training.config import TrainConfig
from genoscore.training.fitting import Member
from genoscore.training.metrics import Numbers, accuracy, predict
from genoscore.training.motifs import Motifs
from genoscore.training.rows import Rows

Accuracy = dict[str, dict[str, Any]]  # track -> measures, as of `metrics.accuracy`


def joined(
    members: Sequence[Member], rows: Rows, config: TrainConfig, motifs: Motifs | None, device: torch.device
) -> tuple[Accuracy | None, dict[str, bytes | str]]:
    """Accuracy of the mean of the networks on the test fold, None where nothing is held out; file name -> content."""
    codes, accuracies, whole = rows.table.codes[rows.held_out], [], None
    together: Accuracy | None = None
    if len(codes):
        each = [predict(member.averaged, codes, device) for member in members]
        accuracies = [_accuracy(rows, predicted) for predicted in each]
        whole = np.mean(each, axis=0)
        together = _accuracy(rows, whole)
    trained = _trained(rows, config, motifs)
    contents: dict[str, bytes | str] = {
        saving.WEIGHTS: _weights(members, rows, config, trained | {"accuracy": together}),
        saving.METRICS: saving.metrics_text(
            {"trained": trained, "accuracy": together, "members": _members(members, config, accuracies)}
        ),
    }
    if whole is not None:
        contents[saving.PREDICTIONS] = saving.predictions_text(rows, whole)
    return together, contents


def _accuracy(rows: Rows, predicted: Numbers) -> Accuracy:
    return accuracy(rows.table, rows.held_out, rows.sets, predicted)


def _weights(members: Sequence[Member], rows: Rows, config: TrainConfig, trained: dict[str, Any]) -> bytes:
    shape = replace(config.network, tracks=len(rows.table.track_names))
    ensemble = RegulatoryEnsemble(shape, len(members)).eval()
    for network, member in zip(ensemble.networks, members, strict=True):
        network.load_state_dict(member.averaged.state_dict())
    metadata = {
        "format": saving.FORMAT,
        "config": json.dumps(asdict(shape)),
        "networks": str(len(members)),
        "tracks": json.dumps(rows.table.track_names),
        "adaptors": json.dumps(config.data.adaptors),
        "units": config.data.units,
        "trained": json.dumps(trained),
    }
    return saving.weights_bytes(ensemble, metadata)


def _members(members: Sequence[Member], config: TrainConfig, accuracies: Sequence[Accuracy]) -> list[dict[str, Any]]:
    found = []
    for at, member in enumerate(members):
        one: dict[str, Any] = {"member": member.number, "seed": config.training.seed + member.number}
        one |= {"accuracy": accuracies[at]} if accuracies else {}
        found.append(one | {"epochs": member.history})
    return found


def _trained(rows: Rows, config: TrainConfig, motifs: Motifs | None) -> dict[str, Any]:
    """What the weights were made of, for their header."""
    data, table = config.data, rows.table
    fit = asdict(config.training)
    del fit["threads"], fit["device"], fit["motifs"]
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
        "motifs": None if motifs is None else {"file": motifs.name, "sha256": motifs.sha256},
        "masking": asdict(config.masking),
        "genoscore": __version__,
        "torch": torch.__version__,
    }

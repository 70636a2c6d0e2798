"""Fitting: whole, in parts and resumed; what is learned, what is written, how it is measured."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from genoscore.core.errors import ConfigError, InputError
from genoscore.networks.regulatory import RegulatoryEnsemble
from genoscore.networks.regulatory_config import RegulatoryConfig
from genoscore.training.config import (
    TrainConfig,
)
from genoscore.training.metrics import accuracy, predict
from genoscore.training.rows import read_rows
from genoscore.training.run import train
from tests.training.toy_data import GOOD, LEFT, NETWORK, RIGHT, StopAfter, files_in, table_of

CPU = torch.device("cpu")


def _without_seconds(metrics: bytes) -> Any:
    found = json.loads(metrics)
    for member in found["members"]:
        for row in member["epochs"]:
            assert row.pop("seconds") >= 0
    return found


def test_interrupted_in_parts_and_whole_are_the_same(toy: TrainConfig, tmp_path: Path) -> None:
    whole_summary = train(toy, tmp_path / "whole")
    whole = files_in(tmp_path / "whole")
    assert set(whole) == {"weights.safetensors", "metrics.json", "predictions.tsv"}
    parts, steps = tmp_path / "parts", 72 // 16
    train(toy, parts, member=1)
    (prepared,) = set(files_in(parts)) - {"member-1.pt"}
    assert prepared.startswith("kernel-")
    with pytest.raises(KeyboardInterrupt):
        train(toy, parts, member=0, observer=StopAfter(2 * steps + 1))
    before = files_in(parts)
    assert set(before) == {"member-0.pt", "member-1.pt", prepared}
    with pytest.raises(ConfigError, match=r"member-0\.pt holds 2 epochs of an interrupted run") as told:
        train(toy, parts)
    assert "--resume" in told.value.hint
    with pytest.raises(InputError, match=r"member-0\.pt: training\.seed was '0' and is now '7'"):
        train(replace(toy, training=replace(toy.training, seed=7)), parts, resume=True)
    assert files_in(parts) == before
    assert train(toy, parts, resume=True).accuracy == whole_summary.accuracy
    found = files_in(parts)
    assert found["weights.safetensors"] == whole["weights.safetensors"]
    assert found["predictions.tsv"] == whole["predictions.tsv"]
    assert _without_seconds(found["metrics.json"]) == _without_seconds(whole["metrics.json"])
    assert set(found) == set(whole), "checkpoints and what was prepared are gone"
    _check_files(toy, tmp_path / "whole", whole_summary.accuracy)


def _check_files(toy: TrainConfig, folder: Path, told: Any) -> None:
    """Header, tensors, metrics and predictions say the same."""
    raw = (folder / "weights.safetensors").read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + size])
    metadata = header.pop("__metadata__")
    trained = json.loads(metadata["trained"])
    metrics = _without_seconds((folder / "metrics.json").read_bytes())
    assert metadata["format"] == "genoscore-regulatory-2"
    assert (metadata["networks"], metadata["units"]) == ("2", "log2 RNA/DNA")
    assert json.loads(metadata["tracks"]) == ["a", "b"]
    assert json.loads(metadata["adaptors"]) == [LEFT, RIGHT]
    assert trained["accuracy"] == metrics["accuracy"] == told
    assert trained["table_sha256"] == hashlib.sha256(toy.data.table.read_bytes()).hexdigest()
    assert (trained["rows"], trained["rows_fitted"], trained["rows_held_out"]) == (120, 72, 24)
    assert trained["masking"] == {"share": 0.25, "start": 0, "full": 1, "every": 2}
    assert trained["synthetic"] == {"rows": 30, "weight": 0.5}
    assert [[row["masked"] for row in member["epochs"]] for member in metrics["members"]] == [[0, 0.25, 0.25]] * 2
    shape = RegulatoryConfig.read(json.loads(metadata["config"]))
    assert shape == replace(NETWORK, motifs=5, centres=20)
    assert set(metrics["parts"]) == {"networks", "kernel"}
    from safetensors.torch import load

    ensemble = RegulatoryEnsemble(shape, 2).eval()
    ensemble.load_state_dict(load(raw))
    rows = read_rows(toy)
    assert rows.folds[rows.held_out].tolist() == [0] * 24
    predicted = predict(ensemble, rows.table.codes[rows.held_out])[2]
    lines = [line.split("\t") for line in (folder / "predictions.tsv").read_text().splitlines()]
    assert lines[0] == ["ID", "TRACK", "MEASURED", "PREDICTED"]
    for line, row, values in zip(lines[1:], rows.held_out.tolist(), predicted, strict=True):
        track = int(rows.table.tracks[row])
        assert line[:2] == [rows.table.ids[row], "ab"[track]]
        assert float(line[2]) == pytest.approx(rows.table.values[row], rel=1e-5)
        assert float(line[3]) == pytest.approx(values[track], abs=2e-6)
    for track in "ab":
        pairs = [(float(line[2]), float(line[3])) for line in lines[1:] if line[1] == track]
        assert told[track]["pearson"] == pytest.approx(np.corrcoef(np.array(pairs).T)[0, 1], abs=1e-4)
        assert told[track]["pearson_low"] < told[track]["pearson"] < told[track]["pearson_high"]


def test_a_rule_is_learned(toy: TrainConfig, tmp_path: Path) -> None:
    fit = replace(toy.training, epochs=20, networks=1, ema=0.9)
    shape = replace(NETWORK, dropout=0.0)
    found = train(TrainConfig(toy.data, shape, fit), tmp_path / "out").accuracy
    assert found is not None
    for track in "ab":
        assert found[track]["pearson"] > 0.8
        assert found[track]["spearman"] > 0.75


def test_targets_are_standardized_and_mixed(toy: TrainConfig) -> None:
    double = toy.data.table.read_text().splitlines()
    more = [f"{line.rsplit(chr(9), 1)[0]}\t{float(line.rsplit(chr(9), 1)[1]) + 1}" for line in double[1:]]
    toy.data.table.write_text("\n".join([*double, *more]) + "\n")
    config = replace(toy, training=replace(toy.training, mix=0.5))
    rows = read_rows(config)
    table = rows.table
    for track in range(2):
        fitted = [row for row in rows.fitted.tolist() if table.tracks[row] == track]
        mean = sum(table.values[fitted]) / len(fitted)
        deviation = (sum((table.values[fitted] - mean) ** 2) / len(fitted)) ** 0.5
        assert rows.means[track] == pytest.approx(mean, rel=1e-6)
        assert rows.deviations[track] == pytest.approx(deviation, rel=1e-6)
        for row in fitted[:5]:
            alike = (table.groups == table.groups[row]) & (table.tracks == track)
            mixed = (table.values[row] + table.values[alike].mean()) / 2
            assert alike.sum() == 2
            assert rows.targets[row] == pytest.approx((mixed - mean) / deviation, abs=1e-5)


def test_measures_of_constant_predictions_do_not_exist() -> None:
    table = replace(table_of([GOOD] * 50, [*range(50)]), values=np.random.default_rng(0).normal(size=50) + 1e4)
    flat = accuracy(table, np.arange(50), np.arange(50), np.full((50, 1), 0.1))["x"]
    assert (flat["pearson"], flat["spearman"], flat["pearson_low"]) == (None, None, None)

"""`genoscore train`: reading, folds, batches and masking against plain Python; fitting again, in parts, and resumed."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from genoscore.errors import ConfigError
from genoscore.networks.regulatory import RegulatoryConfig
from genoscore.training.config import DataConfig, FitConfig, MaskingConfig, TrainConfig
from genoscore.training.fitting import FitObserver
from genoscore.training.run import train

LENGTH = 16
OTHER = str.maketrans("ACGTN", "TGCAN")
LEFT, RIGHT = "ACCA", "TTG"
NETWORK = RegulatoryConfig(
    length=LENGTH, filters=8, filter_width=5, token_size=4, channels=8, width=3, blocks=1, layers=1, heads=2, queries=1,
    hidden=8, wide=4, dropout=0.1,
)  # fmt: skip


def _insert(rng: random.Random, length: int = LENGTH) -> str:
    return "".join(rng.choice("ACGT") for _ in range(length))


def _value(insert: str) -> float:
    """The toy rule: G and C less A and T, the same on both strands."""
    return (sum(base in "GC" for base in insert) - len(insert) / 2) / 2


def _write(path: Path, rows: list[tuple[str, str, str, float]]) -> Path:
    """Track, element, sequence, value."""
    lines = ["cell\telement\tsequence\tactivity"]
    lines += ["\t".join([track, element, sequence, str(value)]) for track, element, sequence, value in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def toy(tmp_path: Path) -> TrainConfig:
    """120 rows of 60 elements in two tracks, and a tiny network."""
    rng = random.Random(3)
    rows = []
    for number in range(60):
        insert = _insert(rng)
        for track in ("b", "a"):
            rows.append((track, f"e{number}", LEFT + insert + RIGHT, _value(insert) + 0.01 * number % 3))
    data = DataConfig(
        _write(tmp_path / "toy.tsv", rows), value="activity", track="cell", group="element", adaptors=(LEFT, RIGHT),
        shared=0, folds=5, validation_fold=1, units="log2 RNA/DNA",
    )  # fmt: skip
    fit = FitConfig(epochs=4, batch=16, shift=2, networks=2, threads=1, device="cpu", learning_rate=0.01, ema=0.8)
    return TrainConfig(data, NETWORK, fit, MaskingConfig(share=0.25, start=0, full=2, every=2))


class _Stop(FitObserver):
    """Ctrl-C in the middle of an epoch."""

    def __init__(self, after: int) -> None:
        self._left = after

    def step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise KeyboardInterrupt


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _without_seconds(metrics_json: bytes) -> Any:
    found = json.loads(metrics_json)
    for member in found["members"]:
        for row in member["epochs"]:
            del row["seconds"]
    return found


def test_interrupted_in_parts_and_whole_are_the_same(toy: TrainConfig, tmp_path: Path) -> None:
    train(toy, tmp_path / "whole")
    whole = _files(tmp_path / "whole")
    assert set(whole) == {"weights.safetensors", "metrics.json", "predictions.tsv"}
    parts = tmp_path / "parts"
    train(toy, parts, member=1)
    assert set(_files(parts)) == {"member-1.pt"}
    steps_of_epoch = 72 // 16
    with pytest.raises(KeyboardInterrupt):
        train(toy, parts, member=0, observer=_Stop(3 * steps_of_epoch + 1))
    assert set(_files(parts)) == {"member-0.pt", "member-1.pt"}
    with pytest.raises(ConfigError, match=r"member-0\.pt holds 3 epochs of a run that was interrupted") as told:
        train(toy, parts)
    assert "--resume" in told.value.hint
    train(toy, parts, resume=True)
    found = _files(parts)
    assert found["weights.safetensors"] == whole["weights.safetensors"]
    assert found["predictions.tsv"] == whole["predictions.tsv"]
    assert _without_seconds(found["metrics.json"]) == _without_seconds(whole["metrics.json"])
    assert set(found) == set(whole)

"""A configuration that trains in a second."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from genoscore.training.config import (
    DataConfig,
    FitConfig,
    KernelConfig,
    MaskingConfig,
    SyntheticConfig,
    TrainConfig,
)
from tests.training.toy_data import LEFT, NETWORK, RIGHT, random_insert, value_of, write_motifs, write_rows


@pytest.fixture
def toy(tmp_path: Path) -> TrainConfig:
    """120 rows of 60 elements in two tracks, and a tiny network."""
    rng, rows = random.Random(3), []
    for number in range(60):
        insert = random_insert(rng)
        rows += [
            (track, f"e{number}", LEFT + insert + RIGHT, scale * value_of(insert) + 3)
            for track, scale in (("b", 1), ("a", 2))
        ]
    data = DataConfig(
        write_rows(tmp_path / "toy.tsv", rows), write_motifs(tmp_path / "toy.jaspar", ["C", "A", "GG", "AC", "TCA"]),
        value="activity", track="cell", group="element", adaptors=(LEFT, RIGHT), shared=0, folds=5, validation_fold=1,
        units="log2 RNA/DNA",
    )  # fmt: skip
    fit = FitConfig(epochs=3, batch=16, shift=1, networks=2, threads=1, device="cpu", learning_rate=0.01, ema=0.8)
    masking = MaskingConfig(share=0.25, start=0, full=1, every=2)
    kernel = KernelConfig(centres=20, share=0.4)
    return TrainConfig(data, NETWORK, fit, masking, kernel, SyntheticConfig(rows=30, weight=0.5))

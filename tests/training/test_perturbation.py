"""The perturbation benchmark, benchmarks/masking.py."""

from __future__ import annotations

import importlib.util
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genoscore.training.config import (
    TrainConfig,
)
from genoscore.training.run import train
from tests.conftest import ROOT


@pytest.fixture
def benchmark() -> Any:
    specification = importlib.util.spec_from_file_location("masking_benchmark", ROOT / "benchmarks" / "masking.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_salient_positions_are_replaced(benchmark: Any) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, (6, 20)).astype(np.uint8)
    scores = rng.random((6, 20))
    for by in ("zeros", "random bases"):
        changed = benchmark.without(codes, scores, 0.2, by, rng)
        for row in range(6):
            most = sorted(range(20), key=lambda at: -scores[row, at])[:4]
            for at in range(20):
                if at not in most or codes[row, at] == 4:
                    assert changed[row, at] == codes[row, at]
                else:
                    assert (
                        changed[row, at] == 4 if by == "zeros" else changed[row, at] in {0, 1, 2, 3} - {codes[row, at]}
                    )


def test_random_tokens(benchmark: Any) -> None:
    rng = np.random.default_rng(0)
    codes = np.zeros((3, 24), np.uint8)
    changed = benchmark.without(codes, benchmark.at_random(codes, 8, rng), 1 / 3, "zeros", rng)
    for row in (changed == 4).reshape(3, 3, 8):
        assert sorted(row.sum(axis=1)) == [0, 0, 8]
    assert len({tuple(row) for row in benchmark.at_random(codes, 1, rng)[0][:, None]}) == 24


@pytest.mark.slow  # scikit-learn takes seconds to import
def test_perturbation(
    toy: TrainConfig,
    benchmark: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = replace(toy.data, folds=3, validation_fold=1)
    config = replace(toy, data=data, training=replace(toy.training, epochs=1, networks=1))
    train(config, tmp_path / "out")
    monkeypatch.setattr(benchmark, "read_config", lambda path: config)
    weights = tmp_path / "out" / "weights.safetensors"
    monkeypatch.setattr("sys.argv", ["masking.py", "c.toml", f"plain={weights}", "--rows", "50", "--draws", "2"])
    capsys.readouterr()
    benchmark.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("50 rows that no network was fitted to: ")
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    assert len(table) == 2 + 1 + 3 * 2 * 4
    assert {len(row) for row in table} == {3 + 2 * 5}
    assert table[0][3:8] == ["a Pearson", "a Spearman", "a MSE", "a AUROC", "a accuracy"]
    methods = ("attention", "input x gradient", "random", "random tokens")
    assert Counter(row[1] for row in table[3:]) == dict.fromkeys(methods, 6)
    assert len({tuple(row[3:]) for row in table[2:]}) > 20, "they differ"

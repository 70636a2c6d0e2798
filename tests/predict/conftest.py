"""`predict` of sequences, with predictor `bins` beside `toy`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from genoscore import PredictConfig, predict_sequences
from genoscore.predictors import registry


@pytest.fixture
def bins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "bins", "tests.toy:BINS")


@pytest.fixture
def predict(tmp_path: Path) -> Callable[..., Path]:
    """Write a FASTA, predict, and return the folder of what came out."""

    def run(text: str, *names: str, predictor: str = "toy", **options: object) -> Path:
        source = tmp_path / "in.fa"
        source.write_text(text)
        outputs = tuple(str(tmp_path / name) for name in names or ("o.npz",))
        predict_sequences(PredictConfig(outputs, str(source), predictor=predictor, **options))
        return tmp_path

    return run

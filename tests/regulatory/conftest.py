"""The tiny networks as a file, and in the place of those that come with genoscore."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import save_file

from genoscore.predictors import registry
from genoscore.predictors.regulatory.weights import FILE
from tests.regulatory.toy_networks import HEADER, SHIFTS, toy_ensemble


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of two tiny networks."""
    path = tmp_path_factory.mktemp("weights") / FILE
    save_file(toy_ensemble().state_dict(), path, HEADER)
    return path


@pytest.fixture
def as_shipped(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """These networks in the place of those that come with genoscore; the folder of what comes with it."""
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / FILE).write_bytes(weights.read_bytes())
    for module in ("predictor", "weights"):
        monkeypatch.setattr(f"genoscore.predictors.regulatory.{module}.shipped", lambda name: folder / name)
    monkeypatch.setattr("genoscore.predictors.regulatory.predictor._SHA256", "")
    card = registry.get("regulatory").card
    monkeypatch.setattr("genoscore.predictors.regulatory.predictor.CARD", replace(card, sha256={FILE: ""}))
    return folder


@pytest.fixture
def score_options() -> dict[str, object]:
    """See tests/conftest.py."""
    return {"predictor": "regulatory", "annotation": "none", "shifts": SHIFTS}

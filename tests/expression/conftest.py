"""Predictors `weighed` and `weighed_signal` for all runs of this folder."""

from __future__ import annotations

import pytest

from genoscore.predictors import registry


@pytest.fixture(autouse=True)
def _weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "weighed", "tests.toy:WEIGHED")
    monkeypatch.setitem(registry._BUILT_IN, "weighed_signal", "tests.toy:WEIGHED_SIGNAL")


@pytest.fixture
def score_options() -> dict[str, object]:
    """See tests/conftest.py."""
    return {"predictor": "weighed"}

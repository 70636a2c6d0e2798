"""Licences are accepted before anything is fetched, and remembered."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from genoscore.core.errors import WeightsError
from genoscore.weights import licences
from genoscore.weights.fetch import fetch
from genoscore.weights.sources import UrlSource
from tests.fetch.fetching import CARD
from tests.local_servers import FileServer


def test_a_licence_is_remembered_until_it_changes(home: Path) -> None:
    assert licences.accepted_on(CARD) is None
    licences.accept(dataclasses.replace(CARD, name="other"))
    licences.accept(CARD)
    assert licences.accepted_on(CARD) is not None
    assert licences.accepted_on(dataclasses.replace(CARD, summary="a new one")) is not None
    for changed in ("licence", "licence_url", "licence_terms"):
        assert licences.accepted_on(dataclasses.replace(CARD, **{changed: "new"})) is None
    kept = json.loads((home / "licences.json").read_text())
    assert kept.keys() == {"fetched", "other"}
    assert kept["fetched"]["licence"] == "Test Licence 1.0"


def test_nothing_is_fetched_without_acceptance(home: Path, server: FileServer) -> None:
    with pytest.raises(WeightsError, match="is not accepted"):
        fetch(CARD, UrlSource(f"{server.address}/v1"))
    assert server.asked == []


@pytest.mark.parametrize("text", ["{", "[]", '{"fetched": 3}'])
def test_a_damaged_list_of_licences_is_named(home: Path, text: str) -> None:
    home.mkdir()
    (home / "licences.json").write_text(text)
    for act in (licences.accepted_on, licences.accept):
        with pytest.raises(WeightsError, match=r"licences\.json cannot be read"):
            act(CARD)
    assert (home / "licences.json").read_text() == text

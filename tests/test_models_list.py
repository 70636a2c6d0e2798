"""`genoscore models list`: a table for a terminal of 80 columns, and JSON that names no track."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from genoscore.predictors import registry
from tests.conftest import ROOT, Invoke, Run

OWN = sorted(registry._BUILT_IN)


@pytest.fixture
def table(genoscore: Run, plugin_example: Path) -> list[str]:
    """As a terminal of 80 columns shows it, with a plug-in."""
    path = os.pathsep.join([str(plugin_example), str(ROOT)])
    done = genoscore("models", "list", env={**os.environ, "PYTHONPATH": path, "COLUMNS": "80", "GENOSCORE_CONFIG": ""})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_the_table_fits_80_columns(table: list[str]) -> None:
    """One line for each predictor, nothing cut off."""
    assert max(map(len, table)) <= 80
    assert not any("…" in line for line in table)
    head, *rows = [re.split(r" {2,}", line.strip()) for line in table if line.strip() and "─" not in line][:-1]
    assert head == ["name", "scores", "commercial", "installed", "s/variant"]
    assert [row[0] for row in rows] == sorted([*OWN, "cpg", "donors"])
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["spliceai"][:2] == ["splice sites gained and lost", "no"]
    assert by_name["regulatory"][1:3] == ["yes", "yes"]
    assert by_name["cpg"] == ["CpG sites, no network at all", "yes", "yes"], "what nobody has measured is left out"
    assert table[-1].startswith("genoscore models show NAME: ")


@pytest.mark.parametrize("name", OWN)
def test_times_are_those_that_were_measured(name: str) -> None:
    """docs/performance.md has each of them, and the card says what on."""
    speed = registry.get(name).card.speed
    if speed is None:
        return
    assert speed.measured
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert re.search(rf"(?<![\d.]){speed.seconds}0?(?!\d)", page)


@pytest.mark.parametrize("name", OWN)
def test_what_is_scored_is_said_in_a_few_words(name: str) -> None:
    assert 0 < len(registry.get(name).card.scores) <= 30


def test_json_names_no_track(invoke: Invoke) -> None:
    """Sei has 21,907: `models tracks` lists them."""
    done = invoke("models", "list", "--json")
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert (rows["enformer"]["n_tracks"], rows["sei"]["n_tracks"]) == (5_313, 21_907)
    assert len(done.stdout) < 20_000
    assert all("tracks" not in row for row in rows.values())
    assert rows["spliceai"]["seconds_per_variant"] == 0.021
    shown = json.loads(invoke("models", "show", "sei", "--json").stdout)
    assert shown == rows["sei"]


def test_show_has_the_rest(invoke: Invoke) -> None:
    lines = invoke("models", "show", "sei").stdout.splitlines()
    assert "tracks: profile_0, ..., profile_21906 (21,907)" in lines
    assert "seconds_per_variant: 1.17" in lines
    assert "seconds_measured: one SNV alone, two CPU cores" in lines
    assert any(line.startswith("by_hand: download the archive") for line in lines)
    assert "tracks: neither, acceptor, donor" in invoke("models", "show", "spliceai").stdout.splitlines()

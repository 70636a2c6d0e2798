"""Sites beyond the distance: which a page warns of, compared with the numbers of a wider profile."""

from __future__ import annotations

import json
import re
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest

from genoscore.explaining import beyond
from tests.explain.explained import Explain, page_in, snv_at
from tests.small import SmallGenome, read_table

_CELL = re.compile(r"<td>(.*?)</td>")
_FROM = 0.01  # instead of 0.2: the toy predictors' outputs move less
pytestmark = pytest.mark.usefixtures("toy", "undrawn")


@pytest.fixture(autouse=True)
def _small_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beyond, "BEYOND_FROM", _FROM)


def _rows_of(page: str) -> list[list[str]]:
    """The table of sites on a page."""
    _, heading, rest = page.partition("<h2>Sites beyond the distance</h2>")
    table = rest.partition("</table>")[0]
    return [[unescape(cell) for cell in _CELL.findall(row)] for row in table.split("<tr>")[2:]] if heading else []


def _wanted(folder: Path, pos: int, distance: int, tissues: bool) -> set[tuple[str, int]]:
    """(track, position) of outputs that change by so much, from the numbers of a profile."""
    found = set()
    for path in folder.glob("profile.*.tsv"):
        for row in read_table(path):
            deltas = {key.removesuffix("_DELTA"): float(text) for key, text in row.items() if key.endswith("_DELTA")}
            if tissues:
                most = max(deltas, key=lambda track: abs(deltas[track]))
                deltas = {most: deltas[most]}
            here = int(row["POS"])
            found |= {
                (track, here) for track, one in deltas.items() if abs(one) >= _FROM and abs(here - pos) > distance
            }
    return found


@pytest.mark.parametrize("predictor", ["toy", "tissue_toy"])
@pytest.mark.parametrize("distance", [0, 3, 9])
def test_a_page_warns_of_them(run: Explain, small: SmallGenome, tmp_path: Path, predictor: str, distance: int) -> None:
    seen = 0
    for at, pos in enumerate((128, 207, 260, 402)):
        options = {"predictor": predictor, "distance": distance, "figures": ("profiles",)}
        for name, flank in (("wide", 60), ("narrow", 2)):
            run([snv_at(small, pos)], flank=flank, output=str(tmp_path / f"{name}{at}"), **options)
        wide, narrow = (page_in(tmp_path / f"{name}{at}") for name in ("wide", "narrow"))
        page = (narrow / "index.html").read_text()
        rows = _rows_of(page)
        wanted = _wanted(wide, pos, distance, predictor == "tissue_toy")
        assert {(track, int(base.replace(",", ""))) for _, track, base, *_ in rows} == wanted
        assert all(int(base.replace(",", "")) - pos == int(offset) for _, _, base, offset, *_ in rows)
        changes = [abs(float(alt) - float(ref)) for *_, ref, alt in rows]
        assert all(one >= later - 0.0201 for one, later in pairwise(changes))
        assert _rows_of((wide / "index.html").read_text()) == rows
        (subject,) = json.loads((tmp_path / f"narrow{at}" / "explain.json").read_text())["subjects"]
        assert bool(subject["warning"]) == bool(wanted) == (subject["warning"] != "" and subject["warning"] in page)
        seen += len(wanted)
        assert len(read_table(next(narrow.glob("profile.*.tsv")))) == 5, "the figure's bases"
    assert seen > 2


def test_reach_bounds_them(run: Explain, small: SmallGenome, tmp_path: Path) -> None:
    options = {"distance": 0, "figures": ("profiles",), "flank": 60}
    run([snv_at(small, 207)], output=str(tmp_path / "all"), **options)
    run([snv_at(small, 207)], output=str(tmp_path / "near"), reach=4, **options)
    every, near = (_rows_of((page_in(tmp_path / name) / "index.html").read_text()) for name in ("all", "near"))
    assert near == [row for row in every if abs(int(row[3])) <= 4]
    run([snv_at(small, 207)], output=str(tmp_path / "none"), reach=0, **options)
    assert not _rows_of((page_in(tmp_path / "none") / "index.html").read_text())


def test_a_region_has_none(run: Explain, tmp_path: Path) -> None:
    run("chr1:205-215", distance=0, figures=("profiles",))
    assert "Sites beyond" not in (page_in(tmp_path / "out") / "index.html").read_text()

"""Pages and the folder of `explain`."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.explaining import figures
from genoscore.explaining.run import ExplainObserver
from genoscore.scoring.run import score_vcf
from tests.explain.explained import Explain, page_in, snv_at
from tests.small import SmallGenome, read_table

pytestmark = pytest.mark.usefixtures("toy")


class _References(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data", "action")]


def test_pages(run: Explain, small: SmallGenome, tmp_path: Path) -> None:
    """Every ALT has a page, whole in itself; what could not be explained says why."""
    other = "ACGT".replace(small.sequences["chr1"][119], "")
    rows = [snv_at(small, 300), f"chr1 120 {other[0]} {other[1]}", "chr9 5 A T", "chr2 200 <b>&x A", snv_at(small, 950)]
    done = run(rows, figures="mutagenesis,profiles,contributions,attention", steps=4)
    assert done.explained == 1
    statuses = ["REF_MISMATCH", "UNKNOWN_CONTIG", "NON_ACGT", "NO_GENE"]
    assert [status for _, status in done.without] == statuses
    folder = tmp_path / "out"
    index = (folder / "index.html").read_text()
    marks = json.loads((folder / "explain.json").read_text())
    assert [one["status"] for one in marks["subjects"]] == ["SCORED", *statuses]
    for one in marks["subjects"]:
        text = (folder / one["folder"] / "index.html").read_text()
        references = _References()
        references.feed(text)
        assert all(found.startswith("data:image/png;base64,") for found in references.found)
        assert not {"script", "link", "iframe"} & {*references.tags}
        assert "http" not in text
        assert "url(" not in text
        assert "<b>&" not in text
        assert f'href="{one["folder"]}/index.html"' in index
        assert one["status"] in text
        assert len(references.found) == (4 if one["status"] == "SCORED" else 0)
        for name in one["files"]:
            assert (folder / one["folder"] / name).stat().st_size > 100
    names = {path.name for path in (folder / marks["subjects"][0]["folder"]).iterdir()}
    assert {"mutagenesis.PLUS.svg", "profile.PLUS.png", "contributions.PLUS.npz", "integrated.PLUS.svg"} <= names
    assert "attention: toy is not a transformer" in marks["subjects"][0]["notes"]


@pytest.mark.usefixtures("undrawn")
def test_scores_of_a_page_are_those_of_score(run: Explain, small: SmallGenome, tmp_path: Path) -> None:
    row = snv_at(small, 470)
    run([row], figures="profiles")
    target = str(tmp_path / "s.tsv")
    score_vcf(
        RunConfig(str(tmp_path / "in.vcf"), small.fasta, target, "toy", annotation=str(small.genes), distance=10)  # type: ignore[arg-type]
    )
    text = (page_in(tmp_path / "out") / "index.html").read_text()
    for scored in read_table(Path(target)):
        cells = [scored[name] for name in ("GENE", "MAX", "BAND", "DS_AG", "DS_AL", "DS_DG", "DS_DL", "DP_AG")]
        assert "".join(f"<td>{cell}</td>" for cell in cells) in text


def test_a_transformer(run: Explain, small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attention in place of profiles, of the variant and not of every gene."""
    for name in ("draw_mutagenesis", "draw_contributions"):
        monkeypatch.setattr(figures, name, lambda *_: Figure())
    run([snv_at(small, 700)], predictor="transformer", window=3, steps=4, centre="grid")
    page = page_in(tmp_path / "out")
    assert {"attention.png", "attention.svg", "attention.npz", "attention.bed", "contributions.tsv"} <= {
        path.name for path in page.iterdir()
    }
    regions = [line.split("\t") for line in (page / "attention.bed").read_text().splitlines()]
    assert regions
    assert all(0 <= int(start) < int(end) <= 1200 for _, start, end, *_ in regions)
    saved = np.load(page / "attention.npz")
    assert saved["ref_heads"].shape == (2, 2, 8)
    notes = json.loads((tmp_path / "out" / "explain.json").read_text())["subjects"][0]["notes"]
    assert notes == [
        "heat maps in MINUS are not drawn; their numbers are in mutagenesis.tsv",
        "profiles: transformer does not give an output for every base",
    ]


@pytest.mark.usefixtures("undrawn")
def test_what_a_predictor_does_not_allow_is_said(run: Explain, small: SmallGenome, tmp_path: Path) -> None:
    run([snv_at(small, 700)], predictor="bins", window=3)
    notes = json.loads((tmp_path / "out" / "explain.json").read_text())["subjects"][0]["notes"]
    assert {note.partition(":")[0] for note in notes} == {"profiles", "contributions", "attention"}


@pytest.mark.usefixtures("undrawn")
def test_the_folder(run: Explain, small: SmallGenome, tmp_path: Path) -> None:
    """Complete or not at all; nothing of the user's is replaced."""
    target, rows = tmp_path / "out", [snv_at(small, 470)]

    class Interrupted(ExplainObserver):
        def advance(self) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(rows, Interrupted(), figures="profiles")
    assert {path.name for path in tmp_path.iterdir()} == {"in.vcf"}
    target.mkdir()
    run(rows, figures="profiles")  # an empty folder
    with pytest.raises(ConfigError, match="is not empty"):
        run(rows, figures="profiles")
    (target / "left").write_text("")
    run(rows, figures="profiles", force=True)
    assert not (target / "left").exists()
    (target / "explain.json").unlink()
    with pytest.raises(ConfigError, match="was not created by genoscore explain"):
        run(rows, figures="profiles", force=True)
    assert {path.name for path in tmp_path.iterdir()} == {"in.vcf", "out"}

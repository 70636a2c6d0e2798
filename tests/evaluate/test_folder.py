"""The folder that `evaluate` writes: tables, reports, plots."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import GenoscoreError, OutputError
from genoscore.evaluation import evaluating
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.measures import Estimate
from genoscore.evaluation.plots import draw as draw_plots
from genoscore.evaluation.plots import plot_names
from tests.evaluate.variant_tables import LABELS, evaluate_small, random_rows, write_rows
from tests.small import SmallGenome


@pytest.mark.usefixtures("toy")
def test_folder(small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*random_rows(small, 3, 30), ("chr1", 300, "N", "A", "INT", 1, "x")]
    table, folder = write_rows(tmp_path, rows), tmp_path / "o"
    found = evaluate_small(small, table, ["toy"], **LABELS, output=folder)
    names = ["evaluation.json", "variants.tsv", "roc.png", "roc.svg", "precision_recall.png", "precision_recall.svg"]
    assert list(found.files) == [str(folder / name) for name in names]
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    assert (folder / "roc.png").read_bytes().startswith(b"\x89PNG")
    assert "GS_TOY_MAX: AUROC 0." in (folder / "roc.svg").read_text()
    answer = json.loads((folder / "evaluation.json").read_text())
    assert answer["rows"] == {
        "read": 31, "given": 30, "other_label": 1, "missing": 0, "duplicate": 0, "contradictory": 0,
    }  # fmt: skip
    assert answer["other_labels"] == {"INT": 1}
    (result,) = answer["results"]
    assert isinstance(found.results[0].estimates["auroc"], Estimate)
    assert result["estimates"]["auroc"]["value"] == round(found.results[0].estimates["auroc"].value, 6)
    assert result["positives"] + result["negatives"] == result["variants"] == answer["status"]["toy"]["SCORED"]
    assert answer["provenance"]["toy"]["Distance"] == "50"
    head, *lines = [line.split("\t") for line in (folder / "variants.tsv").read_text().splitlines()]
    assert head[-3:] == ["LABEL", "GS_TOY_STATUS", "GS_TOY_MAX"]
    assert [line[1:5] for line in lines] == [list(map(str, row[:4])) for row in rows]
    assert lines[-1] == ["32", "chr1", "300", "N", "A", "other_label", "INT", ".", "."]
    scores = [float(line[-1]) for line in lines if line[-1] != "."]
    assert scores == [value for value in found.scored[0].values if not math.isnan(value)]
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(evaluating, "draw", fails)
    for target in (folder, tmp_path / "new"):
        with pytest.raises(OutputError, match=r"No space left"):
            evaluate_small(small, table, ["toy"], **LABELS, output=target, seed=5)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before, "the earlier files stay"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o", "t.tsv"]


@pytest.mark.parametrize("compared", [LABELS, {"value": "a $x$ b"}])
def test_plots_without_a_curve(compared: dict[str, str], tmp_path: Path) -> None:
    """Two predictors that scored no variant in common."""
    config = EvaluateConfig(RunConfig("t.tsv", Path("g.fa")), **compared)  # type: ignore[arg-type]
    draw_plots(config, [], tmp_path, "variant")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(plot_names(config))
    assert "nothing to compare" in (tmp_path / plot_names(config)[1]).read_text()


@pytest.mark.usefixtures("toy")
def test_folders_that_cannot_be_used(small: SmallGenome, tmp_path: Path) -> None:
    rows = random_rows(small, 3, 30)
    table = write_rows(tmp_path, rows, "variants.tsv")
    for folder, message in (
        (table, "is a file"),
        (tmp_path / "a" / "b", "its parent folder does not exist; run: mkdir -p"),
        (tmp_path, "is also an input"),
    ):
        with pytest.raises(GenoscoreError) as caught:
            evaluate_small(small, table, ["toy"], **LABELS, output=folder)
        assert message in caught.value.one_line()
    assert len(table.read_text().splitlines()) == 31

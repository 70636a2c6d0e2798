"""Whole runs of `evaluate`: its scores are those that `score` writes."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from genoscore.core.errors import ConfigError, InputError
from genoscore.predictors import registry
from tests.conftest import Score
from tests.evaluate.plain_statistics import PLAIN
from tests.evaluate.variant_tables import LABELS, evaluate_small, random_rows, write_rows
from tests.small import SmallGenome


@pytest.fixture
def _bins(toy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "bins", "tests.toy:BINS")


@pytest.mark.usefixtures("_bins")
def test_scores_are_those_of_score(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    """Labels and magnitudes, several predictors that scored different variants, groups."""
    rows, names = random_rows(small), ("toy", "tissue_toy", "bins")
    found = evaluate_small(small, write_rows(tmp_path, rows), names, group="part", **LABELS)
    infos = score_small((" ".join(map(str, row[:4])) for row in rows), "out.vcf", predictor=names).infos
    for one in found.scored:
        prefix = f"GS_{one.predictor.upper()}_"
        assert [str(status) for status in one.statuses] == [fields[prefix + "STATUS"] for fields in infos]
        texts = [fields[prefix + "MAX"] for fields in infos]
        assert [None if math.isnan(value) else value for value in one.values] == [
            None if text == "." else float(text) for text in texts
        ]
    targets = [float(row[4] == "LOF") for row in rows]
    shared = [i for i, fields in enumerate(infos) if all(fields[f"GS_{n.upper()}_MAX"] != "." for n in names)]
    assert 20 < len(shared) < len(rows), "some lie in no gene"
    every = range(len(rows))
    wanted = [(name, "scored by all", None, shared) for name in names]
    wanted += [("bins", "scored by it", None, list(every))]
    for part in dict.fromkeys(row[6] for row in rows):
        wanted += [(name, "scored by all", part, [i for i in shared if rows[i][6] == part]) for name in names]
    assert [(one.predictor, one.of, one.group) for one in found.results] == [one[:3] for one in wanted]
    for one, (name, *_, chosen) in zip(found.results, wanted, strict=True):
        some = [targets[i] for i in chosen]
        sizes = [abs(float(infos[i][f"GS_{name.upper()}_MAX"])) for i in chosen]
        assert (one.count, one.positives) == (len(chosen), sum(some))
        for measure in ("auroc", "average_precision"):
            assert one.estimates[measure].value == pytest.approx(PLAIN[measure](some, sizes), abs=1e-12)
            assert one.estimates[measure].low < one.estimates[measure].value < one.estimates[measure].high


@pytest.mark.usefixtures("toy")
def test_signs_and_fields(score_small: Score, small: SmallGenome, tmp_path: Path) -> None:
    """Measured effects take the sign, labels with --signed; --score takes the number that INFO has."""
    rows = [row for row in random_rows(small, 2, 25) if row[1] > 110]
    table = write_rows(tmp_path, rows)
    infos = score_small((" ".join(map(str, row[:4])) for row in rows), "out.vcf", predictor=("tissue_toy",)).infos
    kept = [i for i, fields in enumerate(infos) if fields["GS_TISSUE_TOY_MAX"] != "."]
    signed = [float(infos[i]["GS_TISSUE_TOY_MAX"]) for i in kept]
    assert min(signed) < 0 < max(signed)
    (one,) = evaluate_small(small, table, ["tissue_toy"], value="effect").results
    effects = [float(rows[i][5]) for i in kept]
    for measure in ("pearson", "spearman"):
        assert one.estimates[measure].value == pytest.approx(PLAIN[measure](effects, signed), abs=1e-12)
    (one,) = evaluate_small(small, table, ["tissue_toy"], **LABELS, signed=True, score="LOSS_HEART").results
    losses = [float(infos[i]["GS_TISSUE_TOY_LOSS_HEART"]) for i in kept]
    targets = [float(rows[i][4] == "LOF") for i in kept]
    assert one.score == "LOSS_HEART"
    assert one.estimates["auroc"].value == pytest.approx(PLAIN["auroc"](targets, losses), abs=1e-12)
    with pytest.raises(ConfigError, match="toy has no score GAIN") as caught:
        evaluate_small(small, table, ["toy", "tissue_toy"], **LABELS, score="GAIN")
    assert caught.value.hint.startswith("it has: MAX, DS_AG")


@pytest.mark.usefixtures("toy")
def test_nothing_scored_is_an_error(small: SmallGenome, tmp_path: Path) -> None:
    rows = [("chr1", pos, small.sequences["chr1"][pos - 1], "N", "LOF" if pos % 2 else "FUNC", 1, "x")
            for pos in range(900, 906)]  # fmt: skip
    with pytest.raises(InputError) as caught:
        evaluate_small(small, write_rows(tmp_path, rows), ["toy"], **LABELS, output=tmp_path / "o")
    assert "0 positive and 0 negative, and two of each are needed (toy: NON_ACGT 6)" in caught.value.one_line()
    assert not (tmp_path / "o").exists()

"""`evaluate --calibrate`: the file of thresholds, and what is refused."""

from __future__ import annotations

import math
import os
import re
import threading
import tomllib
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from genoscore.cli.app import app
from genoscore.consequences.evidence import EvidenceRules
from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, InputError
from genoscore.evaluation.calibrating import at_least, at_most
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.evaluating import evaluate_table
from genoscore.inputs.evidence_table import read_evidence
from tests.conftest import Score
from tests.evaluate.variant_tables import LABELS, evaluate_small, random_rows, write_rows
from tests.small import GENES, SmallGenome


def _at_canonical(pos: int) -> bool:
    """Of SNVs on chr1: whether a gene of the small genome has the base among the first or last two of an intron."""
    places = set()
    for _, contig, _, _, _, starts, ends in GENES:
        for end, start in zip(ends, starts[1:], strict=False):
            if contig == "1":
                places |= {end, end + 1, start - 2, start - 1}
    return pos - 1 in places


@pytest.mark.usefixtures("toy")
def test_the_file_is_what_evidence_reads(small: SmallGenome, score_small: Score, tmp_path: Path) -> None:
    """Labels that follow the score, so that levels are reached; then a run with the file that was made."""
    rows = [row for row in random_rows(small, 1, 700) if 60 < row[1] < 800]
    infos = score_small((" ".join(map(str, row[:4])) for row in rows), "a.vcf").infos
    scores = [float(one["GS_TOY_ABS"]) if one["GS_TOY_ABS"] != "." else math.nan for one in infos]
    middle = float(np.nanmedian(scores))
    labels = ["LOF" if score > middle else "FUNC" for score in scores]
    labelled = [(*row[:4], label, *row[5:]) for row, label in zip(rows, labels, strict=True)]
    table, file = write_rows(tmp_path, labelled), tmp_path / "made.toml"
    found = evaluate_small(small, table, ["toy"], calibrate=file, output=tmp_path / "o", **LABELS)
    assert found.files[-1] == str(file)
    (calibration,) = found.calibrations
    kept = [i for i, score in enumerate(scores) if not math.isnan(score)]
    canonical = [i for i in kept if _at_canonical(rows[i][1])]
    assert calibration.canonical == len(canonical) > 10
    assert calibration.positives == sum(scores[i] > middle for i in kept if i not in canonical)
    assert calibration.positives + calibration.negatives == len(kept) - len(canonical)

    values = tomllib.loads(file.read_text())["toy"]
    assert (values["distance"], values["mask"]) == (50, "none")
    assert values["origin"]["table"] == table.name
    assert len(values["origin"]["table_sha256"]) == 64
    assert values["origin"]["positives"] == calibration.positives
    assert values["origin"]["canonical_left_out"] == len(canonical)
    assert [one["points"] for one in values["intervals"]] == [one.points for one in calibration.intervals]
    of_file = read_evidence(file)["toy"]
    assert of_file.at_least == at_least(calibration.intervals)
    assert of_file.at_most == at_most(calibration.intervals)
    assert {"PP3", "BP4"} <= {*of_file.at_least, *of_file.at_most}
    rules = EvidenceRules.for_predictor("toy", file)
    assert rules is not None
    digest = values["origin"]["table_sha256"]
    for part in (table.name, f"{calibration.positives} positive", digest[:12], "-d 50 -m none"):
        assert part in rules.description

    score_small(["chr1 120 A C"], "b.vcf", evidence=file, consequences=True)
    with pytest.raises(ConfigError, match="made with -d 50, and this run has -d 49"):
        score_small(["chr1 120 A C"], "b.vcf", evidence=file, distance=49)
    again = tmp_path / "again.toml"
    evaluate_small(small, table, ["toy"], calibrate=again, **LABELS)
    assert again.read_bytes() == file.read_bytes(), "the same every time"


@pytest.mark.usefixtures("toy")
def test_several_predictors_share_a_file(small: SmallGenome, tmp_path: Path) -> None:
    table, file = write_rows(tmp_path, random_rows(small, 1, 200)), tmp_path / "made.toml"
    evaluate_small(small, table, ["toy", "tissue_toy"], calibrate=file, cluster="part", **LABELS)
    tables = read_evidence(file)
    assert [*tables] == ["toy", "tissue_toy"]
    assert tables["toy"].at_least == {}, "labels at random"
    rules = EvidenceRules.for_predictor("toy", file)
    assert rules is not None
    assert "no score reaches a level" in rules.description


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("name", ['a"b\\c é\u202e\n.tsv', "b\x7f.tsv"])
def test_names_that_toml_and_headers_cannot_hold(small: SmallGenome, tmp_path: Path, name: str) -> None:
    table = write_rows(tmp_path, random_rows(small, 1, 200), name)
    file = tmp_path / "made.toml"
    evaluate_small(small, table, ["toy"], calibrate=file, **LABELS)
    assert EvidenceRules.for_predictor("toy", file) is not None


@pytest.mark.usefixtures("toy")
def test_too_few_of_a_class(small: SmallGenome, tmp_path: Path) -> None:
    """One line, and neither output appears."""
    rows = random_rows(small, 1, 100)
    seen = 0
    for at, row in enumerate(rows):
        seen += row[4] == "LOF"
        if row[4] == "LOF" and seen > 9:
            rows[at] = (*row[:4], "FUNC", *row[5:])
    file, folder = tmp_path / "made.toml", tmp_path / "o"
    with pytest.raises(InputError) as caught:
        evaluate_small(small, write_rows(tmp_path, rows), ["toy"], calibrate=file, output=folder, **LABELS)
    line = caught.value.one_line()
    assert "cannot calibrate toy: it scored" in line
    assert "positive and" in line
    assert "give 10 or more of each class" in line
    assert not file.exists()
    assert not folder.exists()


@pytest.mark.usefixtures("toy")
def test_one_cluster(small: SmallGenome, tmp_path: Path) -> None:
    """Where the others hold nothing but variants that are left out."""
    rows = [(*row[:6], "out" if _at_canonical(row[1]) else "in") for row in random_rows(small, 1, 250)]
    table = write_rows(tmp_path, rows)
    with pytest.raises(InputError, match="cannot calibrate toy: all variants belong to one cluster"):
        evaluate_small(small, table, ["toy"], calibrate=tmp_path / "m.toml", cluster="part", **LABELS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"value": "effect"}, "--calibrate needs labels"),
        ({**LABELS, "signed": True}, "--calibrate is for magnitudes"),
        ({**LABELS, "score": "DS_AG"}, "--calibrate is for the largest score, not for DS_AG"),
        ({**LABELS, "calibrate": "made.json"}, "--calibrate made.json does not end in .toml"),
        ({**LABELS, "sequence": "insert", "run": {"reference": "-"}}, "has sequences, which do not use --calibrate"),
    ],
)
def test_options_that_cannot_work(options: dict[str, object], message: str) -> None:
    run = RunConfig("t.tsv", **{"reference": Path("g.fa"), **options.pop("run", {})})  # type: ignore[arg-type, dict-item]
    with pytest.raises(ConfigError) as caught:
        EvaluateConfig(run, **{"calibrate": Path("made.toml"), **options})  # type: ignore[arg-type]
    assert message in caught.value.one_line()


def test_only_splicing_scores(tmp_path: Path, small: SmallGenome) -> None:
    table = write_rows(tmp_path, random_rows(small, 1, 30))
    with pytest.raises(ConfigError, match="--calibrate: regulatory has no splicing scores"):
        evaluate_small(small, table, ["regulatory"], calibrate=tmp_path / "m.toml", **LABELS)


@pytest.mark.usefixtures("toy")
def test_both_outputs_or_neither(small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table, file = write_rows(tmp_path, random_rows(small, 1, 200)), tmp_path / "made.toml"
    file.write_text("earlier")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("genoscore.evaluation.evaluating.draw", fail)
    with pytest.raises(Exception, match="No space left"):
        evaluate_small(small, table, ["toy"], calibrate=file, output=tmp_path / "o", **LABELS)
    assert file.read_text() == "earlier"
    assert not (tmp_path / "o").exists()
    assert {path.name for path in tmp_path.iterdir()} == {table.name, file.name}


@pytest.mark.usefixtures("toy")
def test_an_input_is_not_replaced(small: SmallGenome, tmp_path: Path) -> None:
    table = write_rows(tmp_path, random_rows(small, 1, 200), "t.toml")
    with pytest.raises(ConfigError, match="is also an input"):
        evaluate_small(small, table, ["toy"], calibrate=table, **LABELS)


@pytest.mark.usefixtures("toy")
def test_what_the_command_prints(small: SmallGenome, tmp_path: Path) -> None:
    table, file = write_rows(tmp_path, random_rows(small, 1, 200)), tmp_path / "made.toml"
    arguments = ["evaluate", str(table), "-r", str(small.fasta), "-a", str(small.genes), "-p", "toy"]
    arguments += ["--label", "class"]
    arguments += ["--positive", "LOF", "--negative", "FUNC", "--resamples", "100", "--calibrate", str(file)]
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 0, answer.output
    assert re.search(r"GS_TOY_ABS +positive +negative +ratio +95 % interval +points", answer.stdout)
    assert "evidence of toy: none; not reached: PP3, PP3_Moderate" in answer.stdout
    assert "at the first or last two bases of an intron" in answer.stdout
    assert f"written: {file}" in answer.stdout


@pytest.mark.usefixtures("toy")
def test_a_piped_table_has_no_digest(small: SmallGenome, tmp_path: Path) -> None:
    """It cannot be read a second time."""
    rows, pipe, file = write_rows(tmp_path, random_rows(small, 1, 200)), tmp_path / "pipe", tmp_path / "made.toml"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(rows.read_bytes()))
    writer.start()
    evaluate_small(small, pipe, ["toy"], calibrate=file, **LABELS)
    writer.join()
    origin = tomllib.loads(file.read_text())["toy"]["origin"]
    assert origin["table"] == "pipe"
    assert "table_sha256" not in origin


@pytest.mark.slow
def test_brca2(shared: Path, tmp_path: Path, spliceai_weights: Path) -> None:
    """Measured effects on splicing: 57 and 164 variants outside the canonical dinucleotides; moderate is reached."""
    data, file = shared / "data", tmp_path / "made.toml"
    run = RunConfig(
        str(data / "splice_effects.BRCA2.grch38.tsv"), data / "grch38.slices.fa.gz",
        annotation=str(data / "brca_pten.grch38.gtf"),
    )  # fmt: skip
    config = EvaluateConfig(run, label="splice_affecting", positive=("1",), negative=("0",), calibrate=file)
    done = evaluate_table(config)
    (calibration,), (scored,) = done.calibrations, done.scored
    assert (calibration.positives, calibration.negatives, calibration.canonical) == (57, 164, 59)
    table = read_evidence(file)["spliceai"]
    assert table.at_least == {"PP3": 0.38, "PP3_Moderate": 0.38}
    assert table.at_most == {"BP4": 0.01, "BP4_Moderate": 0.01}
    affected = np.array([one.target == 1 for one in done.observations.given])
    for chosen, supported, opposed in ((affected, 52, 2), (~affected, 8, 152)):
        of_these = np.abs(scored.values[chosen & ~scored.canonical])
        assert ((of_these >= 0.2).sum(), (of_these <= 0.1).sum()) == (supported, opposed), "by the default thresholds"

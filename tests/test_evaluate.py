"""`genoscore evaluate`: measures against plain Python, tables of every shape, scores as `score` writes them, files."""

from __future__ import annotations

import gzip
import importlib.util
import json
import math
import random
import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from genoscore.cli.evaluate import evaluate
from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, GenoscoreError, InputError, OutputError
from genoscore.evaluation import evaluating, measures
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.evaluating import Evaluation, evaluate_table
from genoscore.evaluation.measures import Estimate, draw, estimate, obstacle
from genoscore.evaluation.observations import Observations, Use, read_observations
from genoscore.evaluation.plots import draw as draw_plots
from genoscore.evaluation.plots import plot_names
from genoscore.inputs.table import Table
from genoscore.inputs.table_rows import VARIANT_COLUMNS, variant_rows
from genoscore.predictors import registry
from genoscore.scoring.run import score_vcf
from tests.conftest import ROOT, Run
from tests.markdown import fences
from tests.small import SmallGenome, info, records, vcf_text

LABELS = {"label": "class", "positive": "LOF", "negative": "FUNC"}


# Plain statistics.


def _auroc(targets: Sequence[float], scores: Sequence[float]) -> float:
    """The share of pairs of a positive and a negative in which the positive scores higher; ties count half."""
    pairs = [
        (p, n) for p, t in zip(scores, targets, strict=True) if t for n, u in zip(scores, targets, strict=True) if not u
    ]
    return sum(1.0 if p > n else 0.5 if p == n else 0.0 for p, n in pairs) / len(pairs)


def _average_precision(targets: Sequence[float], scores: Sequence[float]) -> float:
    """The sum over thresholds of (recall - recall before) x precision."""
    total, before, found = sum(targets), 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        called = [t for t, s in zip(targets, scores, strict=True) if s >= threshold]
        recall = sum(called) / total
        found += (recall - before) * sum(called) / len(called)
        before = recall
    return found


def _pearson(one: Sequence[float], other: Sequence[float]) -> float:
    means = statistics.fmean(one), statistics.fmean(other)
    products = sum((a - means[0]) * (b - means[1]) for a, b in zip(one, other, strict=True))
    return products / math.sqrt(sum((a - means[0]) ** 2 for a in one) * sum((b - means[1]) ** 2 for b in other))


def _ranks(values: Sequence[float]) -> list[float]:
    """From 1; equals share the mean of theirs."""
    return [sum(v < w for v in values) + (sum(v == w for v in values) + 1) / 2 for w in values]


PLAIN = {
    "auroc": _auroc,
    "average_precision": _average_precision,
    "pearson": _pearson,
    "spearman": lambda one, other: _pearson(_ranks(one), _ranks(other)),
}


def _drawn(seed: int, count: int, labelled: bool) -> tuple[np.ndarray, np.ndarray]:
    """Targets and scores with many ties."""
    rng = random.Random(seed)
    scores = np.array([round(rng.gauss(0, 0.3), 1) for _ in range(count)])
    if labelled:
        return np.array([float(score + rng.gauss(0, 0.3) > 0.2) for score in scores]), scores
    return np.array([round(float(score) + rng.gauss(0, 0.3), 1) for score in scores]), scores


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_measures_and_intervals(labelled: bool, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    targets, scores = _drawn(seed, 17, labelled)
    found = estimate(targets, scores, labelled, 100, seed)
    names = ("auroc", "average_precision") if labelled else ("pearson", "spearman")
    assert tuple(found) == names
    (counts,) = draw(np.arange(17), 100, seed)
    rows = [np.repeat(np.arange(17), one) for one in counts]
    for name in names:
        assert found[name].value == pytest.approx(PLAIN[name](targets.tolist(), scores.tolist()), abs=1e-12)
        drawn = [(targets[one].tolist(), scores[one].tolist()) for one in rows]
        plain = [PLAIN[name](t, s) for t, s in drawn if len(set(t)) > 1 and (labelled or len(set(s)) > 1)]
        low, high = np.percentile(plain, [2.5, 97.5])
        assert (found[name].low, found[name].high) == pytest.approx((low, high), abs=1e-12)
        assert found[name].resamples == len(plain)
    assert estimate(targets, scores, labelled, 100, seed) == found, "seeded"
    assert estimate(targets, scores, labelled, 100, seed + 1) != found
    monkeypatch.setattr(measures, "_BLOCK", 17 * 7)
    again = estimate(targets, scores, labelled, 100, seed)
    for name in names:
        assert again[name] == pytest.approx(found[name]) or again[name].low == pytest.approx(found[name].low)


def test_resamples_of_one_class_are_left_out() -> None:
    found = estimate(np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.9, 0.1, 0.5, 0.2]), True, 400, 0)
    assert 300 < found["auroc"].resamples < 400
    assert found["auroc"].value == 0.5


@pytest.mark.parametrize(
    ("targets", "scores", "labelled", "why"),
    [
        ([1, 0, 0], [1, 2, 3], True, "1 positive and 2 negative, and two of each are needed"),
        ([], [], True, "0 positive and 0 negative, and two of each are needed"),
        ([1, 1, 0, 0], [2, 2, 2, 2], True, "all scores are equal"),
        ([1, 2], [1, 2], False, "2 measured, and three are needed"),
        ([1, 2, 3], [0, 0, 0], False, "all scores are equal"),
        ([1, 1, 1], [1, 2, 3], False, "all measured effects are equal"),
        ([1, 1, 0, 0], [2, 2, 2, 1], True, ""),
        ([1, 2, 3], [0, 0, 1], False, ""),
    ],
)
def test_what_cannot_be_measured_is_said(targets: list[float], scores: list[float], labelled: bool, why: str) -> None:
    assert obstacle(np.array(targets, float), np.array(scores, float), labelled) == why


# Tables.


def _table(folder: Path, text: str, name: str = "t.tsv") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["t.tsv", "t.tsv.gz"])
@pytest.mark.parametrize(
    "head",
    [
        "CHROM\tPOS\tREF\tALT\tclass\n",
        "chrom\tpos\tref\talt\tclass\n",
        "#CHROM\tPOS\tREF\tALT\tclass\n",
        "# element X chr1:1-2 sequence ACGT\n##more\n\nChrom\tPos\tRef\tAlt\tclass\n",
        "\ufeffCHROM\tPOS\tREF\tALT\tclass\n",
    ],
)
def test_headers(head: str, name: str, tmp_path: Path) -> None:
    path = _table(tmp_path, head + "1\t7\ta\t C \tLOF\r\n\nchr2\t8\tG\tT\t\n", name)
    with Table(str(path), [VARIANT_COLUMNS]) as table:
        assert table.columns[4] == "class"
        assert table.column("CLASS") == 4
        first, second = variant_rows(table)
    assert (first.contig, first.pos, first.ref, first.alt, first.cells[4]) == ("1", 7, "a", "C", "LOF")
    assert (second.contig, second.pos, second.cells[4]) == ("chr2", 8, "")
    assert first.line == head.count("\n") + 1
    assert second.line == first.line + 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no header line"),
        ("# a comment\n", "has no header line"),
        ("CHROM\tREF\tALT\tx\n1\tA\tC\tLOF\n", "has no column POS; its columns, between tabs, are: CHROM, REF"),
        ("CHROM POS REF ALT class\n1 7 A C LOF\n", "has neither columns CHROM, POS, REF and ALT nor a column sequence"),
        ("CHROM\tPOS\tREF\tALT\tx\n", "has no column class; its columns, between tabs, are: CHROM, POS, REF, ALT, x"),
        ("CHROM\tPOS\tREF\tALT\tclass\tclass\n", "has several columns class"),
        ("CHROM\tPOS\tREF\tALT\tclass\n1\t7\tA\tC\n", "line 2: 4 cells between tabs, and the header has 5"),
        ("CHROM\tPOS\tREF\tALT\tclass\n\n1\t7.0\tA\tC\tLOF\n", "line 3: POS is '7.0', not a position"),
        ("CHROM\tPOS\tREF\tALT\tclass\n1\t7\t\tC\tLOF\n", "line 2: CHROM, REF or ALT is empty"),
        ("CHROM\tPOS\tREF\tALT\tclass\n1\t7\tA\tC,G\tLOF\n", "line 2: ALT is 'C,G', more than one allele; give each"),
        ("CHROM\tPOS\tREF\tALT\tclass\n1\t7\tA\tC\tLOF\n", "has 1 variants whose class is positive, LOF; give 2 or"),
    ],
)
def test_tables_that_cannot_be_used(text: str, message: str, tmp_path: Path) -> None:
    path = _table(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_observations(EvaluateConfig(RunConfig(str(path), Path("g.fa")), **LABELS))
    assert caught.value.one_line().startswith(f"table {path}")
    assert message in caught.value.one_line()


def test_tables_are_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes(b"CHROM\tPOS\tREF\tALT\tclass\n1\t7\tA\tC\tsch\xe4dlich\n")
    with Table(str(path)) as table, pytest.raises(InputError, match="line 2: holds bytes that are not UTF-8"):
        list(table)


def _read(folder: Path, rows: Sequence[str], **options: object) -> Observations:
    lines = ["CHROM POS REF ALT class effect part", *rows]
    path = _table(folder, "".join(line.replace(" ", "\t") + "\n" for line in lines))
    return read_observations(EvaluateConfig(RunConfig(str(path), Path("g.fa")), **options))  # type: ignore[arg-type]


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    rows = [
        "1 5 A C LOF 1 x", "1 6 A C FUNC 1 x", "1 7 A C INT 1 x", "1 8 A C NA 1 x", "1 9 A C . 1 x",
        "chr1 5 a c LOF 1 y",  # the first again
        "1 20 GA GT LOF 1 x", "1 21 A T LOF 1 x",  # one variant, written in two ways
        "1 30 A C LOF 1 x", "1 30 A C FUNC 1 x", "1 30 A C INT 1 x",  # two say different things
        "1 40 A C FUNC 1 .",
    ]  # fmt: skip
    found = _read(tmp_path, rows, group="part", **LABELS)
    given, other, missing = Use.GIVEN, Use.OTHER_LABEL, Use.MISSING
    assert [one.use for one in found.rows] == [
        given, given, other, missing, missing, Use.DUPLICATE, given, Use.DUPLICATE,
        Use.CONTRADICTORY, Use.CONTRADICTORY, other, given,
    ]  # fmt: skip
    assert found.other_labels == Counter(INT=2)
    assert [(one.row.pos, one.target, one.group) for one in found.given] == [
        (5, 1, "x"), (6, 0, "x"), (20, 1, "x"), (40, 0, "."),
    ]  # fmt: skip


def test_measured_effects(tmp_path: Path) -> None:
    rows = ["1 5 A C x -0.5 x", "1 6 A C x 1e-3 x", "1 7 A C x NaN x", "1 8 A C x NA x", "1 9 A C x 3 x"]
    found = _read(tmp_path, rows, value="effect")
    assert [one.target for one in found.given] == [-0.5, 0.001, 3]
    assert found.uses[Use.MISSING] == 2
    with pytest.raises(InputError, match=r"line 7: effect is '1,5', not a number"):
        _read(tmp_path, [*rows, "1 10 A C x 1,5 x"], value="effect")
    with pytest.raises(InputError, match=r"line 7: effect is 'inf', not a number"):
        _read(tmp_path, [*rows, "1 10 A C x inf x"], value="effect")
    with pytest.raises(InputError, match="has 2 variants with a value in effect"):
        _read(tmp_path, rows[:3], value="effect")


def test_real_tables(shared: Path) -> None:
    """Comments, lower case and other columns as their authors publish them."""
    run = RunConfig(str(shared / "data" / "brca1_sge.grch37.tsv.gz"), Path("g.fa"))
    config = EvaluateConfig(run, label="function_class", positive="LOF", negative="FUNC", group="consequence")
    found = read_observations(config)
    assert found.uses == Counter({Use.GIVEN: 3644, Use.OTHER_LABEL: 249})
    assert found.other_labels == Counter(INT=249)
    assert sum(one.target for one in found.given) == 823
    run = RunConfig(str(shared / "data" / "satmut.LDLR.HepG2.grch38.tsv.gz"), Path("g.fa"))
    found = read_observations(EvaluateConfig(run, value="Coefficient"))
    assert found.uses == Counter({Use.GIVEN: 954})
    assert (found.rows[0].row.pos, found.rows[0].target) == (11089231, -0.133801335236928)


def test_too_many_groups(tmp_path: Path) -> None:
    rows = [f"1 {pos} A C {'LOF' if pos % 2 else 'FUNC'} 1 {pos}" for pos in range(1, 103)]
    with pytest.raises(InputError, match="has 102 values in part"):
        _read(tmp_path, rows, group="part", **LABELS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give --label COLUMN"),
        ({**LABELS, "value": "effect"}, "give --label COLUMN"),
        ({"label": "class", "positive": "LOF"}, "--label without both classes"),
        ({**LABELS, "negative": "FUNC,LOF"}, "label LOF is positive and negative"),
        ({"value": "effect", "positive": "LOF"}, "--positive and --negative without --label"),
        ({"value": "effect", "signed": True}, "--signed is of labels"),
        ({**LABELS, "resamples": 99}, "resamples is 99"),
        ({**LABELS, "seed": -1}, "seed is -1"),
        ({**LABELS, "score": "pangolin=GAIN"}, "score 'pangolin=GAIN' is not understood"),
        ({**LABELS, "run": {"untrained": True}}, "--untrained: scores of random weights cannot be evaluated"),
        ({**LABELS, "run": {"region": "chr1"}}, "evaluate has no option region"),
        ({**LABELS, "run": {"min_score": 0.1}}, "evaluate has no option min_score"),
    ],
)
def test_options_that_cannot_work(options: dict[str, object], message: str) -> None:
    run = RunConfig("t.tsv", Path("g.fa"), **options.pop("run", {}))  # type: ignore[arg-type]
    with pytest.raises(ConfigError) as caught:
        EvaluateConfig(run, **options)  # type: ignore[arg-type]
    assert message in caught.value.one_line()


def test_labels_with_commas_can_be_given_as_a_list() -> None:
    run = RunConfig("t.tsv", Path("g.fa"))
    assert EvaluateConfig(run, label="c", positive="a, b", negative="c").positive == ("a", "b")
    assert EvaluateConfig(run, label="c", positive=["a, b"], negative="c").positive == ("a, b",)


# Whole runs.


def _rows(small: SmallGenome, seed: int = 1, count: int = 30) -> list[tuple[str, int, str, str, str, str, str]]:
    """SNVs in and around the genes of chr1, in no order."""
    rng = random.Random(seed)
    found = []
    for pos in rng.sample(range(90, 840), count):
        ref = small.sequences["chr1"][pos - 1]
        alt = rng.choice([base for base in "ACGT" if base != ref])
        label = rng.choice(["LOF", "FUNC", "FUNC"])
        found.append(("chr1", pos, ref, alt, label, f"{rng.gauss(0, 1):.3f}", "left" if pos < 450 else "right"))
    return found


def _write(folder: Path, rows: Sequence[Sequence[object]], name: str = "t.tsv") -> Path:
    head = ("CHROM", "POS", "REF", "ALT", "class", "effect", "part")
    return _table(folder, "".join("\t".join(map(str, row)) + "\n" for row in [head, *rows]), name)


def _evaluate(small: SmallGenome, table: Path, names: Sequence[str], **options: object) -> Evaluation:
    run = RunConfig(str(table), small.fasta, predictor=tuple(names), annotation=str(small.genes))
    return evaluate_table(EvaluateConfig(run, **{"resamples": 100, **options}))  # type: ignore[arg-type]


def _scored(small: SmallGenome, folder: Path, rows: Sequence[Sequence[object]], names: Sequence[str]) -> list[dict]:
    """INFO of every row, by `genoscore score`."""
    source, target = folder / "in.vcf", folder / "out.vcf"
    source.write_text(vcf_text(" ".join(map(str, row[:4])) for row in rows))
    score_vcf(RunConfig(str(source), small.fasta, str(target), tuple(names), annotation=str(small.genes)))
    return [info(columns) for columns in records(target)]


@pytest.fixture
def _bins(toy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "bins", "tests.toy:BINS")


@pytest.mark.usefixtures("_bins")
def test_scores_are_those_of_score(small: SmallGenome, tmp_path: Path) -> None:
    """Labels and magnitudes, several predictors that scored different variants, groups."""
    rows, names = _rows(small), ("toy", "tissue_toy", "bins")
    found = _evaluate(small, _write(tmp_path, rows), names, group="part", **LABELS)
    infos = _scored(small, tmp_path, rows, names)
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
def test_signs_and_fields(small: SmallGenome, tmp_path: Path) -> None:
    """Measured effects take the sign, labels with --signed; --score takes the number that INFO has."""
    rows = [row for row in _rows(small, 2, 25) if row[1] > 110]
    table = _write(tmp_path, rows)
    infos = _scored(small, tmp_path, rows, ("tissue_toy",))
    kept = [i for i, fields in enumerate(infos) if fields["GS_TISSUE_TOY_MAX"] != "."]
    signed = [float(infos[i]["GS_TISSUE_TOY_MAX"]) for i in kept]
    assert min(signed) < 0 < max(signed)
    (one,) = _evaluate(small, table, ["tissue_toy"], value="effect").results
    effects = [float(rows[i][5]) for i in kept]
    for measure in ("pearson", "spearman"):
        assert one.estimates[measure].value == pytest.approx(PLAIN[measure](effects, signed), abs=1e-12)
    (one,) = _evaluate(small, table, ["tissue_toy"], **LABELS, signed=True, score="LOSS_HEART").results
    losses = [float(infos[i]["GS_TISSUE_TOY_LOSS_HEART"]) for i in kept]
    targets = [float(rows[i][4] == "LOF") for i in kept]
    assert one.score == "LOSS_HEART"
    assert one.estimates["auroc"].value == pytest.approx(_auroc(targets, losses), abs=1e-12)
    with pytest.raises(ConfigError, match="toy has no score GAIN") as caught:
        _evaluate(small, table, ["toy", "tissue_toy"], **LABELS, score="GAIN")
    assert caught.value.hint.startswith("it has: MAX, DS_AG")


@pytest.mark.usefixtures("toy")
def test_nothing_scored_is_an_error(small: SmallGenome, tmp_path: Path) -> None:
    rows = [("chr1", pos, small.sequences["chr1"][pos - 1], "N", "LOF" if pos % 2 else "FUNC", 1, "x")
            for pos in range(900, 906)]  # fmt: skip
    with pytest.raises(InputError) as caught:
        _evaluate(small, _write(tmp_path, rows), ["toy"], **LABELS, output=tmp_path / "o")
    assert "0 positive and 0 negative, and two of each are needed (toy: NON_ACGT 6)" in caught.value.one_line()
    assert not (tmp_path / "o").exists()


@pytest.mark.usefixtures("toy")
def test_folder(small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*_rows(small, 3, 30), ("chr1", 300, "N", "A", "INT", 1, "x")]
    table, folder = _write(tmp_path, rows), tmp_path / "o"
    found = _evaluate(small, table, ["toy"], **LABELS, output=folder)
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
            _evaluate(small, table, ["toy"], **LABELS, output=target, seed=5)
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
    rows = _rows(small, 3, 30)
    table = _write(tmp_path, rows, "variants.tsv")
    for folder, message in (
        (table, "is a file"),
        (tmp_path / "a" / "b", "the folder around it does not exist; run: mkdir -p"),
        (tmp_path, "is also an input"),
    ):
        with pytest.raises(GenoscoreError) as caught:
            _evaluate(small, table, ["toy"], **LABELS, output=folder)
        assert message in caught.value.one_line()
    assert len(table.read_text().splitlines()) == 31


def test_missing_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in ("sklearn", "scipy") else found(name))
    with pytest.raises(ConfigError) as caught:
        evaluate_table(EvaluateConfig(RunConfig("t.tsv", Path("g.fa")), **LABELS))
    assert caught.value.one_line() == "evaluate needs scikit-learn and scipy; run: pip install scikit-learn scipy"


# The program.


@pytest.mark.usefixtures("toy")
def test_command(
    small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Options of a file, flags that win over them, and what is printed."""
    rows, config = [row for row in _rows(small, 4, 30) if row[6] == "right"], tmp_path / "c.toml"
    rows += [row for row in _rows(small, 4, 30) if row[4:] > ("LOF",) and row[6] == "left"]  # one class alone
    table = _write(tmp_path, [*rows, ("chr1", 300, "N", "A", "INT", 1, "x")], "t.tsv.gz")
    config.write_text(
        f'reference = "{small.fasta}"\nannotation = "{small.genes}"\npredictor = "toy"\nlabel = "class"\n'
        'positive = ["LOF"]\nnegative = "NONSENSE,FUNC"\nresamples = 100\nsigned = false\nscore = "DS_AG"\n'
    )
    monkeypatch.setattr("genoscore.cli.options.set_up_logging", lambda *_: None)
    monkeypatch.setattr("genoscore.cli.report.Reporter.begin", lambda *_: None)
    command = evaluate.__wrapped__  # type: ignore[attr-defined]  # without the handlers of signals
    command(input=str(table), config=config, score=["MAX"], group="part", quiet=True)
    said, complaints = capsys.readouterr()
    assert complaints == ""
    head, line, *rest = said.splitlines()
    wanted = "score part positive negative AUROC 95 % interval average precision 95 % interval why there are no figures"
    assert head.split() == wanted.split()
    assert line.startswith("GS_TOY_MAX  all ")
    assert [one.split()[:2] for one in rest[:2]] == [["GS_TOY_MAX", part] for part in dict.fromkeys(r[6] for r in rows)]
    assert "and 0 negative, and two of each are needed" in rest[1]
    assert rest[2] == f"{len(rows) + 1} rows read, {len(rows)} given to the predictors"
    assert rest[3] == "left out: 1 row with labels that are neither positive nor negative: INT 1"
    assert rest[4].startswith("without a score of toy: ")
    assert rest[4].endswith("NO_GENE (no gene of the annotation over REF)")
    assert rest[5].startswith("intervals: 100 bootstrap resamples, seed 0")
    config.write_text(config.read_text() + "untrained = true\n")
    with pytest.raises(ConfigError, match="unknown key 'untrained'"):
        command(input=str(table), config=config)


def test_command_says_what_is_missing(genoscore: Run, tmp_path: Path) -> None:
    done = genoscore("evaluate", tmp_path / "no.tsv", "-r", tmp_path / "no.fa", "--untrained")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such option" in done.stderr


def test_example_of_the_page(genoscore: Run, spliceai_weights: Path, tmp_path: Path) -> None:
    """docs/evaluate.md: its table, its command, its answer."""
    page = (ROOT / "docs" / "evaluate.md").read_text(encoding="utf-8")
    table, command, answer = (
        one.text for one in fences(page) if one.heading == "An example" and one.language == "text"
    )
    path = _table(tmp_path, table, "labels.tsv")
    words = command.replace("labels.tsv", str(path)).replace("\\\n", " ").split()
    done = genoscore(*words[1:], "-q", cwd=ROOT)
    assert [line for line in done.stderr.splitlines() if ".fai is older" not in line] == []  # as a checkout left it
    assert [line.rstrip() for line in done.stdout.splitlines()] == answer.splitlines()

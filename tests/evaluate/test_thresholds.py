"""`genoscore evaluate`: sensitivity, specificity and PPV at thresholds, and the table that is printed of them."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from genoscore.cli.app import app
from genoscore.cli.evaluation_report import print_evaluation
from genoscore.core.bootstrap import draw
from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.evaluating import Evaluation, evaluate_table
from genoscore.evaluation.thresholds import AtThreshold, Proportion, at_thresholds
from genoscore.predictors import registry
from tests.small import SmallGenome

LABELS = {"label": "class", "positive": "LOF", "negative": "FUNC"}
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def _cumulative(most: int, count: int, share: float) -> float:
    """The probability of at most so many successes of a binomial, term by term."""
    term, total = (1 - share) ** count, 0.0
    for k in range(most + 1):
        total += term
        term *= (count - k) / (k + 1) * share / (1 - share)
    return total


def _check_exact(found: Proportion) -> None:
    """Clopper and Pearson: at either end, what was seen or more extreme has a probability of 2.5 %."""
    if found.hits == 0:
        assert found.low == 0
    else:
        assert 1 - _cumulative(found.hits - 1, found.among, found.low) == pytest.approx(0.025, abs=1e-6)
    if found.hits == found.among:
        assert found.high == 1
    else:
        assert _cumulative(found.hits, found.among, found.high) == pytest.approx(0.025, abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_counts_and_exact_intervals(seed: int) -> None:
    rng = random.Random(seed)
    scores = [round(rng.random(), 1) for _ in range(60)]
    targets = [float(score + rng.gauss(0, 0.3) > 0.6) for score in scores]
    thresholds = (0.0, 0.2, 0.5, 0.8, 1.1)
    for threshold, at in zip(
        thresholds, at_thresholds(np.array(targets), np.array(scores), thresholds, 100, 0), strict=True
    ):
        called = [score >= threshold for score in scores]
        counts = [sum(t == wanted and c == call for t, c in zip(targets, called, strict=True))
                  for wanted in (1, 0) for call in (True, False)]  # fmt: skip
        assert (at.true_positives, at.false_negatives, at.false_positives, at.true_negatives) == tuple(counts)
        tp, fn, fp, tn = counts
        pairs = [(tp, tp + fn), (tn, fp + tn), (tp, tp + fp)]
        for found, (hits, among) in zip((at.sensitivity, at.specificity, at.ppv), pairs, strict=True):
            if among == 0:
                assert found is None
                continue
            assert found is not None
            assert (found.hits, found.among, found.value) == (hits, among, hits / among)
            _check_exact(found)
    assert at.ppv is None, "nothing is called"


def test_a_score_at_the_threshold_is_called() -> None:
    (at,) = at_thresholds(np.array([1.0, 0.0]), np.array([float("0.20"), float("0.19")]), (0.2,), 100, 0)
    assert (at.true_positives, at.true_negatives) == (1, 1)


def test_one_class_alone() -> None:
    (at,) = at_thresholds(np.ones(4), np.array([0.1, 0.3, 0.4, 0.5]), (0.2,), 100, 0)
    assert at.sensitivity is not None
    assert at.sensitivity.value == 0.75
    assert (at.specificity, at.ppv and at.ppv.value) == (None, 1.0)


def test_intervals_of_clusters_are_never_narrower() -> None:
    """Against a bootstrap by hand: whole clusters, and the exact interval where it reaches further."""
    rng = np.random.default_rng(3)
    clusters = np.repeat(np.arange(12), 5)
    of_cluster = rng.random(12)
    scores = of_cluster[clusters] + rng.normal(0, 0.05, 60)
    targets = (rng.random(60) < 0.5).astype(float)
    (alone,) = at_thresholds(targets, scores, (0.5,), 400, 7)
    (together,) = at_thresholds(targets, scores, (0.5,), 400, 7, clusters)
    drawn = []
    for counts in np.concatenate([*draw(clusters, 400, 7)]):
        rows = np.repeat(np.arange(60), counts)
        positives = scores[rows][targets[rows] == 1]
        drawn.append((positives >= 0.5).mean())
    low, high = np.percentile(drawn, [2.5, 97.5])
    assert alone.sensitivity is not None
    assert together.sensitivity is not None
    assert low < alone.sensitivity.low
    assert (together.sensitivity.low, together.sensitivity.high) == pytest.approx(
        (min(low, alone.sensitivity.low), max(high, alone.sensitivity.high))
    )
    (agreeing,) = at_thresholds(np.ones(6), np.ones(6), (0.5,), 100, 0, np.array([0, 0, 0, 1, 1, 1]))
    assert agreeing.sensitivity is not None
    assert agreeing.sensitivity.low < 0.55, "six of six, in two clusters that agree"


# Whole runs.


def _evaluate(small: SmallGenome, folder: Path, names: tuple[str, ...], **options: object) -> Evaluation:
    rng, path = random.Random(5), folder / "t.tsv"
    lines = ["CHROM\tPOS\tREF\tALT\tclass\teffect\tpart\texon"]
    for pos in rng.sample(range(90, 840), 60):
        ref = small.sequences["chr1"][pos - 1]
        alt = rng.choice([base for base in "ACGT" if base != ref])
        label = rng.choice(["LOF", "FUNC"]) if pos < 700 else "FUNC"
        part = "left of the middle" if pos < 450 else "right" if pos < 700 else "5' end, of one class"
        lines.append(f"chr1\t{pos}\t{ref}\t{alt}\t{label}\t{rng.gauss(0, 1):.3f}\t{part}\te{pos // 50}")
    path.write_text("\n".join(lines) + "\n")
    run = RunConfig(str(path), small.fasta, predictor=names, annotation=str(small.genes))
    return evaluate_table(EvaluateConfig(run, resamples=100, **options))  # type: ignore[arg-type]


@pytest.mark.usefixtures("toy")
def test_results_and_json(small: SmallGenome, tmp_path: Path) -> None:
    """Of magnitudes as they are compared; of a group of one class, too; the same numbers in the file."""
    found = _evaluate(small, tmp_path, ("toy",), group="part", output=tmp_path / "o", **LABELS)
    values = np.abs(found.scored[0].values)
    kept = np.isfinite(values)
    targets = np.array([one.target for one in found.observations.given])[kept]
    whole, *groups = found.results
    assert [at.threshold for at in whole.thresholds] == [0.1, 0.2, 0.5, 0.8]
    assert whole.thresholds == at_thresholds(targets, values[kept], (0.1, 0.2, 0.5, 0.8), 100, 0)
    alone = next(one for one in groups if one.group == "5' end, of one class")
    assert alone.note
    assert [at.sensitivity for at in alone.thresholds] == [None] * 4
    assert all(at.specificity is not None for at in alone.thresholds)
    answer = json.loads((tmp_path / "o" / "evaluation.json").read_text())
    for result, written in zip(found.results, answer["results"], strict=True):
        for at, row in zip(result.thresholds, written["thresholds"], strict=True):
            assert list(row) == [*AtThreshold.__slots__]
            assert (row["true_positives"], row["false_positives"]) == (at.true_positives, at.false_positives)
            for name in ("sensitivity", "specificity", "ppv"):
                proportion = getattr(at, name)
                wanted = proportion and {key: round(getattr(proportion, key), 6) for key in ("value", "low", "high")}
                assert row[name] == wanted


@pytest.mark.usefixtures("toy")
def test_measured_effects_have_no_thresholds(small: SmallGenome, tmp_path: Path) -> None:
    assert _evaluate(small, tmp_path, ("toy",), value="effect").results[0].thresholds == ()


def _printed(found: Evaluation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """In a terminal of 100 columns."""
    for name, value in (("COLUMNS", "100"), ("FORCE_COLOR", "1"), ("TERM", "xterm")):
        monkeypatch.setenv(name, value)
    capsys.readouterr()
    print_evaluation(found)
    return [ANSI.sub("", line).rstrip() for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def _bins(toy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A third toy, which also scores variants outside genes."""
    monkeypatch.setitem(registry._BUILT_IN, "bins", "tests.toy:BINS")


@pytest.mark.usefixtures("_bins")
@pytest.mark.parametrize("names", [("toy",), ("toy", "tissue_toy", "bins")])
@pytest.mark.parametrize(
    "options", [{}, {"group": "part"}, {"cluster": "exon"}, {"group": "part", "cluster": "exon"}, {"value": "effect"}]
)
def test_the_table_fits_100_columns(
    names: tuple[str, ...],
    options: dict[str, str],
    small: SmallGenome,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No figure is broken or cut, whatever has to fit."""
    compared = {} if "value" in options else LABELS
    found = _evaluate(small, tmp_path, names, **compared, **options)
    lines = _printed(found, monkeypatch, capsys)
    end = next(at for at, line in enumerate(lines) if line.startswith(("(own):", "no ", "60 rows")))
    assert max(map(len, lines[:end])) <= 100
    text = "\n".join(lines[:end])
    estimates = [f"{one.low:.4f} to {one.high:.4f}" for result in found.results for one in result.estimates.values()]
    proportions = [
        f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"
        for result in found.results
        for at in result.thresholds
        for one in (at.sensitivity, at.specificity, at.ppv)
        if one is not None
    ]
    assert proportions or "value" in options
    for figure in {*estimates, *proportions}:
        every = [*estimates, *proportions].count(figure)
        assert text.count(figure) >= every, figure
    if len(names) == 1 and "group" in options:
        assert [line for line in lines if line.startswith("left of the middle ")], "groups of one score, a line each"
    if len(names) > 1:
        assert "cluster" in options or "GS_BINS_MAX (own)" in text, "a column more breaks names"
        assert any(line.startswith("(own): on all variants that this predictor scored") for line in lines)


# The option.


def _config(**options: object) -> EvaluateConfig:
    return EvaluateConfig(RunConfig("t.tsv", Path("g.fa")), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [(None, (0.1, 0.2, 0.5, 0.8)), ("0.5, 0.2", (0.2, 0.5)), ("none", ()), ((), ()), ([0.3, 1], (0.3, 1.0))],
)
def test_thresholds_are_asked_for(given: object, wanted: tuple[float, ...]) -> None:
    assert _config(**LABELS, thresholds=given).thresholds_of(variants=True) == wanted
    assert _config(**LABELS, thresholds=given).thresholds_of(variants=False) == (() if given is None else wanted)
    assert _config(value="effect").thresholds_of(variants=True) == ()


@pytest.mark.parametrize("given", ["high", "0.2,0.2", "nan", ",".join(map(str, range(101)))])
def test_thresholds_that_cannot_be(given: str) -> None:
    with pytest.raises(ConfigError, match=r"thresholds .* are not understood") as caught:
        _config(**LABELS, thresholds=given)
    assert "0.2,0.5,0.8" in caught.value.hint
    with pytest.raises(ConfigError, match="--thresholds is for labels"):
        _config(value="effect", thresholds="0.2")


@pytest.mark.usefixtures("toy")
def test_the_command_takes_thresholds(
    small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _evaluate(small, tmp_path, ("toy",), **LABELS)
    config = tmp_path / "c.toml"
    config.write_text('thresholds = "0.15"\n')
    words = ["evaluate", str(tmp_path / "t.tsv"), "-r", str(small.fasta), "-a", str(small.genes), "-p", "toy", "-q"]
    words += [
        "--label",
        "class",
        "--positive",
        "LOF",
        "--negative",
        "FUNC",
        "--resamples",
        "100",
        "--config",
        str(config),
    ]
    for more, wanted in (
        ([], ["0.15"]),
        (["--thresholds", "0.3,0.05"], ["0.05", "0.3"]),
        (["--thresholds", "none"], []),
    ):
        done = CliRunner().invoke(app, [*words, *more])
        assert done.exit_code == 0, done.output
        assert re.findall(r"(?m)^.*?(\S+)  \d\.\d{3} \(", done.stdout) == wanted

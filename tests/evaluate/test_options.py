"""Options of `evaluate` that cannot work, and packages that it needs."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.evaluating import evaluate_table
from tests.evaluate.variant_tables import LABELS


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give --label COLUMN"),
        ({**LABELS, "value": "effect"}, "give --label COLUMN"),
        ({"label": "class", "positive": "LOF"}, "--label without both classes"),
        ({**LABELS, "negative": "FUNC,LOF"}, "label LOF is both positive and negative"),
        ({"value": "effect", "positive": "LOF"}, "--positive and --negative without --label"),
        ({"value": "effect", "signed": True}, "--signed is for labels"),
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


def test_missing_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in ("sklearn", "scipy") else found(name))
    with pytest.raises(ConfigError) as caught:
        evaluate_table(EvaluateConfig(RunConfig("t.tsv", Path("g.fa")), **LABELS))
    assert caught.value.one_line() == "evaluate needs scikit-learn and scipy; run: pip install scikit-learn scipy"

"""What a plug-in's scorer may leave to its base class, and what it is told where it lacks something."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.core.windows import FixedWindow, GeneUse
from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec, Screening
from genoscore.scores import registry
from genoscore.scores.base import PeerString, Percentiles, ScoreField, Scorer
from genoscore.scores.registry import make_scorer

FIELD = ScoreField("DELTA", "A", "Integer", "Sites", "sites", 0, True)
RUN = RunConfig("-", Path("-"))


class Derived(Scorer):
    """The least that a derived class states."""

    fields = (FIELD,)

    @classmethod
    def for_run(cls, spec: PredictorSpec, config: RunConfig) -> Derived:
        return cls()

    def score(self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job]) -> torch.Tensor:
        return torch.zeros(len(jobs), 1)


class OnItsOwn:
    """The protocol, without the base class."""

    fields = (FIELD,)
    banded = False
    peer: PeerString | None = None
    tracks: tuple[str, ...] = ()
    track_key = "TRACK"
    percentiles: Percentiles | None = None
    untrained = False
    optional: tuple[str, ...] = ()

    @classmethod
    def for_run(cls, spec: PredictorSpec, config: RunConfig) -> OnItsOwn:
        return cls()

    def score(self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job]) -> torch.Tensor:
        return torch.zeros(len(jobs), 1)

    def unsettled(
        self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job], screening: Screening
    ) -> torch.Tensor:
        return torch.ones(len(jobs), dtype=torch.bool)


def _spec(untrained: bool = False) -> PredictorSpec:
    return PredictorSpec(context_length=0, n_bins=1, name="mine", family="sites", tracks=("t",), untrained=untrained)


def _made(monkeypatch: pytest.MonkeyPatch, kind: type, spec: PredictorSpec | None = None) -> Scorer:
    monkeypatch.setattr(registry, "load_plugin", lambda *_: kind)
    return make_scorer(spec or _spec(), RUN)


@pytest.mark.parametrize("kind", [Derived, OnItsOwn])
def test_defaults_and_protocol(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = _made(monkeypatch, kind)
    assert (scorer.banded, scorer.peer, scorer.tracks, scorer.track_key) == (False, None, (), "TRACK")
    assert (scorer.percentiles, scorer.untrained) == (None, False)
    outputs = torch.zeros(3, 1, 1, 5)
    assert scorer.unsettled(outputs, outputs, [None] * 3, None).tolist() == [True] * 3  # type: ignore[list-item, arg-type]


def test_what_a_scorer_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(OnItsOwn, "track_key")
    monkeypatch.delattr(OnItsOwn, "banded")
    with pytest.raises(ConfigError, match="scorer of family 'sites' has no banded, track_key") as caught:
        _made(monkeypatch, OnItsOwn)
    assert "genoscore.scores.base.Scorer" in caught.value.hint


def test_a_derived_class_without_score_cannot_be_made() -> None:
    class Incomplete(Scorer):
        fields = (FIELD,)

        @classmethod
        def for_run(cls, spec: PredictorSpec, config: RunConfig) -> Incomplete:
            return cls()

    with pytest.raises(TypeError, match="score"):
        Incomplete.for_run(_spec(), RUN)


def test_random_weights_are_not_concealed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="does not say that the weights of mine are random"):
        _made(monkeypatch, Derived, _spec(untrained=True))


@pytest.mark.parametrize("family", ["activity", "chromatin", "expression", "signal"])
def test_families_of_tracks_refuse_what_they_would_score_wrongly(family: str) -> None:
    """Their edits share outputs: with windows of a free length, every variant would get the first one's scores."""
    free = PredictorSpec(name="free", family=family, tracks=("t",), context_length=40, n_bins=101)
    fixed = PredictorSpec(
        name="bound", family=family, tracks=("t",), context_length=40, n_bins=60, genes=GeneUse(bound=True),
        fixed=FixedWindow(100),
    )  # fmt: skip
    for spec in (free, fixed):
        with pytest.raises(ConfigError, match=f"predictor {spec.name}: family '{family}' scores windows of one length"):
            make_scorer(spec, RUN)

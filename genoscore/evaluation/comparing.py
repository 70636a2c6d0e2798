"""Predictors' scores against labels or measured effects: of all, of those that every predictor scored, by group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genoscore.core.correlation import Numbers
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.measures import Estimate, estimate, obstacle
from genoscore.evaluation.observations import Observation
from genoscore.evaluation.scoring import PredictorScores
from genoscore.evaluation.thresholds import AtThreshold, at_thresholds

SHARED, OWN = "scored by all", "scored by it"


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the answer.

    Attributes:
        score: ID of the score that is compared.
        of: which variants (or sequences): those that every predictor scored, or, where these are fewer, also the
            predictor's own.
        group: None for all groups together.
        count: of the variants. positives: among them; None for measured effects. clusters: theirs, where asked for.
        estimates: by measure; empty where `note` says why.
        thresholds: of labels, what calling scores from a threshold on comes to; also where there are no estimates.
    """

    predictor: str
    score: str
    of: str
    group: str | None
    count: int
    positives: int | None
    clusters: int | None
    estimates: dict[str, Estimate]
    note: str
    thresholds: tuple[AtThreshold, ...] = ()


@dataclass(frozen=True, slots=True)
class Points:
    """What a plot draws of one predictor: scores as they are compared, of the variants that every predictor scored."""

    predictor: str
    targets: Numbers
    scores: Numbers
    result: Result


class Comparison:
    """V variants or sequences, their targets, and what P predictors say of them.

    Args:
        observations: those that were given to the predictors.
        magnitude: compare with the magnitude of what they say.
        thresholds: of scores, for labels.
    """

    def __init__(
        self,
        config: EvaluateConfig,
        observations: Sequence[Observation],
        scored: Sequence[PredictorScores],
        magnitude: bool,
        thresholds: Sequence[float] = (),
    ) -> None:
        self._config = config
        self._labelled = config.label is not None
        self._thresholds = thresholds
        self._targets: Numbers = np.array([one.target for one in observations])
        self._groups = np.array([one.group for one in observations])
        clusters = [one.cluster for one in observations]
        self._clusters = None if config.cluster is None else np.unique(clusters, return_inverse=True)[1]
        self._scored = [(one, np.abs(one.values) if magnitude else one.values) for one in scored]
        self._shared = np.logical_and.reduce([np.isfinite(values) for _, values in self._scored])

    def results(self) -> list[Result]:
        """Predictors on shared variants, on their own, then by group in the order of the table."""
        found = [self._result(one, values, self._shared, SHARED, None) for one, values in self._scored]
        for one, values in self._scored:
            if (own := np.isfinite(values)).sum() > self._shared.sum():
                found.append(self._result(one, values, own, OWN, None))
        if self._config.grouping is not None:
            for group in dict.fromkeys(self._groups.tolist()):
                chosen = self._shared & (self._groups == group)
                found += [self._result(one, values, chosen, SHARED, group) for one, values in self._scored]
        return found

    def points(self, results: Sequence[Result]) -> Iterator[Points]:
        """For plots, where there is something to draw."""
        for (one, values), result in zip(self._scored, results, strict=False):  # the first results are in this order
            if result.estimates:
                yield Points(one.predictor, self._targets[self._shared], values[self._shared], result)

    def _result(
        self,
        one: PredictorScores,
        values: Numbers,
        chosen: NDArray[np.bool_],
        of: str,
        group: str | None,
    ) -> Result:
        targets, scores = self._targets[chosen], values[chosen]
        clusters = None if self._clusters is None else self._clusters[chosen]
        note = obstacle(targets, scores, self._labelled, clusters)
        config, estimates = self._config, {}
        if not note:
            estimates = estimate(targets, scores, self._labelled, config.resamples, config.seed, clusters)
        positives = int(targets.sum()) if self._labelled else None
        drawn = None if clusters is None else len(np.unique(clusters))
        thresholds: tuple[AtThreshold, ...] = ()
        if self._labelled and drawn != 1:
            thresholds = at_thresholds(targets, scores, self._thresholds, config.resamples, config.seed, clusters)
        return Result(one.predictor, one.field, of, group, len(targets), positives, drawn, estimates, note, thresholds)

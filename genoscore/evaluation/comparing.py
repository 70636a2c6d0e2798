"""Compares scores with labels or measured effects: what every predictor scored, all that each scored, by group."""

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
    """One row of the results.

    Attributes:
        score: ID of the score that is compared.
        of: which variants (or sequences): those that every predictor scored, or, if a predictor scored more, also all
            that it scored.
        group: None for all groups together.
        count: number of variants. positives: number of positive ones; None for measured effects.
        clusters: number of their clusters; None without `cluster`.
        estimates: by measure; empty if `note` says why.
        thresholds: for labels, the counts and proportions at each threshold; also if there are no estimates.
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
    """What a plot draws for one predictor: the compared scores of the variants that every predictor scored."""

    predictor: str
    targets: Numbers
    scores: Numbers
    result: Result


class Comparison:
    """V variants or sequences, their targets, and the scores of P predictors.

    Args:
        observations: the rows that were given to the predictors.
        magnitude: compare with the magnitude of the scores.
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
        self._targets: Numbers = np.array([observation.target for observation in observations])
        self._groups = np.array([observation.group for observation in observations])
        clusters = [observation.cluster for observation in observations]
        self._clusters = None if config.cluster is None else np.unique(clusters, return_inverse=True)[1]
        self._scored = [(scores, np.abs(scores.values) if magnitude else scores.values) for scores in scored]
        self._shared = np.logical_and.reduce([np.isfinite(values) for _, values in self._scored])

    def results(self) -> list[Result]:
        """All predictors on the shared variants, then on their own, then by group in the order of the table."""
        results = [self._result(scores, values, self._shared, SHARED, None) for scores, values in self._scored]
        for scores, values in self._scored:
            if (own := np.isfinite(values)).sum() > self._shared.sum():
                results.append(self._result(scores, values, own, OWN, None))
        if self._config.grouping is not None:
            for group in dict.fromkeys(self._groups.tolist()):
                chosen = self._shared & (self._groups == group)
                results += [self._result(scores, values, chosen, SHARED, group) for scores, values in self._scored]
        return results

    def points(self, results: Sequence[Result]) -> Iterator[Points]:
        """Points for plots, of the predictors that have something to draw."""
        for (scores, values), result in zip(self._scored, results, strict=False):  # the first results are in this order
            if result.estimates:
                yield Points(scores.predictor, self._targets[self._shared], values[self._shared], result)

    def _result(
        self,
        scored: PredictorScores,
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
        return Result(
            scored.predictor, scored.field, of, group, len(targets), positives, drawn, estimates, note, thresholds
        )

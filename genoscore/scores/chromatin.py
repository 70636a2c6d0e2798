"""A variant's effect on Sei's sequence classes, or on selected chromatin profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from genoscore.core.config import RunConfig
from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.sei.weights import find_folder
from genoscore.predictors.windowed import UNTRAINED
from genoscore.scores.background import open_background
from genoscore.scores.base import Percentiles, ScoreField
from genoscore.scores.sequence_classes import SequenceClasses, class_deltas, read_classes
from genoscore.scores.track_scorer import TrackScorer

DELTA = ScoreField(
    "DELTA",
    "A",
    "Float",
    "alt - ref of the sequence class's score, histone profiles brought to the same sum; of a chosen profile, of its "
    "probability",
    "score",
    4,
    True,
)


class ChromatinScorer(TrackScorer):
    """One row per sequence class; one row per profile if the run selects profiles or the weights lack classes.

    Args:
        classes: None for profiles.
    """

    fields = (DELTA,)

    def __init__(
        self, spec: PredictorSpec, percentiles: Percentiles | None = None, classes: SequenceClasses | None = None
    ) -> None:
        super().__init__(replace(spec, tracks=_rows(spec, classes)), percentiles)
        self._classes = classes
        self.track_key = "CLASS" if classes else "TRACK"

    @classmethod
    def for_run(cls, spec: PredictorSpec, config: RunConfig) -> ChromatinScorer:
        """The scorer for a run.

        Raises:
            WeightsError: the files of the classes are damaged, or do not match the profiles.
            InputError: the background cannot be read or does not match the run.
        """
        chosen = config.of_predictor("tracks", spec.name)
        classes = None if chosen else read_classes(find_folder(config.weights.get(spec.name), needed=False))
        rows = replace(spec, tracks=_rows(spec, classes))
        return cls(spec, open_background(rows, config), classes)

    def score(self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job]) -> torch.Tensor:
        """(E, R, T, 1) twice to (E, rows, 1). All jobs are of one edit and have the same outputs."""
        before, after = (outputs[:1, :, :, 0].double().mean(dim=1) for outputs in (ref, alt))  # (1, T)
        delta = after - before if self._classes is None else class_deltas(before, after, self._classes)
        return delta.float()[:, :, None].expand(len(jobs), -1, -1)


def _rows(spec: PredictorSpec, classes: SequenceClasses | None) -> tuple[str, ...]:
    """Names of the rows; marked if the weights are random, as the spec's are."""
    if classes is None:
        return spec.tracks
    return tuple(UNTRAINED + name for name in classes.names) if spec.untrained else classes.names

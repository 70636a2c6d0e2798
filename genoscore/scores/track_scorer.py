"""Shared by scorers with one row per track: percentiles from a background decide their bands."""

from __future__ import annotations

from typing import Self

from genoscore.core.config import RunConfig
from genoscore.predictors.base import PredictorSpec
from genoscore.scores.background import open_background
from genoscore.scores.base import Percentiles, Scorer


class TrackScorer(Scorer):
    """One row per track of the spec, a cell type for example; has bands only with a background."""

    def __init__(self, spec: PredictorSpec, percentiles: Percentiles | None = None) -> None:
        self.tracks = spec.tracks
        self.untrained = spec.untrained
        self.percentiles = percentiles
        self.banded = percentiles is not None

    @classmethod
    def for_run(cls, spec: PredictorSpec, config: RunConfig) -> Self:
        """The scorer for a run.

        Raises:
            InputError: the background cannot be read or does not match the run.
        """
        return cls(spec, open_background(spec, config))

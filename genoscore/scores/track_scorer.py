"""What scorers with a row per track share: percentiles of a background decide their bands."""

from __future__ import annotations

from typing import Self

from genoscore.core.config import RunConfig
from genoscore.predictors.base import PredictorSpec
from genoscore.scores.background import open_background
from genoscore.scores.base import Percentiles, Scorer


class TrackScorer(Scorer):
    """A row per track of the spec, a cell type for example; banded only against a background."""

    def __init__(self, spec: PredictorSpec, percentiles: Percentiles | None = None) -> None:
        self.tracks = spec.tracks
        self.untrained = spec.untrained
        self.percentiles = percentiles
        self.banded = percentiles is not None

    @classmethod
    def for_run(cls, spec: PredictorSpec, config: RunConfig) -> Self:
        """The scorer that a run asks for.

        Raises:
            InputError: the background cannot be read or is of another run.
        """
        return cls(spec, open_background(spec, config))

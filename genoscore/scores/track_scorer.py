"""Shared by scorers with one row per track: percentiles from a background decide their bands."""

from __future__ import annotations

from typing import Self

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.predictors.base import PredictorSpec
from genoscore.scores.background import open_background
from genoscore.scores.base import Percentiles, Scorer


class TrackScorer(Scorer):
    """One row per track of the spec, a cell type for example; has bands only with a background.

    The edits that are scored in one call share their outputs, so the predictor must read windows of one length, and
    score a variant once rather than in each gene.

    Raises:
        ConfigError: the predictor does neither.
    """

    def __init__(self, spec: PredictorSpec, percentiles: Percentiles | None = None) -> None:
        if spec.fixed is None or spec.genes.bound:
            raise ConfigError(
                f"predictor {spec.name}: family {spec.family!r} scores windows of one length, outside genes",
                "set the spec's `fixed` and leave `genes.bound` off, or use another family",
            )
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

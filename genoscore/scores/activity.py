"""What a variant does to the activity of the element around it: one number per sequence and track, ALT against REF.

The predictor's outputs are logarithms already (or whatever unit its table has), so that a difference is a log2 fold
change. They come averaged over the variant's places in the window and over strands.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from genoscore.core.config import RunConfig
from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec, Screening
from genoscore.scores.background import open_background
from genoscore.scores.base import Percentiles, ScoreField


def fields_of(unit: str) -> tuple[ScoreField, ...]:
    """The change, and both activities."""
    return (
        ScoreField("DELTA", "A", "Float", "Predicted activity with ALT less that with REF", unit, 4, True),
        ScoreField("ACTIVITY_REF", "A", "Float", "Predicted activity of the sequence with REF", unit, 4, False),
        ScoreField("ACTIVITY_ALT", "A", "Float", "Predicted activity of the sequence with ALT", unit, 4, False),
    )


class ActivityScorer:
    """A row a track, a cell type for example."""

    track_key = "TRACK"
    peer = None
    untrained = False

    def __init__(self, spec: PredictorSpec, percentiles: Percentiles | None = None) -> None:
        self.fields = fields_of(spec.unit or "activity")
        self.tracks = spec.tracks
        self.percentiles = percentiles
        self.banded = percentiles is not None

    @classmethod
    def for_run(cls, spec: PredictorSpec, config: RunConfig) -> ActivityScorer:
        """The scorer that a run asks for.

        Raises:
            InputError: the background cannot be read or is of another run.
        """
        return cls(spec, open_background(spec, config))

    def score(self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job]) -> torch.Tensor:
        """(E, R, T, 1) twice to (E, T, 3): DELTA, ACTIVITY_REF, ACTIVITY_ALT."""
        before, after = (one[..., 0].double().mean(dim=1) for one in (ref, alt))  # (E, T)
        return torch.stack([after - before, before, after], dim=2).float()

    def unsettled(
        self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job], screening: Screening
    ) -> torch.Tensor:
        """True for all: no screening has been measured for this family."""
        return torch.ones(len(jobs), dtype=torch.bool, device=ref.device)

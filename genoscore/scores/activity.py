"""A variant's effect on the activity of the element around it: one number per sequence and track, ALT against REF.

The predictor's outputs are already logarithms (or in whatever unit its table has), so a difference is a log2 fold
change. They arrive averaged over the variant's positions in the window and over strands.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec
from genoscore.scores.base import Percentiles, ScoreField
from genoscore.scores.track_scorer import TrackScorer


def fields_of(unit: str) -> tuple[ScoreField, ...]:
    """The change, and both activities."""
    return (
        ScoreField("DELTA", "A", "Float", "Predicted activity with ALT less that with REF", unit, 4, True),
        ScoreField("ACTIVITY_REF", "A", "Float", "Predicted activity of the sequence with REF", unit, 4, False),
        ScoreField("ACTIVITY_ALT", "A", "Float", "Predicted activity of the sequence with ALT", unit, 4, False),
    )


class ActivityScorer(TrackScorer):
    """The change of every track, and both activities."""

    def __init__(self, spec: PredictorSpec, percentiles: Percentiles | None = None) -> None:
        super().__init__(spec, percentiles)
        self.fields = fields_of(spec.unit or "activity")

    def score(self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job]) -> torch.Tensor:
        """(E, R, T, 1) twice to (E, T, 3): DELTA, ACTIVITY_REF, ACTIVITY_ALT."""
        before, after = (outputs[..., 0].double().mean(dim=1) for outputs in (ref, alt))  # (E, T)
        return torch.stack([after - before, before, after], dim=2).float()

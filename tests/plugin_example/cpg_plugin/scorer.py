"""The score of the family `sites`: how many more of them ALT has than REF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genoscore.core.config import RunConfig
from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec
from genoscore.scores.base import ScoreField, Scorer

if TYPE_CHECKING:
    import torch


class SiteScorer(Scorer):
    """ALT minus REF, over all bases within the distance."""

    fields = (
        ScoreField(
            id="DELTA",
            number="A",
            type="Integer",
            description="Sites that ALT makes, less those that it breaks",
            unit="sites",
            decimals=0,
            in_maximum=True,
        ),
    )

    @classmethod
    def for_run(cls, spec: PredictorSpec, config: RunConfig) -> SiteScorer:
        return cls()

    def score(self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job]) -> torch.Tensor:
        before, after = (outputs.mean(dim=1).sum(dim=(1, 2)) for outputs in (ref, alt))  # (E, R, T, N) to (E,)
        return (after - before)[:, None]  # (E, 1): one field

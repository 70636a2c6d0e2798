"""Masks of splicing scores: a gain at an annotated site counts as 0, and so does a loss anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Self

import torch

from genoscore.core.config import RunConfig
from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec
from genoscore.scores.base import Scorer


class MaskedScorer(Scorer):
    """Shared by scorers of splice sites: bands, and the mask that the run sets."""

    banded = True

    def __init__(self, spec: PredictorSpec, mask: str) -> None:
        self._spec = spec
        self._mask = mask
        self.untrained = spec.untrained

    @classmethod
    def for_run(cls, spec: PredictorSpec, config: RunConfig) -> Self:
        """The scorer for a run."""
        return cls(spec, config.mask)


def kept_after_maximum(jobs: Sequence[Job], shifts: torch.Tensor, is_gain: Sequence[bool]) -> torch.Tensor:
    """SpliceAI's -M 1, applied only to the arg-max: (E, K) bool, which of K kinds of score are kept.

    A gain at the exon boundary nearest to the variant counts as 0, and so does a loss anywhere else.

    Args:
        shifts: (E, K), position of each score, in bases from the trimmed variant's first base.
        is_gain: for each of the K kinds, whether it is a gain; otherwise a loss.
    """
    nearest = torch.tensor(
        [job.gene.nearest_boundary(job.variant.start) - job.variant.start if job.gene else 0 for job in jobs],
        device=shifts.device,
    )
    return (shifts == nearest[:, None]) != torch.tensor(is_gain, device=shifts.device)


def at_sites(
    jobs: Sequence[Job], reach: int, width: int, sites: Callable[[Job], Iterable[int]], device: torch.device
) -> torch.Tensor:
    """(E, N) bool: the output bases that are sites of the job's gene.

    Args:
        reach: output bases left of the variant. width: N.
        sites: returns the sites of a job, 0-based positions on the contig.
    """
    is_site = torch.zeros((len(jobs), width), dtype=torch.bool)
    for row, job in enumerate(jobs):
        left = job.variant.start - reach
        inside = [site - left for site in sites(job) if 0 <= site - left < width]
        is_site[row, inside] = True
    return is_site.to(device)

"""Masks of splicing scores: a gain at an annotated site counts as 0, and so does a loss anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Self

import torch

from genoscore.core.config import RunConfig
from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec
from genoscore.scores.base import ScoreField, Scorer

DECIMALS = 2  # of a delta score, as its authors print it
_MAX_MASKED = "MAX_MASKED"


class MaskedScorer(Scorer):
    """Shared by scorers of splice sites: bands, and the masks and further fields that the run asks for.

    Args:
        mask: of all fields; a second one after a comma is that of MAX_MASKED.
        probabilities: whether the probabilities behind the scores are fields too.
    """

    banded = True

    def __init__(self, spec: PredictorSpec, mask: str, probabilities: bool = False) -> None:
        self._spec = spec
        self._mask, _, self._second = mask.partition(",")
        self._probabilities = probabilities
        self.untrained = spec.untrained

    @classmethod
    def for_run(cls, spec: PredictorSpec, config: RunConfig) -> Self:
        """The scorer for a run."""
        return cls(spec, config.mask, config.site_probabilities)

    def _further(self, of_probabilities: Sequence[ScoreField]) -> tuple[ScoreField, ...]:
        """The fields that the run's options add. Sets `optional`."""
        self.optional = (_MAX_MASKED, *(field.id for field in of_probabilities))
        description = f"Score of largest magnitude under the second mask, {self._second}"
        masked = ScoreField(_MAX_MASKED, "A", "Float", description, "probability", DECIMALS, False, over_genes=True)
        return (*([masked] if self._second else []), *(of_probabilities if self._probabilities else []))


def largest_printed(values: torch.Tensor) -> torch.Tensor:
    """(E, K) scores to (E, 1): the one that prints with the largest magnitude, as `outputs.best` chooses it.

    Of a gain and a loss that print the same magnitude it is the positive one, then the first.
    """
    hundredths = (values.double() * 10**DECIMALS).round()  # exact: as printed
    order = 2 * hundredths.abs() + (hundredths > 0)
    return values.gather(1, order.argmax(dim=1, keepdim=True))


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

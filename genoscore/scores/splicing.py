"""SpliceAI's delta scores: the largest gain and loss of an acceptor and a donor near the variant.

DS_AG = max(alt - ref), DS_AL = max(ref - alt) of the acceptor's probability over the bases within the distance; DS_DG
and DS_DL the same for donors (Jaganathan et al., Cell 2019). A loss is positive. DP_* say where, counted from POS.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from genoscore.config import RunConfig
from genoscore.predictors.base import PredictorSpec, Screening
from genoscore.scores.base import PeerString, ScoreField
from genoscore.scores.realign import realign
from genoscore.windows import Job

_KINDS = (
    ("AG", "acceptor gain", "alt - ref"),
    ("AL", "acceptor loss", "ref - alt"),
    ("DG", "donor gain", "alt - ref"),
    ("DL", "donor loss", "ref - alt"),
)

FIELDS = tuple(
    ScoreField(
        f"DS_{kind}", "A", "Float", f"Delta score of {name}: largest {how} of the probability", "probability", 2, True
    )
    for kind, name, how in _KINDS
) + tuple(
    ScoreField(
        f"DP_{kind}",
        "A",
        "Integer",
        f"Position of the {name}, bases from POS, positive downstream on the forward strand",
        "bases",
        0,
        False,
    )
    for kind, name, _ in _KINDS
)

_PEER_FORMAT = "Format: ALLELE|SYMBOL|DS_AG|DS_AL|DS_DG|DS_DL|DP_AG|DP_AL|DP_DG|DP_DL"


ROUNDS_TO_ZERO = 0.005  # a smaller magnitude prints 0.00


class SplicingScorer:
    """Delta scores of a predictor with tracks `acceptor` and `donor`."""

    fields = FIELDS
    banded = True

    def __init__(self, spec: PredictorSpec, mask: str) -> None:
        self._spec = spec
        self._mask = mask
        name = spec.peer_info_id
        self.peer = PeerString(name, f"{name} delta scores and positions. {_PEER_FORMAT}") if name else None
        self._tracks = [spec.tracks.index("acceptor"), spec.tracks.index("donor")]

    @classmethod
    def for_run(cls, spec: PredictorSpec, config: RunConfig) -> SplicingScorer:
        """The scorer that a run asks for."""
        return cls(spec, config.mask)

    def score(self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job]) -> torch.Tensor:
        """(E, R, T, N) and (E, R, T, N') to (E, 8): DS_AG, DS_AL, DS_DG, DS_DL, then the DP_*."""
        deltas = _deltas(*self._averaged(ref, alt, jobs[0]))
        if self._mask == "site":
            deltas = deltas.masked_fill(self._off_site(jobs, deltas), 0.0)
        found = deltas.max(dim=2)  # the first base where several are as large
        shifts = found.indices - self._spec.reach  # (E, 4), from the trimmed variant's first base
        values = found.values
        if self._mask == "spliceai":
            values = values * self._keep(jobs, shifts)
        offsets = torch.tensor([job.variant.pos - job.pos for job in jobs], device=shifts.device)
        return torch.cat([values, (shifts + offsets[:, None]).to(values.dtype)], dim=1)

    def unsettled(
        self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job], screening: Screening
    ) -> torch.Tensor:
        """True unless every DS prints 0.00 for certain, masked or not.

        Larger scores are never certain: they would have to stay clear of an edge (0.005, 0.015, ...) at either side.
        """
        before, after = self._averaged(ref, alt, jobs[0])
        score = (after - before).abs().flatten(1).amax(dim=1)
        probability = torch.maximum(before, after).flatten(1).amax(dim=1)
        certain = score + screening.floor + screening.slope * score < ROUNDS_TO_ZERO
        return ~(certain & (probability <= screening.sensitive))  # NaN is not certain

    def _averaged(self, ref: torch.Tensor, alt: torch.Tensor, job: Job) -> tuple[torch.Tensor, torch.Tensor]:
        """Acceptor and donor of ref and alt on REF coordinates, replicates averaged: (E, 2, N) each."""
        ref_length, alt_length = job.edits[0].shape
        ref_mean, alt_mean = (tensor.mean(dim=1)[:, self._tracks] for tensor in (ref, alt))
        aligned = realign(alt_mean, self._spec.reach, ref_length, alt_length)
        if self._spec.peer and ref_length > self._spec.reach + 1:
            # The peer's ALT window ends early after a deletion longer than the distance; its rest counts as zero.
            aligned[..., 2 * self._spec.reach + 1 + alt_length - ref_length :] = 0
        return ref_mean, aligned

    def _keep(self, jobs: Sequence[Job], shifts: torch.Tensor) -> torch.Tensor:
        """SpliceAI's -M 1 on the arg-max alone: a gain at the nearest exon boundary, a loss elsewhere count as 0."""
        nearest = torch.tensor(
            [job.gene.nearest_boundary(job.variant.start) - job.variant.start if job.gene else 0 for job in jobs],
            device=shifts.device,
        )
        at_boundary = shifts == nearest[:, None]
        is_gain = torch.tensor([True, False, True, False], device=shifts.device)
        return at_boundary != is_gain

    def _off_site(self, jobs: Sequence[Job], deltas: torch.Tensor) -> torch.Tensor:
        """(E, 4, N) bool: gains at the gene's sites of that type, and losses anywhere else."""
        at_site = torch.zeros((len(jobs), 2, deltas.shape[2]), dtype=torch.bool)
        for row, job in enumerate(jobs):
            if job.gene is None:
                continue
            left = job.variant.start - self._spec.reach
            for column, sites in enumerate((job.gene.acceptors, job.gene.donors)):
                inside = [site - left for site in sites if 0 <= site - left < deltas.shape[2]]
                at_site[row, column, inside] = True
        return torch.stack([at_site, ~at_site], dim=2).flatten(1, 2).to(deltas.device)


def _deltas(before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    """Acceptor and donor probabilities (E, 2, N) to (E, 4, N): AG, AL, DG, DL."""
    return torch.stack([after - before, before - after], dim=2).flatten(1, 2)

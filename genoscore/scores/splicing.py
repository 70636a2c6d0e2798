"""SpliceAI's delta scores: the largest gain and loss of an acceptor and a donor near the variant.

DS_AG = max(alt - ref), DS_AL = max(ref - alt) of the acceptor's probability over the bases within the distance; DS_DG
and DS_DL are the same for donors (Jaganathan et al., Cell 2019). A loss is positive. DP_* are the positions, counted
from POS. Replicates are averaged first; SD is their standard deviation.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec, Screening
from genoscore.scores.base import ScoreField
from genoscore.scores.masks import DECIMALS, MaskedScorer, at_sites, kept_after_maximum, largest_printed
from genoscore.scores.realign import realign

ROUNDS_TO_ZERO = 0.5 * 0.1**DECIMALS  # a smaller magnitude prints 0.00

_KINDS = (
    ("AG", "acceptor gain", "alt - ref"),
    ("AL", "acceptor loss", "ref - alt"),
    ("DG", "donor gain", "alt - ref"),
    ("DL", "donor loss", "ref - alt"),
)

FIELDS = tuple(
    ScoreField(
        f"DS_{kind}",
        "A",
        "Float",
        f"Delta score of {name}: largest {how} of the probability",
        "probability",
        DECIMALS,
        True,
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
        place_of=f"DS_{kind}",
    )
    for kind, name, _ in _KINDS
)

_ALLELES = ("REF", "ALT")
_PROBABILITIES = tuple(
    ScoreField(
        f"DS_{kind}_{allele}",
        "A",
        "Float",
        f"Probability of {'an acceptor' if kind[0] == 'A' else 'a donor'} with {allele}, at the base of DP_{kind}",
        "probability",
        3,
        False,
        place_of=f"DS_{kind}",
    )
    for kind, _, _ in _KINDS
    for allele in _ALLELES
)

IS_GAIN = (True, False, True, False)
SPREAD = ScoreField(
    "SD",
    "A",
    "Float",
    "Standard deviation of the largest score over the networks of the ensemble, at the same base",
    "probability",
    3,
    False,
)

_PEER_FORMAT = "Format: ALLELE|SYMBOL|DS_AG|DS_AL|DS_DG|DS_DL|DP_AG|DP_AL|DP_DG|DP_DL"


class SpliceAIString:
    """The INFO field of SpliceAI and OpenSpliceAI.

    Attributes:
        info_id: `SpliceAI`, for example.
        description: of the `##INFO` line.
    """

    def __init__(self, info_id: str) -> None:
        self.info_id = info_id
        self.description = f"{info_id} delta scores and positions. {_PEER_FORMAT}"

    def render(self, alt: str, symbol: str, values: Sequence[float] | None, exact: bool) -> str:
        """`ALLELE|SYMBOL|DS_AG|...|DP_DL`; dots if the peer names a gene without scoring it.

        Args:
            values: DS_AG, DS_AL, DS_DG, DS_DL, DP_AG, DP_AL, DP_DG, DP_DL; others are ignored.
            exact: keep the sign of a negative number that rounds to zero, as the peer prints it.
        """
        if values is None:
            return "|".join([alt, symbol, *"........"])
        scores = [f"{value:.{DECIMALS}f}" if exact else FIELDS[0].text(value) for value in values[:4]]
        return "|".join([alt, symbol, *scores, *(str(int(value)) for value in values[4:8])])


class SplicingScorer(MaskedScorer):
    """Delta scores of a predictor with tracks `acceptor` and `donor`."""

    def __init__(self, spec: PredictorSpec, mask: str, probabilities: bool = False) -> None:
        super().__init__(spec, mask, probabilities)
        self._has_spread = spec.replicates > 1
        self.fields = (*FIELDS, *([SPREAD] if self._has_spread else []), *self._further(_PROBABILITIES))
        self.peer = SpliceAIString(spec.peer_info_id) if spec.peer_info_id else None
        self._tracks = [spec.tracks.index("acceptor"), spec.tracks.index("donor")]

    def score(self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job]) -> torch.Tensor:
        """(E, R, T, N) and (E, R, T, N') to (E, F): DS_AG, DS_AL, DS_DG, DS_DL, the DP_*; SD for an ensemble.

        With a second mask MAX_MASKED, then the probabilities, if the run asks for them.
        """
        before, after = self._averaged(ref, alt, jobs[0])
        deltas = _deltas(before, after)
        values, places = self._largest(jobs, deltas, self._mask)
        offsets = torch.tensor([job.variant.pos - job.pos for job in jobs], device=places.device)
        columns = [values, (places - self._spec.reach + offsets[:, None]).to(values.dtype)]
        if self._has_spread:
            columns.append(self._spread(ref, alt, jobs[0], values, places))
        if self._second:
            columns.append(largest_printed(self._largest(jobs, deltas, self._second)[0]))
        if self._probabilities:
            columns.append(_at_places(before, after, places))
        return torch.cat(columns, dim=1)

    def _largest(self, jobs: Sequence[Job], deltas: torch.Tensor, mask: str) -> tuple[torch.Tensor, torch.Tensor]:
        """(E, 4) scores of (E, 4, N) deltas under a mask, and the output base of each."""
        if mask == "site":
            deltas = deltas.masked_fill(self._off_site(jobs, deltas), 0.0)
        largest = deltas.max(dim=2)  # the first base if several are equal
        values, places = largest.values, largest.indices
        if mask == "spliceai":
            values = values * kept_after_maximum(jobs, places - self._spec.reach, IS_GAIN)
        return values, places

    def unsettled(
        self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job], screening: Screening
    ) -> torch.Tensor:
        """True unless every DS is certain to print as 0.00, masked or not.

        Larger scores are never certain: they would have to stay clear of a rounding edge (0.005, 0.015, ...) on either
        side.
        """
        before, after = self._averaged(ref, alt, jobs[0])
        score = (after - before).abs().flatten(1).amax(dim=1)
        probability = torch.maximum(before, after).flatten(1).amax(dim=1)
        certain = score + screening.floor + screening.slope * score < ROUNDS_TO_ZERO
        return ~(certain & (probability <= screening.sensitive))  # NaN is not certain

    def _averaged(self, ref: torch.Tensor, alt: torch.Tensor, job: Job) -> tuple[torch.Tensor, torch.Tensor]:
        """Acceptor and donor of ref and alt on REF coordinates, replicates averaged first: (E, 2, N) each."""
        return self._aligned(ref.mean(dim=1), alt.mean(dim=1), job)

    def _aligned(self, ref: torch.Tensor, alt: torch.Tensor, job: Job) -> tuple[torch.Tensor, torch.Tensor]:
        """Acceptor and donor of ref and alt, (..., T, N) and (..., T, N'), on REF coordinates: (..., 2, N) each."""
        ref_length, alt_length = job.edit.shape
        reach = self._spec.reach
        before, after = (tensor[..., self._tracks, :] for tensor in (ref, alt))
        aligned = realign(after, reach, ref_length, alt_length, before.shape[-1])
        if self._spec.peer and ref_length > reach + 1:
            # The peer's ALT window ends early after a deletion longer than the distance; the rest counts as zero.
            aligned[..., 2 * reach + 1 + alt_length - ref_length :] = 0
        return before, aligned

    def _spread(
        self, ref: torch.Tensor, alt: torch.Tensor, job: Job, values: torch.Tensor, places: torch.Tensor
    ) -> torch.Tensor:
        """(E, 1): SD of the largest of (E, 4) values, at its base in `places`; 0 if a mask set that value to 0."""
        before, after = self._aligned(ref, alt, job)  # (E, R, 2, N)
        kind = values.abs().argmax(dim=1, keepdim=True)  # (E, 1)
        track = (kind // 2)[:, None, :, None].expand(-1, before.shape[1], -1, before.shape[3])
        delta = (after - before).gather(2, track)[:, :, 0]  # (E, R, N)
        place = places.gather(1, kind)[:, None].expand(-1, before.shape[1], -1)
        spread = delta.gather(2, place)[..., 0].std(dim=1, correction=0)
        return (spread * (values.gather(1, kind)[:, 0] != 0))[:, None]

    def _off_site(self, jobs: Sequence[Job], deltas: torch.Tensor) -> torch.Tensor:
        """(E, 4, N) bool: gains at the gene's sites of that type, and losses anywhere else."""
        reach, width = self._spec.reach, deltas.shape[2]
        acceptors = at_sites(jobs, reach, width, lambda job: job.gene.acceptors if job.gene else (), deltas.device)
        donors = at_sites(jobs, reach, width, lambda job: job.gene.donors if job.gene else (), deltas.device)
        return torch.stack([acceptors, ~acceptors, donors, ~donors], dim=1)


def _at_places(before: torch.Tensor, after: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """(E, 8): the probabilities (E, 2, N) at the bases (E, 4) of AG, AL, DG, DL, each with REF and with ALT."""
    of_kinds = (side.repeat_interleave(2, dim=1).gather(2, places[..., None]) for side in (before, after))
    return torch.cat([*of_kinds], dim=2).flatten(1)


def _deltas(before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    """Acceptor and donor probabilities (E, 2, N) to (E, 4, N): AG, AL, DG, DL."""
    return torch.stack([after - before, before - after], dim=2).flatten(1, 2)

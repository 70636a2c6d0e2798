"""Pangolin's scores: the largest gain and loss of a splice site near the variant, over tissues (Zeng and Li 2022).

A delta is alt - ref of the probability that a base is a splice site, in each tissue, averaged over replicates. GAIN is
its maximum over tissues and over the bases within the distance, LOSS its minimum: a loss is negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
import torch

from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec
from genoscore.scores.base import ScoreField
from genoscore.scores.masks import DECIMALS, MaskedScorer, at_sites, kept_after_maximum, largest_printed
from genoscore.scores.realign import realign
from genoscore.scores.splicing import SPREAD

_PROBABILITY = "probability", DECIMALS  # unit and decimals
_WHERE = "bases from POS, positive downstream on the forward strand"
_FIRST = (
    ScoreField("GAIN", "A", "Float", "Largest gain of a splice site over tissues", *_PROBABILITY, True),
    ScoreField("LOSS", "A", "Float", "Largest loss of a splice site over tissues, negative", *_PROBABILITY, True),
    ScoreField("DP_GAIN", "A", "Integer", f"Position of the gain, {_WHERE}", "bases", 0, False, place_of="GAIN"),
    ScoreField("DP_LOSS", "A", "Integer", f"Position of the loss, {_WHERE}", "bases", 0, False, place_of="LOSS"),
)
_PROBABILITIES = tuple(
    ScoreField(
        f"{kind}_{allele}",
        "A",
        "Float",
        f"Probability of a splice site with {allele}, at the base of DP_{kind}, in the tissue of {kind}",
        "probability",
        3,
        False,
        place_of=kind,
    )
    for kind in ("GAIN", "LOSS")
    for allele in ("REF", "ALT")
)


def fields_of(tissues: Iterable[str]) -> tuple[ScoreField, ...]:
    """GAIN, LOSS and their positions; both per tissue; the spread over replicates."""
    per_tissue = [
        ScoreField(f"{kind}_{tissue.upper()}", "A", "Float", f"{description} in {tissue}", *_PROBABILITY, False)
        for tissue in tissues
        for kind, description in (("GAIN", "Largest gain of a splice site"), ("LOSS", "Largest loss of a splice site"))
    ]
    return (*_FIRST, *per_tissue, SPREAD)


class PangolinString:
    """The INFO field of Pangolin: `GENE|pos:gain|pos:loss|Warnings:`."""

    def __init__(self, info_id: str) -> None:
        self.info_id = info_id
        self.description = f"{info_id} splice scores. Format: GENE|POS:LARGEST_INCREASE|POS:LARGEST_DECREASE|WARNINGS"

    def render(self, alt: str, symbol: str, values: Sequence[float] | None, exact: bool) -> str:
        """The text for one gene; numbers are rounded as numpy rounds float32, as the peer prints them."""
        if values is None:
            return f"{symbol}|.:.|.:.|Warnings:"
        gain, loss = (str(np.round(np.float32(value), DECIMALS)) for value in values[:2])
        if not exact:
            gain, loss = (text if text != "-0.0" else "0.0" for text in (gain, loss))
        return f"{symbol}|{int(values[2])}:{gain}|{int(values[3])}:{loss}|Warnings:"


class TissueSplicingScorer(MaskedScorer):
    """Gain and loss of a predictor with one track per tissue."""

    def __init__(self, spec: PredictorSpec, mask: str, probabilities: bool = False) -> None:
        super().__init__(spec, mask, probabilities)
        self.fields = (*fields_of(spec.tracks), *self._further(_PROBABILITIES))
        self.peer = PangolinString(spec.peer_info_id) if spec.peer_info_id else None

    def score(self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job]) -> torch.Tensor:
        """(E, R, T, N) and (E, R, T, N') to (E, F): GAIN, LOSS, DP_GAIN, DP_LOSS, both per tissue, SD.

        With a second mask MAX_MASKED, then the probabilities, if the run asks for them.
        """
        after = realign(alt, self._spec.reach, *jobs[0].edit.shape, ref.shape[-1])
        replicates = after - ref  # (E, R, T, N)
        deltas = replicates.mean(dim=1)  # (E, T, N)
        gains, losses = self._masked(jobs, deltas, self._mask)
        values, places = self._extremes(jobs, gains, losses, self._mask)
        per_tissue = torch.stack([gains.amax(dim=2), losses.amin(dim=2)], dim=2)  # (E, T, 2)
        if self._mask == "spliceai":
            per_tissue = self._masked_after(jobs, gains, losses)
        offsets = torch.tensor([job.variant.pos - job.pos for job in jobs], device=places.device)
        shifts = (places - self._spec.reach + offsets[:, None]).to(values.dtype)
        columns = [values, shifts, per_tissue.flatten(1), _spread(replicates, values, places)]
        if self._second:
            masked = self._masked(jobs, deltas, self._second)
            columns.append(largest_printed(self._extremes(jobs, *masked, self._second)[0]))
        if self._probabilities:
            columns.append(_at_places(ref.mean(dim=1), after.mean(dim=1), gains, losses, places))
        return torch.cat(columns, dim=1)

    def _extremes(
        self, jobs: Sequence[Job], gains: torch.Tensor, losses: torch.Tensor, mask: str
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(E, 2): gain and loss under a mask, of deltas (E, T, N) as `_masked` returns them, and the output bases."""
        gain, loss = gains.amax(dim=1).max(dim=1), losses.amin(dim=1).min(dim=1)  # the first base if several are equal
        values = torch.stack([gain.values, loss.values], dim=1)
        places = torch.stack([gain.indices, loss.indices], dim=1)
        if mask == "spliceai":
            values = values * kept_after_maximum(jobs, places - self._spec.reach, (True, False))
        return values, places

    def _masked(self, jobs: Sequence[Job], deltas: torch.Tensor, mask: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Deltas for gains and for losses, (E, T, N) each, where a mask applies before the maximum."""
        if mask != "site":
            return deltas, deltas
        width = deltas.shape[2]
        gained = at_sites(jobs, self._spec.reach, width, self._sites_of_any, deltas.device)
        lost = at_sites(jobs, self._spec.reach, width, self._sites_of_all, deltas.device)
        gains = torch.where(gained[:, None], deltas.clamp(max=0), deltas)
        return gains, torch.where(lost[:, None], deltas, deltas.clamp(min=0))

    def _masked_after(self, jobs: Sequence[Job], gains: torch.Tensor, losses: torch.Tensor) -> torch.Tensor:
        """(E, T, 2), each tissue's own maximum, masked by its position."""
        columns = []
        for tissue in range(gains.shape[1]):
            extremes = gains[:, tissue].max(dim=1), losses[:, tissue].min(dim=1)
            shifts = torch.stack([extreme.indices for extreme in extremes], dim=1) - self._spec.reach
            values = torch.stack([extreme.values for extreme in extremes], dim=1)
            columns.append(values * kept_after_maximum(jobs, shifts, (True, False)))
        return torch.stack(columns, dim=1)

    def _sites(self, job: Job) -> list[frozenset[int]]:
        """Sites of the gene; under `--compat` also of the genes before it, whose masks the peer leaves in place."""
        genes = [*job.before, *([job.gene] if job.gene else [])]
        if self._spec.peer:
            return [frozenset(gene.boundaries) for gene in genes]  # the ends of the transcript too
        return [gene.acceptors | gene.donors for gene in genes]

    def _sites_of_any(self, job: Job) -> Iterable[int]:
        return chain.from_iterable(self._sites(job))

    def _sites_of_all(self, job: Job) -> Iterable[int]:
        sites = self._sites(job)
        return frozenset.intersection(*sites) if sites else ()


def _at_places(
    before: torch.Tensor, after: torch.Tensor, gains: torch.Tensor, losses: torch.Tensor, places: torch.Tensor
) -> torch.Tensor:
    """(E, 4): the probabilities (E, T, N) with REF and with ALT at the base of the gain, then at that of the loss.

    Args:
        gains, losses: masked deltas (E, T, N), which decide the tissue. places: (E, 2).
    """
    columns = []
    for kind, tissue_deltas in enumerate((gains, -losses)):
        place = places[:, kind, None, None].expand(-1, before.shape[1], -1)  # (E, T, 1)
        tissue = tissue_deltas.gather(2, place).argmax(dim=1)  # (E, 1)
        columns += [side.gather(2, place)[..., 0].gather(1, tissue) for side in (before, after)]
    return torch.cat(columns, dim=1)


def _spread(replicates: torch.Tensor, values: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """(E, 1): standard deviation, over replicates of (E, R, T, N) deltas, of the larger of gain and loss (E, 2).

    In the tissue of that gain or loss; 0 if a mask set it to 0.
    """
    kind = values.abs().round(decimals=DECIMALS).argmax(dim=1, keepdim=True)  # as printed; the gain if both are equal
    place = places.gather(1, kind)[:, None, None].expand(-1, replicates.shape[1], replicates.shape[2], -1)
    here = replicates.gather(3, place)[..., 0]  # (E, R, T)
    mean = here.mean(dim=1)
    tissue = torch.where(kind[:, 0] == 0, mean.argmax(dim=1), mean.argmin(dim=1))
    of_tissue = here.gather(2, tissue[:, None, None].expand(-1, replicates.shape[1], -1))[..., 0]  # (E, R)
    spread = of_tissue.std(dim=1, correction=0)
    return (spread * (values.gather(1, kind)[:, 0] != 0))[:, None]

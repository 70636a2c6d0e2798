"""Outputs far from edits, wherever the reference has a splice site, however weak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from genoscore.core.edits import Edit
from genoscore.core.windows import Stretch
from genoscore.networks.dilated_edits import DilatedEdits, EditBatch
from genoscore.networks.dilated_far import far_outputs
from genoscore.networks.kept_activations import Reference
from genoscore.predictors.base import DENSE, PredictorSpec, reaching
from genoscore.predictors.splicing.edits import PlacedBatch, PlacedEdits

CLOSE = 600  # bases: the partner of a pseudoexon's site lies closer, and may be weak in the reference
FAR_FLOOR = 20  # times the floor is what counts beyond that
TOGETHER = 12  # edits: more do not fit the caches
NO_SITE = "neither"  # the track of bases that are no splice sites
MOVED = 0.005  # of a probability: where the first network changes by less, the others are not asked
Tracks = tuple[slice, slice]  # which of a network's outputs, and which of the spec's tracks these are


@dataclass(slots=True)
class _Far:
    """What is computed far from the edits of one batch.

    Attributes:
        rows: the batch's edits that have such places. batch: these edits.
        edits, places: see far_outputs. alt: (S, T), summed over networks.
    """

    rows: torch.Tensor
    batch: EditBatch
    edits: torch.Tensor
    places: torch.Tensor
    alt: torch.Tensor


class FarEdits:
    """Averages the outputs of an ensemble's networks, added one by one.

    The first network decides where sites are looked for: where it gives REF one, and, for the networks after it, where
    ALT changes what it gives. That is an approximation: what only the other networks see there is missed.

    Args:
        near, reach, floor: see FarPredictor.
        x: the stretch, from `encode_stretch`.
    """

    def __init__(
        self,
        stretch: Stretch,
        edits: Sequence[Edit],
        spec: PredictorSpec,
        x: torch.Tensor,
        near: int,
        reach: int,
        floor: float,
    ) -> None:
        self._spec, self._reach, self._floor = spec, reach, floor
        self._wide = PlacedEdits(stretch, edits, reaching(spec, reach), x)
        self._batches = self._wide.batches(False, TOGETHER)
        dense = min(DENSE, reach)
        self._known = max(near, dense)
        self._beside = PlacedEdits(stretch, edits, reaching(spec, self._known), x)  # what is not looked for far away
        self._dense = self._beside.batches(False, TOGETHER) if near < dense else []
        self._dense_alt: list[torch.Tensor] = []  # of each batch, summed over networks
        self._far: list[_Far] = []  # of each batch
        self._ref = x.new_zeros((len(x) - spec.context_length, len(spec.tracks)), dtype=torch.float32)

    def add(self, network: DilatedEdits, kept: Reference, tracks: Tracks) -> None:
        """Add a network's outputs."""
        share = 1 / self._spec.replicates
        self._ref[:, tracks[1]] += kept.probabilities[:, tracks[0]] * share
        is_first = not self._far
        if is_first:
            self._far = [self._wanted(placed, kept, tracks) for placed in self._batches]
            shapes = ((len(placed.rows), placed.batch.width, self._ref.shape[1]) for placed in self._dense)
            self._dense_alt = [self._ref.new_zeros(shape) for shape in shapes]
        for number, far in enumerate(self._far):
            if len(far.places):
                alt = far_outputs(network, kept, far.batch, far.edits, far.places)[:, tracks[0]]
                far.alt[:, tracks[1]] += alt * share
                if is_first:
                    bases = far.batch.stretch_bases_of(far.edits, far.places) - self._spec.flank
                    moved = (alt - kept.probabilities[bases][:, tracks[0]]).abs().amax(dim=1) >= MOVED
                    self._far[number] = _of_places(far, moved)
        for placed, beside in zip(self._dense, self._dense_alt, strict=True):
            beside[..., tracks[1]] += network.alternatives(kept, placed.batch)[..., tracks[0]] * share

    def outputs(self) -> tuple[torch.Tensor, torch.Tensor]:
        """(E, T, N) and (E, T, N'), the means over replicates."""
        computed = [self._of_batch(placed, far) for placed, far in zip(self._batches, self._far, strict=True)]
        alt = self._wide.alternative_outputs(self._batches, computed)
        if self._dense:
            first = self._reach - self._known
            beside = self._beside.alternative_outputs(self._dense, self._dense_alt)
            for row, width in enumerate(self._beside.widths):
                alt[row, :, first : first + width] = beside[row, :, :width]
        return self._wide.reference_outputs(self._ref), alt

    def _of_batch(self, placed: PlacedBatch, far: _Far) -> torch.Tensor:
        """(E, left + a + right, T): outputs at the far places, and everywhere else the reference's."""
        batch = placed.batch
        bases = (batch.counterparts() - self._spec.flank).clamp_(0, len(self._ref) - 1)
        outputs = self._ref[bases]
        outputs[far.rows[far.edits], far.places + batch.left] = far.alt
        return outputs

    def _wanted(self, placed: PlacedBatch, kept: Reference, tracks: Tracks) -> _Far:
        """Places beyond the known ones: everything as far as DENSE, and farther away possible sites."""
        batch = placed.batch
        of_sites = [at for at, track in enumerate(self._spec.tracks[tracks[1]]) if track != NO_SITE]
        strength = kept.probabilities[:, tracks[0]][:, of_sites].amax(dim=1) - self._spec.rest
        sites = (strength >= self._floor).nonzero()[:, 0]  # outputs of the stretch begin at base `flank`
        needed = torch.where(strength[sites] >= FAR_FLOOR * self._floor, self._reach, CLOSE)
        on_left = batch.starts[:, None] - (sites + self._spec.flank)  # (E, sites): 1 for the base beside the allele
        on_right = 1 - on_left - batch.ref_lengths[:, None]
        dense = torch.arange(1, min(DENSE, self._reach) + 1, device=sites.device)
        most = torch.cat([dense, needed])
        edits, places = [], []
        for side, away in enumerate((on_left, on_right)):
            known, own = (
                torch.tensor([of.flanks[row][side] for row in placed.rows], device=sites.device)[:, None]
                for of in (self._beside, self._wide)
            )
            distance = torch.cat([dense.expand(len(known), -1), away.masked_fill(away <= DENSE, 0)], dim=1)
            edit, at = ((distance > known) & (distance <= own) & (distance <= most)).nonzero(as_tuple=True)
            bases = distance[edit, at]
            edits.append(edit)
            places.append(batch.alt_lengths[edit] + bases - 1 if side else -bases)
        flat_edits, flat_places = torch.cat(edits), torch.cat(places)
        alt = self._ref.new_zeros((len(flat_places), self._ref.shape[1]))
        rows = torch.arange(len(placed.rows), device=flat_edits.device)
        return _of_places(
            _Far(rows, batch, flat_edits, flat_places, alt), torch.ones_like(flat_edits, dtype=torch.bool)
        )


def _of_places(far: _Far, chosen: torch.Tensor) -> _Far:
    """Only some of the places, and the edits that still have any."""
    edits, places, alt = far.edits[chosen], far.places[chosen], far.alt[chosen]
    left, edits = torch.unique(edits, return_inverse=True)
    return _Far(far.rows[left], far.batch.of(left), edits, places, alt)

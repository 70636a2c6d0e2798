"""Outputs far from edits, wherever the reference has a splice site, however weak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from genoscore.core.edits import Edit
from genoscore.core.windows import Stretch
from genoscore.networks.dilated_edits import DilatedEdits, Window
from genoscore.networks.dilated_far import far_outputs, whole_cones
from genoscore.networks.kept_activations import Reference
from genoscore.predictors.base import DENSE, PredictorSpec, reaching
from genoscore.predictors.splicing.edits import PlacedBatch, PlacedEdits

CLOSE = 600  # bases: the partner of a pseudoexon's site lies closer, and may be weak in the reference
FAR_FLOOR = 20  # times the floor is what counts beyond that
TOGETHER = 12  # edits: more do not fit the caches
NO_SITE = "neither"  # the track of bases that are no splice sites
MOVED = 0.005  # of a probability: where the first network changes by less, the others are not asked
Tracks = tuple[slice, slice]  # which of a network's outputs, and which of the spec's tracks these are


@dataclass(frozen=True, slots=True)
class OnePass:
    """What is known of edits whose near outputs are computed on the way.

    Attributes:
        batches: of all edits.
        least: of a probability: edits by which the first network changes less near them are not looked at.
        always: edits, by their numbers, that are looked at nevertheless.
    """

    batches: list[PlacedBatch]
    least: float
    always: frozenset[int]


@dataclass(slots=True)
class _Far:
    """What is computed far from the edits of one batch.

    Attributes:
        members: numbers within the batch of its edits that have such places.
        edits, places: see far_outputs; edits are numbers of members. alt: (S, T), summed over networks.
    """

    members: torch.Tensor
    edits: torch.Tensor
    places: torch.Tensor
    alt: torch.Tensor

    def of(self, chosen: torch.Tensor) -> _Far:
        """Only some of the places, and the edits that still have any."""
        left, edits = torch.unique(self.edits[chosen], return_inverse=True)
        return _Far(self.members[left], edits, self.places[chosen], self.alt[chosen])


class FarEdits:
    """Averages the outputs of an ensemble's networks, added one by one.

    The first network decides where sites are looked for: where it gives REF one, and, for the networks after it, where
    ALT changes what it gives. That is an approximation: what only the other networks see there is missed.

    Args:
        near, reach, floor: see FarPredictor.
        x: the stretch, from `encode_stretch`.
        one_pass: given if `near`, at least DENSE, are those of outputs that are computed on the way.
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
        one_pass: OnePass | None = None,
    ) -> None:
        self._spec, self._reach, self._floor, self._one_pass = spec, reach, floor, one_pass
        self._wide = PlacedEdits(stretch, edits, reaching(spec, reach), x)
        self.batches = one_pass.batches if one_pass else self._wide.batches(False, TOGETHER)
        dense = min(DENSE, reach)
        self._known = max(near, dense)
        self._beside = PlacedEdits(stretch, edits, reaching(spec, self._known), x)  # what is not looked for far away
        self._dense = self._beside.batches(False, TOGETHER) if near < dense else []
        self._dense_alt: list[torch.Tensor] = []  # of each batch, summed over networks
        self._far: list[_Far] = []  # of each batch
        self._looked: dict[int, tuple[int, int]] = {}  # by the number of an edit: its batch, and its number there
        self._ref = x.new_zeros((len(x) - spec.context_length, len(spec.tracks)), dtype=torch.float32)

    def add_reference(self, network: DilatedEdits, kept: Reference, tracks: Tracks) -> None:
        """Add a network's outputs along the stretch, and those beside the edits if they are not known."""
        share = 1 / self._spec.replicates
        self._ref[:, tracks[1]] += kept.probabilities[:, tracks[0]] * share
        if not self._dense_alt:
            shapes = ((len(placed.rows), placed.batch.width, self._ref.shape[1]) for placed in self._dense)
            self._dense_alt = [self._ref.new_zeros(shape) for shape in shapes]
        for placed, beside in zip(self._dense, self._dense_alt, strict=True):
            beside[..., tracks[1]] += network.alternatives(kept, placed.batch)[..., tracks[0]] * share

    def add(
        self,
        number: int,
        network: DilatedEdits,
        kept: Reference,
        tracks: Tracks,
        windows: list[Window] | None = None,
        near: torch.Tensor | None = None,
    ) -> None:
        """Add a network's outputs far from the edits of a batch.

        Args:
            number: of the batch.
            windows: its cones, if they are whole; None: they are computed.
            near: (E, left + a + right, T) beside the edits, in one pass.
        """
        batch = self.batches[number].batch
        is_first = number == len(self._far)
        if is_first:
            members = torch.arange(len(batch.starts), device=batch.starts.device)
            if near is not None:
                members = members[self._changed(number, kept, tracks, near)]
            self._far.append(self._wanted(number, members, kept, tracks))
        far = self._far[number]
        if not len(far.places):
            return
        batch = batch.of(far.members)
        own = whole_cones(network, kept, batch) if windows is None else [of.chosen(far.members) for of in windows]
        alt = far_outputs(network, kept, own, far.edits, far.places)[:, tracks[0]]
        far.alt[:, tracks[1]] += alt * (1 / self._spec.replicates)
        if is_first:
            bases = batch.stretch_bases_of(far.edits, far.places) - self._spec.flank
            moved = (alt - kept.probabilities[bases][:, tracks[0]]).abs().amax(dim=1) >= MOVED
            self._far[number] = far.of(moved)

    def has(self, row: int) -> bool:
        """Whether an edit, by its number among all, was looked at."""
        return row in self._looked

    def outputs(self, rows: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """(E, T, N) and (E, T, N') of some edits that were looked at, the means over replicates."""
        alt = self._wide.alternatives_of([self._alternative(row) for row in rows])
        if self._dense:
            first = self._reach - self._known
            beside = self._beside.alternative_outputs(self._dense, self._dense_alt)
            for at, row in enumerate(rows):
                width = self._beside.widths[row]
                alt[at, :, first : first + width] = beside[row, :, :width]
        return self._wide.reference_outputs(self._ref, rows), alt

    def _alternative(self, row: int) -> torch.Tensor:
        """(N', T) of an edit: outputs at the far places, and everywhere else the reference's."""
        number, member = self._looked[row]
        far, (left, own, right) = self._far[number], self._wide.extents[row]
        batch = self.batches[number].batch.of(torch.tensor([member], device=self._ref.device))
        batch = replace(batch, left=left, right=right - (batch.alt_length - own))
        bases = (batch.counterparts()[0] - self._spec.flank).clamp_(0, len(self._ref) - 1)
        outputs = self._ref[bases]
        of_edit = far.members[far.edits] == member
        outputs[far.places[of_edit] + left] = far.alt[of_edit]
        return outputs

    def _changed(self, number: int, kept: Reference, tracks: Tracks, near: torch.Tensor) -> torch.Tensor:
        """(E,) bool: the edits of a batch to look at, by what the first network changes beside them."""
        assert self._one_pass is not None
        placed, of_sites = self.batches[number], self._of_sites(tracks)
        bases = (placed.batch.counterparts() - self._spec.flank).clamp_(0, len(kept.probabilities) - 1)
        moved = (near - kept.probabilities[bases])[..., tracks[0]][..., of_sites].abs().flatten(1).amax(dim=1)
        always = [row in self._one_pass.always for row in placed.rows]
        return (moved >= self._one_pass.least) | torch.tensor(always, device=moved.device)

    def _of_sites(self, tracks: Tracks) -> list[int]:
        """Those of a network's tracks that tell sites."""
        return [at for at, track in enumerate(self._spec.tracks[tracks[1]]) if track != NO_SITE]

    def _wanted(self, number: int, members: torch.Tensor, kept: Reference, tracks: Tracks) -> _Far:
        """Places beyond the known ones: everything as far as DENSE, and farther away possible sites."""
        placed = self.batches[number]
        rows = [placed.rows[member] for member in members.tolist()]
        self._looked.update((row, (number, member)) for row, member in zip(rows, members.tolist(), strict=True))
        batch = placed.batch.of(members)
        strength = kept.probabilities[:, tracks[0]][:, self._of_sites(tracks)].amax(dim=1) - self._spec.rest
        sites = (strength >= self._floor).nonzero()[:, 0]  # outputs of the stretch begin at base `flank`
        needed = torch.where(strength[sites] >= FAR_FLOOR * self._floor, self._reach, CLOSE)
        on_left = batch.starts[:, None] - (sites + self._spec.flank)  # (E, sites): 1 for the base beside the allele
        on_right = 1 - on_left - batch.ref_lengths[:, None]
        dense = torch.arange(1, min(DENSE, self._reach) + 1, device=sites.device)
        most = torch.cat([dense, needed])
        edits, places = [], []
        for side, away in enumerate((on_left, on_right)):
            known, own = (
                torch.tensor([of.flanks[row][side] for row in rows], device=sites.device)[:, None]
                for of in (self._beside, self._wide)
            )
            distance = torch.cat([dense.expand(len(known), -1), away.masked_fill(away <= DENSE, 0)], dim=1)
            edit, at = ((distance > known) & (distance <= own) & (distance <= most)).nonzero(as_tuple=True)
            bases = distance[edit, at]
            edits.append(edit)
            places.append(batch.alt_lengths[edit] + bases - 1 if side else -bases)
        flat_edits, flat_places = torch.cat(edits), torch.cat(places)
        alt = self._ref.new_zeros((len(flat_places), self._ref.shape[1]))
        return _Far(members, flat_edits, flat_places, alt).of(torch.ones_like(flat_edits, dtype=torch.bool))

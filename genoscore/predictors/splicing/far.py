"""Outputs far from edits, wherever the reference has a splice site, however weak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from genoscore.core.edits import Edit
from genoscore.core.windows import Stretch
from genoscore.networks.dilated_edits import DilatedEdits, EditBatch, Reference
from genoscore.networks.dilated_far import far_outputs
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.splicing.edits import PlacedBatch, PlacedEdits

CLOSE = 600  # bases: the partner of a pseudoexon's site lies closer, and may be weak in the reference
FAR_FLOOR = 10  # times the floor is what counts beyond that
TOGETHER = 12  # edits: more do not fit the caches
Tracks = tuple[slice, slice]  # which of a network's outputs, and which of the spec's tracks these are


def reaching(spec: PredictorSpec, reach: int) -> PredictorSpec:
    """The same predictor with outputs up to `reach` bases from an edit."""
    return replace(spec, n_bins=2 * reach + 1)


class FarEdits:
    """Sums the outputs of an ensemble's networks, one network after another.

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
        self._near, self._floor, self._flank = near, floor, spec.flank
        self._placed = PlacedEdits(stretch, edits, reaching(spec, reach), x)
        self._batches = self._placed.batches(False, TOGETHER)
        self._places: list[torch.Tensor] = []  # of each batch
        self._n_tracks = len(spec.tracks)
        self._ref: torch.Tensor | None = None
        self._alt: torch.Tensor | None = None

    def add(self, network: DilatedEdits, kept: Reference, tracks: Tracks) -> None:
        """Add a network's outputs; the first network's decide which far bases are computed."""
        probabilities = kept.probabilities[:, tracks[0]]
        if not self._places:
            strength = kept.probabilities[:, 1:].amax(dim=1)
            self._places = [self._far_places(placed.batch, strength) for placed in self._batches]
        own = replace(kept, probabilities=probabilities)
        outputs = [
            self._of_batch(network, kept, own, placed, places, tracks)
            for placed, places in zip(self._batches, self._places, strict=True)
        ]
        ref = self._placed.reference_outputs(own)
        alt = self._placed.alternative_outputs(self._batches, outputs)
        if self._ref is None or self._alt is None:
            self._ref = ref.new_zeros((len(ref), self._n_tracks, ref.shape[2]))
            self._alt = alt.new_zeros((len(alt), self._n_tracks, alt.shape[2]))
        self._ref[:, tracks[1]] += ref
        self._alt[:, tracks[1]] += alt

    def outputs(self, replicates: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The means over replicates."""
        assert self._ref is not None
        assert self._alt is not None
        return self._ref / replicates, self._alt / replicates

    def _of_batch(
        self,
        network: DilatedEdits,
        kept: Reference,
        own: Reference,
        placed: PlacedBatch,
        places: torch.Tensor,
        tracks: Tracks,
    ) -> torch.Tensor:
        """(E, left + a + right, T): outputs at the far places, and everywhere else the reference's."""
        wide = placed.batch
        far = far_outputs(network, kept, wide, places)
        bases = (wide.counterparts() - self._flank).clamp_(0, len(own.probabilities) - 1)
        outputs = own.probabilities[bases]
        rows = torch.arange(len(outputs), device=outputs.device)[:, None]
        index = places + wide.left
        within = (index >= 0) & (index < outputs.shape[1])
        rows, index = rows.expand_as(index)[within], index[within]
        outputs[rows, index] = far[within][:, tracks[0]]
        return outputs

    def _far_places(self, batch: EditBatch, strength: torch.Tensor) -> torch.Tensor:
        """(E, M): places of possible sites beyond `near`, counted from the ALT allele's first base.

        Edits with fewer than M are given the base just beyond `near` instead.
        """
        bases = (strength >= self._floor).nonzero()[:, 0]  # the stretch's outputs begin at base `flank`
        strong = strength[bases] >= FAR_FLOOR * self._floor
        left = (bases + self._flank)[None] - batch.starts[:, None]  # (E, all sites)
        right = left - batch.shifts[:, None]
        on_left = (left < -self._near) & (left >= -batch.left) & (strong | (left >= -CLOSE))
        first = batch.alt_length + self._near
        on_right = (right >= first) & (right < batch.alt_length + batch.right) & (strong | (right < first + CLOSE))
        places = torch.where(on_left, left, right)
        wanted = on_left | on_right
        filler = -self._near - 1
        if not bool(wanted.any()):
            return batch.starts.new_full((len(batch.starts), 1), filler)
        order = wanted.int().argsort(dim=1, descending=True, stable=True)[:, : int(wanted.sum(dim=1).max())]
        return places.masked_fill(~wanted, filler).gather(1, order)

"""Edits of a stretch in the words of a dilated network: one-hot, in the direction that it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from genoscore.encode import TABLES, one_hot, reverse_complement
from genoscore.networks.dilated_edits import EditBatch, Reference
from genoscore.predictors.base import PredictorSpec
from genoscore.windows import Edit, Stretch, right_bases

_BATCH_BYTES = 96 << 20
_TENSORS = 8  # of a window's size, alive at once
_LARGEST_BATCH = 12  # whole cones: more gain nothing, since they leave the caches
_LARGEST_SCREEN = 32


def fit_edits(width: int, screen: bool) -> int:
    """Edits a batch whose widest windows, of 32 float32 channels, fit the budget."""
    return max(1, min(_LARGEST_SCREEN if screen else _LARGEST_BATCH, _BATCH_BYTES // (width * 32 * 4 * _TENSORS)))


def encode_stretch(stretch: Stretch, spec: PredictorSpec) -> torch.Tensor:
    """(L, 4), on the stretch's strand."""
    x = one_hot([stretch.sequence], spec.n_fill, TABLES[spec.iupac])
    if stretch.strand == "-":
        x = reverse_complement(x)
    return x[0].T.contiguous()


def in_genomic_order(replicates: list[torch.Tensor], backward: bool) -> torch.Tensor:
    """R tensors (E, N, T) to one (E, R, T, N)."""
    y = torch.stack(replicates, dim=1).transpose(2, 3)
    return y.flip(-1) if backward else y


class PlacedEdits:
    """Edits of one shape on a stretch.

    Attributes:
        width: of the widest window, bases.
    """

    def __init__(self, stretch: Stretch, edits: Sequence[Edit], spec: PredictorSpec, device: torch.device) -> None:
        ref_length, alt_length = edits[0].shape
        backward = stretch.strand == "-"
        firsts = [edit.start - stretch.start for edit in edits]  # REF's first base, forward
        length = stretch.end - stretch.start
        starts = [length - first - ref_length for first in firsts] if backward else firsts
        centres = [length - 1 - first for first in firsts] if backward else firsts
        x = one_hot([edit.alt for edit in edits], spec.n_fill, TABLES[spec.iupac])
        self._alt = (reverse_complement(x) if backward else x).permute(0, 2, 1).contiguous().to(device)  # (E, a, 4)
        self._starts = torch.tensor(starts, device=device)
        self._centres = torch.tensor(centres, device=device)
        self._ref_length = ref_length
        self._reach, self._flank = spec.reach, spec.flank
        right = right_bases(edits[0], spec)
        self._left, self._right = (right, spec.reach) if backward else (spec.reach, right)
        self.width = min(2 * spec.flank, spec.flank + 2 * spec.reach) + alt_length

    def reference_outputs(self, kept: Reference) -> torch.Tensor:
        """(E, 2 reach + 1, T) around REF's first base."""
        offsets = torch.arange(-self._reach, self._reach + 1, device=self._centres.device)
        return kept.probabilities[self._centres[:, None] + offsets - self._flank]

    def batches(self, size: int) -> Iterator[EditBatch]:
        """In pieces of at most `size` edits."""
        for first in range(0, len(self._starts), size):
            part = slice(first, first + size)
            yield EditBatch(self._alt[part], self._starts[part], self._ref_length, self._left, self._right)

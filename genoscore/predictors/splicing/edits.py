"""Edits on a stretch, encoded for a dilated network: one-hot, in the direction in which it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from genoscore.core.edits import Edit
from genoscore.core.encode import TABLES, one_hot, reverse_complement
from genoscore.core.windows import Stretch, right_bases, right_of_start
from genoscore.networks.dilated_edits import EditBatch
from genoscore.predictors.base import PredictorSpec

_BATCH_BYTES = 96 << 20
_TENSORS = 8  # the size of a window, alive at once
_LARGEST_BATCH = 12  # whole cones: more are no faster, since they exceed the caches
_LARGEST_SCREEN = 32
ALIKE = 24  # bases by which the alleles and flanks of edits computed together may differ


def fit_edits(width: int, screen: bool) -> int:
    """Edits per batch such that their widest windows, with 32 float32 channels, fit the budget."""
    return max(1, min(_LARGEST_SCREEN if screen else _LARGEST_BATCH, _BATCH_BYTES // (width * 32 * 4 * _TENSORS)))


def encode_stretch(stretch: Stretch, spec: PredictorSpec) -> torch.Tensor:
    """(L, 4), on the stretch's strand."""
    x = one_hot([stretch.sequence], spec.n_fill, TABLES[spec.iupac])
    if stretch.strand == "-":
        x = reverse_complement(x)
    return x[0].T.contiguous()


class PlacedEdits:
    """Edits of any shape on a stretch, in the direction in which the network reads.

    Args:
        x: the stretch, from `encode_stretch`.
    """

    def __init__(self, stretch: Stretch, edits: Sequence[Edit], spec: PredictorSpec, x: torch.Tensor) -> None:
        self._x = functional.pad(x, (0, 0, 0, ALIKE))  # padding of an allele at the very end affects no output
        self._backward = backward = stretch.strand == "-"
        self._spec = spec
        self._alleles = _alleles(edits, spec, backward)
        self._ref_lengths = [edit.ref_length for edit in edits]
        self._ref_rights = [right_of_start(edit, spec) for edit in edits]
        rights = [right_bases(edit, spec) for edit in edits]
        reaches = [spec.reach] * len(edits)
        self._lefts, self._rights = (rights, reaches) if backward else (reaches, rights)
        firsts = [edit.start - stretch.start for edit in edits]  # REF's first base, forward
        length = stretch.end - stretch.start
        self._centres = [length - 1 - first for first in firsts] if backward else firsts
        ends = zip(firsts, self._ref_lengths, strict=True)
        self._starts = [length - first - n for first, n in ends] if backward else firsts

    @property
    def flanks(self) -> list[tuple[int, int]]:
        """Output bases of each edit beside its allele, in the direction in which the network reads."""
        return list(zip(self._lefts, self._rights, strict=True))

    @property
    def extents(self) -> list[tuple[int, int, int]]:
        """Output bases of each edit: left of ALT, its own, and right of it, in the network's direction."""
        return [(left, len(allele), right) for left, allele, right in self._own()]

    @property
    def widths(self) -> list[int]:
        """Output bases of each edit with ALT."""
        return [sum(extent) for extent in self.extents]

    def reference_outputs(self, probabilities: torch.Tensor, edits: Sequence[int] | None = None) -> torch.Tensor:
        """(E, T, N) around REF's first base, each edit's own bins first, in genomic order.

        Args:
            probabilities: of the stretch, (L - context_length, T).
            edits: numbers of some edits; None: all.
        """
        device, reach = probabilities.device, self._spec.reach
        chosen = range(len(self._centres)) if edits is None else edits
        offsets = torch.arange(-reach, max(self._ref_rights[edit] for edit in chosen) + 1, device=device)
        centres = torch.tensor([self._centres[edit] for edit in chosen], device=device)
        rows = centres[:, None] + (-offsets if self._backward else offsets)
        rows = (rows - self._spec.flank).clamp_(0, len(probabilities) - 1)  # beyond the edit's own bins: not used
        return probabilities[rows].transpose(1, 2)

    def alternative_outputs(self, batches: Sequence[PlacedBatch], computed: Sequence[torch.Tensor]) -> torch.Tensor:
        """A network's outputs for every batch, as (E, T, N'): each edit's own bins first, in genomic order."""
        widths = self.widths
        out = computed[0].new_zeros((len(widths), max(widths), computed[0].shape[2]))
        for placed, y in zip(batches, computed, strict=True):
            for shape in sorted({(self._lefts[row], widths[row]) for row in placed.rows}):
                same = [at for at, row in enumerate(placed.rows) if (self._lefts[row], widths[row]) == shape]
                first = placed.batch.left - shape[0]
                own = self._in_genomic_order(y[same, first : first + shape[1]])
                out[[placed.rows[at] for at in same], : shape[1]] = own
        return out.transpose(1, 2)

    def alternatives_of(self, computed: Sequence[torch.Tensor]) -> torch.Tensor:
        """Outputs (N', T) of some edits as (E, T, N'): each edit's own bins first, in genomic order."""
        own = [y.flip(0) if self._backward else y for y in computed]
        return torch.nn.utils.rnn.pad_sequence(own, batch_first=True).transpose(1, 2)

    def batches(self, screen: bool, most: int | None) -> list[PlacedBatch]:
        """Edits of similar shape, at most `most` (None: as many as fit in memory) together."""
        order = sorted(range(len(self._starts)), key=lambda row: (len(self._alleles[row]), self._ref_lengths[row]))
        groups: list[list[int]] = []
        for row in order:
            size = most or fit_edits(self._width(row), screen)
            if not groups or len(groups[-1]) >= size or not self._alike([*groups[-1], row]):
                groups.append([])
            groups[-1].append(row)
        return [self._batch(rows) for rows in groups]

    def _own(self) -> Iterator[tuple[int, torch.Tensor, int]]:
        return zip(self._lefts, self._alleles, self._rights, strict=True)

    def _width(self, row: int) -> int:
        """Bases of the widest window."""
        spec = self._spec
        return min(2 * spec.flank, spec.flank + 2 * spec.reach) + len(self._alleles[row])

    def _alike(self, rows: list[int]) -> bool:
        lengths = [len(self._alleles[row]) for row in rows]
        lefts, rights = ([of[row] for row in rows] for of in (self._lefts, self._rights))
        return all(max(values) - min(values) <= ALIKE for values in (lengths, lefts, rights))

    def _batch(self, rows: list[int]) -> PlacedBatch:
        """Shorter alleles, both REF and ALT, are extended by the bases that follow."""
        longest = max(len(self._alleles[row]) for row in rows)
        alleles, right = [], 0
        for row in rows:
            own, after = self._alleles[row], self._starts[row] + self._ref_lengths[row]
            missing = longest - len(own)
            alleles.append(torch.cat([own.to(self._x.device), self._x[after : after + missing]]) if missing else own)
            right = max(right, self._rights[row] - missing)
        device = self._x.device
        batch = EditBatch(
            alt=torch.stack(alleles).to(device),
            starts=torch.tensor([self._starts[row] for row in rows], device=device),
            ref_lengths=torch.tensor([self._ref_lengths[row] for row in rows], device=device),
            alt_lengths=torch.tensor([len(self._alleles[row]) for row in rows], device=device),
            left=max(self._lefts[row] for row in rows),
            right=right,
        )
        return PlacedBatch(rows, batch)

    def _in_genomic_order(self, y: torch.Tensor) -> torch.Tensor:  # (E, N, T)
        return y.flip(1) if self._backward else y


@dataclass(frozen=True, slots=True)
class PlacedBatch:
    """Edits computed together.

    Attributes:
        rows: their indices among all edits.
    """

    rows: list[int]
    batch: EditBatch


def _alleles(edits: Sequence[Edit], spec: PredictorSpec, backward: bool) -> list[torch.Tensor]:
    """One-hot ALT alleles, (a, 4) each."""
    by_row: dict[int, torch.Tensor] = {}
    for length in {len(edit.alt) for edit in edits}:
        rows = [row for row, edit in enumerate(edits) if len(edit.alt) == length]
        x = one_hot([edits[row].alt for row in rows], spec.n_fill, TABLES[spec.iupac])
        x = reverse_complement(x) if backward else x
        by_row.update(zip(rows, x.permute(0, 2, 1).contiguous(), strict=True))
    return [by_row[row] for row in range(len(edits))]

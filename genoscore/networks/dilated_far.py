"""Outputs far from an edit, at a few chosen bases, for little more than the outputs beside it cost.

All convolutions of a stack's last group of blocks have the same dilation P, so within it an output depends on the
bases of its own phase alone. That group is by far the most expensive one, and for a single base only one phase in P
has to be computed, and of that only the rows which the edit changes and which still reach the base. Before that group
an edit changes so few bases around it that nothing need be left out.

Notation as in dilated_edits.py. A column is one base of one edit: S columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from genoscore.networks.dilated_edits import DilatedEdits, EditBatch, FusedBlock, Window, pointwise
from genoscore.networks.kept_activations import Kept, Reference

_BIN = 80  # rows: bases this close to each other are computed together
_NOWHERE = -(1 << 40)  # a bin: the edit does not reach the base
_ROUND = 32  # rows of a convolution's input are a multiple of this, so that few spectra are needed


def far_outputs(
    network: DilatedEdits, kept: Reference, windows: list[Window], edits: torch.Tensor, places: torch.Tensor
) -> torch.Tensor:
    """Probabilities with ALT at single bases, equal to those of whole windows.

    Args:
        windows: from `whole_cones`, or from `cones` of a batch that `is_whole`.
        edits, places: (S,) int64: number of an edit in the batch, and a base, counted from its ALT allele's first. The
            stretch must hold the base's context, and beside the edit as much again.

    Returns:
        (S, T).
    """
    far = pointwise(network.skips[-1], _last_group(network, kept, windows[-1], edits, places))
    for at, window in enumerate(windows):
        far += pointwise(network.skips[at], window.of(kept.inputs[at * network.per_skip], edits, places))
    return network.probabilities(far)


def whole_cones(network: DilatedEdits, kept: Reference, batch: EditBatch) -> list[Window]:
    """`cones` from which nothing is cut off, however few outputs the batch needs beside its alleles."""
    return network.cones(kept, replace(batch, left=network.context, right=network.context))


def _last_group(
    network: DilatedEdits, kept: Reference, window: Window, edits: torch.Tensor, places: torch.Tensor
) -> torch.Tensor:
    """What leaves the last block: (S, C)."""
    blocks = network.blocks[network.last_group :]
    phases = blocks[0].phases
    assert all((block.phases, block.reach) == (phases, blocks[0].reach) for block in blocks)
    rows = torch.div(places, phases, rounding_mode="floor")
    out = kept.inputs[-1].take(window.batch.stretch_bases_of(edits, places))  # beyond the cone: as in REF
    first, end = _reached(window, blocks)
    bins = torch.div(rows, _BIN, rounding_mode="floor").masked_fill((rows < first) | (rows >= end), _NOWHERE)
    for number in torch.unique(bins).tolist():
        if number != _NOWHERE:
            chosen = (bins == number).nonzero()[:, 0]
            columns = _Columns(window, edits[chosen], places[chosen] % phases, phases)
            out[chosen] = columns.through(blocks, kept, network.last_group, rows[chosen]).to(out.dtype)
    return out


def _entered(window: Window, phases: int) -> tuple[int, int]:
    """First row that may differ from the reference when the last group begins, and the row after the last."""
    left, right = window.cone
    return -(left // phases) - 1, (window.batch.alt_length + right) // phases + 1


def _reached(window: Window, blocks: list[FusedBlock]) -> tuple[int, int]:
    """The same when it ends."""
    first, end = _entered(window, blocks[0].phases)
    grown = len(blocks) * (blocks[0].reach // blocks[0].phases)
    return first - grown, end + grown


@dataclass(frozen=True, slots=True)
class _Rows:
    """Values (J, S, C) of rows [first, first + J)."""

    values: torch.Tensor
    first: int

    @property
    def end(self) -> int:
        """The row after the last."""
        return self.first + len(self.values)


class _Columns:
    """Single phases of single edits, side by side: row r of a column is base phase + P * r.

    Args:
        edits, phase: (S,) of each column.
    """

    def __init__(self, window: Window, edits: torch.Tensor, phase: torch.Tensor, phases: int) -> None:
        self._window = window
        self._edits, self._phase, self._phases = edits, phase, phases
        self._cone = _entered(window, phases)

    def through(self, blocks: list[FusedBlock], kept: Reference, before: int, targets: torch.Tensor) -> torch.Tensor:
        """(S, C) at row targets[s] of each column, all of which the edits reach.

        Args:
            before: number of blocks before these.
        """
        half = blocks[0].reach // 2 // self._phases
        span = int(targets.min()), int(targets.max()) + 1
        ranges = list(self._ranges(span, half, 2 * len(blocks)))
        x: _Rows | None = None
        for number, block in enumerate(blocks):
            inputs, middles = kept.inputs[before + number], kept.middles[before + number]
            (first, end), (first2, end2) = ranges[2 * number], ranges[2 * number + 1]
            low, high = min(first - half, first2), max(first - half + _rounded(end - first + 2 * half), end2)
            entered = self._enter(inputs, low, high) if x is None else self._filled(x, inputs, low, high)
            count = _rounded(end - first + 2 * half)
            at = first - half - low
            middle = block.first(entered[at : at + count])
            count2 = _rounded(end2 - first2 + 2 * half)
            inner = self._filled(_Rows(middle, first), middles, first2 - half, first2 - half + count2)
            y = block.second(inner)
            beside = self._filled(_Rows(entered, low), inputs, first2, first2 + len(y))
            x = _Rows(y + beside, first2)
        assert x is not None
        return x.values[targets - x.first, torch.arange(len(targets), device=targets.device)]

    def _ranges(self, span: tuple[int, int], half: int, steps: int) -> Iterator[tuple[int, int]]:
        """Rows that each convolution must give: those that change and that the targets still see."""
        for step in range(1, steps + 1):
            remaining = (steps - step) * half
            yield (
                max(span[0] - remaining, self._cone[0] - step * half),
                min(span[1] + remaining, self._cone[1] + step * half),
            )

    def _places(self, first: int, end: int) -> torch.Tensor:
        """(J, S): bases of rows [first, end), counted from the allele's first."""
        rows = torch.arange(first, end, device=self._phase.device)
        return rows[:, None] * self._phases + self._phase

    def _reference(self, reference: Kept, first: int, end: int) -> torch.Tensor:
        """(J, S, C) of the reference."""
        return reference.take(self._window.batch.stretch_bases_of(self._edits, self._places(first, end)))

    def _enter(self, reference: Kept, first: int, end: int) -> torch.Tensor:
        """(J, S, C) of the alternative, before the last group."""
        return self._window.of(reference, self._edits, self._places(first, end))

    def _filled(self, x: _Rows, reference: Kept, first: int, end: int) -> torch.Tensor:
        """Rows [first, end), those that x lacks from the reference."""
        pieces = [x.values[max(first - x.first, 0) : max(end - x.first, 0)]]
        if first < x.first:
            pieces.insert(0, self._reference(reference, first, min(x.first, end)))
        if end > x.end:
            pieces.append(self._reference(reference, max(x.end, first), end))
        return torch.cat(pieces) if len(pieces) > 1 else pieces[0]


def _rounded(rows: int) -> int:
    """At least as many rows, a multiple of _ROUND. Those beyond what is needed are computed but not used."""
    return -(-rows // _ROUND) * _ROUND

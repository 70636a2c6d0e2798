"""Edits through a dilated stack without whole windows: the reference once, then only the cone of each edit.

An edit changes, at each layer, only what lies within the receptive field grown so far, and matters only within what
still reaches an output. So the activations of a stretch of reference are kept, and around each edit the smaller of the
two is computed again; what lies outside comes from the reference, right of the edit at coordinates shifted by its
change of length. That makes SNVs, MNVs, insertions, deletions and delins one case, and lets them share a batch.
Nothing is approximated: the result is that of whole windows, up to the rounding of float32.

Notation: E edits, C channels, L bases of the stretch, P phases (see phased.py). Windows are (J, E, P, C): base
r * P + p, counted from the ALT allele's first, is in row r, phase p. The allele is `a` bases long.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

from genoscore.networks.dilated import DilatedStack, ResidualBlock, rectify_
from genoscore.networks.kept_activations import MARGIN, Arena, Kept, Reference
from genoscore.networks.phased import PhasedConv

SCREEN_REACH = 100


@dataclass(frozen=True, slots=True)
class EditBatch:
    """Edits on a stretch, in the direction in which the network reads.

    Attributes:
        alt: one-hot ALT alleles, (E, a, 4), shorter ones lengthened by the reference bases that follow.
        starts: index of REF's first base in the stretch, (E,) int64.
        ref_lengths, alt_lengths: own bases of REF and of ALT, (E,) int64.
        left, right: output bases needed on either side of the lengthened allele.
    """

    alt: torch.Tensor
    starts: torch.Tensor
    ref_lengths: torch.Tensor
    alt_lengths: torch.Tensor
    left: int
    right: int

    @property
    def alt_length(self) -> int:
        """Bases of the lengthened ALT."""
        return self.alt.shape[1]

    @property
    def width(self) -> int:
        """Output bases."""
        return self.left + self.alt_length + self.right

    @property
    def shifts(self) -> torch.Tensor:
        """What is added to a coordinate right of the allele to find it in the reference, (E,)."""
        return self.ref_lengths - self.alt_lengths

    def of(self, edits: torch.Tensor) -> EditBatch:
        """Only the edits with these numbers."""
        alt, starts = self.alt[edits], self.starts[edits]
        return EditBatch(alt, starts, self.ref_lengths[edits], self.alt_lengths[edits], self.left, self.right)

    def counterparts(self) -> torch.Tensor:
        """(E, left + a + right): the base of the stretch that corresponds to each base of the window.

        Base i of ALT corresponds to base min(i, len(REF) - 1) of REF.
        """
        place = torch.arange(-self.left, self.alt_length + self.right, device=self.starts.device)[None]
        inside = torch.minimum(place, self.ref_lengths[:, None] - 1)
        return self.starts[:, None] + torch.where(
            place < self.alt_lengths[:, None], inside, place + self.shifts[:, None]
        )

    def stretch_bases_of(self, edits: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """Bases of the stretch at places (..., S) of the edits with the numbers `edits`, which broadcast with them.

        Places are counted from the ALT allele's first base, and lie outside the allele.
        """
        right = (places >= self.alt_lengths[edits]) * self.shifts[edits]
        return self.starts[edits] + places + right

    def cone(self, before: tuple[int, int], by: int, remaining: int, limit: int) -> tuple[int, int]:
        """Bases left and right that may differ after a layer with a reach of `by` bases and still reach an output.

        Args:
            remaining: bases of reach of the layers to come. limit: never more than this.
        """
        left, right = before
        return min(left + by, self.left + remaining, limit), min(right + by, self.right + remaining, limit)


class FusedBlock:
    """A residual block for inference: the second normalisation is folded into the first convolution."""

    def __init__(self, block: ResidualBlock, spectral: bool) -> None:
        scale1, shift1 = _affine(block.norm1)
        scale2, shift2 = _affine(block.norm2)
        assert block.conv1.bias is not None
        assert block.conv2.bias is not None
        self._scale, self._shift = scale1, shift1
        weight1 = block.conv1.weight[:, :, 0] * scale2[:, None, None]
        self.conv1 = PhasedConv(weight1, block.conv1.bias * scale2 + shift2, spectral)
        self.conv2 = PhasedConv(block.conv2.weight[:, :, 0], block.conv2.bias, spectral)
        self.phases, self.reach = block.conv1.dilation[1], block.reach
        self._slope = block.negative_slope

    def activate(self, x: torch.Tensor) -> torch.Tensor:
        """First normalisation and ReLU."""
        return self.rectify_(torch.addcmul(self._shift, x, self._scale))

    def rectify_(self, x: torch.Tensor) -> torch.Tensor:
        """ReLU, in place."""
        return rectify_(x, self._slope)

    def first(self, x: torch.Tensor) -> torch.Tensor:
        """Block inputs (J, S, C) of single phases to its middles, (J - width + 1, S, C)."""
        return self.conv1(self.activate(x))

    def second(self, middle: torch.Tensor) -> torch.Tensor:
        """Middles (J, S, C) of single phases to what the block adds to its input."""
        return self.conv2(self.rectify_(middle))


def _affine(norm: torch.nn.BatchNorm2d) -> tuple[torch.Tensor, torch.Tensor]:
    assert norm.running_var is not None
    assert norm.running_mean is not None
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return scale.detach(), (norm.bias - norm.running_mean * scale).detach()


class DilatedEdits:
    """The two passes over one network, which must be in evaluation mode on its final device.

    Args:
        spectral: whether wide convolutions may be computed in the frequency domain (float32 only).
    """

    def __init__(self, network: DilatedStack, spectral: bool = True) -> None:
        config = network.config
        self.per_skip = config.blocks_per_skip
        self.context = config.context_length // 2  # bases on either side
        self.blocks = [FusedBlock(block, spectral) for block in network.blocks if isinstance(block, ResidualBlock)]
        self._stem, self._head = network.stem, network.head
        self.skips = list(network.skips)
        reaches = [block.reach for block in self.blocks]
        self._remaining = [sum(reaches[at:]) for at in range(len(reaches))]  # bases per side from each block on

    def reference(self, x: torch.Tensor, arena: Arena, part: int = 0, parts: int = 1) -> Reference:
        """One-hot stretch (L, 4) to all that edits need of it, valid until that part of the arena is used again."""
        x = pointwise(self._stem, x)  # (L, C)
        shape = 2 * len(self.blocks) + 1, len(x) + 2 * MARGIN, x.shape[1]
        stores = iter(arena.room(part, parts, shape, x))
        inputs, middles = [Kept(x, 0, next(stores))], []
        total = pointwise(self.skips[0], x[self.context : len(x) - self.context])
        offset = 0
        for number, block in enumerate(self.blocks, 1):
            half = block.reach // 2
            middle = _along(block.conv1, block.activate(x), block.phases)
            middles.append(Kept(middle, offset + half, next(stores)))
            x = _along(block.conv2, block.rectify_(middle), block.phases).add_(x[block.reach : len(x) - block.reach])
            offset += block.reach
            inputs.append(Kept(x, offset, next(stores)))
            if number % self.per_skip == 0:
                inner = x[self.context - offset : len(x) - (self.context - offset)]
                total = total + pointwise(self.skips[number // self.per_skip], inner)
        return Reference(inputs, middles, self.probabilities(total))

    def alternatives(self, kept: Reference, batch: EditBatch) -> torch.Tensor:
        """Probabilities around the ALT alleles: (E, left + a + right, T)."""
        return self.finished(kept, self.cones(kept, batch))

    def cones(self, kept: Reference, batch: EditBatch, limit: int | None = None) -> list[Window]:
        """The alleles after the stem, and what they change after each further group of blocks but the last.

        Args:
            limit: the last of these groups computes no more than so many bases around the allele; None: the context.
        """
        windows = [window := self.enter(batch)]
        for number in range(1, self.last_group + 1):
            is_last = number > self.last_group - self.per_skip
            window = self.through(number, kept, window, limit if is_last else None)
            if number % self.per_skip == 0:
                windows.append(window)
        return windows

    def finished(self, kept: Reference, windows: list[Window]) -> torch.Tensor:
        """From the cones before the last group to probabilities, as `alternatives` gives them."""
        window = windows[-1]
        for number in range(self.last_group + 1, len(self.blocks) + 1):
            window = self.through(number, kept, window)
        return self.probabilities(self._skipped(kept, [*windows, window]))

    def _skipped(self, kept: Reference, windows: list[Window]) -> torch.Tensor:
        """What the stem and the groups that gave these windows add to the skip path: (E, left + a + right, C)."""
        batch = windows[0].batch
        total = None
        for at, (skip, window) in enumerate(zip(self.skips, windows, strict=False)):
            added = pointwise(skip, window.bases(kept.inputs[at * self.per_skip], batch.left, batch.right))
            total = added if total is None else total + added
        assert total is not None
        return total

    def is_whole(self, batch: EditBatch) -> bool:
        """Whether the cones before the last group hold all that the edits change there."""
        beyond = self._remaining[self.last_group]
        return min(batch.left, batch.right) + beyond >= self._remaining[0] - beyond

    def screened(self, kept: Reference, batch: EditBatch) -> torch.Tensor:
        """A quick approximation of `alternatives`.

        The last group of blocks, the widest and by far the most expensive, is assumed to add to the alternative what it
        adds to the reference; the group before it computes no more than SCREEN_REACH bases around the allele.
        """
        windows, last = self.cones(kept, batch, SCREEN_REACH), self.last_group
        total = self._skipped(kept, windows)
        x = windows[-1].bases(kept.inputs[last], batch.left, batch.right)
        places = batch.counterparts()
        x = x + kept.inputs[-1].take(places) - kept.inputs[last].take(places)
        return self.probabilities(total + pointwise(self.skips[-1], x))

    @property
    def last_group(self) -> int:
        """Number of blocks before the last group, whose blocks have the same dilation."""
        return len(self.blocks) - self.per_skip

    def probabilities(self, total: torch.Tensor) -> torch.Tensor:
        """From the skip path (..., C) to (..., T)."""
        return torch.softmax(pointwise(self._head, total).float(), dim=-1)

    def enter(self, batch: EditBatch) -> Window:
        """The alleles after the stem."""
        stem = pointwise(self._stem, batch.alt).transpose(0, 1).unsqueeze(2)  # (a, E, 1, C)
        return Window(stem, 0, (0, 0), batch)

    def through(self, number: int, kept: Reference, window: Window, limit: int | None = None) -> Window:
        """Through block `number` (from 1), no wider than `limit` bases around the allele; None: the context."""
        block = self.blocks[number - 1]
        inputs, middles = kept.inputs[number - 1], kept.middles[number - 1]
        if window.phases != block.phases:
            window = window.dealt(inputs, block.phases)
        limit = self.context if limit is None else limit
        return _through(block, window, inputs, middles, self._remaining[number - 1], limit)


def _through(block: FusedBlock, window: Window, inputs: Kept, middles: Kept, remaining: int, limit: int) -> Window:
    """One residual block: the window grows by its receptive field, or shrinks to what is still needed."""
    half, batch = block.reach // 2, window.batch
    reach = half // block.phases  # rows
    cone = batch.cone(window.cone, half, remaining - half, limit)
    first, count = _whole_rows(block.conv1, cone, batch, block.phases)
    cone2 = batch.cone(cone, half, remaining - block.reach, limit)
    first2, count2 = _whole_rows(block.conv2, cone2, batch, block.phases)
    x = window.rows(inputs, first - reach, max(first + count + reach, first2 + count2))
    middle = Window(_convolve(block.conv1, block.activate(x[: count + 2 * reach])), first, cone, batch)
    inner = middle.rows(middles, first2 - reach, first2 + count2 + reach)
    y = _convolve(block.conv2, block.rectify_(inner))
    begin = first2 - (first - reach)
    return Window(y.add_(x[begin : begin + count2]), first2, cone2, batch)


def _whole_rows(conv: PhasedConv, cone: tuple[int, int], batch: EditBatch, phases: int) -> tuple[int, int]:
    """First row and number of rows that hold the allele and a cone around it."""
    left, right = cone
    first = -left // phases
    return first, conv.whole_rows(-(-(batch.alt_length + right) // phases) - first)


def _convolve(conv: PhasedConv, x: torch.Tensor) -> torch.Tensor:
    """(J, E, P, C) to (J', E, P, C)."""
    _, edits, phases, channels = x.shape
    y = conv(x.reshape(-1, edits * phases, channels))
    return y.view(-1, edits, phases, channels)


def _along(conv: PhasedConv, x: torch.Tensor, phases: int) -> torch.Tensor:
    """A dilated convolution along a stretch: (L, C) to (L - reach, C)."""
    length, channels = x.shape
    needed = length - (conv.width - 1) * phases
    rows = conv.whole_rows(-(-needed // phases)) + conv.width - 1
    x = functional.pad(x, (0, 0, 0, rows * phases - length))
    return conv(x.view(rows, phases, channels)).flatten(0, 1)[:needed]


@dataclass(frozen=True, slots=True)
class Window:
    """Values around the ALT alleles of a batch: those that may differ from the reference, and a few more.

    Attributes:
        values: (J, E, P, C). first: number of the first row; row 0 begins with the allele.
        cone: bases left and right of the allele that may differ from the reference and are needed.
    """

    values: torch.Tensor
    first: int
    cone: tuple[int, int]
    batch: EditBatch

    @property
    def phases(self) -> int:
        """Bases of a row."""
        return self.values.shape[2]

    def rows(self, reference: Kept, first: int, last: int) -> torch.Tensor:
        """Rows [first, last), filled in from the reference: (last - first, E, P, C)."""
        end = self.first + len(self.values)
        pieces = [self.values[max(first - self.first, 0) : max(last - self.first, 0)]]
        starts = self.batch.starts + first * self.phases
        if first < self.first:
            pieces.insert(0, reference.gather(starts, self.first - first, self.phases))
        if last > end:
            starts = self.batch.starts + self.batch.shifts + end * self.phases
            pieces.append(reference.gather(starts, last - end, self.phases))
        return torch.cat(pieces) if len(pieces) > 1 else pieces[0]

    def bases(self, reference: Kept, left: int, right: int) -> torch.Tensor:
        """The allele with flanks of `left` and `right` bases, filled in from the reference (E, left + a + right, C)."""
        flat = self.values.transpose(0, 1).flatten(1, 2).transpose(0, 1).unsqueeze(2)  # (W, E, 1, C)
        by_base = Window(flat, self.first * self.phases, self.cone, self.batch)
        return by_base.rows(reference, -left, self.batch.alt_length + right).squeeze(2).transpose(0, 1)

    def chosen(self, edits: torch.Tensor) -> Window:
        """Only the edits with these numbers."""
        return Window(self.values[:, edits], self.first, self.cone, self.batch.of(edits))

    def of(self, reference: Kept, edits: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """(..., C) at places (...) of the edits with the numbers `edits`, which broadcast with them."""
        index = places - self.first * self.phases
        inside = (index >= 0) & (index < len(self.values) * self.phases)
        index = torch.where(inside, index, 0)
        rows = torch.div(index, self.phases, rounding_mode="floor")
        own = self.values[rows, edits, index % self.phases]
        return torch.where(inside[..., None], own, reference.take(self.batch.stretch_bases_of(edits, places)))

    def dealt(self, reference: Kept, phases: int) -> Window:
        """The same bases in rows of `phases`."""
        left, right = self.cone
        first, last = -left // phases, -(-(self.batch.alt_length + right) // phases)
        bases = self.bases(reference, -first * phases, last * phases - self.batch.alt_length)
        values = bases.reshape(len(bases), last - first, phases, -1).transpose(0, 1).contiguous()
        return Window(values, first, self.cone, self.batch)


def pointwise(layer: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """A 1 x 1 convolution on (..., C)."""
    assert isinstance(layer, torch.nn.Conv2d)
    return functional.linear(x, layer.weight[:, :, 0, 0], layer.bias)

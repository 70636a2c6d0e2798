"""Edits through a dilated stack without their whole windows: the reference once, then only the cone of each edit.

An edit changes, at each layer, only what lies within the receptive field grown so far, and matters only within what
still reaches an output. So the activations of a stretch of reference are kept, and around each edit the smaller of the
two is computed anew; what lies outside comes from the reference, right of the edit at coordinates shifted by its
change of length. That makes SNVs, MNVs, insertions, deletions and delins one case. Nothing is approximated: the
result is that of whole windows, up to the rounding of float32.

Notation: E edits, C channels, L bases of the stretch, W width of a window. Tensors are (E, W, C): channels last, so
that a piece of reference is one contiguous copy. A window's extent is counted in bases left and right of the ALT
allele, which is `a` bases long.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

from genoscore.networks.dilated import DilatedStack, ResidualBlock


@dataclass(frozen=True, slots=True)
class EditBatch:
    """Edits of one shape on a stretch, in the direction in which the network reads.

    Attributes:
        alt: one-hot ALT alleles, (E, a, 4).
        starts: index of REF's first base in the stretch, (E,) int64.
        ref_length: bases of REF.
        left, right: output bases wanted on either side of the allele.
    """

    alt: torch.Tensor
    starts: torch.Tensor
    ref_length: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """Reference activations (L', C); row 0 stands at base `offset` of the stretch."""

    rows: torch.Tensor
    offset: int

    def gather(self, first: torch.Tensor, width: int) -> torch.Tensor:
        """(E, width, C) from base first[e] on."""
        index = (first - self.offset)[:, None] + torch.arange(width, device=first.device)
        return self.rows[index]


@dataclass(frozen=True, slots=True)
class Reference:
    """What a stretch's reference pass keeps.

    Attributes:
        inputs: of every block, and of the end. middles: every block's first convolution, normalised.
        probabilities: (L - context_length, T).
    """

    inputs: list[_Kept]
    middles: list[_Kept]
    probabilities: torch.Tensor


class _FusedBlock:
    """A residual block for inference: the second normalisation is folded into the first convolution."""

    def __init__(self, block: ResidualBlock) -> None:
        scale1, shift1 = _affine(block.norm1)
        scale2, shift2 = _affine(block.norm2)
        assert block.conv1.bias is not None
        self.scale, self.shift = scale1, shift1
        self.weight1 = _layout(block.conv1.weight * scale2[:, None, None, None])
        self.bias1 = block.conv1.bias * scale2 + shift2
        self.weight2, self.bias2 = _layout(block.conv2.weight), block.conv2.bias
        self.dilation, self.reach = block.conv1.dilation, block.reach

    def first(self, x: torch.Tensor) -> torch.Tensor:  # (E, W, C) to (E, W - reach, C)
        return _conv(torch.addcmul(self.shift, x, self.scale).relu_(), self.weight1, self.bias1, self.dilation)

    def second(self, middle: torch.Tensor) -> torch.Tensor:  # (E, W, C) to (E, W - reach, C)
        return _conv(middle.relu(), self.weight2, self.bias2, self.dilation)


def _affine(norm: torch.nn.BatchNorm2d) -> tuple[torch.Tensor, torch.Tensor]:
    assert norm.running_var is not None
    assert norm.running_mean is not None
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return scale.detach(), (norm.bias - norm.running_mean * scale).detach()


def _layout(weight: torch.Tensor) -> torch.Tensor:
    return weight.detach().contiguous(memory_format=torch.channels_last)


def _conv(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, dilation: tuple[int, ...]) -> torch.Tensor:
    """(E, W, C) to (E, W', C'): a valid convolution on the same memory seen as (E, C, 1, W)."""
    y = functional.conv2d(x.permute(0, 2, 1).unsqueeze(2), weight, bias, dilation=dilation)
    return y.squeeze(2).permute(0, 2, 1)


class DilatedEdits:
    """The two passes over one network, which must be in evaluation mode on its final device."""

    def __init__(self, network: DilatedStack) -> None:
        config = network.config
        self._per_skip = config.blocks_per_skip
        self._reach = config.context_length // 2
        self._blocks = [_FusedBlock(block) for block in network.blocks if isinstance(block, ResidualBlock)]
        self._stem, self._head = network.stem, network.head
        self._skips = list(network.skips)

    def reference(self, x: torch.Tensor) -> Reference:
        """One-hot stretch (1, L, 4) to all that edits need of it."""
        x = _pointwise(self._stem, x)  # (1, L, C)
        length = x.shape[1]
        inputs, middles = [_Kept(x[0], 0)], []
        total = _pointwise(self._skips[0], x[:, self._reach : length - self._reach])
        offset = 0
        for number, block in enumerate(self._blocks, 1):
            middle = block.first(x)
            half = block.reach // 2
            middles.append(_Kept(middle[0], offset + half))
            x = block.second(middle).add_(x[:, block.reach : x.shape[1] - block.reach])
            offset += block.reach
            inputs.append(_Kept(x[0], offset))
            if number % self._per_skip == 0:
                inner = x[:, self._reach - offset : x.shape[1] - (self._reach - offset)]
                total = total + _pointwise(self._skips[number // self._per_skip], inner)
        return Reference(inputs, middles, _probabilities(self._head, total)[0])

    def alternatives(self, kept: Reference, batch: EditBatch) -> torch.Tensor:
        """Probabilities around the ALT alleles: (E, left + a + right, T)."""
        window = _Window(_pointwise(self._stem, batch.alt), 0, 0, batch)
        total = _pointwise(self._skips[0], window.resize(kept.inputs[0], batch.left, batch.right))
        remaining = self._reach  # bases per side that later layers still take
        for number, block in enumerate(self._blocks, 1):
            window = self._block(block, window, kept.inputs[number - 1], kept.middles[number - 1], remaining)
            remaining -= block.reach
            if number % self._per_skip == 0:
                inner = window.resize(kept.inputs[number], batch.left, batch.right)
                total = total + _pointwise(self._skips[number // self._per_skip], inner)
        return _probabilities(self._head, total)

    def _block(self, block: _FusedBlock, window: _Window, inputs: _Kept, middles: _Kept, remaining: int) -> _Window:
        """One residual block: the window grows by its receptive field, or shrinks to what is still needed."""
        half = block.reach // 2
        left, right = window.grown(half, remaining - half)
        x = window.resize(inputs, left + half, right + half)
        middle = _Window(block.first(x), left, right, window.batch)
        left2, right2 = middle.grown(half, remaining - block.reach)
        y = block.second(middle.resize(middles, left2 + half, right2 + half))
        begin = left + half - left2
        return _Window(y.add_(x[:, begin : begin + y.shape[1]]), left2, right2, window.batch)


@dataclass(frozen=True, slots=True)
class _Window:
    """Values (E, left + a + right, C) that differ, or may differ, from the reference."""

    values: torch.Tensor
    left: int
    right: int
    batch: EditBatch

    def grown(self, by: int, remaining: int) -> tuple[int, int]:
        """Extents after a layer of `by` bases reach with `remaining` bases of reach to come."""
        return min(self.left + by, self.batch.left + remaining), min(self.right + by, self.batch.right + remaining)

    def resize(self, reference: _Kept, left: int, right: int) -> torch.Tensor:
        """The window with other extents, filled up from the reference: (E, left + a + right, C)."""
        values = self.values
        width = values.shape[1]
        values = values[:, max(self.left - left, 0) : width - max(self.right - right, 0)]
        pieces = [values]
        if left > self.left:
            pieces.insert(0, reference.gather(self.batch.starts - left, left - self.left))
        if right > self.right:
            after = self.batch.starts + self.batch.ref_length
            pieces.append(reference.gather(after + self.right, right - self.right))
        return torch.cat(pieces, dim=1) if len(pieces) > 1 else values


def _pointwise(layer: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """A 1 x 1 convolution on (E, W, C)."""
    assert isinstance(layer, torch.nn.Conv2d)
    return functional.linear(x, layer.weight[:, :, 0, 0], layer.bias)


def _probabilities(head: torch.nn.Module, total: torch.Tensor) -> torch.Tensor:
    return torch.softmax(_pointwise(head, total).float(), dim=-1)

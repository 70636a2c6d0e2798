"""Enformer's stem and tower for inference: 4 x L bases to L / 128 tokens, in blocks that stay in cache.

Notation: B batch, L cells of a stage's input, C channels in, D channels out. A tile is four cells.

A stage is normalisation, GELU, convolution; normalisation, GELU and a 1 x 1 convolution, added to it; and pooling of
pairs of cells, weighted by a softmax. It is rearranged, without approximation:

- Cells are rows, (L, C), so that 1 x 1 convolutions are plain matrix products.
- GELU(z) is z sigmoid(1.702 z) = silu(1.702 z) / 1.702. The factor goes into the normalisation before it, the divisor
  into the matrix after it; biases go into the next normalisation.
- A softmax over a pair needs only the difference of its logits, hence of its cells: half the product.
- Convolutions of width 5 take 8 products for four cells instead of 20 (short_convolution.py; float32 on a CPU).
- Only a block of cells is processed at a time. Between stages whole activations are kept: 600 MB for a full window.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import nn
from torch.nn import functional

from genoscore.networks.short_convolution import PHASES, WIDTH, ShortConv

_GELU = 1.702
_BLOCK = 2_048  # cells processed at a time on a CPU


class ConvStage(nn.Module):
    """Parameters of the stem (width 15, no normalisation before it) or of a stage of the tower (width 5)."""

    def __init__(self, channels: int, out: int, width: int, first: bool) -> None:
        super().__init__()
        self.norm1 = None if first else nn.BatchNorm1d(channels)
        self.conv = nn.Conv1d(channels, out, width, padding=width // 2)
        self.norm2 = nn.BatchNorm1d(out)
        self.pointwise = nn.Linear(out, out)
        self.pool = nn.Linear(out, out, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, L) to (B, D, L / 2), as published, for gradients; FoldedTower computes the same faster."""
        h = self.conv(x if self.norm1 is None else _gelu(self.norm1(x)))
        h = h + self.pointwise(_gelu(self.norm2(h)).transpose(1, 2)).transpose(1, 2)
        pairs = h.transpose(1, 2).unflatten(1, (-1, 2))  # (B, L / 2, 2, D)
        pooled: torch.Tensor = (pairs * torch.softmax(self.pool(pairs), dim=2)).sum(dim=2)
        return pooled.transpose(1, 2)


def _gelu(x: torch.Tensor) -> torch.Tensor:
    return x * torch.sigmoid(_GELU * x)


class FoldedTower:
    """Stem and tower, which must be in evaluation mode and on their final device.

    Args:
        dtype: of weights and activations: float32 or bfloat16. Normalisations are computed in float32.
    """

    def __init__(self, stages: list[ConvStage], dtype: torch.dtype) -> None:
        before: torch.Tensor | None = None
        self._stages: list[_FoldedStage] = []
        with torch.no_grad():
            for stage in stages:
                self._stages.append(_FoldedStage(stage, before, dtype))
                before = self._stages[-1].lacking
        assert before is not None
        self._lacking = before.float()
        self.dtype = dtype

    def __call__(self, x: torch.Tensor, block: int | None = None) -> torch.Tensor:
        """One-hot bases (B, 4, L) to tokens (B, L / 128, dim), float32 in any precision.

        Args:
            block: cells processed at a time, of all windows together; None for what suits the device.
        """
        if block is None:
            block = _BLOCK if x.device.type == "cpu" else x.shape[0] * x.shape[2]
        x = x.to(self.dtype).transpose(1, 2)  # (B, L, 4)
        for stage in self._stages:
            x = stage(x, block)
        return x + self._lacking


class _Activation:
    """1.702 times GELU of a normalisation of x + before."""

    def __init__(self, norm: nn.Module, before: torch.Tensor) -> None:
        assert isinstance(norm, nn.BatchNorm1d)
        assert norm.running_var is not None
        assert norm.running_mean is not None
        scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
        self._scale = (_GELU * scale).float()
        self._shift = (_GELU * (norm.bias.double() + scale * (before - norm.running_mean.double()))).float()

    def __call__(self, x: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        """(..., C), into `out`."""
        torch.addcmul(self._shift, x, self._scale, out=out)
        return functional.silu(out, inplace=True)


class _FoldedStage:
    """A stage's weights, rearranged as above.

    Args:
        before: what the previous stage's outputs lack, (C,) float64; None for the stem, which reads bases.

    Attributes:
        lacking: what must still be added to this stage's outputs, (D,) float64.
    """

    def __init__(self, stage: ConvStage, before: torch.Tensor | None, dtype: torch.dtype) -> None:
        kernel = stage.conv.weight.double()  # (D, C, width)
        self._channels, _, width = kernel.shape
        self._halo = width // 2
        bias = cast(torch.Tensor, stage.conv.bias).double()
        self._activate1: _Activation | None = None
        if before is not None:
            self._activate1 = _Activation(cast(nn.Module, stage.norm1), before)
            kernel = kernel / _GELU
        self._activate2 = _Activation(stage.norm2, bias)
        self._fast: ShortConv | None = None
        if width == WIDTH and dtype == torch.float32 and kernel.device.type == "cpu":
            self._fast = ShortConv(kernel)
        else:
            self._kernel = kernel.to(dtype).unsqueeze(2).contiguous(memory_format=torch.channels_last)
        self._pointwise = (stage.pointwise.weight.double() / _GELU).to(dtype).T
        self._pool = stage.pool.weight.to(dtype).T
        self.lacking = bias + stage.pointwise.bias.double()

    def __call__(self, x: torch.Tensor, block: int) -> torch.Tensor:
        """Cells (B, L, C) to (B, L / 2, D); zeros beyond the ends."""
        batch, length, _ = x.shape
        tiles = -(-length // PHASES)
        step = max(1, block // (PHASES * batch))
        out = x.new_empty((batch, tiles, 2, self._channels))
        compute = self._directly if self._fast is None else self._in_phases
        for first in range(0, tiles, step):
            last = min(first + step, tiles)
            compute(x, first, out[:, first:last])
        return out.view(batch, 2 * tiles, self._channels)[:, : length // 2]

    def _directly(self, x: torch.Tensor, first: int, out: torch.Tensor) -> None:
        """The tiles of (B, L, C) from `first` on, pooled into `out` (B, tiles, 2, D)."""
        tiles = out.shape[1]
        near = self._near(x, first, tiles)  # (B, 4 tiles + 2 halo, C)
        h = functional.conv2d(near.transpose(1, 2).unsqueeze(2), self._kernel)  # (B, D, 1, 4 tiles), channels last
        h = h.permute(0, 2, 3, 1).contiguous()
        self._finish(h.view(-1, self._channels), h.view(len(x), tiles, 2, 2, -1), out)

    def _in_phases(self, x: torch.Tensor, first: int, out: torch.Tensor) -> None:
        """As `_directly`, by ShortConv. Windows follow each other: the tile between two of them is not used."""
        assert self._fast is not None
        batch, tiles = out.shape[:2]
        near = self._near(x, first, tiles)  # (B, 4 tiles + 4, C)
        phases = near.new_zeros((PHASES, batch * (tiles + 1) + 1, near.shape[2]))
        dealt = near.view(batch * (tiles + 1), PHASES, -1).transpose(0, 1)
        phases[:, :-1] = dealt
        h = self._fast(phases)  # (4, B * (tiles + 1), D)
        pairs = h.view(2, 2, batch, tiles + 1, -1)[:, :, :, :tiles].permute(0, 2, 3, 1, 4)  # (2, B, tiles, 2, D)
        self._finish(h.view(-1, self._channels), pairs, out.permute(2, 0, 1, 3))

    def _near(self, x: torch.Tensor, first: int, tiles: int) -> torch.Tensor:
        """What a convolution of these tiles reads, activated, zeros beyond the window."""
        begin, end = first * PHASES - self._halo, (first + tiles) * PHASES + self._halo
        left, right = max(0, -begin), max(0, end - x.shape[1])
        near = x[:, begin + left : end - right]
        if self._activate1 is not None:
            near = self._activate1(near, torch.empty_like(near, memory_format=torch.contiguous_format))
        return functional.pad(near, (0, 0, left, right)) if left or right else near

    def _finish(self, h: torch.Tensor, pairs: torch.Tensor, out: torch.Tensor) -> None:
        """Adds the pointwise layer to the cells h (M, D), pools their view `pairs` (..., 2, D) into `out` (..., D)."""
        h.addmm_(self._activate2(h, torch.empty_like(h)), self._pointwise)
        odd = pairs[..., 1, :]
        difference = pairs[..., 0, :] - odd
        share = (difference.reshape(-1, h.shape[1]) @ self._pool).sigmoid_().view(difference.shape)
        torch.addcmul(odd, difference, share, out=out)

"""Enformer's stem and tower for inference: 4 x L bases to L / 128 tokens, in blocks that stay in cache.

Notation: B batch, L cells of a stage's input, C channels in, D channels out.

A stage is normalisation, GELU, convolution; normalisation, GELU and a 1 x 1 convolution, added to it; and pooling of
pairs of cells, weighted by a softmax. It is rearranged, without approximation:

- Cells are rows, (L, C), so that 1 x 1 convolutions are plain matrix products.
- GELU(z) is z sigmoid(1.702 z) = silu(1.702 z) / 1.702. The factor goes into the normalisation before it, the divisor
  into the matrix after it; biases go into the next normalisation.
- A softmax over a pair needs only the difference of its logits, hence of its cells: half the product.
- Only a block of cells is in work at a time; between stages whole activations are kept, 300 MB at most.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

_GELU = 1.702
_BLOCK = 2_048  # cells in work at a time on a CPU


class ConvStage(nn.Module):
    """Parameters of the stem (width 15, no normalisation before it) or of a stage of the tower (width 5)."""

    def __init__(self, channels: int, out: int, width: int, first: bool) -> None:
        super().__init__()
        self.norm1 = None if first else nn.BatchNorm1d(channels)
        self.conv = nn.Conv1d(channels, out, width, padding=width // 2)
        self.norm2 = nn.BatchNorm1d(out)
        self.pointwise = nn.Linear(out, out)
        self.pool = nn.Linear(out, out, bias=False)


@dataclass(frozen=True, slots=True)
class _Folded:
    """A stage's weights as they are multiplied.

    Attributes:
        scale1, shift1: of the normalisation before the convolution, (C,); None in the stem.
        kernel: (D, C, 1, width), channels last. scale2, shift2: (D,).
        pointwise, pool: (D, D), from rows to columns.
        lacking: (D,), what must yet be added to the stage's outputs.
    """

    scale1: torch.Tensor | None
    shift1: torch.Tensor | None
    kernel: torch.Tensor
    scale2: torch.Tensor
    shift2: torch.Tensor
    pointwise: torch.Tensor
    pool: torch.Tensor
    lacking: torch.Tensor


def _affine(norm: nn.Module, lacking: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """1.702 times a normalisation of x + lacking, as a scale and a shift of x; float64."""
    assert isinstance(norm, nn.BatchNorm1d)
    assert norm.running_var is not None
    assert norm.running_mean is not None
    scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
    shift = norm.bias.double() + scale * (lacking - norm.running_mean.double())
    return _GELU * scale, _GELU * shift


def _fold(stage: ConvStage, lacking: torch.Tensor | None, dtype: torch.dtype) -> _Folded:
    """`lacking`: of the stage before; None for the stem, which reads bases."""
    norm1: tuple[torch.Tensor, torch.Tensor] | tuple[None, None] = (None, None)
    kernel = stage.conv.weight.double()  # (D, C, width)
    if lacking is not None:
        assert stage.norm1 is not None
        scale, shift = _affine(stage.norm1, lacking)
        norm1 = (scale.to(dtype), shift.to(dtype))
        kernel = kernel / _GELU
    assert stage.conv.bias is not None
    bias = stage.conv.bias.double()
    scale2, shift2 = _affine(stage.norm2, bias)
    return _Folded(
        *norm1,
        kernel.to(dtype).unsqueeze(2).contiguous(memory_format=torch.channels_last),
        scale2.to(dtype),
        shift2.to(dtype),
        (stage.pointwise.weight.double() / _GELU).to(dtype).T,
        stage.pool.weight.to(dtype).T,
        bias + stage.pointwise.bias.double(),
    )


class FoldedTower:
    """Stem and tower, which must be in evaluation mode and on their final device.

    Args:
        dtype: of weights and activations: float32 or bfloat16.
    """

    def __init__(self, stages: list[ConvStage], dtype: torch.dtype) -> None:
        lacking: torch.Tensor | None = None
        self._stages: list[_Folded] = []
        with torch.no_grad():
            for stage in stages:
                folded = _fold(stage, lacking, dtype)
                self._stages.append(folded)
                lacking = folded.lacking
        assert lacking is not None
        self._lacking = lacking.to(dtype)
        self.dtype = dtype

    def __call__(self, x: torch.Tensor, block: int | None = None) -> torch.Tensor:
        """One-hot bases (B, 4, L) to tokens (B, L / 128, dim).

        Args:
            block: cells in work at a time, even; None for what suits the device.
        """
        x = x.to(self.dtype).transpose(1, 2)  # (B, L, 4)
        if block is None:
            block = _BLOCK if x.device.type == "cpu" else x.shape[1]
        for stage in self._stages:
            x = _run(stage, x, block)
        return x + self._lacking


def _run(stage: _Folded, x: torch.Tensor, block: int) -> torch.Tensor:
    """Cells (B, L, C) to (B, L / 2, D); beyond the ends are zeros."""
    batch, length, _ = x.shape
    halo = stage.kernel.shape[3] // 2
    out = x.new_empty((batch, length // 2, stage.kernel.shape[0]))
    for first in range(0, length, block):
        last = min(first + block, length)
        left, right = min(halo, first), min(halo, length - last)
        near = x[:, first - left : last + right]
        if stage.scale1 is not None and stage.shift1 is not None:
            near = functional.silu(torch.addcmul(stage.shift1, near, stage.scale1), inplace=True)
        near = functional.pad(near, (0, 0, halo - left, halo - right))
        _finish(stage, _convolve(stage, near), out[:, first // 2 : last // 2])
    return out


def _convolve(stage: _Folded, x: torch.Tensor) -> torch.Tensor:
    """(B, L + width - 1, C) to (B, L, D)."""
    y = functional.conv2d(x.transpose(1, 2).unsqueeze(2), stage.kernel)  # (B, D, 1, L), channels last
    return y.squeeze(2).transpose(1, 2)


def _finish(stage: _Folded, h: torch.Tensor, out: torch.Tensor) -> None:
    """Adds the pointwise layer to (B, L, D), in place, and pools into `out` (B, L / 2, D)."""
    activated = functional.silu(torch.addcmul(stage.shift2, h, stage.scale2), inplace=True)
    h = h + activated @ stage.pointwise
    even, odd = h[:, 0::2], h[:, 1::2]
    difference = even - odd
    share = (difference @ stage.pool).sigmoid_()
    torch.addcmul(odd, difference, share, out=out)

"""Convolutions of many channels that keep the length, as in Sei: along (B, L, C), with zeros beyond the ends.

The whole length in float32 goes through the frequency domain, in blocks of rows that overlap by the kernel's width: at
480 to 960 channels that takes half to a third of the time of direct computation for kernels of width 9. A piece of the
length is computed directly, in channels-last memory, which is what (B, L, C) is.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from genoscore.networks.phased import Spectrum, make_spectrum

_NARROWEST = 9  # width of the narrowest kernels that gain in the frequency domain
# Minimum length, and rows per block. More rows take fewer operations and more memory, and leave fewer rows for the
# matrix products at each frequency.
_BLOCK_ROWS = ((2_048, 40), (512, 32), (0, 16))


class PaddedConv:
    """A convolution for inference.

    Args:
        conv: with a padding that keeps the length. Its weights are moved to channels-last memory and shared.
        spectral: whether the frequency domain may be used.
    """

    def __init__(self, conv: nn.Conv1d, spectral: bool) -> None:
        width, self._dilation = conv.kernel_size[0], conv.dilation[0]
        self.reach = width // 2 * self._dilation  # positions on each side
        self._direct = conv.weight.detach().unsqueeze(2).contiguous(memory_format=torch.channels_last)
        conv.weight.data = self._direct.squeeze(2)
        self._weight, self._bias = conv.weight, conv.bias
        self._spectral = spectral and self._dilation == 1 and width >= _NARROWEST
        self._spectra: dict[int, Spectrum] = {}

    def valid(self, x: torch.Tensor) -> torch.Tensor:
        """(B, L, C) to (B, L - 2 * reach, C')."""
        image = x.unsqueeze(1).permute(0, 3, 1, 2)  # (B, C, 1, L), channels last
        y = functional.conv2d(image, self._direct, self._bias, dilation=(1, self._dilation))
        return y.permute(0, 2, 3, 1).squeeze(1)

    def same(self, x: torch.Tensor) -> torch.Tensor:
        """(B, L, C) to (B, L, C')."""
        if not self._spectral:
            return self.valid(functional.pad(x, (0, 0, self.reach, self.reach)))
        batch, length, channels = x.shape
        rows = next(rows for min_length, rows in _BLOCK_ROWS if length >= min_length)
        step = rows - 2 * self.reach
        n_blocks = -(-length // step)
        x = functional.pad(x, (0, 0, self.reach, self.reach + n_blocks * step - length))
        blocks = x.as_strided((rows, batch, n_blocks, channels), (channels, x.stride(0), step * channels, 1))
        y = self._spectrum(rows).apply(blocks.reshape(rows, batch * n_blocks, channels))
        y = y.view(step, batch, n_blocks, -1).permute(1, 2, 0, 3)
        return y.reshape(batch, n_blocks * step, -1)[:, :length]

    def _spectrum(self, rows: int) -> Spectrum:
        spectrum = self._spectra.get(rows)
        if spectrum is None:
            assert self._bias is not None
            spectrum = self._spectra[rows] = make_spectrum(self._weight, self._bias, rows)
        return spectrum


class ChainedConv:
    """Two convolutions with nothing between them, as one with a wider kernel, if the first reads few channels.

    Both are computed only near the ends, where the second one reads zeros beyond the first one's outputs.
    """

    def __init__(self, first: nn.Conv1d, second: nn.Conv1d) -> None:
        self._second = PaddedConv(second, spectral=False)
        self._reach = first.kernel_size[0] // 2 + self._second.reach
        kernel, bias = _chained(first, second)
        self._kernel = kernel.unsqueeze(2).contiguous(memory_format=torch.channels_last)
        self._bias = bias

    def same(self, x: torch.Tensor, between: torch.Tensor) -> torch.Tensor:
        """(B, L, C) and the first one's outputs (B, L, C') to the second one's, (B, L, C'')."""
        image = functional.pad(x, (0, 0, self._reach, self._reach)).unsqueeze(1).permute(0, 3, 1, 2)
        y = functional.conv2d(image, self._kernel, self._bias).permute(0, 2, 3, 1).squeeze(1)
        edge = self._second.reach
        y[:, :edge] = self._second.valid(functional.pad(between[:, : 2 * edge], (0, 0, edge, 0)))
        y[:, -edge:] = self._second.valid(functional.pad(between[:, -2 * edge :], (0, 0, 0, edge)))
        return y


def _chained(first: nn.Conv1d, second: nn.Conv1d) -> tuple[torch.Tensor, torch.Tensor]:
    """Kernel (C'', C, width) and bias of both together, computed in float64."""
    outer, inner = second.weight.detach().double(), first.weight.detach().double()
    width = inner.shape[2]
    kernel = outer.new_zeros((outer.shape[0], inner.shape[1], width + outer.shape[2] - 1))
    for tap in range(outer.shape[2]):
        kernel[:, :, tap : tap + width] += torch.einsum("oc,ciw->oiw", outer[:, :, tap], inner)
    assert first.bias is not None
    assert second.bias is not None
    bias = second.bias.double() + outer.sum(2) @ first.bias.double()
    return kernel.to(first.weight.dtype), bias.detach().to(first.weight.dtype)

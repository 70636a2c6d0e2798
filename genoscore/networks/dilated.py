"""The residual dilated convolutional stack of SpliceAI (Jaganathan et al., Cell 2019, figure S1 and methods).

OpenSpliceAI (Chao et al. 2025; leaky ReLU, four contexts) and Pangolin (Zeng and Li, Genome Biology 2022) are the same
stack with other parameters.

Notation: B batch, C channels, L bases in, N = L - context_length bases out, T tracks.

All convolutions are "valid": each layer is only as long as what still reaches an output. The published network pads
every layer and crops at the end, which gives the same outputs for more work. Tensors are kept as (B, C, 1, L) in
channels-last memory, where the CPU's convolutions are fastest.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True, slots=True)
class DilatedConfig:
    """Shape of the stack.

    Attributes:
        channels: width of every layer.
        widths, dilations: kernel width and dilation of each residual block.
        blocks_per_skip: number of blocks after which a 1 x 1 convolution adds to the skip path.
        tracks: outputs per base, softmax over them.
        eps: of the batch normalisations. negative_slope: of the leaky ReLU; 0 for a plain one.
    """

    channels: int = 32
    widths: tuple[int, ...] = (11,) * 8 + (21,) * 4 + (41,) * 4
    dilations: tuple[int, ...] = (1,) * 4 + (4,) * 4 + (10,) * 4 + (25,) * 4
    blocks_per_skip: int = 4
    tracks: int = 3
    eps: float = 1e-3
    negative_slope: float = 0.0

    @property
    def context_length(self) -> int:
        """Bases consumed, both flanks together: 10,000 for SpliceAI."""
        return sum(2 * (width - 1) * dilation for width, dilation in zip(self.widths, self.dilations, strict=True))


def rectify_(x: torch.Tensor, negative_slope: float) -> torch.Tensor:
    """ReLU, or leaky ReLU, in place."""
    return nn.functional.leaky_relu_(x, negative_slope) if negative_slope else x.relu_()


class ResidualBlock(nn.Module):
    """Batch normalisation, ReLU and a dilated convolution, twice; the input is cropped and added."""

    def __init__(self, config: DilatedConfig, width: int, dilation: int) -> None:
        super().__init__()
        channels = config.channels
        self.negative_slope = config.negative_slope
        self.norm1 = nn.BatchNorm2d(channels, eps=config.eps)
        self.conv1 = nn.Conv2d(channels, channels, (1, width), dilation=(1, dilation))
        self.norm2 = nn.BatchNorm2d(channels, eps=config.eps)
        self.conv2 = nn.Conv2d(channels, channels, (1, width), dilation=(1, dilation))
        self.reach = (width - 1) * dilation  # bases lost per side

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # (B, C, 1, L)
        h = self.conv1(rectify_(self.norm1(x), self.negative_slope))  # (B, C, 1, L - reach)
        y: torch.Tensor = self.conv2(rectify_(self.norm2(h), self.negative_slope))  # (B, C, 1, L - 2 reach)
        return y.add_(x[..., self.reach : x.shape[-1] - self.reach])


class DilatedStack(nn.Module):
    """SpliceAI's network: probabilities of neither, acceptor and donor, or of other tracks, for every base."""

    def __init__(self, config: DilatedConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or DilatedConfig()
        c = config.channels
        self.stem = nn.Conv2d(4, c, 1)
        shapes = list(zip(config.widths, config.dilations, strict=True))
        self.blocks = nn.ModuleList(ResidualBlock(config, width, dilation) for width, dilation in shapes)
        n_skips = len(shapes) // config.blocks_per_skip
        self.skips = nn.ModuleList(nn.Conv2d(c, c, 1) for _ in range(1 + n_skips))
        self.head = nn.Conv2d(c, config.tracks, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One-hot (B, 4, L) to probabilities (B, T, N)."""
        left = self.config.context_length // 2
        x = x.unsqueeze(2).contiguous(memory_format=torch.channels_last)  # (B, 4, 1, L)
        x = self.stem(x)  # (B, C, 1, L)
        total = self.skips[0](x[..., left : x.shape[-1] - left])  # (B, C, 1, N)
        for number, block in enumerate(self.blocks, 1):
            assert isinstance(block, ResidualBlock)
            x = block(x)
            left -= block.reach
            if number % self.config.blocks_per_skip == 0:
                skip = self.skips[number // self.config.blocks_per_skip]
                total = total + skip(x[..., left : x.shape[-1] - left])
        return torch.softmax(self.head(total).float().squeeze(2), dim=1)  # (B, T, N)

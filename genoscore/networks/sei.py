"""Sei (Chen et al., Nature Genetics 2022, methods and supplementary figure 1): 4,096 bases to chromatin profiles.

Three stages with max-pooling between them: each has a pair of linear convolutions, then a pair with ReLU, and passes on
the sum of both pairs' outputs. Then five dilated convolutions with ReLU, each added to its input, except the first: it
reads the last stage's sum and is added only to that stage's rectified output. Then 16 cubic B-splines over the
positions, two dense layers and a sigmoid.

Notation: B batch, C channels, L bases, M positions after the stages (256), S splines, T profiles. Dropout is not used
for inference and is left out. Names of the parameters are those of the published checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

WIDTH = 9  # of the kernels of the stages
DILATED_WIDTH = 5
POOL = 4
DEGREE = 3  # of the splines


@dataclass(frozen=True, slots=True)
class SeiConfig:
    """Shape of the network; the defaults are those of the published one.

    Attributes:
        sequence_length: bases read, a multiple of 16.
        n_genomic_features: profiles.
        channels: width of each stage, and of all after the last one.
        dilations: of the convolutions after the stages.
        n_splines: basis functions over the positions, more than 3.
    """

    sequence_length: int = 4_096
    n_genomic_features: int = 21_907
    channels: tuple[int, ...] = (480, 640, 960)
    dilations: tuple[int, ...] = (2, 4, 8, 16, 25)
    n_splines: int = 16

    @property
    def n_positions(self) -> int:
        """Positions after the last stage."""
        return int(self.sequence_length // POOL ** (len(self.channels) - 1))

    @property
    def n_features(self) -> int:
        """Numbers that the dense layers read."""
        return self.channels[-1] * self.n_splines


@dataclass(frozen=True, slots=True)
class Stage:
    """The four convolutions of a stage in their order: two linear ones, two with ReLU."""

    linear1: nn.Conv1d
    linear2: nn.Conv1d
    conv1: nn.Conv1d
    conv2: nn.Conv1d


class Sei(nn.Module):
    """The network, one strand as given."""

    basis: torch.Tensor

    def __init__(self, config: SeiConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or SeiConfig()
        before = 4
        for number, channels in enumerate(config.channels, 1):
            # The first stage has neither pooling nor dropout before it: the numbers of its layers are lower.
            linear, rectified = (("0", "1"), ("0", "2")) if number == 1 else (("2", "3"), ("1", "3"))
            setattr(self, f"lconv{number}", _named(linear, _conv(before, channels), _conv(channels, channels)))
            setattr(self, f"conv{number}", _named(rectified, _conv(channels, channels), _conv(channels, channels)))
            before = channels
        for number, dilation in enumerate(config.dilations, 1):
            setattr(self, f"dconv{number}", _named(("1",), _conv(before, before, DILATED_WIDTH, dilation)))
        profiles = config.n_genomic_features
        self.classifier = _named(("0", "2"), nn.Linear(config.n_features, profiles), nn.Linear(profiles, profiles))
        with torch.device("cpu"):  # it is in no checkpoint, even if the parameters are created without memory
            basis = spline_basis(config.n_positions, config.n_splines)
        self.register_buffer("basis", basis.float(), persistent=False)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages in their order."""
        numbers = range(1, len(self.config.channels) + 1)
        pairs = ([*getattr(self, f"lconv{at}").values(), *getattr(self, f"conv{at}").values()] for at in numbers)
        return tuple(Stage(*layers) for layers in pairs)

    @property
    def dilated(self) -> tuple[nn.Conv1d, ...]:
        """The dilated convolutions in their order."""
        return tuple(getattr(self, f"dconv{at}")["1"] for at in range(1, len(self.config.dilations) + 1))

    def keep_profiles(self, chosen: Sequence[int]) -> None:
        """Output only these profiles, in this order: the last layer keeps their rows."""
        last = self.classifier["2"]
        assert isinstance(last, nn.Linear)
        kept = nn.Linear(last.in_features, len(chosen), device="meta")
        rows = torch.tensor(chosen)
        kept.load_state_dict({"weight": last.weight[rows], "bias": last.bias[rows]}, assign=True)
        self.classifier["2"] = kept

    def tower(self, x: torch.Tensor) -> torch.Tensor:
        """One-hot (B, 4, L) to spline features (B, C * S)."""
        for number, stage in enumerate(self.stages):
            if number:
                x = functional.max_pool1d(x, POOL)
            linear = stage.linear2(stage.linear1(x))
            rectified = stage.conv2(stage.conv1(linear).relu_()).relu_()
            x = rectified + linear
        first, *others = self.dilated
        x = rectified + first(x).relu_()
        for conv in others:
            x = x + conv(x).relu_()
        return self.splines(x)

    def splines(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, M) to (B, C * S): every channel's inner products with the basis functions."""
        return (x @ self.basis.to(x.dtype)).flatten(1)

    def profiles(self, features: torch.Tensor) -> torch.Tensor:
        """Spline features (B, C * S) to probabilities (B, T), float32. The weights are read once for all of them."""
        first, second = self.classifier["0"], self.classifier["2"]
        logits: torch.Tensor = second(first(features).relu_())
        return torch.sigmoid(logits.float())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One-hot (B, 4, L), N as 0.25, to probabilities (B, T)."""
        return self.profiles(self.tower(x))


def _named(names: tuple[str, ...], *layers: nn.Module) -> nn.ModuleDict:
    return nn.ModuleDict(dict(zip(names, layers, strict=True)))


def _conv(before: int, after: int, width: int = WIDTH, dilation: int = 1) -> nn.Conv1d:
    """A convolution that keeps the length: beyond the window's ends there are zeros."""
    return nn.Conv1d(before, after, width, padding=width // 2 * dilation, dilation=dilation)


def spline_basis(n_positions: int, n_splines: int) -> torch.Tensor:
    """Cubic B-splines at 0 ... n_positions - 1, float64, (n_positions, n_splines).

    The inner knots are spread evenly between the first and the last position, which are knots four times each, so
    that the functions add up to 1 everywhere (Cox-de Boor recursion).
    """
    last = n_positions - 1
    inner = torch.linspace(0, last, n_splines - DEGREE + 1, dtype=torch.float64)
    knots = torch.cat([inner[:1].repeat(DEGREE), inner, inner[-1:].repeat(DEGREE)])
    place = torch.arange(n_positions, dtype=torch.float64)[:, None]
    values = ((knots[:-1] <= place) & (place < knots[1:])).double()  # degree 0: which interval
    values[-1, n_splines - 1] = 1  # the last position closes the last interval
    for degree in range(1, DEGREE + 1):
        rising = (place - knots[: -degree - 1]) * _inverse(knots[degree:-1] - knots[: -degree - 1])
        falling = (knots[degree + 1 :] - place) * _inverse(knots[degree + 1 :] - knots[1:-degree])
        values = rising * values[:, :-1] + falling * values[:, 1:]
    return values


def _inverse(lengths: torch.Tensor) -> torch.Tensor:
    """1 / length; 0 for the empty intervals of repeated knots."""
    return torch.where(lengths > 0, 1 / lengths.clamp(min=1e-12), 0.0)

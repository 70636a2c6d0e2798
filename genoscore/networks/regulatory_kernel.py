"""The kernel regression beside the regulatory predictor's networks, on how known binding motifs match an element.

Notation: B batch, L bases, P motifs, W bases of a motif, R directions, M centres, T tracks. Input is one-hot (B, 4, L),
zeros where a base is unknown. A motif reads the other strand if its rows and columns are reversed: the complement of
base i is base 3 - i.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from genoscore.networks.regulatory_config import RegulatoryConfig

POWERS = 2  # of occupancies, read by the kernel regression
_STRETCH = 4  # bases whose mean occupancy is cubed
_TOGETHER = 64  # sequences computed together on a GPU
_MOST = 6.0  # deviations


class MotifBank(nn.Module):
    """Occupancies of an element by the proteins that bind fixed motifs.

    The exponentials of the matches are summed over the strands and averaged over stretches of bases: up to a factor the
    expected number of bound proteins where binding is weak (Berg and von Hippel, JMB 1987).

    Attributes:
        filters: (P, 4, W) log odds of a base at a place of the motif, scaled as the matches should be.
    """

    filters: torch.Tensor

    def __init__(self, config: RegulatoryConfig) -> None:
        super().__init__()
        self.register_buffer("filters", torch.zeros(config.motifs, 4, config.motif_width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to the means of occupancies and of their cubes, which strong matches dominate, (B, 2P)."""
        occupancy = self.occupancy(x)
        return torch.cat([occupancy.mean(dim=2), (occupancy * occupancy.square()).mean(dim=2)], dim=1)

    def occupancy(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to the sum of exp(match) over both strands, averaged over every 4 bases, (B, P, L / 4)."""
        both = torch.cat([self.filters, self.filters.flip(1, 2)])
        width, weights = both.shape[2], both.flatten(1).T
        group = 1 if x.device.type == "cpu" else _TOGETHER  # the matches of one sequence stay in a processor's cache
        occupancies = []
        for part in torch.split(functional.pad(x, (width // 2, width // 2)), group):
            places = part.unfold(2, width, 1).transpose(1, 2).reshape(-1, len(weights))  # (B x L, 4W)
            matches = (places @ weights).exp().view(len(part), -1, _STRETCH, 2, len(self.filters))
            occupancies.append(matches.mean(dim=2).sum(dim=2))
        return torch.cat(occupancies).transpose(1, 2)


class Kernel(nn.Module):
    """Regression by Gaussians of distances to centres (Nystroem: Williams and Seeger, NeurIPS 2000).

    The bank's features of an element are standardized, clipped at 6 deviations, and projected to the directions in
    which the regression itself varies (recursive feature machine: Radhakrishnan et al., Science 2024).

    Attributes:
        read_mean, read_deviation: (2P,), of the bank's features. projection: (2P, R).
        centres: (M, R). coefficients: (M, T). rate: (), of the Gaussians.
        mean, deviation: (T,) of the fitted values.
        share: (), of the kernel regression in the ensemble's output.
    """

    read_mean: torch.Tensor
    read_deviation: torch.Tensor
    projection: torch.Tensor
    centres: torch.Tensor
    coefficients: torch.Tensor
    rate: torch.Tensor
    mean: torch.Tensor
    deviation: torch.Tensor
    share: torch.Tensor

    def __init__(self, config: RegulatoryConfig) -> None:
        super().__init__()
        self.bank = MotifBank(config)
        features = POWERS * config.motifs
        for name in ("read_mean", "read_deviation"):
            self.register_buffer(name, torch.ones(features))
        self.register_buffer("projection", torch.zeros(features, config.directions))
        self.register_buffer("centres", torch.zeros(config.centres, config.directions))
        self.register_buffer("coefficients", torch.zeros(config.centres, config.tracks))
        for name in ("mean", "deviation"):
            self.register_buffer(name, torch.ones(config.tracks))
        for name in ("rate", "share"):
            self.register_buffer(name, torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to (B, T)."""
        return self.standard(x) * self.deviation + self.mean

    def standard(self, x: torch.Tensor) -> torch.Tensor:
        """As `forward`, in standard deviations from the mean.

        In float64: distances are small differences of large sums, and the coefficients are large and of either sign.
        """
        projected = self.read(self.bank(x)).double() @ self.projection.double()
        near = gaussians(projected, self.centres.double(), self.rate)
        return (near @ self.coefficients.double()).to(x.dtype)

    def read(self, features: torch.Tensor) -> torch.Tensor:
        """(B, 2P) standardized."""
        return ((features - self.read_mean) / self.read_deviation).clamp(-_MOST, _MOST)


def gaussians(points: torch.Tensor, centres: torch.Tensor, rate: torch.Tensor | float) -> torch.Tensor:
    """exp(-rate x the squared distance) of (B, R) and (M, R), (B, M)."""
    squares = points.square().sum(dim=1)[:, None] + centres.square().sum(dim=1) - 2 * points @ centres.T
    return (-rate * squares.clamp(min=0)).exp()

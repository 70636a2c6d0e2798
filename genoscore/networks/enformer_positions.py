"""Features of the relative position of two tokens (Avsec et al. 2021, methods): exponentials, central masks, gammas.

Each kind makes up a sixth of the features; the other half are the same times the sign of the distance. For n tokens,
row p of 2 n - 1 is for the distance p - (n - 1), key minus query, in tokens.
"""

from __future__ import annotations

import math

import torch

_MIN_HALF_LIFE = 3.0  # log2 tokens
_OFFSET = 1e-8  # added to a density before it is scaled


def position_features(n: int, count: int, gammas: torch.Tensor | None = None) -> torch.Tensor:
    """(2 n - 1, count) float32 on the CPU.

    Args:
        n: tokens. count: a multiple of six.
        gammas: (2 n - 1, count / 6), the table to use; None to compute the densities and divide them by their
            maximum over the features at each position, as the PyTorch port does. The published weights need the table.
    """
    each = count // 6
    distances = torch.arange(1 - n, n)
    away = distances.abs().float()[:, None]  # (2 n - 1, 1)
    if gammas is None:
        gammas = _gammas(away, each, n)
    if gammas.shape != (len(distances), each):
        raise ValueError(f"the table of gammas has shape {tuple(gammas.shape)}, expected {(len(distances), each)}")
    unsigned = torch.cat([_exponentials(away, each, n), _central_masks(away, each), gammas.float()], dim=1)
    return torch.cat([unsigned, distances.sign()[:, None] * unsigned], dim=1)


def _exponentials(away: torch.Tensor, count: int, n: int) -> torch.Tensor:
    """Decays with half-lives from 8 tokens to n, evenly spaced in their logarithm."""
    half_lives = 2 ** torch.linspace(_MIN_HALF_LIFE, math.log(n) / math.log(2.0), count)
    return torch.exp(-math.log(2.0) / half_lives * away)


def _central_masks(away: torch.Tensor, count: int) -> torch.Tensor:
    """1 for distances below 2^i - 1, i from 1 on."""
    widths = 2.0 ** torch.arange(1, count + 1) - 1
    return (widths > away).float()


def _gammas(away: torch.Tensor, count: int, n: int) -> torch.Tensor:
    """Gamma densities with means from n / count to n and a standard deviation of n / (2 count)."""
    deviation = n / (2 * count)
    mean = torch.linspace(n / count, n, count)
    shape, rate = (mean / deviation) ** 2, mean / deviation**2
    density = torch.exp(torch.xlogy(shape - 1, away) - rate * away - torch.lgamma(shape) + shape * torch.log(rate))
    density = density + _OFFSET
    return density / density.amax(dim=1, keepdim=True)

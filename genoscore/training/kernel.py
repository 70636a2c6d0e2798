"""Fitting the kernel regression: ridge regression in closed form, first of all tracks together, then of each one.

Rows are standardized by track. The coefficients of a track are those of all tracks and what its own rows add to them,
which has a ridge of its own: a track with few rows leans on the others.
"""

from __future__ import annotations

import numpy as np
import torch

from genoscore.networks.regulatory import Kernel
from genoscore.networks.regulatory_config import RegulatoryConfig
from genoscore.training.batches import Places
from genoscore.training.config import KernelConfig
from genoscore.training.rows import Rows
from genoscore.training.tokens import Tokens

_BATCH = 256
_ROUNDS = 2
_LEAST = 1e-6  # eigenvalue of the centres' own kernel


@torch.no_grad()
def fit_kernel(tokens: Tokens, rows: Rows, shape: RegulatoryConfig, config: KernelConfig, seed: int) -> Kernel:
    """The regression on all rows to fit. In float64 on the CPU, so that a seed gives the same everywhere."""
    kernel = Kernel(shape)
    powers = _powers(tokens, rows.fitted)
    kernel.read_mean.copy_(powers.mean(dim=0))
    kernel.read_deviation.copy_(powers.std(dim=0).clamp(min=1e-6))
    kernel.mean.copy_(torch.from_numpy(rows.means))
    kernel.deviation.copy_(torch.from_numpy(rows.deviations))
    kernel.rate.fill_(config.rate)
    kernel.share.fill_(config.share)
    read = kernel.read(powers).double()
    chosen = np.random.default_rng(seed).permutation(len(read))[: shape.centres]
    kernel.round_centres(_clustered(read, read[torch.from_numpy(chosen)]))
    kernel.coefficients.copy_(_coefficients(kernel, read, rows, config))
    return kernel


def _clustered(read: torch.Tensor, centres: torch.Tensor) -> torch.Tensor:
    """Means of the rows that are nearest to each of (M, 2F) centres, some rounds of it (Lloyd's k-means).

    Such centres span more of the rows than single ones do, and no row is kept as it is but where it is alone.
    """
    for _ in range(_ROUNDS):
        nearest = (centres.square().sum(dim=1) - 2 * read @ centres.T).argmin(dim=1)
        count = nearest.bincount(minlength=len(centres))[:, None]
        sums = torch.zeros_like(centres).index_add_(0, nearest, read)
        centres = torch.where(count > 0, sums / count.clamp(min=1), centres)
    return centres


def _coefficients(kernel: Kernel, read: torch.Tensor, rows: Rows, config: KernelConfig) -> torch.Tensor:
    """(M, T)."""
    centres = kernel.elements
    values, vectors = torch.linalg.eigh(kernel.near(centres, centres))
    roots = vectors * values.clamp(min=_LEAST).rsqrt()
    near = kernel.near(read, centres) @ roots  # (V, M), so that the ridge is on the functions, not the coefficients
    wanted = torch.from_numpy(rows.targets[rows.fitted]).double()
    tracks = torch.from_numpy(rows.table.tracks[rows.fitted])
    common = _ridge(near, wanted, config.ridge)
    left = wanted - near @ common
    own = [
        _ridge(near[tracks == track], left[tracks == track], config.ridge * config.own)
        for track in range(len(rows.means))
    ]
    return torch.stack([roots @ (common + one) for one in own], dim=1)


def _ridge(x: torch.Tensor, y: torch.Tensor, ridge: float) -> torch.Tensor:
    square = x.T @ x
    square.diagonal().add_(ridge)
    found: torch.Tensor = torch.linalg.solve(square, x.T @ y)
    return found


def _powers(tokens: Tokens, rows: Places) -> torch.Tensor:
    """(V, 2F), of whole inserts."""
    device, found = tokens.bank.mean.device, []
    for at in range(0, len(rows), _BATCH):
        some = tokens.tokens[rows[at : at + _BATCH]].astype(np.float32)
        found.append(tokens.bank.powers(torch.from_numpy(some).to(device)).cpu())
    return torch.cat(found)

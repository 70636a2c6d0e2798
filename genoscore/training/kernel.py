"""Fitting the kernel regression: ridge regression in closed form, first for all tracks together, then for each one.

Rows are standardized by track. The coefficients of a track are those of all tracks plus what its own rows add, with a
separate ridge penalty: a track with few rows relies on the others.

It is fitted twice. The gradients of a first regression, which weights all features of the bank equally, show which
directions matter, and the second uses only those (one round of a recursive feature machine: Radhakrishnan et al.,
Science 2024).
"""

from __future__ import annotations

import numpy as np
import torch

from genoscore.networks.regulatory_config import RegulatoryConfig
from genoscore.networks.regulatory_kernel import Kernel, gaussians
from genoscore.training.batches import one_hot_batches
from genoscore.training.config import KernelConfig
from genoscore.training.material import Material
from genoscore.training.rows import Rows

_BATCH = 256
_ROUNDS = 2
_LEAST_EIGENVALUE = 1e-6  # of the kernel between centres
_SAMPLE = 6000  # rows at which gradients are computed


@torch.no_grad()
def fit_kernel(material: Material, config: KernelConfig, seed: int, device: torch.device) -> Kernel:
    """The regression on all rows to fit, in float64 on the CPU, so that a seed gives the same result everywhere."""
    rows, shape = material.rows, material.shape
    kernel = Kernel(shape)
    kernel.bank.filters.copy_(torch.from_numpy(material.motifs.filters(shape.motifs, shape.motif_width)))
    seen = _seen(kernel, rows, device)
    kernel.read_mean.copy_(seen.mean(dim=0))
    kernel.read_deviation.copy_(seen.std(dim=0).clamp(min=1e-6))
    kernel.mean.copy_(torch.from_numpy(rows.means))
    kernel.deviation.copy_(torch.from_numpy(rows.deviations))
    kernel.rate.fill_(config.rate)
    read = kernel.read(seen).double() / seen.shape[1] ** 0.5
    chosen = torch.from_numpy(np.random.default_rng(seed).permutation(len(read))[: shape.centres])
    directions = _directions(read, chosen, rows, shape, config, seed)
    kernel.projection.copy_(directions / seen.shape[1] ** 0.5)
    projected = kernel.read(seen).double() @ kernel.projection.double()
    kernel.centres.copy_(_clustered(projected, projected[chosen]))
    kernel.coefficients.copy_(_coefficients(projected, kernel.centres.double(), rows, config))
    return kernel


def _seen(kernel: Kernel, rows: Rows, device: torch.device) -> torch.Tensor:
    """(V, 2P) features of whole inserts."""
    bank, codes = kernel.bank.to(device), rows.table.codes[rows.fitted]
    seen = [bank(x).cpu() for x in one_hot_batches(codes, _BATCH, device)]
    kernel.bank.cpu()
    return torch.cat(seen)


def _directions(
    read: torch.Tensor, chosen: torch.Tensor, rows: Rows, shape: RegulatoryConfig, config: KernelConfig, seed: int
) -> torch.Tensor:
    """(2P, R): eigenvectors of the mean outer product of gradients, times a power of the eigenvalues.

    Scaled to keep the total variance of the rows.
    """
    centres = _clustered(read, read[chosen])
    coefficients = _coefficients(read, centres, rows, config)
    sample = read[torch.from_numpy(np.random.default_rng(seed).permutation(len(read))[:_SAMPLE])]
    near, products = gaussians(sample, centres, config.rate), torch.zeros(2 * (read.shape[1],), dtype=read.dtype)
    for coefficient in coefficients.T:
        weighted = near * coefficient
        gradients = weighted.sum(dim=1)[:, None] * sample - weighted @ centres  # up to a factor
        products += gradients.T @ gradients
    values, vectors = torch.linalg.eigh(products)
    scale = (values.clamp(min=0) / values.max()) ** (config.power / 2)
    directions = (vectors * scale).flip(1)[:, : shape.directions]
    spread = float(read.var(dim=0).sum() / (read @ directions).var(dim=0).sum())
    scaled: torch.Tensor = directions * spread**0.5
    return scaled


def _clustered(read: torch.Tensor, centres: torch.Tensor) -> torch.Tensor:
    """Means of the rows nearest to each of (M, R) centres, after a few rounds of Lloyd's k-means.

    They represent more of the rows than single rows would, and a row is kept as it is only if it is alone.
    """
    for _ in range(_ROUNDS):
        nearest = (centres.square().sum(dim=1) - 2 * read @ centres.T).argmin(dim=1)
        count = nearest.bincount(minlength=len(centres))[:, None]
        sums = torch.zeros_like(centres).index_add_(0, nearest, read)
        centres = torch.where(count > 0, sums / count.clamp(min=1), centres)
    return centres


def _coefficients(read: torch.Tensor, centres: torch.Tensor, rows: Rows, config: KernelConfig) -> torch.Tensor:
    """(M, T) coefficients."""
    values, vectors = torch.linalg.eigh(gaussians(centres, centres, config.rate))
    roots = vectors * values.clamp(min=_LEAST_EIGENVALUE).rsqrt()
    near = gaussians(read, centres, config.rate) @ roots  # (V, M), so that the ridge penalizes functions
    targets = torch.from_numpy(rows.targets[rows.fitted]).double()
    tracks = torch.from_numpy(rows.table.tracks[rows.fitted])
    common = _ridge(near, targets, config.ridge)
    residuals = targets - near @ common
    own = [
        _ridge(near[tracks == track], residuals[tracks == track], config.ridge * config.own)
        for track in range(len(rows.means))
    ]
    return torch.stack([roots @ (common + addition) for addition in own], dim=1)


def _ridge(x: torch.Tensor, y: torch.Tensor, ridge: float) -> torch.Tensor:
    square = x.T @ x
    square.diagonal().add_(ridge)
    solution: torch.Tensor = torch.linalg.solve(square, x.T @ y)
    return solution

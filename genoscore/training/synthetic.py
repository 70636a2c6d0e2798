"""Sequences that nobody measured, for networks to learn what the kernel regression says of them.

Rows are few and a network has many ways to agree with them. Beside every row it is therefore fitted to a sequence that
is like the rows, with the regression's output for its value (after distillation: Hinton et al., arXiv 1503.02531).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.core.encode import UNKNOWN, Codes, reverse_complement_codes
from genoscore.networks.regulatory_kernel import Kernel
from genoscore.training.batches import one_hot_batches

_RATES = (0.03, 0.1, 0.25)  # of bases that are drawn anew
_OUTER = 0.15  # of an insert, where it is not cut
_BATCH = 128


@dataclass(frozen=True, slots=True)
class Synthetic:
    """Attributes:
    codes: (N, L). targets: (N, T) float32, in deviations from the mean of the track.
    """

    codes: Codes
    targets: NDArray[np.float32]


def synthesized(codes: Codes, count: int, rng: np.random.Generator) -> Codes:
    """(V, L) inserts to (count, L): one half joined of two of them, the other with some bases drawn anew."""
    joined = count // 2
    length = codes.shape[1]
    left, right = (codes[rng.integers(0, len(codes), joined)] for _ in range(2))
    turned = np.where(rng.random((joined, 1)) < 0.5, reverse_complement_codes(right), right)
    cut = rng.integers(round(_OUTER * length), length - round(_OUTER * length) + 1, (joined, 1))
    chimeras = np.where(np.arange(length) < cut, left, turned)
    mutants = codes[rng.integers(0, len(codes), count - joined)]
    drawn = rng.random(mutants.shape) < rng.choice(_RATES, (len(mutants), 1))
    bases = rng.integers(0, 4, mutants.shape, dtype=np.uint8)
    mutants = np.where(drawn & (mutants != UNKNOWN), bases, mutants)
    return np.concatenate([chimeras, mutants])


@torch.no_grad()
def labelled(codes: Codes, kernel: Kernel, device: torch.device) -> Synthetic:
    """With what the regression says of them."""
    kernel = kernel.to(device)
    targets = [kernel.standard(x).cpu() for x in one_hot_batches(codes, _BATCH, device)]
    kernel.cpu()
    return Synthetic(codes, torch.cat(targets).float().numpy())

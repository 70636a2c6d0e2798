"""Unmeasured sequences, from which networks learn the outputs of the kernel regression.

Rows are few, and many different networks agree with them. With every row, a network is therefore also fitted to a
sequence similar to the rows, whose value is the regression's output (distillation: Hinton et al., arXiv 1503.02531).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.core.encode import UNKNOWN, Codes, reverse_complement_codes
from genoscore.networks.regulatory_kernel import Kernel
from genoscore.training.batches import one_hot_batches

_RATES = (0.03, 0.1, 0.25)  # of bases that are replaced at random
_OUTER = 0.15  # share of an insert, at either end, where it is not cut
_BATCH = 128


@dataclass(frozen=True, slots=True)
class Synthetic:
    """Attributes:
    codes: (N, L). targets: (N, T) float32, in deviations from the mean of the track.
    """

    codes: Codes
    targets: NDArray[np.float32]


def synthesized(codes: Codes, count: int, rng: np.random.Generator) -> Codes:
    """(V, L) inserts to (count, L): one half chimeras of two, the other half with some bases replaced at random."""
    joined = count // 2
    length = codes.shape[1]
    left, right = (codes[rng.integers(0, len(codes), joined)] for _ in range(2))
    flipped = np.where(rng.random((joined, 1)) < 0.5, reverse_complement_codes(right), right)
    cut = rng.integers(round(_OUTER * length), length - round(_OUTER * length) + 1, (joined, 1))
    chimeras = np.where(np.arange(length) < cut, left, flipped)
    mutants = codes[rng.integers(0, len(codes), count - joined)]
    drawn = rng.random(mutants.shape) < rng.choice(_RATES, (len(mutants), 1))
    bases = rng.integers(0, 4, mutants.shape, dtype=np.uint8)
    mutants = np.where(drawn & (mutants != UNKNOWN), bases, mutants)
    return np.concatenate([chimeras, mutants])


@torch.no_grad()
def labelled(codes: Codes, kernel: Kernel, device: torch.device) -> Synthetic:
    """Sequences with the regression's outputs as targets."""
    kernel = kernel.to(device)
    targets = [kernel.standard(x).cpu() for x in one_hot_batches(codes, _BATCH, device)]
    kernel.cpu()
    return Synthetic(codes, torch.cat(targets).float().numpy())

"""Rows of a table as networks read them: in their order; while they are fitted in random order, turned and moved."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.core.encode import UNKNOWN, Codes, one_hot_codes, reverse_complement_codes
from genoscore.training.config import FitConfig

Places = NDArray[np.int64]


def one_hot_batches(codes: Codes, size: int, device: torch.device) -> Iterator[torch.Tensor]:
    """(V, L) codes in their order as (B, 4, L) on a device, at most `size` at a time."""
    for at in range(0, len(codes), size):
        yield one_hot_codes(codes[at : at + size]).to(device)


def batches(count: int, size: int, rng: np.random.Generator) -> Iterator[Places]:
    """0 to `count` in random order, `size` at a time; what is left over waits for another epoch."""
    order = rng.permutation(count)
    for at in range(0, count - size + 1, size):
        yield order[at : at + size]


def varied(codes: Codes, config: FitConfig, rng: np.random.Generator) -> Codes:
    """(B, L) codes, each turned to the other strand with the probability `flip` and moved by at most `shift` bases.

    What moves in is unknown.
    """
    flip = rng.random(len(codes)) < config.flip
    by = rng.integers(-config.shift, config.shift + 1, len(codes))
    turned = np.where(flip[:, None], reverse_complement_codes(codes), codes)
    source = np.arange(codes.shape[1]) - by[:, None]
    inside = (source >= 0) & (source < codes.shape[1])
    moved = np.take_along_axis(turned, np.where(inside, source, 0), axis=1)
    return np.where(inside, moved, np.uint8(UNKNOWN))

"""Rows of a table as networks read them: in order, or, while a network is fitted, shuffled, flipped and shifted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.core.encode import UNKNOWN, Codes, one_hot_codes, reverse_complement_codes
from genoscore.training.config import FitConfig

Places = NDArray[np.int64]


def one_hot_batches(codes: Codes, size: int, device: torch.device) -> Iterator[torch.Tensor]:
    """(V, L) codes, in order, as one-hot (B, 4, L) on a device, at most `size` at a time."""
    for at in range(0, len(codes), size):
        yield one_hot_codes(codes[at : at + size]).to(device)


def batches(count: int, size: int, rng: np.random.Generator) -> Iterator[Places]:
    """0 to `count` - 1 in random order, `size` at a time; an incomplete last batch is left out."""
    order = rng.permutation(count)
    for at in range(0, count - size + 1, size):
        yield order[at : at + size]


def varied(codes: Codes, config: FitConfig, rng: np.random.Generator) -> Codes:
    """(B, L) codes, each reverse-complemented with probability `flip` and shifted by at most `shift` bases.

    Bases that are shifted in are unknown.
    """
    flip = rng.random(len(codes)) < config.flip
    shift = rng.integers(-config.shift, config.shift + 1, len(codes))
    flipped = np.where(flip[:, None], reverse_complement_codes(codes), codes)
    source = np.arange(codes.shape[1]) - shift[:, None]
    inside = (source >= 0) & (source < codes.shape[1])
    shifted = np.take_along_axis(flipped, np.where(inside, source, 0), axis=1)
    return np.where(inside, shifted, np.uint8(UNKNOWN))

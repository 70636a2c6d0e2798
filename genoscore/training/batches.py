"""Rows of a table as a network reads them while it is fitted: in random order, turned and moved."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.training.config import FitConfig
from genoscore.training.table import UNKNOWN

Codes = NDArray[np.uint8]
Places = NDArray[np.int64]
_OTHER_STRAND = np.array([3, 2, 1, 0, UNKNOWN], np.uint8)
_CHANNELS = np.vstack([np.eye(4, dtype=np.float32), np.zeros((1, 4), np.float32)])


def one_hot(codes: Codes) -> torch.Tensor:
    """(B, L) codes to (B, 4, L), zeros where a base is unknown."""
    return torch.from_numpy(_CHANNELS[codes].transpose(0, 2, 1).copy())


def reverse_complement(codes: Codes) -> Codes:
    """The other strand of (B, L) codes."""
    return _OTHER_STRAND[codes][:, ::-1]


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
    turned = np.where(flip[:, None], reverse_complement(codes), codes)
    source = np.arange(codes.shape[1]) - by[:, None]
    inside = (source >= 0) & (source < codes.shape[1])
    moved = np.take_along_axis(turned, np.where(inside, source, 0), axis=1)
    return np.where(inside, moved, np.uint8(UNKNOWN))

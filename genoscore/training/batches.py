"""Rows of a table as a network reads them while it is fitted: in random order, turned, moved and substituted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.training.config import FitConfig
from genoscore.training.table import UNKNOWN

Codes = NDArray[np.uint8]
_OTHER_STRAND = np.array([3, 2, 1, 0, UNKNOWN], np.uint8)
_CHANNELS = np.vstack([np.eye(4, dtype=np.float32), np.zeros((1, 4), np.float32)])


def one_hot(codes: Codes) -> torch.Tensor:
    """(B, L) codes to (B, 4, L), zeros where a base is unknown."""
    return torch.from_numpy(_CHANNELS[codes].transpose(0, 2, 1).copy())


def reverse_complement(codes: Codes) -> Codes:
    """The other strand of (B, L) codes."""
    return _OTHER_STRAND[codes][:, ::-1]


def shifted(codes: Codes, by: NDArray[np.int64], most: int) -> Codes:
    """(B, L) codes moved to the right by `by` (B,), -most to most; unknown bases move in.

    >>> shifted(np.array([[0, 1, 2], [0, 1, 2]], np.uint8), np.array([1, -1]), 1).tolist()
    [[4, 0, 1], [1, 2, 4]]
    """
    rows, length = codes.shape
    padded = np.full((rows, length + 2 * most), UNKNOWN, np.uint8)
    padded[:, most : most + length] = codes
    return np.take_along_axis(padded, np.arange(length) + (most - by)[:, None], axis=1)


def batches(count: int, size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """0 to `count` in random order, `size` at a time; what is left over waits for another epoch."""
    order = rng.permutation(count)
    for at in range(0, count - size + 1, size):
        yield order[at : at + size]


def varied(codes: Codes, config: FitConfig, rng: np.random.Generator) -> Codes:
    """(B, L) codes, at random on the other strand, with substitutions (unknown bases stay), and moved."""
    flip = rng.random(len(codes)) < config.flip
    codes = np.where(flip[:, None], reverse_complement(codes), codes)
    if config.mutate:
        chosen = (rng.random(codes.shape) < config.mutate) & (codes != UNKNOWN)
        codes[chosen] = rng.integers(0, 4, int(chosen.sum()))
    if config.shift:
        codes = shifted(codes, rng.integers(-config.shift, config.shift + 1, len(codes)), config.shift)
    return codes

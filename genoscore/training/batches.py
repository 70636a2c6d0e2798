"""Rows of a table as a network reads them while it is fitted: in random order, turned and moved by whole tokens."""

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


def varied(rows: int, tokens: int, config: FitConfig, rng: np.random.Generator) -> Places:
    """(B, n): which token of the row comes to lie at each place; -1 for none.

    A row is turned to the other strand with the probability `flip`, and moved by at most `shift` tokens. The bank reads
    both strands, so that turning changes nothing but the order of tokens.
    """
    by = rng.integers(-config.shift, config.shift + 1, rows)
    flip = rng.random(rows) < config.flip
    source = np.arange(tokens) - by[:, None]
    inside = (source >= 0) & (source < tokens)
    return np.where(inside, np.where(flip[:, None], tokens - 1 - source, source), -1)


def taken(kept: NDArray[np.float16], rows: Places, source: Places) -> NDArray[np.float32]:
    """(N, n, F) tokens of all rows to (B, n, F) of some, at the places of (B, n) `source`; average ones where it is -1.

    >>> kept = np.array([[[1.0], [2.0], [3.0]]], np.float16)
    >>> taken(kept, np.array([0]), np.array([[2, 1, -1]]))[0, :, 0].tolist()
    [3.0, 2.0, 0.0]
    """
    found = kept[rows[:, None], source].astype(np.float32)
    found[source < 0] = 0
    return found

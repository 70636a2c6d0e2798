"""Attention-guided masking: tokens that receive little of a network's attention are suppressed while it is fitted.

After AttnGen (arXiv 2605.14073, 2026): attention gives every nucleotide an importance, and the least important ones
are progressively removed from the network's input, so that it learns to rely on a compact set of positions.
Here the importance is the attention rollout through the averaged weights, for the row as it is in the table. It is
computed per token, which is a few nucleotides; suppressed tokens are flipped and shifted with the row.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.core.encode import UNKNOWN, Codes
from genoscore.networks.regulatory import RegulatoryNetwork
from genoscore.training.batches import Places, one_hot_batches
from genoscore.training.config import MaskingConfig

Ranks = NDArray[np.int16]
_BATCH = 256


def share_at(epoch: int, config: MaskingConfig) -> float:
    """The share of tokens suppressed in an epoch, counted from 0.

    >>> config = MaskingConfig(share=0.2, start=1, full=5)
    >>> [round(share_at(epoch, config), 2) for epoch in range(7)]
    [0.0, 0.0, 0.05, 0.1, 0.15, 0.2, 0.2]
    """
    if config.start < epoch < config.full:
        return config.share * (epoch - config.start) / (config.full - config.start)
    return config.share if epoch >= config.full else 0.0


def is_due(epoch: int, config: MaskingConfig) -> bool:
    """Whether importances are computed before an epoch: before the first that masks, then every `every` epochs."""
    if share_at(epoch, config) == 0:
        return False
    first = config.start + 1 if config.start < config.full else config.full
    return (epoch - first) % config.every == 0


@torch.no_grad()
def ranked(network: RegulatoryNetwork, codes: Codes, rows: Places) -> Ranks:
    """(V, n) tokens of rows of (N, L) codes, the least important first; ties in their order."""
    network.eval()
    orders = []
    for x in one_hot_batches(codes[rows], _BATCH, network.mean.device):
        orders.append(network.importance(x).argsort(dim=1, stable=True).to(torch.int16).cpu().numpy())
    return np.concatenate(orders)


def suppressed(ranks: Ranks, share: float) -> NDArray[np.bool_]:
    """(B, n): True for the first of (B, n) `ranks`, `share` x n of them, rounded.

    >>> suppressed(np.array([[2, 0, 1, 3]], np.int16), 0.5).tolist()
    [[True, False, True, False]]
    """
    hidden = np.zeros(ranks.shape, bool)
    np.put_along_axis(hidden, ranks[:, : round(share * ranks.shape[1])].astype(np.int64), True, axis=1)
    return hidden


def without(codes: Codes, hidden: NDArray[np.bool_]) -> Codes:
    """(B, L) codes in which the bases of (B, n) hidden tokens are unknown.

    >>> without(np.array([[0, 1, 2, 3]], np.uint8), np.array([[False, True]])).tolist()
    [[0, 1, 4, 4]]
    """
    return np.where(hidden.repeat(codes.shape[1] // hidden.shape[1], axis=1), np.uint8(UNKNOWN), codes)

"""Attention-guided masking: positions that a network's attention passes over are suppressed while it is fitted.

After AttnGen (arXiv 2605.14073, 2026): the attention gives every nucleotide an importance, and the least important ones
are progressively taken from what the network reads, so that it comes to lean on a compact set of positions.
Here the importance is attention rollout through the averaged weights, on a row's own strand and place; what is
suppressed is turned and moved with the row. Positions are bases, or tokens where filters do not change (`sources`).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.networks.regulatory import RegulatoryNetwork
from genoscore.training.batches import Codes, one_hot
from genoscore.training.config import MaskingConfig
from genoscore.training.table import UNKNOWN

Ranks = NDArray[np.int16]
_BATCH = 256


def share_at(epoch: int, config: MaskingConfig) -> float:
    """The share of positions suppressed in an epoch, counted from 0.

    >>> config = MaskingConfig(share=0.2, start=1, full=5)
    >>> [round(share_at(epoch, config), 2) for epoch in range(7)]
    [0.0, 0.0, 0.05, 0.1, 0.15, 0.2, 0.2]
    """
    if config.start < epoch < config.full:
        return config.share * (epoch - config.start) / (config.full - config.start)
    return config.share if epoch >= config.full else 0.0


def is_due(epoch: int, config: MaskingConfig) -> bool:
    """Whether importances are computed before an epoch: in the first that masks, then `every` so many."""
    if share_at(epoch, config) == 0:
        return False
    first = config.start + 1 if config.start < config.full else config.full
    return (epoch - first) % config.every == 0


def order(importance: torch.Tensor) -> Ranks:
    """(B, P) to (B, P) positions, the least important first; equals in their order."""
    found: Ranks = importance.argsort(dim=1, stable=True).to(torch.int16).cpu().numpy()
    return found


def ranked(network: RegulatoryNetwork, codes: Codes, device: torch.device) -> Ranks:
    """(N, L) positions of every row, the least important first; equals in their order."""
    network.eval()
    orders = []
    with torch.no_grad():
        for at in range(0, len(codes), _BATCH):
            orders.append(order(network.importance(one_hot(codes[at : at + _BATCH]).to(device))))
    return np.concatenate(orders)


def suppressed(codes: Codes, ranks: Ranks, share: float) -> Codes:
    """(B, L) codes with the first of (B, L) `ranks` unknown: `share` of L of them, rounded.

    >>> suppressed(np.array([[0, 1, 2, 3]], np.uint8), np.array([[2, 0, 1, 3]], np.int16), 0.5).tolist()
    [[4, 1, 4, 3]]
    """
    masked = codes.copy()
    np.put_along_axis(masked, ranks[:, : round(share * codes.shape[1])].astype(np.int64), UNKNOWN, axis=1)
    return masked

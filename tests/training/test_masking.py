"""Attention-guided masking: which tokens it suppresses, and how its share grows."""

from __future__ import annotations

import torch

from genoscore.core.encode import one_hot_codes
from genoscore.networks.regulatory import RegulatoryNetwork
from genoscore.training import masking
from genoscore.training.config import (
    MaskingConfig,
    TrainConfig,
)
from genoscore.training.rows import read_rows


def test_the_least_important_tokens_are_suppressed(toy: TrainConfig) -> None:
    rows = read_rows(toy)
    torch.manual_seed(0)
    network = RegulatoryNetwork(toy.network).eval()
    codes = rows.table.codes
    ranks = masking.ranked(network, codes, rows.fitted)
    with torch.no_grad():
        importance = network.importance(one_hot_codes(codes[rows.fitted])).tolist()
    for share, count in ((0.0, 0), (0.1, 1), (0.25, 2), (0.9, 7)):
        suppressed = masking.suppressed(ranks, share)
        left = masking.without(codes[rows.fitted], suppressed)
        for row, (values, masked) in enumerate(zip(importance, suppressed.tolist(), strict=True)):
            least = sorted(range(8), key=lambda at: (values[at], at))[:count]
            assert masked == [at in least for at in range(8)]
            before = codes[rows.fitted[row]].tolist()
            assert left[row].tolist() == [4 if at // 2 in least else base for at, base in enumerate(before)]


def test_masking_grows() -> None:
    config = MaskingConfig(share=0.2, start=2, full=6, every=3)
    assert [round(masking.share_at(epoch, config), 3) for epoch in range(8)] == [0, 0, 0, 0.05, 0.1, 0.15, 0.2, 0.2]
    assert [epoch for epoch in range(12) if masking.is_due(epoch, config)] == [3, 6, 9]
    at_once = MaskingConfig(share=0.2, start=2, full=2)
    assert [masking.share_at(epoch, at_once) for epoch in range(4)] == [0, 0, 0.2, 0.2]
    assert [epoch for epoch in range(4) if masking.is_due(epoch, at_once)] == [2, 3]
    assert not any(masking.is_due(epoch, MaskingConfig()) for epoch in range(20))

"""Multi-head attention with relative positions (Avsec et al. 2021), and the transformer block around it.

Notation: B batch, n tokens, H heads, K key size, V value size, R rows of queries computed at once.

The logit of query i and key j is (q_i / sqrt(K) + u) . k_j + (q_i / sqrt(K) + v) . r_{j - i}: content, and position.
The second term goes to `scaled_dot_product_attention` as its additive mask.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import nn
from torch.nn import functional

from genoscore.networks.enformer_config import EnformerConfig

_ROWS = 128  # of queries on a CPU: their logits stay in cache, and few distances are computed in vain


class RelativeAttention(nn.Module):
    """Attention over all tokens; the position's keys are computed once for each length."""

    def __init__(self, config: EnformerConfig) -> None:
        super().__init__()
        dim, self.heads, self.key_size = config.dim, config.heads, config.attn_dim_key
        keys = self.heads * self.key_size
        self.query = nn.Linear(dim, keys, bias=False)
        self.key = nn.Linear(dim, keys, bias=False)
        self.value = nn.Linear(dim, dim, bias=False)
        self.out = nn.Linear(dim, dim)
        self.position_key = nn.Linear(dim // self.heads, keys, bias=False)
        self.content_bias = nn.Parameter(torch.zeros(1, self.heads, 1, self.key_size))
        self.position_bias = nn.Parameter(torch.zeros(1, self.heads, 1, self.key_size))

    def position_keys(self, features: torch.Tensor) -> torch.Tensor:
        """(2 n - 1, count) position features to (H, K, 2 n - 1)."""
        keys = self.position_key(features).view(len(features), self.heads, self.key_size)
        return cast(torch.Tensor, keys.permute(1, 2, 0).contiguous())

    def forward(self, x: torch.Tensor, position_keys: torch.Tensor, first: int, last: int) -> torch.Tensor:
        """(B, n, dim) to (B, last - first, dim), what the tokens [first, last) take from all."""
        query, key, value = self._projected(x, first, last)
        batch, _, rows, _ = query.shape
        step = _ROWS if x.device.type == "cpu" else rows
        pieces = []
        for start in range(0, rows, step):
            piece = query[:, :, start : start + step]
            mask = self._position_logits(piece, position_keys, first + start)
            content = piece + self.content_bias.to(piece.dtype)
            pieces.append(functional.scaled_dot_product_attention(content, key, value, attn_mask=mask, scale=1.0))
        taken = torch.cat(pieces, dim=2) if len(pieces) > 1 else pieces[0]
        return cast(torch.Tensor, self.out(taken.transpose(1, 2).reshape(batch, rows, -1)))

    def weights(self, x: torch.Tensor, position_keys: torch.Tensor) -> torch.Tensor:
        """(B, H, n, n): how much of each token (last) goes into each (last but one); rows sum to 1."""
        query, key, _ = self._projected(x, 0, x.shape[1])
        logits = (query + self.content_bias.to(query.dtype)) @ key.transpose(2, 3)
        return torch.softmax(logits + self._position_logits(query, position_keys, 0), dim=-1)

    def _projected(self, x: torch.Tensor, first: int, last: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Scaled queries (B, H, last - first, K), keys (B, H, n, K), values (B, H, n, V)."""
        query = self._split(self.query(x[:, first:last])) * self.key_size**-0.5
        return query, self._split(self.key(x)), self._split(self.value(x))

    def _split(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)

    def _position_logits(self, query: torch.Tensor, position_keys: torch.Tensor, first: int) -> torch.Tensor:
        """Queries (B, H, R, K) of the tokens from `first` on to (B, H, R, n).

        Row r needs the distances from -(first + r) on. All rows are multiplied by all distances that any of them
        needs; a view in which each row starts one to the left of the one above picks its own.
        """
        n = (position_keys.shape[2] + 1) // 2
        batch, heads, rows, _ = query.shape
        wanted = position_keys[:, :, n - first - rows : 2 * n - 1 - first]  # (H, K, n + R - 1)
        logits = (query + self.position_bias.to(query.dtype)) @ wanted
        width = n + rows - 1
        strides = (heads * rows * width, rows * width, width - 1, 1)
        return logits.as_strided((batch, heads, rows, n), strides, rows - 1)


class TransformerBlock(nn.Module):
    """Attention and a feed-forward layer, each normalised before and added to what came in."""

    def __init__(self, config: EnformerConfig) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(config.dim)
        self.attention = RelativeAttention(config)
        self.norm2 = nn.LayerNorm(config.dim)
        self.widen = nn.Linear(config.dim, 2 * config.dim)
        self.narrow = nn.Linear(2 * config.dim, config.dim)

    def forward(self, x: torch.Tensor, position_keys: torch.Tensor, first: int, last: int) -> torch.Tensor:
        """(B, n, dim) to (B, last - first, dim): the tokens [first, last)."""
        y = x[:, first:last] + self.attention(self.norm1(x), position_keys, first, last)
        return cast(torch.Tensor, y + self.narrow(self.widen(self.norm2(y)).relu_()))

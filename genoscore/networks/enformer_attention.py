"""Multi-head attention with relative positions (Avsec et al. 2021), and the transformer block around it.

Notation: B batch, n tokens, H heads, K key size, V value size, R rows of queries computed at once.

The logit of query i and key j is (q_i / sqrt(K) + u) . k_j + (q_i / sqrt(K) + v) . r_{j - i}: content, and position.
On CUDA the second term goes to `scaled_dot_product_attention` as its additive mask. On a CPU the softmax is taken here,
a few rows of queries at a time: with a mask that differs between queries and values wider than keys, torch's function
has no fused kernel there, and what it does instead takes longer. Measured with 1,536 tokens, 8 heads, keys of 64 and
values of 192 on 2 cores with AVX2: 120 to 140 ms here, 160 to 186 ms there; its fused kernel, which needs keys padded
to the values' width, 158 to 210 ms.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import nn
from torch.nn import functional

from genoscore.networks.enformer_config import EnformerConfig

_ROWS = 64  # of queries on a CPU: their logits stay in cache, and few distances are computed needlessly


class RelativeAttention(nn.Module):
    """Attention over all tokens; position keys are computed once per length."""

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
        """(B, n, dim) to (B, last - first, dim), what tokens [first, last) take from all tokens."""
        query, key, value = self._projected(x, first, last)
        if x.device.type == "cpu":
            pieces = []
            for start in range(0, last - first, _ROWS):
                piece = query[:, :, start : start + _ROWS]
                pieces.append((self._softmax(piece, key, position_keys, first + start) @ value).transpose(1, 2))
            attended = torch.cat(pieces, dim=1)  # (B, rows, H, V)
        else:
            mask = self._position_logits(query, position_keys, first).contiguous()
            content = query + self.content_bias.to(query.dtype)
            attended = functional.scaled_dot_product_attention(content, key, value, attn_mask=mask, scale=1.0)
            attended = attended.transpose(1, 2)
        return cast(torch.Tensor, self.out(attended.flatten(2)))

    def weights(self, x: torch.Tensor, position_keys: torch.Tensor) -> torch.Tensor:
        """(B, H, n, n): how much each query (last but one) takes from each key (last); rows sum to 1."""
        query, key, _ = self._projected(x, 0, x.shape[1])
        return self._softmax(query, key, position_keys, 0)

    def _softmax(self, query: torch.Tensor, key: torch.Tensor, position_keys: torch.Tensor, first: int) -> torch.Tensor:
        """Weights (B, H, R, n) of the queries (B, H, R, K) of tokens from `first` on."""
        logits = (query + self.content_bias.to(query.dtype)) @ key.transpose(2, 3)
        return torch.softmax(logits.add_(self._position_logits(query, position_keys, first)), dim=-1)

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
        needed = position_keys[:, :, n - first - rows : 2 * n - 1 - first]  # (H, K, n + R - 1)
        logits = (query + self.position_bias.to(query.dtype)) @ needed
        width = n + rows - 1
        strides = (heads * rows * width, rows * width, width - 1, 1)
        return logits.as_strided((batch, heads, rows, n), strides, rows - 1)


class TransformerBlock(nn.Module):
    """Attention and a feed-forward layer, each with normalised input and a residual path."""

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

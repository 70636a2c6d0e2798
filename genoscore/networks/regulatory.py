"""genoscore's own network: 200 bases of an inserted element to reporter activity, by convolutions and a transformer.

A wide first convolution, pooling, residual convolutions with squeeze-and-excitation (Hu et al., CVPR 2018), pooling to
tokens, pre-norm transformer layers with a learned bias by distance (as T5's, without buckets), and attention pooling:
learned queries each take an average of the tokens, by weights that `readout` returns.

Notation: B batch, L bases, n tokens, C channels, H heads, Q queries of the readout, T tracks, K networks of
an ensemble. Input is one-hot (B, 4, L), zeros where a base is unknown or beyond the element's end.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from genoscore.networks.regulatory_config import RegulatoryConfig as RegulatoryConfig


class RegulatoryNetwork(nn.Module):
    """One network; its outputs are in units of the table that it was fitted to (log2 RNA/DNA).

    Attributes:
        mean, deviation: (T,) of the fitted values; what the last layer gives is multiplied by one and the other added.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, config: RegulatoryConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or RegulatoryConfig()
        channels, drop = config.channels, config.dropout
        self.stem = _Convolution(4, config.filters, config.filter_width)
        self.mix = _Convolution(config.filters, channels, 1)
        self.early = nn.Sequential(*(_Residual(channels, config.width, drop / 2) for _ in range(config.blocks)))
        self.late = nn.Sequential(*(_Residual(channels, config.width, drop / 2) for _ in range(config.blocks)))
        tokens = config.length // config.token_size
        self.layers = nn.ModuleList(_Layer(channels, config.heads, tokens, drop) for _ in range(config.layers))
        self.norm = nn.LayerNorm(channels)
        self.queries = nn.Linear(channels, config.queries)
        self.hidden = nn.Linear(channels * config.queries, config.hidden)
        self.dropout = nn.Dropout(drop)
        self.head = nn.Linear(config.hidden, config.tracks)
        self.register_buffer("mean", torch.zeros(config.tracks))
        self.register_buffer("deviation", torch.ones(config.tracks))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to (B, T)."""
        return self.standard(x) * self.deviation + self.mean

    def standard(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to (B, T) in deviations from the mean."""
        tokens = self._tokens(x)
        for layer in self.layers:
            tokens = layer(tokens)
        tokens = self.norm(tokens)
        pooled = self._weights(tokens).transpose(1, 2) @ tokens  # (B, Q, C)
        hidden: torch.Tensor = self.head(self.dropout(functional.silu(self.hidden(pooled.flatten(1)))))
        return hidden

    def attention(self, x: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        """(B, 4, L) to each layer's weights (B, H, n, n), queries by keys, and those of the readout (B, Q, n)."""
        tokens, layers = self._tokens(x), []
        for layer in self.layers:
            assert isinstance(layer, _Layer)
            layers.append(layer.weights(tokens))
            tokens = layer(tokens)
        return layers, self._weights(self.norm(tokens)).transpose(1, 2)

    def importance(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to the attention that reaches every base from the readout, (B, L); rows sum to 1.

        Rollout (Abnar and Zuidema, ACL 2020): each layer passes on half by its residual path and half by the mean of
        its heads. Between the middles of the tokens the values are interpolated.
        """
        layers, readout = self.attention(x)
        flow = readout.mean(dim=1, keepdim=True)  # (B, 1, n)
        for weights in reversed(layers):
            flow = (flow + flow @ weights.mean(dim=1)) / 2
        bases = functional.interpolate(flow, size=self.config.length, mode="linear", align_corners=False)[:, 0]
        return bases / bases.sum(dim=1, keepdim=True)

    def _tokens(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to (B, n, C)."""
        first, second = self.config.pools
        x = self.early(self.mix(functional.max_pool1d(self.stem(x), first)))
        x = self.late(functional.max_pool1d(x, second))
        return x.transpose(1, 2)

    def _weights(self, tokens: torch.Tensor) -> torch.Tensor:
        """(B, n, C) to (B, n, Q), summing to 1 over the tokens."""
        weights: torch.Tensor = self.queries(tokens).softmax(dim=1)
        return weights


class RegulatoryEnsemble(nn.Module):
    """The mean of K networks of one shape."""

    def __init__(self, config: RegulatoryConfig, networks: int) -> None:
        super().__init__()
        self.config = config
        self.networks = nn.ModuleList(RegulatoryNetwork(config) for _ in range(networks))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to (B, T)."""
        return torch.stack([network(x) for network in self.networks]).mean(dim=0)

    def attention(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Each layer's weights, (B, K x H, n, n): the heads of all networks side by side."""
        each = [network.attention(x)[0] for network in self.networks if isinstance(network, RegulatoryNetwork)]
        return [torch.cat(layers, dim=1) for layers in zip(*each, strict=True)]

    def importance(self, x: torch.Tensor) -> torch.Tensor:
        """The mean of the networks' importances, (B, L)."""
        each = [network.importance(x) for network in self.networks if isinstance(network, RegulatoryNetwork)]
        return torch.stack(each).mean(dim=0)


class _Convolution(nn.Module):
    """Convolution, batch normalization, SiLU."""

    def __init__(self, before: int, after: int, width: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(before, after, width, padding=width // 2, bias=False)
        self.norm = nn.BatchNorm1d(after)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = functional.silu(self.norm(self.convolution(x)))
        return y


class _Residual(nn.Module):
    """A convolution, its channels weighted by squeeze-and-excitation, added to what it reads."""

    def __init__(self, channels: int, width: int, dropout: float) -> None:
        super().__init__()
        self.convolution = _Convolution(channels, channels, width)
        self.squeeze = nn.Linear(channels, max(channels // 4, 1))
        self.excite = nn.Linear(max(channels // 4, 1), channels)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.convolution(x)
        gates = torch.sigmoid(self.excite(functional.silu(self.squeeze(y.mean(dim=2)))))
        added: torch.Tensor = self.dropout(y * gates[:, :, None])
        return x + added


class _Layer(nn.Module):
    """Attention with a bias by distance, then a feed-forward layer, both on normalized input and added to it."""

    distances: torch.Tensor

    def __init__(self, channels: int, heads: int, tokens: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention = nn.LayerNorm(channels)
        self.in_projection = nn.Linear(channels, 3 * channels)
        self.out_projection = nn.Linear(channels, channels)
        self.bias = nn.Parameter(torch.zeros(heads, 2 * tokens - 1))
        self.before_feed = nn.LayerNorm(channels)
        self.widen = nn.Linear(channels, 2 * channels)
        self.narrow = nn.Linear(2 * channels, channels)
        self.dropout = nn.Dropout(dropout)
        places = torch.arange(tokens)
        self.register_buffer("distances", places[:, None] - places[None] + tokens - 1, persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = self._projected(x)
        mixed = (self._softmax(q, k) @ v).transpose(1, 2).reshape(x.shape)
        attended: torch.Tensor = x + self.dropout(self.out_projection(mixed))
        fed: torch.Tensor = self.dropout(self.narrow(functional.silu(self.widen(self.before_feed(attended)))))
        return attended + fed

    def weights(self, x: torch.Tensor) -> torch.Tensor:
        """(B, n, C) to (B, H, n, n)."""
        q, k, _ = self._projected(x)
        return self._softmax(q, k)

    def _projected(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Queries, keys and values, (B, H, n, C / H) each."""
        batch, tokens, channels = x.shape
        parts = self.in_projection(self.before_attention(x)).view(batch, tokens, 3, self.heads, channels // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        return q, k, v

    def _softmax(self, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        scores = q @ k.transpose(2, 3) / q.shape[3] ** 0.5 + self.bias[:, self.distances]
        weights: torch.Tensor = scores.softmax(dim=-1)
        return weights

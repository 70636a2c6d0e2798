"""genoscore's own predictor: 200 bases of an inserted element to reporter activity.

Its output is a weighted mean of two models, which err in different ways:

- networks: learned filters that read both strands, convolutions with squeeze-and-excitation (Hu et al., CVPR 2018),
  pre-norm transformer layers with a learned bias by distance, and attention pooling, where learned queries each average
  the tokens. An ensemble has several, whose mean is taken;
- a kernel regression on how fixed filters, known binding motifs, match the whole element. Few data can hardly mislead
  it, and its predictions for sequences that nobody measured stabilise the networks while they are fitted.

Notation: B batch, L bases, F filters, n tokens, C channels, H heads, Q queries of the pooling, T tracks, K networks.
Input is one-hot (B, 4, L), zeros where a base is unknown or beyond the element's end.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from genoscore.networks.regulatory_config import RegulatoryConfig
from genoscore.networks.regulatory_kernel import Kernel


class RegulatoryNetwork(nn.Module):
    """One network; its outputs are in units of the table that it was fitted to (log2 RNA/DNA).

    Attributes:
        mean, deviation: (T,) of the fitted values; outputs are multiplied by `deviation`, and `mean` is added.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, config: RegulatoryConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or RegulatoryConfig()
        channels, drop = config.channels, config.dropout
        self.filters = _BothStrands(config.filters, config.filter_width, config.pool)
        self.first = _Excited(config.filters, channels, config.width)
        self.first_dropout = nn.Dropout(drop)
        self.pool = nn.MaxPool1d(config.token_size // config.pool)
        self.blocks = nn.Sequential(*(_Residual(channels, config.width, drop) for _ in range(config.blocks)))
        tokens = config.length // config.token_size
        self.layers = nn.ModuleList(_Layer(channels, config.heads, tokens, drop) for _ in range(config.layers))
        self.norm = nn.LayerNorm(channels)
        self.queries = nn.Linear(channels, config.queries)
        self.hidden = nn.Linear(channels * config.queries, config.hidden)
        self.dropout = nn.Dropout(min(2 * drop, 0.9))
        self.head = nn.Linear(config.hidden, config.tracks)
        self.register_buffer("mean", torch.zeros(config.tracks))
        self.register_buffer("deviation", torch.ones(config.tracks))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to (B, T)."""
        return self.standard(x) * self.deviation + self.mean

    def standard(self, x: torch.Tensor) -> torch.Tensor:
        """As `forward`, in standard deviations from the mean."""
        x = self._tokens(x)
        for layer in self.layers:
            x = layer(x)
        x = self.norm(x)
        pooled = self._weights(x).transpose(1, 2) @ x  # (B, Q, C)
        out: torch.Tensor = self.head(self.dropout(functional.silu(self.hidden(pooled.flatten(1)))))
        return out

    def attention(self, x: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        """(B, 4, L) to each layer's weights (B, H, n, n), queries by keys, and those of the pooling (B, Q, n)."""
        x, layers = self._tokens(x), []
        for layer in self.layers:
            assert isinstance(layer, _Layer)
            layers.append(layer.weights(x))
            x = layer(x)
        return layers, self._weights(self.norm(x)).transpose(1, 2)

    def importance(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to the attention that reaches every token from the output, (B, n); rows sum to 1.

        Rollout (Abnar and Zuidema, ACL 2020): each layer passes on half by its residual path and half by the mean of
        its heads.
        """
        layers, pooling = self.attention(x)
        flow = pooling.mean(dim=1, keepdim=True)  # (B, 1, n)
        for weights in reversed(layers):
            flow = (flow + flow @ weights.mean(dim=1)) / 2
        return flow[:, 0]

    def _tokens(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to (B, n, C)."""
        first = self.pool(self.first_dropout(self.first(self.filters(x))))
        y: torch.Tensor = self.blocks(first)
        return y.transpose(1, 2)

    def _weights(self, x: torch.Tensor) -> torch.Tensor:
        """(B, n, C) to (B, n, Q), summing to 1 over the tokens."""
        weights: torch.Tensor = self.queries(x).softmax(dim=1)
        return weights


class RegulatoryEnsemble(nn.Module):
    """The mean of K networks, and of a kernel regression if there is one."""

    def __init__(self, config: RegulatoryConfig, networks: int) -> None:
        super().__init__()
        self.config = config
        self.networks = nn.ModuleList(RegulatoryNetwork(config) for _ in range(networks))
        self.kernel = Kernel(config) if config.centres else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to (B, T)."""
        return self.mixed(*self.each(x))

    def each(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """(B, 4, L) to (K, B, T) of the networks and (B, T) of the kernel regression."""
        networks = torch.stack([network(x) for network in self.networks])
        return networks, None if self.kernel is None else self.kernel(x)

    def each_on_both(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """As `each`, the mean of both strands. The kernel regression gives the same for either, and is run once."""
        networks, kernel = self.each(x)
        reverse = x.flip(1, 2)
        other = torch.stack([network(reverse) for network in self.networks])
        return (networks + other) / 2, kernel

    def mixed(self, networks: torch.Tensor, kernel: torch.Tensor | None) -> torch.Tensor:
        """The outputs of `each` to (B, T)."""
        mean = networks.mean(dim=0)
        if self.kernel is None or kernel is None:
            return mean
        return torch.lerp(mean, kernel, self.kernel.share.to(mean.dtype))

    def attention(self, x: torch.Tensor) -> list[torch.Tensor]:
        """(B, 4, L) to each layer's weights, (B, K x H, n, n): the heads of all networks side by side."""
        each = [network.attention(x)[0] for network in self._each()]
        return [torch.cat(layers, dim=1) for layers in zip(*each, strict=True)]

    def importance(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to the mean of the networks' importances, (B, L); the bases of a token share its own."""
        mean = torch.stack([network.importance(x) for network in self._each()]).mean(dim=0)
        return mean.repeat_interleave(self.config.token_size, dim=1) / self.config.token_size

    def _each(self) -> list[RegulatoryNetwork]:
        return [network for network in self.networks if isinstance(network, RegulatoryNetwork)]


class _BothStrands(nn.Module):
    """Filters on both strands: the best match within every `pool` bases. The complement of base i is base 3 - i."""

    def __init__(self, filters: int, width: int, pool: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(filters, 4, width))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)
        self.norm = nn.BatchNorm1d(filters)
        self.pool = nn.MaxPool1d(pool)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        both = torch.cat([self.weight, self.weight.flip(1, 2)])
        strands = self.pool(functional.conv1d(x, both, padding=both.shape[2] // 2)).chunk(2, dim=1)
        y: torch.Tensor = functional.silu(self.norm(torch.maximum(*strands)))
        return y


class _Convolution(nn.Module):
    """Convolution, batch normalization, SiLU."""

    def __init__(self, before: int, after: int, width: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(before, after, width, padding=width // 2, bias=False)
        self.norm = nn.BatchNorm1d(after)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = functional.silu(self.norm(self.convolution(x)))
        return y


class _Excited(nn.Module):
    """A convolution, its channels weighted by squeeze-and-excitation."""

    def __init__(self, before: int, channels: int, width: int) -> None:
        super().__init__()
        self.convolution = _Convolution(before, channels, width)
        self.squeeze = nn.Linear(channels, max(channels // 4, 1))
        self.excite = nn.Linear(max(channels // 4, 1), channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.convolution(x)
        gates = torch.sigmoid(self.excite(functional.silu(self.squeeze(y.mean(dim=2)))))
        return y * gates[:, :, None]


class _Residual(nn.Module):
    """An excited convolution, added to its input."""

    def __init__(self, channels: int, width: int, dropout: float) -> None:
        super().__init__()
        self.excited = _Excited(channels, channels, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        added: torch.Tensor = self.dropout(self.excited(x))
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

"""genoscore's own network: 200 bases of an inserted element to reporter activity, by known motifs and a transformer.

A bank of fixed filters, binding motifs, reads both strands. The exponentials of the matches are summed over the
strands and averaged over every few bases, which are a token: its occupancy, up to a factor the expected number of bound
proteins where binding is weak (Berg and von Hippel, JMB 1987). From there two ways lead to the output, and their sum is
taken:

- wide: the mean occupancy of the whole element, through one hidden layer and past it;
- deep: the logarithms, residual convolutions with squeeze-and-excitation (Hu et al., CVPR 2018), pre-norm transformer
  layers with a learned bias by distance, and attention pooling, where learned queries each average the tokens.

An ensemble is the mean of several such networks and, where it has one, of a kernel regression on the occupancies of
whole elements, which has few ways to be misled by few data.

The bank has no learned numbers, so that it runs once for all networks of an ensemble and, in training, once a sequence.

Notation: B batch, L bases, F filters, n tokens, C channels, H heads, Q queries of the pooling, T tracks, K networks,
M centres of the kernel. Input is one-hot (B, 4, L), zeros where a base is unknown or beyond the element's end.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from genoscore.networks.regulatory_config import RegulatoryConfig

_TOGETHER = 64  # sequences on a GPU
POWERS = 2  # of occupancies, that the kernel regression reads
_MOST = 6.0  # deviations
_STEP = _MOST / 127  # of the centres, which are most of the weights


class MotifBank(nn.Module):
    """Occupancies of tokens by the proteins that bind fixed motifs.

    Attributes:
        filters: (F, 4, W) log odds of a base at a place of the motif, scaled as the matches shall be.
        mean, deviation: (F,) of the logarithms of the training elements' tokens.
    """

    filters: torch.Tensor
    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, config: RegulatoryConfig) -> None:
        super().__init__()
        self.token_size = config.token_size
        self.register_buffer("filters", torch.zeros(config.filters, 4, config.filter_width))
        self.register_buffer("mean", torch.zeros(config.filters))
        self.register_buffer("deviation", torch.ones(config.filters))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to standardized logarithms of occupancies, (B, n, F)."""
        return ((self.occupancy(x).log() - self.mean[:, None]) / self.deviation[:, None]).transpose(1, 2)

    def occupancy(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to the sum of exp(match) over both strands, averaged over the bases of a token, (B, F, n)."""
        both = torch.cat([self.filters, self.filters.flip(1, 2)])  # the complement of base i is base 3 - i
        width, weights = both.shape[2], both.flatten(1).T
        some = 1 if x.device.type == "cpu" else _TOGETHER  # of one sequence, matches stay in a processor's cache
        found = []
        for part in torch.split(functional.pad(x, (width // 2, width // 2)), some):
            places = part.unfold(2, width, 1).transpose(1, 2).reshape(-1, len(weights))  # (B x L, 4W)
            matches = (places @ weights).exp().view(len(part), -1, self.token_size, 2, len(self.filters))
            found.append(matches.mean(dim=2).sum(dim=2))
        return torch.cat(found).transpose(1, 2)

    def whole(self, tokens: torch.Tensor) -> torch.Tensor:
        """What `forward` gives, (B, n, F), to the mean occupancy over the tokens; 1 is that of an average token."""
        return (tokens * self.deviation).exp().mean(dim=1)

    def powers(self, tokens: torch.Tensor) -> torch.Tensor:
        """(B, n, F) to the means of occupancies and of their cubes, which are of strong matches alone, (B, 2F)."""
        one = (tokens * self.deviation).exp()
        return torch.cat([one.mean(dim=1), (one * one.square()).mean(dim=1)], dim=1)


class RegulatoryNetwork(nn.Module):
    """One network; its outputs are in units of the table that it was fitted to (log2 RNA/DNA).

    Attributes:
        mean, deviation: (T,) of the fitted values; what the last layers give is multiplied by one and the other added.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, config: RegulatoryConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or RegulatoryConfig()
        channels, drop = config.channels, config.dropout
        self.drop_filters = nn.Dropout(drop)
        self.mix = nn.Linear(config.filters, channels, bias=False)
        self.mix_norm = nn.BatchNorm1d(channels)
        self.blocks = nn.Sequential(*(_Residual(channels, config.width, drop / 2) for _ in range(config.blocks)))
        tokens = config.length // config.token_size
        self.layers = nn.ModuleList(_Layer(channels, config.heads, tokens, drop) for _ in range(config.layers))
        self.norm = nn.LayerNorm(channels)
        self.queries = nn.Linear(channels, config.queries)
        self.hidden = nn.Linear(channels * config.queries, config.hidden)
        self.dropout = nn.Dropout(drop)
        self.head = nn.Linear(config.hidden, config.tracks)
        self.wide = _Wide(config) if config.wide else None
        self.register_buffer("mean", torch.zeros(config.tracks))
        self.register_buffer("deviation", torch.ones(config.tracks))

    def forward(self, tokens: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
        """What the bank gives, (B, n, F) and (B, F), to (B, T)."""
        return self.standard(tokens, whole) * self.deviation + self.mean

    def standard(self, tokens: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
        """As `forward`, in deviations from the mean."""
        x = self._tokens(tokens)
        for layer in self.layers:
            x = layer(x)
        x = self.norm(x)
        pooled = self._weights(x).transpose(1, 2) @ x  # (B, Q, C)
        out: torch.Tensor = self.head(self.dropout(functional.silu(self.hidden(pooled.flatten(1)))))
        return out if self.wide is None else out + self.wide(whole)

    def attention(self, tokens: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        """(B, n, F) to each layer's weights (B, H, n, n), queries by keys, and those of the pooling (B, Q, n)."""
        x, layers = self._tokens(tokens), []
        for layer in self.layers:
            assert isinstance(layer, _Layer)
            layers.append(layer.weights(x))
            x = layer(x)
        return layers, self._weights(self.norm(x)).transpose(1, 2)

    def importance(self, tokens: torch.Tensor) -> torch.Tensor:
        """(B, n, F) to the attention that reaches every token from the output, (B, n); rows sum to 1.

        Rollout (Abnar and Zuidema, ACL 2020): each layer passes on half by its residual path and half by the mean of
        its heads.
        """
        layers, pooling = self.attention(tokens)
        flow = pooling.mean(dim=1, keepdim=True)  # (B, 1, n)
        for weights in reversed(layers):
            flow = (flow + flow @ weights.mean(dim=1)) / 2
        return flow[:, 0]

    def _tokens(self, tokens: torch.Tensor) -> torch.Tensor:
        """(B, n, F) to (B, n, C)."""
        kept = self.drop_filters(tokens.new_ones(tokens.shape[2]))  # the same ones for the whole batch, which is cheap
        mixed = functional.linear(tokens, self.mix.weight * kept).transpose(1, 2)
        x: torch.Tensor = self.blocks(functional.silu(self.mix_norm(mixed)))
        return x.transpose(1, 2)

    def _weights(self, x: torch.Tensor) -> torch.Tensor:
        """(B, n, C) to (B, n, Q), summing to 1 over the tokens."""
        weights: torch.Tensor = self.queries(x).softmax(dim=1)
        return weights


class Kernel(nn.Module):
    """Regression by Gaussians of the distance to elements (Nystroem: Williams and Seeger, NeurIPS 2000).

    What it reads of an element is standardized, and cut off beyond 6 deviations.

    Attributes:
        centres: (M, 2F) int8, elements as they are read, in steps of 6 / 127.
        coefficients: (M, T). rate: (), of the Gaussians.
        read_mean, read_deviation: (2F,). mean, deviation: (T,) of the fitted values.
        share: (), of the kernel regression in the ensemble's output.
        elements: (M, 2F) float64, the values that `centres` stand for; made of them, and in no file.
    """

    centres: torch.Tensor
    elements: torch.Tensor
    coefficients: torch.Tensor
    rate: torch.Tensor
    read_mean: torch.Tensor
    read_deviation: torch.Tensor
    mean: torch.Tensor
    deviation: torch.Tensor
    share: torch.Tensor

    def __init__(self, config: RegulatoryConfig) -> None:
        super().__init__()
        self.register_buffer("centres", torch.zeros(config.centres, POWERS * config.filters, dtype=torch.int8))
        self.register_buffer("coefficients", torch.zeros(config.centres, config.tracks))
        for name in ("read_mean", "read_deviation"):
            self.register_buffer(name, torch.ones(POWERS * config.filters))
        for name in ("mean", "deviation"):
            self.register_buffer(name, torch.ones(config.tracks))
        for name in ("rate", "share"):
            self.register_buffer(name, torch.zeros(()))
        self.register_buffer("elements", torch.zeros(self.centres.shape, dtype=torch.float64), persistent=False)
        self.register_load_state_dict_post_hook(lambda kernel, _: kernel._widen())  # type: ignore[no-untyped-call]

    def forward(self, powers: torch.Tensor) -> torch.Tensor:
        """What the bank gives of whole elements, (B, 2F), to (B, T).

        In float64: distances are small differences of large sums, and the coefficients large and of either sign.
        """
        near = self.near(self.read(powers).double(), self.elements)
        return (near @ self.coefficients.double()).to(powers.dtype) * self.deviation + self.mean

    def read(self, powers: torch.Tensor) -> torch.Tensor:
        """(B, 2F) standardized."""
        return ((powers - self.read_mean) / self.read_deviation).clamp(-_MOST, _MOST)

    def round_centres(self, read: torch.Tensor) -> None:
        """Take (M, 2F) as the centres."""
        self.centres.copy_((read / _STEP).round())
        self._widen()

    def _widen(self) -> None:
        self.elements.copy_(self.centres.double() * _STEP)

    def near(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """(B, 2F) and (M, 2F) to the Gaussians of their distances, (B, M)."""
        squares = one.square().sum(dim=1)[:, None] + other.square().sum(dim=1) - 2 * one @ other.T
        return (-self.rate / one.shape[1] * squares.clamp(min=0)).exp()


class RegulatoryEnsemble(nn.Module):
    """The mean of K networks that read one bank, and of a kernel regression where there is one."""

    def __init__(self, config: RegulatoryConfig, networks: int) -> None:
        super().__init__()
        self.config = config
        self.bank = MotifBank(config)
        self.networks = nn.ModuleList(RegulatoryNetwork(config) for _ in range(networks))
        self.kernel = Kernel(config) if config.centres else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to (B, T)."""
        return self.mixed(*self.each(x))

    def each(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """(B, 4, L) to (K, B, T) of the networks and (B, T) of the kernel regression."""
        tokens = self.bank(x)
        powers = None if self.kernel is None else self.bank.powers(tokens)
        whole = self.bank.whole(tokens) if powers is None else powers[:, : self.config.filters]
        networks = torch.stack([network(tokens, whole) for network in self.networks])
        return networks, None if self.kernel is None else self.kernel(powers)

    def mixed(self, networks: torch.Tensor, kernel: torch.Tensor | None) -> torch.Tensor:
        """What `each` gives to (B, T)."""
        mean = networks.mean(dim=0)
        if self.kernel is None or kernel is None:
            return mean
        return torch.lerp(mean, kernel, self.kernel.share.to(mean.dtype))

    def attention(self, x: torch.Tensor) -> list[torch.Tensor]:
        """(B, 4, L) to each layer's weights, (B, K x H, n, n): the heads of all networks side by side."""
        tokens = self.bank(x)
        each = [network.attention(tokens)[0] for network in self._each()]
        return [torch.cat(layers, dim=1) for layers in zip(*each, strict=True)]

    def importance(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to the mean of the networks' importances, (B, L); the bases of a token share its own."""
        tokens = self.bank(x)
        mean = torch.stack([network.importance(tokens) for network in self._each()]).mean(dim=0)
        return mean.repeat_interleave(self.config.token_size, dim=1) / self.config.token_size

    def _each(self) -> list[RegulatoryNetwork]:
        return [network for network in self.networks if isinstance(network, RegulatoryNetwork)]


class _Convolution(nn.Module):
    """Convolution, batch normalization, SiLU."""

    def __init__(self, before: int, after: int, width: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(before, after, width, padding=width // 2, bias=False)
        self.norm = nn.BatchNorm1d(after)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = functional.silu(self.norm(self.convolution(x)))
        return y


class _Wide(nn.Module):
    """Every filter's occupancy of the whole element to the outputs: linearly, and through a hidden layer."""

    def __init__(self, config: RegulatoryConfig) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(config.filters, affine=False)
        self.drop_filters = nn.Dropout(config.dropout)
        self.linear = nn.Linear(config.filters, config.tracks)
        self.hidden = nn.Linear(config.filters, config.wide)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(config.wide, config.tracks)
        self.scale = 4 / config.filters**0.5  # the many filters are alike: small steps

    def forward(self, whole: torch.Tensor) -> torch.Tensor:
        read = self.drop_filters(self.norm(whole)) * self.scale
        out: torch.Tensor = self.linear(read) + self.head(self.dropout(functional.silu(self.hidden(read))))
        return out


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

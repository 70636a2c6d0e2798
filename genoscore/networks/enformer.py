"""Enformer (Avsec et al., Nature Methods 2021): a convolutional stem and tower, a transformer, heads of tracks.

Notation: B batch, L bases, n = L / 128 tokens, N bins left after cropping, T tracks.

For inference only: batch normalisations use their running statistics, and there is no dropout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from genoscore.networks.enformer_attention import TransformerBlock
from genoscore.networks.enformer_config import BIN_SIZE, EnformerConfig
from genoscore.networks.enformer_positions import position_features
from genoscore.networks.enformer_tower import ConvStage, FoldedTower

_STEM_WIDTH, _TOWER_WIDTH = 15, 5
_GELU = 1.702


class Enformer(nn.Module):
    """Bases to tokens (`tokens`), to embeddings (`trunk`), to tracks (`head`).

    Args:
        gammas: the table of gamma features, (2 n - 1, dim / heads / 6), if the config requires one.

    Attributes:
        reach: how many bases outside a token's own 128 a change may lie and still change the token.
        halo: the same in tokens.
    """

    def __init__(self, config: EnformerConfig, gammas: torch.Tensor | None = None) -> None:
        super().__init__()
        if config.use_tf_gamma != (gammas is not None):
            raise ValueError("a table of gammas is needed with use_tf_gamma, and only then")
        self.config = config
        self._gammas = gammas
        stages = zip(config.channels[:-1], config.channels[1:], strict=True)
        self.stem = ConvStage(4, config.channels[0], _STEM_WIDTH, first=True)
        self.tower = nn.ModuleList(ConvStage(c, d, _TOWER_WIDTH, first=False) for c, d in stages)
        self.transformer = nn.ModuleList(TransformerBlock(config) for _ in range(config.depth))
        self.final_norm = nn.BatchNorm1d(config.dim)
        self.final = nn.Linear(config.dim, 2 * config.dim)
        self.heads = nn.ModuleDict({name: nn.Linear(2 * config.dim, t) for name, t in config.output_heads.items()})
        self.reach = _STEM_WIDTH // 2 + sum(_TOWER_WIDTH // 2 << stage for stage in range(1, 7))
        self.halo = -(-self.reach // BIN_SIZE)
        self._folded: FoldedTower | None = None
        self._position_keys: list[torch.Tensor] = []
        self.eval()

    def _apply(self, fn: Callable[..., Any], recurse: bool = True) -> Enformer:
        """Moves or converts the network; what was derived from the weights will be derived again."""
        self.forget()
        return cast(Enformer, super()._apply(fn, recurse))  # type: ignore[no-untyped-call]

    def forget(self) -> None:
        """Drops what was derived from the weights; must be called after any change of them."""
        self._folded = None
        self._position_keys = []

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """One-hot bases (B, 4, L) to every head's tracks, (B, T, N) each."""
        embeddings = self.trunk(self.tokens(x))
        return {name: self.head(embeddings, name) for name in self.heads}

    def tokens(self, x: torch.Tensor, block: int | None = None) -> torch.Tensor:
        """One-hot bases (B, 4, L), zeros for N, to (B, n, dim) float32: stem and tower.

        Args:
            x: L may be any multiple of 128.
            block: see FoldedTower.
        """
        if x.ndim != 3 or x.shape[1] != 4 or x.shape[2] % BIN_SIZE:
            raise ValueError(f"x has shape {tuple(x.shape)}, expected (B, 4, L), L a multiple of {BIN_SIZE}")
        return self._tower()(x, block)

    def differentiable_tokens(self, x: torch.Tensor) -> torch.Tensor:
        """Equals `tokens(x)`, within rounding, layer by layer, and gradients flow through it.

        Only the stages' inputs are kept for the backward pass; what lies between is computed again.
        """
        h = x
        for stage in (self.stem, *self.tower):
            h = checkpoint(stage, h, use_reentrant=False)
        return h.transpose(1, 2)

    def trunk(self, tokens: torch.Tensor) -> torch.Tensor:
        """Tokens (B, n, dim) to embeddings (B, N, 2 dim): transformer, crop, last layer.

        The last block computes only what remains after cropping.
        """
        n, crop = self.config.tokens, self.config.crop
        x = tokens
        for number, (block, position_keys) in enumerate(self._blocks(tokens), 1):
            ends = (crop, n - crop) if number == len(self.transformer) else (0, n)
            x = block(x, position_keys, *ends)
        x = self.final_norm(x.transpose(1, 2)).transpose(1, 2)
        return _gelu(self.final(_gelu(x)))

    def head(self, embeddings: torch.Tensor, name: str, rows: torch.Tensor | None = None) -> torch.Tensor:
        """Embeddings (B, N, 2 dim) to tracks (B, T, N).

        Args:
            rows: int64 numbers of the tracks to compute, in their order; None for all.
        """
        layer = cast(nn.Linear, self.heads[name])
        weight, bias = (layer.weight, layer.bias) if rows is None else (layer.weight[rows], layer.bias[rows])
        return functional.softplus(functional.linear(embeddings, weight, bias).float()).transpose(1, 2)

    def attention(self, tokens: torch.Tensor) -> list[torch.Tensor]:
        """Tokens (B, n, dim) to each block's attention weights, (B, heads, n, n): keys last, rows sum to 1."""
        x, weights = tokens, []
        for block, position_keys in self._blocks(tokens):
            weights.append(block.attention.weights(block.norm1(x), position_keys))
            x = block(x, position_keys, 0, x.shape[1])
        return weights

    def edited_tokens(self, x: torch.Tensor, reference: torch.Tensor, first: int, last: int) -> torch.Tensor:
        """Tokens of windows that differ from a reference window only in bases [first, last), 0-based.

        Equals `tokens(x)`; only what these bases reach is computed. For an indel that shifts bases, last is L.

        Args:
            x: one-hot windows (A, 4, L), or one (4, L).
            reference: the reference's tokens, (n, dim).

        Returns:
            (A, n, dim), or (n, dim).
        """
        if x.ndim == 2:
            return self.edited_tokens(x[None], reference, first, last)[0]
        edited = reference.expand(len(x), -1, -1).clone()
        begin, end = self.touched(first, last)
        if begin == end:
            return edited
        left, right = max(begin - self.halo, 0), min(end + self.halo, len(reference))
        crop = self.tokens(x[:, :, left * BIN_SIZE : right * BIN_SIZE])
        edited[:, begin:end] = crop[:, begin - left : end - left]
        return edited

    def touched(self, first: int, last: int) -> tuple[int, int]:
        """The tokens, half-open, that bases [first, last) of a window can change."""
        if first >= last:
            return 0, 0
        begin, end = (first - self.reach) // BIN_SIZE, (last - 1 + self.reach) // BIN_SIZE + 1
        return max(begin, 0), min(end, self.config.tokens)

    def _tower(self) -> FoldedTower:
        weight = self.stem.conv.weight
        autocast = torch.is_autocast_enabled(weight.device.type)
        dtype = torch.get_autocast_dtype(weight.device.type) if autocast else weight.dtype
        if self._folded is None or self._folded.dtype != dtype:
            self._folded = FoldedTower([self.stem, *cast(list[ConvStage], self.tower)], dtype)
        return self._folded

    def _blocks(self, tokens: torch.Tensor) -> Iterator[tuple[TransformerBlock, torch.Tensor]]:
        """Every block with its relative-position keys, which are computed once."""
        expected = self.config.tokens, self.config.dim
        if tokens.ndim != 3 or tuple(tokens.shape[1:]) != expected:
            raise ValueError(f"tokens have shape {tuple(tokens.shape)}, expected (B, {expected[0]}, {expected[1]})")
        blocks = cast(list[TransformerBlock], self.transformer)
        if not self._position_keys:
            weight = self.stem.conv.weight
            features = position_features(self.config.tokens, self.config.dim // self.config.heads, self._gammas)
            features = features.to(weight.device, weight.dtype)
            with torch.no_grad(), torch.autocast(weight.device.type, enabled=False):
                self._position_keys = [block.attention.position_keys(features) for block in blocks]
        return zip(blocks, self._position_keys, strict=True)


def _gelu(x: torch.Tensor) -> torch.Tensor:
    return x * torch.sigmoid(_GELU * x)

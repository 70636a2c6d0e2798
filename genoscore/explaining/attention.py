"""A transformer's attention from the variant: by layer, by head, and rolled out to the network's input.

Rollout (Abnar and Zuidema, ACL 2020): a layer's weights, averaged over heads, are mixed half and half with the
identity, for the residual path, and multiplied from the first layer to the last. Row i then says how much of every
input token reaches token i. Attention is a hypothesis about what the network uses, not a proof.

Networks of an ensemble are rolled out separately, and averaged.

H heads, n tokens, K layers, L bases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.core.encode import reverse_complement
from genoscore.explaining.cases import Case, cut_windows, encode
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.predictors.base import AttentivePredictor, PoolingPredictor

TOP = 10  # regions that the BED lists


@dataclass(frozen=True, slots=True)
class Seen:
    """How the variant's token attends to all tokens, for one allele; rows sum to 1.

    Attributes:
        heads: (K, H, n). rollout: (n,).
        pooled: (L,), every base's share in the outputs; None for a network that does not pool by attention.
    """

    heads: NDArray[np.float32]
    rollout: NDArray[np.float64]
    pooled: NDArray[np.float32] | None = None

    @property
    def layers(self) -> NDArray[np.float32]:
        """(K, n): the mean over heads."""
        return np.asarray(self.heads.mean(axis=1))


@dataclass(frozen=True, slots=True)
class Attention:
    """Attention for both alleles.

    Attributes:
        start: position of token 0's first base, 0-based. size: bases per token.
        token: index of the variant's token; without a variant, of the middle base's.
        alt: None without a variant. Its tokens are those of ALT's window.
    """

    case: Case
    start: int
    size: int
    token: int
    ref: Seen
    alt: Seen | None

    def top(self, count: int = TOP) -> list[tuple[int, int, float]]:
        """The tokens that contribute most to the variant's token in REF, largest first, without that token itself.

        Returns:
            Bases [start, end), 0-based, and the token's share.
        """
        shares = self.ref.rollout.copy()
        shares[self.token] = -1
        order = np.argsort(-shares, kind="stable")[: min(count, len(shares) - 1)]
        return [
            (self.start + int(at) * self.size, self.start + (int(at) + 1) * self.size, float(shares[at]))
            for at in order
        ]


def rollout(weights: Sequence[torch.Tensor], token: int | None = None) -> torch.Tensor:
    """Rollout of each layer's (H, n, n): (n, n), float64, or the row (1, n) of one token; rows sum to 1."""
    identity = torch.eye(weights[0].shape[-1], dtype=torch.float64)
    rolled = identity if token is None else identity[token : token + 1]
    for layer in reversed(weights):
        mixed = 0.5 * layer.double().mean(dim=0).cpu() + 0.5 * identity
        rolled = rolled @ (mixed / mixed.sum(dim=1, keepdim=True))
    return rolled


def attention_of(case: Case, predictor: AttentivePredictor, genome: ReferenceGenome) -> Attention:
    """From the token that contains REF's first base; the mean of both strands if the predictor reads both."""
    spec, size = predictor.spec, predictor.token_size
    windows = cut_windows(case, genome, spec)
    place = case.edit.start
    token = (place - windows.start) // size
    ref = _seen(windows.ref, token, case.reading(spec), predictor)
    alt = None if windows.alt is None else _seen(windows.alt, token, case.reading(spec), predictor)
    return Attention(case, windows.start, size, token, ref, alt)


def _seen(sequence: str, token: int, reading: str, predictor: AttentivePredictor) -> Seen:
    x = encode(sequence, predictor.spec)
    strands = []
    if reading != "reverse":
        strands.append(_on_strand(x, token, predictor))
    if reading != "forward":
        reverse = _on_strand(reverse_complement(x), len(sequence) // predictor.token_size - 1 - token, predictor)
        strands.append([array[..., ::-1] for array in reverse])
    return Seen(*(np.mean(parts, axis=0) for parts in zip(*strands, strict=True)))


def _on_strand(x: torch.Tensor, token: int, predictor: AttentivePredictor) -> list[NDArray[Any]]:
    """The arrays of `Seen`, for a sequence as it is read."""
    weights = [layer[0] for layer in predictor.attention(x)]
    heads = torch.stack([layer[:, token].float() for layer in weights]).cpu().numpy()
    networks = zip(*(layer.chunk(predictor.attending) for layer in weights), strict=True)
    rolled = np.mean([rollout(layers, token)[0].numpy() for layers in networks], axis=0)
    pooled = [predictor.importance(x)[0].cpu().numpy()] if isinstance(predictor, PoolingPredictor) else []
    return [heads, rolled, *pooled]

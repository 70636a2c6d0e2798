"""Attention of a transformer from the variant: layer by layer, head by head, and rolled out to the network's input.

Rollout (Abnar and Zuidema, ACL 2020): a layer's weights, averaged over heads, are mixed half and half with the
identity, for the residual path, and multiplied from the first layer to the last. Row i then says how much of every
input token reaches token i. Attention is a hypothesis of what the network uses, not a proof.

Networks of an ensemble are rolled out each by itself, and averaged.

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
    """What the variant's token takes from all tokens, of one allele; rows sum to 1.

    Attributes:
        heads: (K, H, n). rollout: (n,).
        pooled: (L,), what the outputs take from every base; None of a network that does not pool by attention.
    """

    heads: NDArray[np.float32]
    rollout: NDArray[np.float64]
    pooled: NDArray[np.float32] | None = None

    @property
    def layers(self) -> NDArray[np.float32]:
        """(K, n): heads averaged."""
        return np.asarray(self.heads.mean(axis=1))


@dataclass(frozen=True, slots=True)
class Attention:
    """Of both alleles.

    Attributes:
        start: place of token 0's first base. size: bases of a token. token: the variant's (the middle one's, without).
        alt: None without a variant. Its tokens lie where they lie in ALT's window.
    """

    case: Case
    start: int
    size: int
    token: int
    ref: Seen
    alt: Seen | None

    def top(self, count: int = TOP) -> list[tuple[int, int, float]]:
        """Bases [start, end) of the tokens of which most reaches the variant's in REF, but for itself, and how much;
        largest first."""
        shares = self.ref.rollout.copy()
        shares[self.token] = -1
        order = np.argsort(-shares, kind="stable")[: min(count, len(shares) - 1)]
        return [
            (self.start + int(at) * self.size, self.start + (int(at) + 1) * self.size, float(shares[at]))
            for at in order
        ]


def rollout(weights: Sequence[torch.Tensor], token: int | None = None) -> torch.Tensor:
    """Each layer's (H, n, n) to (n, n), float64, or to the row (1, n) of one token; rows sum to 1."""
    unit = torch.eye(weights[0].shape[-1], dtype=torch.float64)
    found = unit if token is None else unit[token : token + 1]
    for layer in reversed(weights):
        mixed = 0.5 * layer.double().mean(dim=0).cpu() + 0.5 * unit
        found = found @ (mixed / mixed.sum(dim=1, keepdim=True))
    return found


def attention_of(case: Case, predictor: AttentivePredictor, genome: ReferenceGenome) -> Attention:
    """From the token that holds REF's first base; of the mean of both strands, where the predictor is run so."""
    spec, size = predictor.spec, predictor.token_size
    windows = cut_windows(case, genome, spec)
    place = case.edit.start
    token = (place - windows.start) // size
    ref = _seen(windows.ref, token, case.reading(spec), predictor)
    alt = None if windows.alt is None else _seen(windows.alt, token, case.reading(spec), predictor)
    return Attention(case, windows.start, size, token, ref, alt)


def _seen(sequence: str, token: int, reading: str, predictor: AttentivePredictor) -> Seen:
    x = encode(sequence, predictor.spec)
    found = []
    if reading != "reverse":
        found.append(_on_strand(x, token, predictor))
    if reading != "forward":
        turned = _on_strand(reverse_complement(x), len(sequence) // predictor.token_size - 1 - token, predictor)
        found.append([one[..., ::-1] for one in turned])
    return Seen(*(np.mean(parts, axis=0) for parts in zip(*found, strict=True)))


def _on_strand(x: torch.Tensor, token: int, predictor: AttentivePredictor) -> list[NDArray[Any]]:
    """What `Seen` holds, of a sequence as it is read."""
    weights = [one[0] for one in predictor.attention(x)]
    heads = torch.stack([layer[:, token].float() for layer in weights]).cpu().numpy()
    networks = zip(*(layer.chunk(predictor.attending) for layer in weights), strict=True)
    rolled = np.mean([rollout(layers, token)[0].numpy() for layers in networks], axis=0)
    pooled = [predictor.importance(x)[0].cpu().numpy()] if isinstance(predictor, PoolingPredictor) else []
    return [heads, rolled, *pooled]

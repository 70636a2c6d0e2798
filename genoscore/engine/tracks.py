"""From sequences to tracks: cut into pieces, compute in batches, place on the sequence's own coordinates.

B batch, L bases, R replicates, T tracks, N bins. A network of free length reads a sequence of n bases with its flanks
and outputs a value for every base (or bin). Longer sequences are computed in pieces that overlap by the context, which
gives the same result as one pass. A network of fixed length reads the sequence in the middle of its window, and outputs
the bins of that window.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from genoscore.core.encode import TABLES, one_hot
from genoscore.core.errors import GenoscoreError
from genoscore.engine.full_windows import fit_windows
from genoscore.engine.layout import Layout, TrackBlock, check_length
from genoscore.inputs.sequences import TrackSource
from genoscore.predictors.base import Predictor, PredictorSpec
from genoscore.predictors.strands import predict_on

PIECE = 50_000  # bases of output computed at once, unless the context is longer
_OUTPUTS = 1 << 24  # most output values for one piece


@dataclass(frozen=True, slots=True)
class _Piece:
    """The input of one call: `window` yields the `count` bins from `first`; None: as many as the network outputs."""

    source: TrackSource
    start: int
    first: int
    count: int | None
    window: str


def predict_tracks(
    sources: Iterable[TrackSource], predictor: Predictor, strand: str, batch_size: int | None = None
) -> Iterator[TrackBlock]:
    """Tracks of every sequence, replicates averaged, in the order and direction of the input.

    Args:
        strand: `forward`, `reverse` or `both`.
        batch_size: windows per call; None: as many as fit in memory. Consecutive windows of equal length are batched.

    Raises:
        InputError: see `check_length`.
        GenoscoreError: outputs are not finite, even when recomputed in fp32 on the CPU.
        ConfigError: outputs are not what the spec promises.
    """
    batch: list[_Piece] = []
    most = 0
    for source in sources:
        check_length(source, predictor.spec)
        for piece in _pieces(source, predictor.spec):
            if batch and (len(batch) >= most or len(piece.window) != len(batch[0].window)):
                yield from _compute(batch, predictor, strand)
                batch = []
            if not batch:
                most = batch_size or fit_windows(predictor.spec, predictor.device, len(piece.window))
            batch.append(piece)
    if batch:
        yield from _compute(batch, predictor, strand)


def _pieces(source: TrackSource, spec: PredictorSpec) -> Iterator[_Piece]:
    if spec.fixed is not None and not spec.sequences.any_length:
        left = min(max(spec.fixed.anchor_index - source.length // 2, 0), spec.fixed.length - source.length)
        window = source.cut(-left, spec.fixed.length - left)
        yield _Piece(source, spec.flank - left, 0, None, window)
        return
    n_bins = -(-source.length // spec.bin_size)
    bins = max(PIECE, spec.context_length) // spec.bin_size
    step = max(1, min(bins, _OUTPUTS // (spec.replicates * len(spec.tracks))))
    for first in range(0, n_bins, step):
        count = min(step, n_bins - first)
        start = first * spec.bin_size - spec.flank
        window = source.cut(start, start + spec.context_length + count * spec.bin_size)
        yield _Piece(source, 0, first, count, window)


def _compute(pieces: list[_Piece], predictor: Predictor, strand: str) -> Iterator[TrackBlock]:
    spec = predictor.spec
    x = one_hot([piece.window for piece in pieces], spec.n_fill, TABLES[spec.iupac])  # (B, 4, L)
    y = predict_on(strand, predictor, x)
    if not torch.isfinite(y).all():
        y = predict_on(strand, predictor.to_fallback(), x)
    values = y.float().mean(dim=1).cpu().numpy()  # (B, T, N)
    for piece, output in zip(pieces, values, strict=True):
        if not np.isfinite(output).all():
            raise GenoscoreError(f"{spec.name} gave NaN or infinity for {piece.source.name}", "check its weights")
        n_bins = output.shape[1] if piece.count is None else -(-piece.source.length // spec.bin_size)
        yield TrackBlock(Layout(piece.source, piece.start, spec.bin_size, n_bins), piece.first, output)

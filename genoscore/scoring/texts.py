"""Tracks of sequences given as strings, as `genoscore predict` computes them for a FASTA."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genoscore.core.errors import InputError
from genoscore.engine.layout import resolve_strand, without_adaptors
from genoscore.inputs.fasta_lines import fold_bases, foreign_letter, no_base
from genoscore.inputs.sequences import FastaSequence

if TYPE_CHECKING:
    from genoscore.predictors.base import Predictor


def predict_texts(
    predictor: Predictor, sequences: Sequence[str], strand: str = "spec", batch_size: int | None = None
) -> list[NDArray[np.float32]]:
    """Tracks of every sequence, (T, N) each, replicates averaged, in the order and direction of the input.

    A sequence is flanked with N. U is read as T, ambiguity codes as N, in either case.

    Args:
        strand: `spec` (as the predictor is run when it scores), `forward` or `reverse`.
        batch_size: windows computed at a time; None: chosen to fit memory.

    Raises:
        InputError: a sequence is empty, too long, or contains a character that is not a base.
        GenoscoreError: see `predict_tracks`.
    """
    from genoscore.engine.tracks import predict_tracks

    spec = predictor.spec
    sources = []
    for number, text in enumerate(sequences, 1):
        name = f"sequence {number}"
        if not isinstance(text, str) or not text:
            raise InputError(f"{name} is {'empty' if text == '' else type(text).__name__}", "give bases as a string")
        if letter := foreign_letter(text):
            why, hint = no_base(letter)
            raise InputError(f"{name} holds {why}", hint)
        sources.append(without_adaptors(FastaSequence(name, fold_bases(text)), spec))
    parts: dict[str, list[NDArray[np.float32]]] = {source.name: [] for source in sources}
    for block in predict_tracks(sources, predictor, resolve_strand(strand, spec), batch_size):
        parts[block.layout.source.name].append(block.values)
    return [np.concatenate(blocks, axis=1) for blocks in parts.values()]

"""Where the bins of a sequence's tracks lie, as determined by a spec. Torch is not imported here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genoscore.core.errors import InputError
from genoscore.inputs.sequences import FastaSequence, TrackSource
from genoscore.predictors.base import PredictorSpec


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the bins of a sequence lie.

    Attributes:
        start: of bin 0, in bases from the sequence's first; negative if it begins in the padding.
        n_bins: bins of the whole sequence.
    """

    source: TrackSource
    start: int
    bin_size: int
    n_bins: int

    def spans(self, first: int, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """For `count` bins from `first`: starts and ends (0-based, half-open) on the source's contig, clipped to the
        sequence, and whether the bin overlaps the sequence."""
        starts = self.start + self.bin_size * np.arange(first, first + count, dtype=np.int64)
        ends = np.minimum(starts + self.bin_size, self.source.length)
        starts = np.maximum(starts, 0)
        return starts + self.source.start, ends + self.source.start, starts < ends


@dataclass(frozen=True, slots=True)
class TrackBlock:
    """Consecutive bins of one sequence; a sequence's blocks come in order, one after the other.

    Attributes:
        first: index of the first bin.
        values: (T, n) float32, in the order and direction of the sequence.
    """

    layout: Layout
    first: int
    values: NDArray[np.float32]

    @property
    def end(self) -> int:
        """Index after the last bin."""
        return self.first + int(self.values.shape[1])

    @property
    def bases(self) -> int:
        """The sequence's bases in proportion to the bins; over all its blocks, its length."""
        length, n_bins = self.layout.source.length, self.layout.n_bins
        return length * self.end // n_bins - length * self.first // n_bins

    @property
    def is_last(self) -> bool:
        """Whether the sequence ends here."""
        return self.end == self.layout.n_bins


def resolve_strand(strand: str, spec: PredictorSpec) -> str:
    """`forward`, `reverse` or `both`; `spec`: as the predictor scores variants, forward if that depends on the gene."""
    if strand != "spec":
        return strand
    return "both" if spec.strand == "both" else "forward"


def check_length(source: TrackSource, spec: PredictorSpec, file: str = "") -> None:
    """Reject a sequence that the network cannot read whole.

    Args:
        file: that contains the sequence, for the message.

    Raises:
        InputError: longer than a fixed window, or of another length if the length must be exact.
    """
    name = f"{file}, sequence {source.name}" if file else source.name
    if spec.sequences.exact_length and source.length != spec.input_length:
        raise InputError(f"{name} has {_lengths(source, spec)}", "give sequences of that length", path=file)
    if spec.input_length is not None and not spec.sequences.any_length and source.length > spec.input_length:
        raise InputError(
            f"{name} has {source.length:,} bases, but {spec.name} reads {spec.input_length:,}",
            "split it into shorter sequences",
            path=file,
        )


def _lengths(source: TrackSource, spec: PredictorSpec) -> str:
    """The length of a sequence, and what it should be."""
    left, right = spec.sequences.adaptors
    text = f"{source.length:,} bases, but {spec.name} reads {spec.input_length:,}"
    if not (left or right):
        return text
    whole = (spec.input_length or 0) + len(left) + len(right)
    if source.length == whole:
        return f"{text}, or {whole:,} that begin with {left} and end with {right}"
    return f"{text}, or {whole:,} with its adaptors"


def without_adaptors(sequence: FastaSequence, spec: PredictorSpec) -> FastaSequence:
    """The sequence between the adaptors of the construct if it has both; else unchanged."""
    left, right = spec.sequences.adaptors
    length = spec.input_length or 0
    bases = sequence.bases
    both = bases.startswith(left) and bases.endswith(right) and len(bases) == length + len(left) + len(right)
    return FastaSequence(sequence.name, bases[len(left) : len(left) + length]) if both and left + right else sequence

"""Gaps and contradictions in gene annotations that are read all the same: counted, and named in warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from genoscore.inputs.coding.table import Integers
from genoscore.inputs.gene import Gene

NAMELESS = "exons that name no transcript, left out"
STRANDLESS = "exons without a strand, left out"
ELSEWHERE = "transcripts with exons on another contig or strand than their row, used as separate transcripts"
BOUNDS = "transcripts whose row has other bounds than their exons, whose bounds are used"
OVERLAPPING = "transcripts with overlapping exons, used as they are"
# Of coding sequences (CDS).
NO_TRANSCRIPT = "CDS, stop codons or selenocysteines without a transcript or a strand, left out"
NO_EXONS = "coding sequences of transcripts without exons, left out"
STRAY = "stop codons or selenocysteines of transcripts without a usable coding sequence, left out"
SEVERAL_PROTEINS = "transcripts with several proteins, the first of which is used"
OUTSIDE_EXONS = "coding sequences that lie partly outside their exons, left out"
INTERRUPTED = "coding sequences whose parts do not follow one another in the mRNA, marked as exceptions"
CONTRADICTORY_PHASES = "coding sequences whose phases contradict each other, marked as exceptions"
NO_PHASE = "coding sequences without a phase, read from their first base"
NOT_AT_THE_END = "coding sequences with a stop codon elsewhere than at their end, marked as exceptions"
NOT_A_CODON = "coding sequences with a selenocysteine that is no codon of theirs, marked as exceptions"


class Oddities:
    """Counts by kind, with the first place of each kind."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._first: dict[str, str] = {}

    def note(self, kind: str, place: str) -> None:
        """Count one of a kind, at a place such as `line 7`."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self._first.setdefault(kind, place)

    def messages(self) -> list[str]:
        """One per kind, in the order in which they were first noted.

        >>> oddities = Oddities()
        >>> oddities.note(STRANDLESS, "line 7")
        >>> oddities.note(STRANDLESS, "line 9")
        >>> oddities.messages()
        ['exons without a strand, left out: 2 (first: line 7)']
        """
        return [f"{kind}: {count:,} (first: {self._first[kind]})" for kind, count in self._counts.items()]


def overlapping_exons(first_exons: Integers, exon_starts: Integers, exon_ends: Integers) -> Integers:
    """Indices of the transcripts in which an exon begins before the previous one ends.

    Args:
        first_exons, exon_starts, exon_ends: see `Transcripts`.

    >>> overlapping_exons(*map(np.array, ([0, 2, 4], [0, 5, 0, 3], [5, 9, 4, 9]))).tolist()
    [1]
    """
    overlap = exon_starts[1:] < exon_ends[:-1]
    owners = np.repeat(np.arange(len(first_exons) - 1), np.diff(first_exons))
    return np.unique(owners[1:][overlap & (owners[1:] == owners[:-1])])


def note_overlaps(oddities: Oddities, genes: Iterable[Gene]) -> None:
    """Note genes with overlapping exons; for genes that are not in a `Transcripts`."""
    for gene in genes:
        if any(start < end for start, end in zip(gene.exon_starts[1:], gene.exon_ends, strict=False)):
            oddities.note(OVERLAPPING, gene.symbol)


def note_bounds(
    oddities: Oddities,
    declared: Sequence[tuple[int, int]],
    exons: np.ndarray,
    name_of: Callable[[int], str],
) -> None:
    """Note transcripts whose own row begins or ends elsewhere than their exons. All coordinates are 0-based, half-open.

    Args:
        declared: (N,) start and end of every transcript's row; (-1, -1) if it has none.
        exons: (3, M) transcript, start and end of every exon, sorted by transcript and start.
        name_of: from a transcript's index to its name in the warning.
    """
    if not exons.size:
        return
    transcripts, firsts = np.unique(exons[0], return_index=True)
    starts, ends = exons[1][firsts], np.maximum.reduceat(exons[2], firsts)
    bounds = np.array(declared, dtype=np.int64)[transcripts]
    differ = (bounds[:, 0] >= 0) & ((bounds[:, 0] != starts) | (bounds[:, 1] != ends))
    for number in transcripts[differ].tolist():
        oddities.note(BOUNDS, name_of(number))

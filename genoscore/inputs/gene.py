"""One transcript of a gene, as scorers and jobs use it."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Coding:
    """The coding sequence (CDS) of a transcript, as its annotation gives it. 0-based, half-open, in genomic order.

    Attributes:
        starts, ends: of its parts, each within an exon; none where it lies elsewhere than its exons, see `exception`.
        skipped: bases at its beginning, in reading direction, that belong to a codon that the annotation lacks.
        holds_stop: whether the parts include the stop codon; None if only the sequence can tell.
        starts_late, ends_early: the annotation says that the CDS is incomplete at its 5' or its 3' end.
        selenocysteines: first base, in reading direction, of every UGA that is read as selenocysteine.
        genetic_code: NCBI's number of the genetic code: 1, or 2 for vertebrate mitochondria.
        exception: why the protein cannot be had by reading the parts codon by codon, in the annotation's words
            (`ribosomal slippage`) or, where the annotation contradicts itself, in genoscore's; '' if it can.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    skipped: int = 0
    holds_stop: bool | None = None
    starts_late: bool = False
    ends_early: bool = False
    selenocysteines: tuple[int, ...] = ()
    genetic_code: int = 1
    exception: str = ""


@dataclass(frozen=True, slots=True)
class Gene:
    """One transcript of a gene; there is one of these per transcript. 0-based, half-open, in genomic order.

    Attributes:
        gene_id: '' if the annotation has no IDs.
        transcript_id: '' if the annotation has none.
        coding: its coding sequence; None if it has none, or if the annotation holds none at all.

    >>> gene = Gene("G", "", "1", "-", 10, 90, (10, 50), (20, 90))
    >>> gene.acceptors, gene.donors  # exon bases next to introns, 0-based
    (frozenset({19}), frozenset({50}))
    """

    symbol: str
    gene_id: str
    contig: str
    strand: str
    tx_start: int
    tx_end: int
    exon_starts: tuple[int, ...]
    exon_ends: tuple[int, ...]
    transcript_id: str = ""
    coding: Coding | None = field(default=None, repr=False, compare=False)
    boundaries: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        edges = {*self.exon_starts, *(end - 1 for end in self.exon_ends)}
        object.__setattr__(self, "boundaries", tuple(sorted(edges)))

    @property
    def tss(self) -> int:
        """0-based base at which transcription starts."""
        return self.tx_start if self.strand == "+" else self.tx_end - 1

    @property
    def acceptors(self) -> frozenset[int]:
        """0-based first base (in transcript order) of every exon but the first."""
        if self.strand == "+":
            return frozenset(self.exon_starts[1:])
        return frozenset(end - 1 for end in self.exon_ends[:-1])

    @property
    def donors(self) -> frozenset[int]:
        """0-based last base (in transcript order) of every exon but the last."""
        if self.strand == "+":
            return frozenset(end - 1 for end in self.exon_ends[:-1])
        return frozenset(self.exon_starts[1:])

    def nearest_boundary(self, position0: int) -> int:
        """The exon's first or last base (0-based) nearest to a base; the left one if two are equally near."""
        at = bisect.bisect_left(self.boundaries, position0)
        near = self.boundaries[max(at - 1, 0) : at + 1]
        return min(near, key=lambda boundary: abs(boundary - position0))


def check_gene(
    strand: str, tx_start: int, tx_end: int, exon_starts: tuple[int, ...], exon_ends: tuple[int, ...]
) -> None:
    """Raise ValueError, saying what is wrong, unless the coordinates make a gene."""
    if strand not in ("+", "-"):
        raise ValueError(f"STRAND is {strand!r}, not + or -")
    if not 0 <= tx_start < tx_end:
        raise ValueError(f"TX_START {tx_start} and TX_END {tx_end} are not an interval")
    if not exon_starts or len(exon_starts) != len(exon_ends):
        raise ValueError(f"{len(exon_starts)} exon starts and {len(exon_ends)} exon ends")
    if any(end <= start for start, end in zip(exon_starts, exon_ends, strict=True)):
        raise ValueError("an exon ends before it starts")
    if list(exon_starts) != sorted(exon_starts):
        raise ValueError("exons are not in genomic order")
    if exon_starts[0] < tx_start or max(exon_ends) > tx_end:
        raise ValueError("an exon lies outside the transcript")

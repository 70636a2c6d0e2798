"""A transcript with its bases: mRNA, coding sequence, and HGVS's numbers of its bases."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from functools import cached_property
from itertools import accumulate, pairwise

from genoscore.consequences.coding_sequence import CodingSequence, place_coding, read_coding
from genoscore.consequences.genetic_code import reverse_complement
from genoscore.inputs.gene import Gene


class TranscriptModel:
    """One transcript, made once and then asked about many variants. Its bases are fetched when first needed.

    Args:
        gene: the transcript.
        fetch: upper-case reference bases [start, end), 0-based, of its contig, forward strand; N beyond the ends.
        annotated_cds: whether the annotation has coding sequences at all. If so, a transcript without one is
            non-coding, and its bases are numbered from 1; if not, nobody knows, and they have no numbers.

    Attributes:
        exons: 0-based, half-open genomic intervals in reading direction, the first exon first.
        length: bases of the mRNA. junctions: bases of the mRNA before each exon-exon junction.
    """

    def __init__(self, gene: Gene, fetch: Callable[[int, int], str], annotated_cds: bool = True) -> None:
        self.gene = gene
        self.fetch = fetch
        self.annotated_cds = annotated_cds
        self.starts, self.ends = gene.exon_starts, gene.exon_ends
        intervals = tuple(zip(self.starts, self.ends, strict=True))
        self.exons = intervals if gene.strand == "+" else intervals[::-1]
        lengths = [end - start for start, end in self.exons]
        before = [0, *accumulate(lengths)]
        self.length = before[-1]
        self.junctions = frozenset(before[1:-1])
        self._before = before[:-1] if gene.strand == "+" else before[-2::-1]  # bases before each exon, genomic order

    @property
    def is_coding(self) -> bool:
        """Whether it has a CDS, usable or not."""
        return self.gene.coding is not None

    @cached_property
    def overlaps(self) -> bool:
        """Whether exons overlap, so that there is no mRNA."""
        return any(end > start for (_, end), (start, _) in pairwise(zip(self.starts, self.ends, strict=True)))

    @cached_property
    def mrna(self) -> str:
        """The mature mRNA in DNA letters, in reading direction."""
        return "".join(self.bases(start, end) for start, end in self.exons)

    def bases(self, start: int, end: int) -> str:
        """Reference bases of the genomic interval [start, end), in reading direction."""
        forward = self.fetch(start, end)
        return forward if self.gene.strand == "+" else reverse_complement(forward)

    @cached_property
    def _place(self) -> tuple[int, int] | str:
        if self.overlaps:
            return "overlapping_exons"
        if self.gene.coding is None:
            return "no_cds"
        return place_coding(self.gene.coding, self.gene.strand, self.index)

    @cached_property
    def coding(self) -> CodingSequence | None:
        """The CDS in the mRNA; None if there is none, or if it is not a part of it."""
        if isinstance(self._place, str) or self.gene.coding is None:
            return None
        at = (self.index(base) for base in self.gene.coding.selenocysteines)
        return read_coding(self.gene.coding, self._place, self.mrna, frozenset(base for base in at if base is not None))

    @cached_property
    def reason(self) -> str:
        """Why the CDS cannot be used; '' if it can.

        `no_cds`; `overlapping_exons`; `cds_outside_exons`; `cds_gap`, its parts are not one part of the mRNA;
        `genetic_code`, neither 1 nor 2; `cds_exception`, the annotation says that it is not read codon by codon;
        `cds_length`, no multiple of three; `off_reference`, it holds N; `no_start`, it begins with no start codon;
        `no_stop`, it ends with no stop codon; `inner_stop`, it has one before.
        """
        if isinstance(self._place, str):
            return self._place
        return self.coding.reason if self.coding else ""

    @property
    def is_numbered(self) -> bool:
        """Whether its bases have HGVS numbers."""
        return self.coding is not None or (not self.is_coding and self.annotated_cds and not self.overlaps)

    def index(self, base: int) -> int | None:
        """0-based base of the mRNA for a 0-based genomic base; None outside exons."""
        exon = bisect.bisect_right(self.starts, base) - 1
        return self.index_in(exon, base) if exon >= 0 and base < self.ends[exon] else None

    def index_in(self, exon: int, base: int) -> int:
        """The same for a base of the exon with that 0-based number in genomic order."""
        within = base - self.starts[exon] if self.gene.strand == "+" else self.ends[exon] - 1 - base
        return self._before[exon] + within

    def number(self, index: int) -> str:
        """HGVS number (c., n. and r.) of a base of the mRNA, 0-based: `316`, `-40`, `*12`; '' without numbers.

        Where the CDS lacks its beginning, 1 is the first base of its first codon, as in Ensembl, even if that base is
        missing.
        """
        if not self.is_numbered:
            return ""
        coding = self.coding
        if coding is None:
            return str(index + 1)
        if index < coding.first:
            return str(index - coding.first)
        return str(index - coding.start + 1) if index < coding.end else f"*{index - coding.end + 1}"

    def position(self, base: int) -> str:
        """HGVS number of a 0-based genomic base: `316+5`, `68-7` in introns; '' outside the transcript.

        Bases of an intron are counted from the nearer exon, the middle one from the exon upstream.
        """
        exon = bisect.bisect_right(self.starts, base) - 1
        if not self.is_numbered or exon < 0 or base >= self.ends[-1]:
            return ""
        if base < self.ends[exon]:
            return self.number(self.index_in(exon, base))
        last, first = self.ends[exon] - 1, self.starts[exon + 1]
        left = (base - last, self.index_in(exon, last))
        right = (first - base, self.index_in(exon + 1, first))
        upstream, downstream = (left, right) if self.gene.strand == "+" else (right, left)
        if upstream[0] <= downstream[0]:
            return f"{self.number(upstream[1])}+{upstream[0]}"
        return f"{self.number(downstream[1])}-{downstream[0]}"

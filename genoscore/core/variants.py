"""Variants and their statuses.

`pos` is VCF POS (1-based); `start` and `end` are 0-based, half-open.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

_ACGT = frozenset("ACGT")
_BLOCK = 1024  # bases of reference read at a time


class Status(StrEnum):
    """What happened to one ALT under one predictor, in order of precedence: the first that applies."""

    NO_ALT = "NO_ALT"
    SYMBOLIC = "SYMBOLIC"
    STAR = "STAR"
    NON_ACGT = "NON_ACGT"
    UNKNOWN_CONTIG = "UNKNOWN_CONTIG"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    REF_UNKNOWN = "REF_UNKNOWN"
    REF_MISMATCH = "REF_MISMATCH"
    TOO_LONG = "TOO_LONG"
    NO_GENE = "NO_GENE"
    NOT_IN_PANEL = "NOT_IN_PANEL"
    COMPAT_SKIPPED = "COMPAT_SKIPPED"
    NON_FINITE = "NON_FINITE"
    KEPT = "KEPT"
    UNTRAINED = "UNTRAINED"
    SCORED = "SCORED"

    @property
    def is_error(self) -> bool:
        """True for statuses that point to a fault in the input or the run (`--strict` counts them)."""
        return self in _ERRORS

    @property
    def has_scores(self) -> bool:
        """Whether scores come with it."""
        return self in (Status.SCORED, Status.UNTRAINED)

    @property
    def meaning(self) -> str:
        """One phrase for tables and documentation."""
        return _MEANINGS[self]


_ERRORS = frozenset(
    {
        Status.NON_ACGT, Status.UNKNOWN_CONTIG, Status.OUT_OF_RANGE, Status.REF_MISMATCH, Status.NON_FINITE,
        Status.UNTRAINED,
    }
)  # fmt: skip

_MEANINGS = {
    Status.NO_ALT: "ALT is '.', or only <*> or <NON_REF>",
    Status.SYMBOLIC: "symbolic allele or breakend",
    Status.STAR: "ALT is * (overlapping deletion)",
    Status.NON_ACGT: "REF or ALT holds letters other than A, C, G, T",
    Status.UNKNOWN_CONTIG: "contig is not in the FASTA",
    Status.OUT_OF_RANGE: "POS or REF lies beyond the contig's end",
    Status.REF_UNKNOWN: "the FASTA holds N (or another ambiguity code) under REF",
    Status.REF_MISMATCH: "REF is not what the FASTA holds there",
    Status.TOO_LONG: "REF or ALT is longer than the predictor's limit",
    Status.NO_GENE: "no gene of the annotation overlaps REF",
    Status.NOT_IN_PANEL: "--genes: none of the variant's genes is in the panel",
    Status.COMPAT_SKIPPED: "--compat: the peer tool does not score this",
    Status.NON_FINITE: "the network gave NaN or infinity, even in fp32 on the CPU",
    Status.KEPT: "--keep-existing: the record's existing annotation was kept",
    Status.UNTRAINED: "--untrained: scored with random weights; the numbers are meaningless",
    Status.SCORED: "scored",
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One ALT of one VCF record.

    Attributes:
        contig: the reference FASTA's spelling.
        pos: VCF POS, 1-based.
        ref, alt: alleles, A/C/G/T (upper case unless the peer's own behaviour is requested).
        record_index: 0-based number of the record in the input.
        alt_index: 0-based number of the ALT in its record.

    >>> Variant("chr1", 100, "GAT", "GCT", 0, 0).trimmed()
    Variant(contig='chr1', pos=101, ref='A', alt='C', record_index=0, alt_index=0)
    >>> v = Variant("chr1", 100, "GAT", "G", 0, 0); v.start, v.end
    (99, 102)
    """

    contig: str
    pos: int
    ref: str
    alt: str
    record_index: int = 0
    alt_index: int = 0

    @property
    def start(self) -> int:
        """0-based start of REF."""
        return self.pos - 1

    @property
    def end(self) -> int:
        """0-based, half-open end of REF."""
        return self.pos - 1 + len(self.ref)

    def trimmed(self) -> Variant:
        """The parsimonious form: shared bases are removed from the right end, then the left; one base is always kept.

        The alleles are only shortened (Tan, Abecasis and Kang 2015, "parsimony"); see `left_aligned`.
        """
        if len(self.ref) == len(self.alt) == 1:
            return self
        ref, alt, skipped = trim_alleles(self.ref, self.alt)
        if not skipped and len(ref) == len(self.ref):
            return self
        return replace(self, pos=self.pos + skipped, ref=ref, alt=alt)


def trim_alleles(ref: str, alt: str) -> tuple[str, str, int]:
    """Trim shared bases: right end first, then left; at least one base stays in each allele.

    Trimming alone leaves several spellings of an indel in a repeat: after T, `A>ACA` and `T>TAC` are the same
    haplotype, and `TA>TACA` may be either of them, padded. `left_aligned` gives them all one spelling.

    Returns:
        ref, alt, and the number of bases removed on the left (to be added to POS).

    >>> trim_alleles("GAT", "GCT")
    ('A', 'C', 1)
    >>> trim_alleles("CTCT", "CT")
    ('CTC', 'C', 0)
    >>> trim_alleles("GCA", "GCAA")
    ('C', 'CA', 1)
    >>> trim_alleles("A", "A")
    ('A', 'A', 0)
    """
    right = _shared_prefix(ref[:0:-1], alt[:0:-1])
    ref, alt = ref[: len(ref) - right], alt[: len(alt) - right]
    left = _shared_prefix(ref[:-1], alt[:-1])
    return ref[left:], alt[left:], left


def _shared_prefix(first: str, second: str) -> int:
    """Number of letters that two texts have in common at their beginning."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(first), len(second)))


def is_left_aligned(ref: str, alt: str) -> bool:
    """Whether trimmed alleles stand as far left as they can; a substitution always does.

    >>> is_left_aligned("A", "ACA"), is_left_aligned("T", "TAC"), is_left_aligned("A", "G")
    (False, True, True)
    """
    return len(ref) == len(alt) or ref[-1] != alt[-1]


def left_aligned(variant: Variant, fetch: Callable[[int, int], str]) -> Variant:
    """The leftmost spelling of a trimmed insertion or deletion; other variants are returned as they are.

    Source: Tan, Abecasis and Kang, Bioinformatics 31:2202 (2015), algorithm 1. Nothing is moved over a base other than
    A, C, G and T.

    Args:
        fetch: upper-case reference bases of [start, end), 0-based, on the variant's contig.
    """
    if is_left_aligned(variant.ref, variant.alt):
        return variant
    ref, alt, pos = deque(variant.ref), deque(variant.alt), variant.pos
    bases, first = "", pos - 1  # bases read already, and the 0-based position of the first of them
    while ref[-1] == alt[-1] and pos > 1:
        if pos - 2 < first:
            first, last = max(0, first - _BLOCK), first
            bases = fetch(first, last)
        base = bases[pos - 2 - first]
        if base not in _ACGT:
            break
        for allele in (ref, alt):
            allele.appendleft(base)
            allele.pop()
        pos -= 1
    return replace(variant, pos=pos, ref="".join(ref), alt="".join(alt))


_NO_ALTERNATIVE = frozenset({".", "<*>", "<NON_REF>"})


def allele_status(ref: str, alt: str, n_alts: int, letters: frozenset[str] = _ACGT) -> Status | None:
    """The status that the alleles alone decide, or None.

    Args:
        ref, alt: as in the record, upper-cased.
        n_alts: how many ALTs the record has; `<NON_REF>` alone counts as no ALT, beside another as symbolic.
        letters: letters that count as sequence.

    >>> allele_status("A", "G", 1) is None
    True
    >>> allele_status("A", "<NON_REF>", 1).value, allele_status("A", "<NON_REF>", 2).value
    ('NO_ALT', 'SYMBOLIC')
    >>> allele_status("G", "G]CHR2:100]", 1).value, allele_status("G", ".A", 1).value
    ('SYMBOLIC', 'SYMBOLIC')
    """
    if n_alts == 1 and alt in _NO_ALTERNATIVE:
        return Status.NO_ALT
    if "<" in alt or "[" in alt or "]" in alt or alt[0] == "." or alt[-1] == ".":
        return Status.SYMBOLIC
    if alt == "*":
        return Status.STAR
    if not (letters.issuperset(ref) and letters.issuperset(alt)):
        return Status.NON_ACGT
    return None


def short_allele(allele: str) -> str:
    """An allele for a line of text; one of more than twelve bases is cut after nine, and its length added.

    >>> short_allele("ACGTACGTACGTA")
    'ACGTACGTA...(13)'
    """
    return allele if len(allele) <= 12 else f"{allele[:9]}...({len(allele)})"

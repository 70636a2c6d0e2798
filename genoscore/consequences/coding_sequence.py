"""Where the coding sequence (CDS) lies in a mature transcript, and whether it can be translated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from genoscore.consequences.genetic_code import GENETIC_CODES, SELENOCYSTEINE, STOP, UNKNOWN, GeneticCode
from genoscore.inputs.gene import Coding

_ACGT = frozenset("ACGT")


@dataclass(frozen=True, slots=True)
class CodingSequence:
    """A CDS in a transcript. Indices are 0-based bases of the mRNA.

    Attributes:
        first: its first base.
        start: first base of its first codon, which is before `first` (perhaps even negative) where the annotation
            lacks a part of that codon.
        end: after its last base; the stop codon is included.
        code: how it is translated.
        late: whether its beginning is missing in the annotation.
        early: whether its end is.
        protein: one letter per codon, without the stop codon; '' if there is a reason. `X` for an incomplete codon.
        reason: why it is not translated, or ''.
    """

    first: int
    start: int
    end: int
    code: GeneticCode
    late: bool = False
    early: bool = False
    protein: str = ""
    reason: str = ""

    @property
    def codons(self) -> int:
        """Complete codons, the stop codon and an incomplete first one included."""
        return (self.end - self.start) // 3

    @property
    def stop(self) -> int | None:
        """First base of the stop codon; None if the annotation lacks it."""
        return None if self.early else self.end - 3


def place_coding(coding: Coding, strand: str, index: Callable[[int], int | None]) -> tuple[int, int] | str:
    """First base of the CDS in the mRNA and the base after its last, or why there is none.

    Args:
        index: genomic base to base of the mRNA; None outside exons.
    """
    expected = first = -1
    parts = list(zip(coding.starts, coding.ends, strict=True))
    for start, end in parts if strand == "+" else parts[::-1]:
        left, right = (start, end - 1) if strand == "+" else (end - 1, start)
        one, other = index(left), index(right)
        if end <= start or one is None or other is None or other - one != end - 1 - start:
            return "cds_outside_exons"
        if first < 0:
            first = one
        elif one != expected:
            return "cds_gap"
        expected = other + 1
    if not parts:
        return "cds_outside_exons" if coding.exception else "no_cds"
    return first, expected


def read_coding(coding: Coding, place: tuple[int, int], mrna: str, selenocysteines: frozenset[int]) -> CodingSequence:
    """The CDS at a place of the mRNA, with its protein or the reason why it has none.

    Args:
        mrna: upper-case DNA letters, in reading direction.
        selenocysteines: bases of the mRNA at which a UGA that is read as selenocysteine begins.
    """
    first, end = place
    late = coding.starts_late or coding.skipped > 0
    start = first - (-coding.skipped) % 3
    code = GENETIC_CODES.get(coding.genetic_code)
    found = CodingSequence(first, start, end, code or GENETIC_CODES[1], late, coding.ends_early)
    if code is None:
        return replace(found, reason="genetic_code")
    if coding.exception:
        return replace(found, reason="cds_exception")
    if coding.ends_early and (end - start) % 3 == 0 and mrna[end - 3 : end] in code.stops:
        found = replace(found, early=False)  # it ends with a stop codon all the same
    elif not coding.ends_early:
        found = replace(found, end=_end_with_stop(coding.holds_stop, found, mrna))
    if not found.early and (found.end - start) % 3:
        return replace(found, reason="cds_length")
    if not _ACGT.issuperset(mrna[first : found.end]):
        return replace(found, reason="off_reference")
    return _translated(found, mrna, selenocysteines)


def _end_with_stop(holds_stop: bool | None, found: CodingSequence, mrna: str) -> int:
    """Where the CDS ends if its stop codon counts as part of it; if that is not said, the bases tell."""
    end = found.end
    if holds_stop or (holds_stop is None and mrna[end - 3 : end] in found.code.stops):
        return end
    follows = mrna[end : end + 3] in found.code.stops
    return end + 3 if follows or (holds_stop is False and end + 3 <= len(mrna)) else end


def _translated(found: CodingSequence, mrna: str, selenocysteines: frozenset[int]) -> CodingSequence:
    partial = found.start < found.first  # codon 1 lacks a base or two
    begin = found.start + 3 if partial else found.start
    residues = list(UNKNOWN if partial else "") + list(found.code.translate(mrna[begin : found.end]))
    if not found.late:
        if mrna[begin : begin + 3] not in found.code.starts:
            return replace(found, reason="no_start")
        residues[0] = "M"
    for base in selenocysteines:
        codon, rest = divmod(base - found.start, 3)
        if rest == 0 and 0 <= codon < len(residues) and mrna[base : base + 3] == "TGA":
            residues[codon] = SELENOCYSTEINE
    if not found.early and (not residues or residues.pop() != STOP):
        return replace(found, reason="no_stop")
    if STOP in residues:
        return replace(found, reason="inner_stop")
    return replace(found, protein="".join(residues))

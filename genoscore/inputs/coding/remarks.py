"""What CDS rows say besides: selenocysteines, incomplete ends, other genetic codes, exceptions to translation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from genoscore.inputs.coding.parts import Intervals
from genoscore.inputs.coding.rows import Remark
from genoscore.inputs.coding.stops import mrna_offset

# `(pos:5..7,aa:Sec)`, `(pos:complement(5..7),aa:Sec)`, `(pos:join(5..6,99),aa:Sec)`; several may follow one another.
_EXCEPT = re.compile(r"\(pos:([^:]*),\s*aa:(\w+)")
_NUMBER = re.compile(r"\d{1,18}")
_RANGE = re.compile(r"(\d{1,18})(?:\.\.[<>]?(\d{1,18}))?")
_MOST_CODONS = 1000
_CODE = 33  # the highest number among NCBI's genetic codes
_SHOWN = 60  # characters of the annotation's words


@dataclass(frozen=True, slots=True)
class Said:
    """What the remarks on one coding sequence come to.

    Attributes:
        low_open, high_open: it is incomplete at its end of low, or of high genomic coordinates.
        genetic_code: None if nothing is said.
        selenocysteines: intervals of every codon.
        exception: see `Coding`; '' for none.
    """

    low_open: bool = False
    high_open: bool = False
    genetic_code: int | None = None
    selenocysteines: tuple[Intervals, ...] = ()
    exception: str = ""


def read_remarks(remarks: Sequence[Remark], parts: Intervals, forward: bool) -> Said:
    """What the CDS rows of a transcript say, whose parts these are."""
    low, high = parts[0][0], parts[-1][1]
    starts, ends = _numbers(remarks, "start_range"), _numbers(remarks, "end_range")
    exceptions = _values(remarks, "exception")
    if (starts | ends) - {low + 1, high} or ("true" in _values(remarks, "partial") and not starts | ends):
        exceptions.append("incomplete, but not at an end that is named")
    codes = _numbers(remarks, "transl_table")
    code = codes.pop() if len(codes) == 1 else None
    if codes or (code is not None and not 1 <= code <= _CODE):
        exceptions.append("an unknown transl_table")
        code = None
    selenocysteines = []
    pairs = [pair for value in _values(remarks, "transl_except") for pair in _EXCEPT.findall(value)]
    for place, amino_acid in pairs:
        codon = _intervals(place)
        if amino_acid == "Sec":
            selenocysteines.append(codon)
        elif amino_acid != "Met" or mrna_offset(low if forward else high - 1, codon, forward) != 0:
            exceptions.append(f"transl_except {amino_acid}")  # a first codon is Met, whichever it is
    text = ", ".join(dict.fromkeys(exceptions))[:_SHOWN]
    return Said(low + 1 in starts, high in ends, code, tuple(selenocysteines), text)


def _values(remarks: Sequence[Remark], key: str) -> list[str]:
    """The values of an attribute, each once."""
    return list(dict.fromkeys(remark.attributes[key] for remark in remarks if remark.attributes.get(key)))


def _numbers(remarks: Sequence[Remark], key: str) -> set[int]:
    """The first number in every value of an attribute; -1 where there is none."""
    found = (_NUMBER.search(value) for value in _values(remarks, key))
    return {int(number[0]) if number else -1 for number in found}


def _intervals(place: str) -> Intervals:
    """`complement(5..7)` as [(4, 7)]; 0-based, half-open."""
    found = ((int(first), int(last or first)) for first, last in _RANGE.findall(place))
    return sorted((first - 1, last) for first, last in found if 0 < first <= last)


def first_bases(codons: Intervals, parts: Intervals, forward: bool, skipped: int) -> list[int] | None:
    """The first base, in reading direction, of each codon that the intervals cover.

    Args:
        codons: intervals, of which only bases within the parts count.
        skipped: see `Coding`.

    Returns:
        In genomic order; None if the bases are not whole codons of the reading frame.
    """
    if len(codons) > 3 * _MOST_CODONS:
        return None
    pairs = ((max(start, low), min(end, high)) for low, high in parts for start, end in codons)
    common = [(start, end) for start, end in pairs if start < end]
    if not 0 < sum(end - start for start, end in common) <= 3 * _MOST_CODONS:
        return None
    bases = {base for start, end in common for base in range(start, end)}
    by_offset = {mrna_offset(base, parts, forward): base for base in bases}
    offsets = sorted(offset for offset in by_offset if offset is not None)
    firsts = offsets[::3]
    whole = [offset + step for offset in firsts for step in range(3)]
    if offsets != whole or any((offset - skipped) % 3 for offset in firsts):
        return None
    return sorted(by_offset[offset] for offset in firsts)

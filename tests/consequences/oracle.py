"""What an aberrant mRNA does, from the definitions: base by base, with a table of where each base is from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from tests.consequences.hgvs_reader import opposite

STANDARD = dict(
    zip(
        map("".join, product("TCAG", repeat=3)),
        "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
        strict=True,
    )
)


@dataclass(frozen=True)
class Case:
    """A transcript on a genome, a variant, and the exons of an aberrant mRNA in haplotype coordinates.

    `cds` are the first base and the base after the last of the CDS with its stop codon, in the mRNA. `is_spliced`: it
    is spliced otherwise than the normal one.
    """

    genome: str
    strand: str
    exons: tuple[tuple[int, int], ...]
    cds: tuple[int, int]
    edit: tuple[int, int, str]
    aberrant: tuple[tuple[int, int], ...]
    is_spliced: bool = False


def spliced(bases: str, exons: tuple[tuple[int, int], ...], strand: str) -> str:
    forward = "".join(bases[start:end] for start, end in exons)
    return forward if strand == "+" else opposite(forward)


def translated(mrna: str, start: int) -> tuple[str, int | None]:
    """Residues to the first stop, and where that stop codon begins."""
    protein = ""
    for at in range(start, len(mrna) - 2, 3):
        if STANDARD[mrna[at : at + 3]] == "*":
            return protein, at
        protein += STANDARD[mrna[at : at + 3]]
    return protein, None


@dataclass(frozen=True)
class Expected:
    reference: str
    mrna: str
    protein: str
    frame: str
    aberrant_protein: str = ""  # with * if it ends at a stop
    ptc: int | None = None
    nmd: bool | None = None


def expected(case: Case) -> Expected | None:
    """None where the question has several answers.

    That is if several codons might be called the normal start or stop codon; or if it depends on how a variant is
    spelled whether there is one in an mRNA that is spliced otherwise; or if another stop follows the last residues, or
    stands at the normal one's place in an mRNA that is as long as the normal one.
    """
    start, end, alt = case.edit
    haplotype = case.genome[:start] + alt + case.genome[end:]
    mrna = spliced(haplotype, case.aberrant, case.strand)
    reference = spliced(case.genome, case.exons, case.strand)
    first, last = case.cds
    normal, _ = translated(reference, first)
    tables = [_origins(case, edit) for edit in _spellings(case)]
    starts = _kept(reference, mrna, tables, first, first + 3)
    stops = _kept(reference, mrna, tables, last - 3, last)
    if len(starts) > 1 or len(stops) > 1:
        return None
    if case.is_spliced and any(
        _kept(reference, mrna, [table], at, at + 3) != found
        for table in tables
        for at, found in ((first, starts), (last - 3, stops))
    ):
        return None
    stops = stops or _made_of(mrna, tables, last - 3)
    if len(stops) > 1:
        return None
    begin, kept_stop = min(starts, default=None), min(stops, default=None)
    if begin is None:
        return Expected(reference, mrna, normal, "start_lost")
    protein, stop = translated(mrna, begin)
    if kept_stop is None and stop is not None and _only_replaced(mrna, tables, last - 3, stop):
        kept_stop = stop
    if kept_stop is None and stop == last - 3 and begin == first and len(mrna) == len(reference):
        return None
    is_normal = stop is not None and (stop == kept_stop or protein == normal)
    if stop is not None and not is_normal and protein[-2:] == normal[-2:]:
        return None
    frame = _frame(case, reference, mrna, tables, (begin, stop, kept_stop, is_normal))
    ptc = None if is_normal or stop is None else (stop - begin) // 3 + 1
    nmd = ptc is not None and stop is not None and _is_far_from_last_junction(case, mrna, stop)
    return Expected(reference, mrna, normal, frame, protein + ("" if stop is None else "*"), ptc, nmd)


def _spellings(case: Case) -> list[tuple[int, int, str]]:
    """Every way to spell the same haplotype with as many bases deleted and inserted, the most 3' one first."""
    start, end, alt = case.edit
    haplotype = case.genome[:start] + alt + case.genome[end:]
    while start < end and alt and case.genome[start] == alt[0]:
        start, alt = start + 1, alt[1:]
    while start < end and alt and case.genome[end - 1] == alt[-1]:
        end, alt = end - 1, alt[:-1]
    found = []
    for at in range(len(case.genome) - (end - start) + 1):
        new = haplotype[at : at + len(alt)]
        if case.genome[:at] + new + case.genome[at + end - start :] == haplotype:
            found.append((at, at + end - start, new))
    return found[::-1] if case.strand == "+" else found


def _origins(case: Case, edit: tuple[int, int, str]) -> list[int | None]:
    """For each base of the aberrant mRNA, which base of the normal one it is."""
    start, end, alt = edit
    forward = case.strand == "+"
    normal = [base for left, right in case.exons for base in range(left, right)]
    normal = normal if forward else normal[::-1]
    index = {base: at for at, base in enumerate(normal)}
    haplotype: list[int | None] = [*range(start), *[None] * len(alt), *range(end, len(case.genome))]
    bases = [base for left, right in case.aberrant for base in haplotype[left:right]]
    bases = bases if forward else bases[::-1]
    return [None if base is None else index.get(base) for base in bases]


def _kept(reference: str, mrna: str, tables: list[list[int | None]], first: int, last: int) -> set[int]:
    """Where a codon may be: whole under some spelling of the variant, or in one piece with a base that stayed."""
    found = set()
    if mrna[:last] == reference[:last]:
        found.add(first)
    if mrna.endswith(reference[first:]):
        found.add(len(mrna) - len(reference) + first)
    for table in tables:
        found |= {at for at in range(len(table) - 2) if table[at : at + 3] == [*range(first, last)]}
        for at, base in enumerate(table):
            if base is None:
                continue
            codon = at - base + first
            same = reference[min(base, first) : max(base, last)]
            if mrna[min(at, codon) :][: len(same)] == same and codon >= 0:
                found.add(codon)
    return found


def _made_of(mrna: str, tables: list[list[int | None]], codon: int) -> set[int]:
    """Where another stop codon is read in the place of the normal one: after the same base, or from its own first."""
    return {
        at
        for table in tables
        for at in range(1, len(table) - 2)
        if (table[at - 1] == codon - 1 or table[at] == codon) and STANDARD[mrna[at : at + 3]] == "*"
    }


def _only_replaced(mrna: str, tables: list[list[int | None]], codon: int, at: int) -> bool:
    """Whether bases of a codon are replaced one by one, between bases of the reference that are still neighbours."""
    for table in tables:
        left, right = at, at + 3
        while left > 0 and table[left - 1] is None:
            left -= 1
        while right < len(table) and table[right] is None:
            right += 1
        if left and right < len(table):
            before, after = table[left - 1], table[right]
            assert before is not None
            assert after is not None
            if after - before == right - left + 1 and before == codon - (at - left) - 1:
                return True
    return False


def _frame(
    case: Case,
    reference: str,
    mrna: str,
    tables: list[list[int | None]],
    found: tuple[int, int | None, int | None, bool],
) -> str:
    begin, stop, kept_stop, is_normal = found
    first, last = case.cds
    if mrna != reference and mrna[begin : begin + last - first] == reference[first:last]:
        return "utr"
    if is_normal:
        return "in_frame"
    if stop is None:
        return "stop_lost"
    if kept_stop is not None:
        gain = kept_stop - begin - (last - 3 - first)
    else:  # up to the last base that is left of what comes before the stop codon
        at, base = max((at, base) for at, base in enumerate(tables[0]) if base is not None and base < last - 3)
        gain = (at - begin) - (base - first)
        if stop + 3 > at + 1:
            return "stop_lost"
    return "frameshift" if gain % 3 else "in_frame"


def _is_far_from_last_junction(case: Case, mrna: str, stop: int) -> bool:
    """More than 50 bases between the stop codon and the last junction."""
    joined: list[list[int]] = []
    for left, right in case.aberrant:
        if joined and joined[-1][1] == left:
            joined[-1][1] = right
        elif right > left:
            joined.append([left, right])
    if len(joined) == 1:
        return False
    left, right = joined[-1] if case.strand == "+" else joined[0]
    return len(mrna) - (right - left) - (stop + 3) > 50

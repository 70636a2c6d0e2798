"""Predicted HGVS descriptions of mRNA and protein, read and applied: what they say, not how they were made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

_COMPLEMENT = {"A": "T", "C": "G", "G": "C", "T": "A", "N": "N"}
_PLACE = r"[-*]?\d+(?:[+-]\d+)?"
_CHANGE = re.compile(rf"({_PLACE})(?:_({_PLACE}))?(delins|del|ins|dup|inv|[acgu]>[acgu])(.*)$")

ONE_LETTER = {
    "Ala": "A", "Cys": "C", "Asp": "D", "Glu": "E", "Phe": "F", "Gly": "G", "His": "H", "Ile": "I", "Lys": "K",
    "Leu": "L", "Met": "M", "Asn": "N", "Pro": "P", "Gln": "Q", "Arg": "R", "Ser": "S", "Thr": "T", "Val": "V",
    "Trp": "W", "Tyr": "Y", "Sec": "U", "Xaa": "X", "Ter": "*",
}  # fmt: skip


def opposite(bases: str) -> str:
    return "".join(_COMPLEMENT[base] for base in reversed(bases))


def changes_in(text: str, kind: str) -> list[str]:
    """The changes in `r.(a)` or `r.[(a;b)]`; brackets within a change stay."""
    if several := re.fullmatch(rf"{kind}\.\[\((.*)\)\]", text):
        inner, depth, parts = several[1], 0, [""]
        for letter in inner:
            depth += (letter == "[") - (letter == "]")
            if letter == ";" and not depth:
                parts.append("")
            else:
                parts[-1] += letter
        assert len(parts) > 1
        return parts
    one = re.fullmatch(rf"{kind}\.\((.*)\)", text)
    assert one, text
    return [] if one[1] == "=" else [one[1]]


def numbers(
    exons: list[tuple[int, int]], strand: str, cds: tuple[int, int] | None
) -> tuple[dict[str, int], dict[str, int]]:
    """By HGVS's numbering page: number to base of the mRNA, and number to genomic base, exons and introns both.

    Args:
        exons: in genomic order.
        cds: first base and base after the last of the CDS with its stop codon, in the mRNA.
    """
    forward = strand == "+"
    bases = [base for start, end in exons for base in range(start, end)]
    if not forward:
        bases.reverse()
    of_base: dict[int, str] = {}
    for index, base in enumerate(bases):
        if cds is None:
            of_base[base] = str(index + 1)
        elif index < cds[0]:
            of_base[base] = f"-{cds[0] - index}"
        else:
            of_base[base] = str(index - cds[0] + 1) if index < cds[1] else f"*{index - cds[1] + 1}"
    in_mrna = {of_base[base]: index for index, base in enumerate(bases)}
    for (_, left), (right, _) in pairwise(exons):
        intron = list(range(left, right)) if forward else list(range(right - 1, left - 1, -1))
        before, after = (left - 1, right) if forward else (right, left - 1)
        for count, base in enumerate(intron, start=1):
            if count <= len(intron) - count + 1:
                of_base[base] = f"{of_base[before]}+{count}"
            else:
                of_base[base] = f"{of_base[after]}-{len(intron) - count + 1}"
    return in_mrna, {text: base for base, text in of_base.items()}


@dataclass(frozen=True)
class Told:
    """Bases [start, end) of the normal mRNA, replaced; `what` is `del`, `ins` and so on, `source` the text after it."""

    start: int
    end: int
    new: str
    what: str
    source: str


def rna_changes(
    text: str, mrna: str, in_mrna: dict[str, int], in_genome: dict[str, int], genome: str, strand: str
) -> list[Told]:
    """What a description says of the normal mRNA."""
    told: list[Told] = []
    for change in changes_in(text, "r"):
        parsed = _CHANGE.match(change)
        assert parsed, change
        first, last, what, rest = parsed.groups()
        start, end = in_mrna[first], in_mrna[last or first] + 1
        assert end > start, change
        if what in ("ins", "delins"):
            new = "".join(_inserted(piece, in_genome, genome, strand) for piece in rest.strip("[]").split(";"))
            assert new
            if what == "ins":
                assert end - start == 2, change
                start = end = start + 1
        elif what == "dup":
            new, start = mrna[start:end], end
        elif what == "inv":
            new = opposite(mrna[start:end])
        elif what == "del":
            new = ""
        else:
            assert mrna[start] == what[0].upper().replace("U", "T"), change
            assert end - start == 1, change
            new = what[-1].upper().replace("U", "T")
        assert what in ("ins", "delins") or not rest, change
        told.append(Told(start, end, new, what, rest))
    for left, right in pairwise(told):
        assert left.end < right.start, f"{text}: changes that touch are one"
    return told


def applied(mrna: str, told: list[Told]) -> str:
    """The mRNA that the changes make."""
    for change in reversed(told):
        mrna = mrna[: change.start] + change.new + mrna[change.end :]
    return mrna


def check_form(mrna: str, told: list[Told], junctions: set[int]) -> None:
    """HGVS's rules: as far 3' as it goes, a copy is a duplication, what stays the same is not part of a change.

    Args:
        junctions: bases of the mRNA before each; deletions that begin or end at one stay there.
    """
    limits = [*(change.start for change in told[1:]), len(mrna)]
    for change, limit in zip(told, limits, strict=False):
        start, end, new = change.start, change.end, change.new
        ranged = "_" in change.source  # these stay at the junction
        if change.what == "del":
            assert end == limit or {start, end} & junctions or mrna[start] != mrna[end], change
        elif change.what in ("dup", "ins"):
            assert ranged or start == limit or new[0] != mrna[start], change
            assert (change.what == "dup") == (mrna[max(0, start - len(new)) : start] == new), change
        elif not ranged:
            assert mrna[start] != new[0], change
            assert mrna[end - 1] != new[-1], change
            assert (change.what == "inv") == (end - start > 1 and new == opposite(mrna[start:end])), change
            assert (">" in change.what) == (len(new) == 1 == end - start), change


def _inserted(piece: str, in_genome: dict[str, int], genome: str, strand: str) -> str:
    if re.fullmatch("[acgun]+", piece):
        return piece.upper().replace("U", "T")
    first, last = piece.split("_")
    left, right = sorted((in_genome[first], in_genome[last]))
    assert (in_genome[first] == left) == (strand == "+"), piece
    return genome[left : right + 1] if strand == "+" else opposite(genome[left : right + 1])


_RESIDUE = "([A-Z][a-z]{2})([0-9]+)"
_PROTEIN = re.compile(rf"{_RESIDUE}(?:_{_RESIDUE})?(delins|del|ins|dup|fs|ext|[A-Z][a-z]{{2}}(?:extTer)?)(.*)$")


def apply_protein(text: str, protein: str) -> tuple[str, bool]:
    """The protein that a description makes of the normal one, with `*` for its stop; and whether that is all of it.

    After a frameshift or an extension only its beginning is told.
    """
    edits: list[tuple[int, int, str]] = []
    whole = protein + "*"
    for change in changes_in(text, "p"):
        parsed = _PROTEIN.match(change)
        assert parsed, change
        first, number, last, other, what, rest = parsed.groups()
        start, end = int(number) - 1, int(other or number)
        assert whole[start] == ONE_LETTER[first], change
        assert last is None or whole[end - 1] == ONE_LETTER[last], change
        new = _residues(rest)
        if what == "fs":
            return _applied(whole[:start], edits), False
        if what.endswith("extTer"):
            assert start == len(protein), change
            return _applied(protein, edits) + ONE_LETTER[what[:3]], False
        if what == "ins":
            assert end - start == 2, change
            start = end = start + 1
        elif what == "dup":
            new, start = whole[start:end], end
        elif what not in ("del", "delins"):
            new = ONE_LETTER[what]
        edits.append((start, end, new))
        if new.endswith("*"):
            return _applied(whole[:end], edits), True
    return _applied(whole, edits), True


def _residues(text: str) -> str:
    """`?` for each residue of which only the number is told."""
    if counted := re.fullmatch(r"Xaa\[(\d+)\]|Ter(\d+)", text):
        return "?" * int(counted[1]) if counted[1] else "?" * (int(counted[2]) - 1) + "*"
    return "".join(ONE_LETTER[three] for three in re.findall("[A-Z][a-z]{2}", text))


def agree(told: str, protein: str) -> bool:
    return len(told) == len(protein) and all(a in ("?", b) for a, b in zip(told, protein, strict=True))


def _applied(protein: str, edits: list[tuple[int, int, str]]) -> str:
    for start, end, new in reversed(edits):
        protein = protein[:start] + new + protein[end:]
    return protein

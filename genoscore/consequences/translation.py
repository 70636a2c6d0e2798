"""What an aberrant mRNA is translated into, compared with the normal protein.

Codons that lie wholly in unchanged bases, in frame, are the same in both; only what lies between them is translated and
compared. The start codon is the annotated one: a new AUG upstream is not looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genoscore.consequences.changes import Change, normalized, shared_prefix
from genoscore.consequences.coding_sequence import CodingSequence
from genoscore.consequences.genetic_code import STOP
from genoscore.consequences.hgvs_protein import extension, letters, place, residue
from genoscore.consequences.isoform import Isoform

_NO_BASE = re.compile("[^ACGT]")


@dataclass(frozen=True, slots=True)
class Translation:
    """Translation of an aberrant mRNA from its start codon on. Indices are 0-based bases of that mRNA.

    Attributes:
        start: first base of codon 1 (negative if the annotation lacks it).
        stop: first base of the first stop codon; None without one.
        is_normal: whether it ends as the normal protein does: at the same stop codon, at one that was made in its place
            and leaves the protein as it was, or where an incomplete annotation ends.
        changes: of the protein, before the last one.
        last: HGVS's text for how it ends, if it does not end normally; `?` if that cannot be said.
    """

    start: int
    stop: int | None
    is_normal: bool
    changes: tuple[Change, ...]
    last: str

    def is_known(self, mrna: str) -> bool:
        """Whether every base that is translated is A, C, G or T."""
        end = len(mrna) if self.stop is None else self.stop + 3
        return _NO_BASE.search(mrna, max(self.start, 0), end) is None

    @property
    def new_stop(self) -> int | None:
        """1-based number of the codon that is a new stop; None without one."""
        return None if self.is_normal or self.stop is None else (self.stop - self.start) // 3 + 1


def _whole(reference: str, isoform: Isoform, codon: int, accepted: frozenset[str]) -> int | None:
    """Where the codon at a base of the normal mRNA is in the aberrant one; None if it is not whole any more.

    A change in it that might as well stand after it, or before it, does not break it; nor does a change by which one of
    the accepted codons is read in its place.
    """
    mrna, moved = isoform.mrna, 0
    for change in isoform.changes:
        if change.start >= codon + 3:
            break
        if change.end > codon:
            before, after = codon + moved, codon + moved + change.gain
            left, right = min(change.start, codon), max(change.end, codon + 3)
            if mrna.startswith(reference[left : codon + 3], left + moved):
                break
            if after < 0 or not mrna.startswith(reference[codon:right], after):
                within = left == codon or (right == codon + 3 and not change.gain)
                return before if within and mrna[before : before + 3] in accepted else None
        moved += change.gain
    return codon + moved


def find_start(reference: str, isoform: Isoform, coding: CodingSequence) -> int | None:
    """Where codon 1 begins in the aberrant mRNA; None if the start codon is broken.

    Where the annotation lacks the beginning, also None if anything before the first complete codon is changed.
    """
    if not coding.late:
        return _whole(reference, isoform, coding.start, frozenset({reference[coding.start : coding.start + 3]}))
    codon = coding.start if coding.start == coding.first else coding.start + 3
    first = isoform.changes[0] if isoform.changes else None
    return None if first and (first.start < codon or first.end == codon) else coding.start


def find_stop(reference: str, isoform: Isoform, coding: CodingSequence) -> int | None:
    """Where the normal stop codon is in the aberrant mRNA, or another that was made of it.

    None if it is broken, or if the annotation lacks it.
    """
    return None if coding.stop is None else _whole(reference, isoform, coding.stop, coding.code.stops)


def translate(reference: str, isoform: Isoform, coding: CodingSequence, start: int) -> Translation:
    """Translation of an aberrant mRNA whose codon 1 begins at `start`."""
    at = aberrant = 1 if coding.start < coding.first else 0  # the next codon of either mRNA
    changes: list[Change] = []
    mrna, code = isoform.mrna, coding.code
    for first, last, same in _same_codons(reference, isoform.changes, coding, start):
        text = code.translate(mrna[start + 3 * aberrant : start + 3 * same])
        if (found := text.find(STOP)) >= 0:
            ends = (start, start + 3 * (aberrant + found))
            return _ended(isoform, coding, ends, changes, Change(at, len(coding.protein), text[:found]))
        changes.append(Change(at, first, text))
        at, aberrant = last, same + last - first
    protein, begin = coding.protein, start + 3 * aberrant
    # What follows an annotation that ends early is not known: nothing is called an extension.
    limit = len(protein) - 1 if coding.early else None
    if at == coding.codons:
        normal_stop = None if coding.early else begin - 3
        return Translation(start, normal_stop, True, tuple(normalized(protein, changes, limit)), "")
    text, stop = code.until_stop(mrna, begin)
    tail = Change(at, len(protein), text)
    if stop is not None and stop == find_stop(reference, isoform, coding):
        return Translation(start, stop, True, tuple(normalized(protein, [*changes, tail])), "")
    return _ended(isoform, coding, (start, stop), changes, tail)


def _same_codons(
    reference: str, changes: Sequence[Change], coding: CodingSequence, start: int
) -> Iterator[tuple[int, int, int]]:
    """Runs of codons [first, last) that are the same in both mRNAs, and the number of the first in the aberrant one."""
    moved = at = 0
    for change in (*changes, Change(len(reference), len(reference), "")):
        shift = moved - (start - coding.start)
        if shift % 3 == 0:
            first = max(-((coding.start - max(at, coding.first)) // 3), 0)
            last = (min(change.start, coding.end) - coding.start) // 3
            if last > first:
                yield first, last, first + shift // 3
        moved += change.gain
        at = change.end


def _ended(
    isoform: Isoform, coding: CodingSequence, ends: tuple[int, int | None], changes: list[Change], tail: Change
) -> Translation:
    """Translation that does not end as the normal one: `tail.text` is what it reads from codon `tail.start` on."""
    start, stop = ends
    protein = coding.protein
    old = protein[tail.start :] + ("" if coding.early else STOP)
    new = tail.text + ("" if stop is None else STOP)
    same = shared_prefix(old, new)
    at = tail.start + same
    before = tuple(normalized(protein, changes, limit=at))
    if same == len(old):  # another stop codon, but the same end; or all that an annotation knows that ends early
        return Translation(start, stop, not coding.early or stop is None, before, "")
    if same == len(new):
        last = "?"  # the mRNA ends, and nothing new has been read
    elif old[same] == STOP:
        last = extension(protein, tail.text[same:], known=stop is not None)
    elif new[same] == STOP:
        last = f"{residue(protein, at)}Ter"
    else:
        last = _insertion_with_stop(isoform.changes, coding, ends, at, new[same:])
        last = last or f"{residue(protein, at)}fs"
    return Translation(start, stop, False, before, last)


def _insertion_with_stop(
    changes: Sequence[Change], coding: CodingSequence, ends: tuple[int, int | None], at: int, text: str
) -> str:
    """Text for a stop within a change that keeps the frame; '' if the frame is another or the stop codon is changed.

    HGVS describes these by the inserted residues, `Met3_His4insGlyTer`, and what shifts the frame as a frameshift.
    """
    start, stop = ends
    moved, reached = 0, None
    for change in changes:
        if stop is None or change.start + moved >= stop + 3:
            break
        moved += change.gain
        reached = change
    if reached is None or stop is None or (moved - (start - coding.start)) % 3 or reached.end > coding.end - 3:
        return ""
    if reached.start < reached.end:
        broken = (reached.end - 1 - coding.start) // 3
    else:  # the codon in which it lies, if it is not between two
        broken = -((coding.start - reached.start) // 3) - 1
    if broken < at:
        return f"{place(coding.protein, at - 1, at + 1)}ins{letters(text)}"
    return f"{place(coding.protein, at, broken + 1)}delins{letters(text)}"

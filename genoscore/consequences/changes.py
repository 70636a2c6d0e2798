"""Differences between a sequence and its reference, as HGVS wants them: trimmed, apart, as far 3' as they go.

The same rules serve mRNA and protein ("3'" is C-terminal there).
Source: HGVS recommendations 21, general: https://hgvs-nomenclature.org/stable/recommendations/general/
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from itertools import takewhile

from genoscore.consequences.genetic_code import reverse_complement


@dataclass(frozen=True, slots=True)
class Piece:
    """Letters that are inserted together.

    Attributes:
        text: the letters, in reading direction.
        first: 0-based genomic base of the first of them; None for letters that are not of the reference.
        step: +1 or -1, from each to the next on the forward strand.
    """

    text: str
    first: int | None = None
    step: int = 1

    @property
    def is_range(self) -> bool:
        """Whether it is named by its place; a single base is rather written out."""
        return self.first is not None and len(self.text) > 1

    @property
    def ends(self) -> tuple[int, int]:
        """Genomic base of the first and of the last letter."""
        assert self.first is not None
        return self.first, self.first + self.step * (len(self.text) - 1)

    def cut(self, left: int, right: int) -> Piece:
        """Without `left` letters at its beginning and `right` at its end."""
        first = None if self.first is None else self.first + self.step * left
        return replace(self, text=self.text[left : len(self.text) - right], first=first)


@dataclass(frozen=True, slots=True)
class Change:
    """Reference [start, end), 0-based, replaced by `text`. `pieces` say where that is from; () for plain letters."""

    start: int
    end: int
    text: str
    pieces: tuple[Piece, ...] = ()

    @property
    def gain(self) -> int:
        """Letters added, negative for letters removed."""
        return len(self.text) - (self.end - self.start)

    @property
    def is_pure(self) -> bool:
        """Whether it only deletes or only inserts: only then may it stand elsewhere as well."""
        return not self.text or self.start == self.end

    @property
    def has_ranges(self) -> bool:
        """Whether part of it is named by its place in the reference."""
        return any(piece.is_range for piece in self.pieces)


def replaced(reference: str, changes: Sequence[Change]) -> str:
    """The sequence that the changes, in order, make of the reference."""
    parts, at = [], 0
    for change in changes:
        parts += [reference[at : change.start], change.text]
        at = change.end
    return "".join([*parts, reference[at:]])


def normalized(
    reference: str, changes: Sequence[Change], limit: int | None = None, junctions: Set[int] = frozenset()
) -> list[Change]:
    """The changes in order, each trimmed and as far 3' as it goes; those that touch are one.

    An insertion of a range of the reference stays where it is, as in HGVS's own examples (`831_832ins831+1_831+67`),
    unless it duplicates what stands before it.

    Args:
        limit: none is moved beyond; the end of the reference if it is None.
        junctions: exon-exon junctions that are lost, as numbers of letters before them. A deletion that begins or ends
            at one, an exon that is skipped or shortened, stays there, as laboratories write it: HGVS's rule for RNA
            would move it over the junction.
    """
    done: list[Change] = []  # the last change first
    for change in reversed(changes):
        current = _trimmed(reference, change)
        while current is not None:
            stop = done[-1].start if done else limit
            stop = len(reference) if stop is None else stop
            if current.text or not {current.start, current.end} & junctions:
                current = _shifted(reference, current, stop)
            if not (done and current.end == done[-1].start):
                done.append(current)
                break
            current = _trimmed(reference, _joined(current, done.pop()))
    return done[::-1]


def _joined(left: Change, right: Change) -> Change:
    pieces = (left.pieces or (Piece(left.text),)) + (right.pieces or (Piece(right.text),))
    return Change(left.start, right.end, left.text + right.text, tuple(piece for piece in pieces if piece.text))


def _trimmed(reference: str, change: Change) -> Change | None:
    """Without letters that stay the same, at its beginning first; None if nothing is left."""
    deleted, text = reference[change.start : change.end], change.text
    left = shared_prefix(deleted, text)
    right = shared_prefix(deleted[left:][::-1], text[left:][::-1])
    if len(deleted) == len(text) == left + right:
        return None
    pieces = _cut(change.pieces, left, right)
    if any(piece.is_range for piece in pieces):  # what is left of a range would only be less plain
        left = min(left, _plain_letters(change.pieces))
        right = min(right, _plain_letters(change.pieces[::-1]))
        pieces = _cut(change.pieces, left, right)
    return Change(change.start + left, change.end - right, text[left : len(text) - right], pieces)


def _plain_letters(pieces: Sequence[Piece]) -> int:
    """Letters before the first range."""
    return sum(len(piece.text) for piece in takewhile(lambda piece: not piece.is_range, pieces))


def _cut(pieces: tuple[Piece, ...], left: int, right: int) -> tuple[Piece, ...]:
    """Pieces without `left` letters at the beginning of them all and `right` at the end."""
    if not left and not right:
        return pieces
    kept, before, after = [], 0, sum(len(piece.text) for piece in pieces)
    end = after - right
    for piece in pieces:
        after = before + len(piece.text)
        if before < end and after > left:
            kept.append(piece.cut(max(0, left - before), max(0, after - end)))
        before = after
    return tuple(kept)


def _shifted(reference: str, change: Change, limit: int) -> Change:
    """As far 3' as it may stand without another result, its end at most at the limit."""
    if not change.is_pure:
        return change
    start, end, text, moved = change.start, change.end, change.text, 0
    if not text:
        while end + moved < limit and reference[start + moved] == reference[end + moved]:
            moved += 1
        return replace(change, start=start + moved, end=end + moved)
    while start + moved < limit and reference[start + moved] == text[moved % len(text)]:
        moved += 1
    turn = moved % len(text)
    shifted = Change(start + moved, end + moved, text[turn:] + text[:turn])
    return change if change.has_ranges and not is_duplication(reference, shifted) else shifted


def is_duplication(reference: str, change: Change) -> bool:
    """Whether an insertion repeats the letters right before it.

    >>> is_duplication("GCAT", Change(3, 3, "CA")), is_duplication("GCAT", Change(3, 3, "AC"))
    (True, False)
    """
    before = reference[max(0, change.start - len(change.text)) : change.start]
    return change.start == change.end and before == change.text


def is_inversion(reference: str, change: Change) -> bool:
    """Whether two or more bases are replaced by their reverse complement."""
    deleted = reference[change.start : change.end]
    return len(deleted) > 1 and not change.has_ranges and change.text == reverse_complement(deleted)


def apart(reference: str, change: Change, frame: int | None) -> list[Change]:
    """Substitutions that are not neighbours, each for itself; but two in one codon are one change.

    Args:
        frame: any base that is the first of a codon; None where nothing is translated.

    >>> [(one.start, one.text) for one in apart("AAAAAA", Change(0, 6, "GAAGAG"), 0)]
    [(0, 'G'), (3, 'GAG')]
    """
    length = change.end - change.start
    if len(change.text) != length or length < 3 or change.has_ranges or is_inversion(reference, change):
        return [change]
    runs: list[list[int]] = []
    for at in range(change.start, change.end):
        if reference[at] == change.text[at - change.start]:
            continue
        in_codon = frame is not None and (at - frame) % 3 == 2
        if runs and (runs[-1][1] == at or (runs[-1][1] == at - 1 and in_codon)):
            runs[-1][1] = at + 1
        else:
            runs.append([at, at + 1])
    return [Change(left, right, change.text[left - change.start : right - change.start]) for left, right in runs]


def shared_prefix(first: str, second: str) -> int:
    """Number of letters that two texts have in common at their beginning."""
    length = min(len(first), len(second))
    if first[:length] == second[:length]:
        return length
    return next(at for at in range(length) if first[at] != second[at])

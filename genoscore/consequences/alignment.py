"""Which base of ALT is which base of REF.

REF and ALT are alike up to a gap, where bases are inserted or deleted, and again after it. An insertion or deletion in
a repeat has its gap in any of several places, and so has a replacement by fewer or more bases.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from genoscore.core.edits import Edit


@dataclass(frozen=True, slots=True)
class Alignment:
    """One way to align the two alleles. Places in ALT are those of the contig with the edit applied (`core.edits`).

    Attributes:
        gap: the base of REF before which bases are inserted, or from which on they are deleted; 0-based.
        gain: bases inserted, negative for bases deleted.

    >>> insertion, deletion = Alignment(5, 2), Alignment(5, -2)
    >>> [insertion.place(base) for base in (4, 5)], [deletion.place(base) for base in (4, 5, 6, 7)]
    ([4, 7], [4, None, None, 5])
    """

    gap: int
    gain: int

    @classmethod
    def of(cls, edit: Edit) -> Alignment:
        """As an edit is written: its alleles side by side from their first bases on."""
        return cls(edit.start + min(edit.shape), len(edit.alt) - edit.ref_length)

    @property
    def deleted(self) -> tuple[int, int]:
        """The bases of REF that ALT lacks, half-open."""
        return self.gap, self.gap + max(-self.gain, 0)

    def place(self, base: int) -> int | None:
        """Where ALT has a base of REF; None if it is deleted."""
        if base < self.gap:
            return base
        return base + self.gain if base >= self.deleted[1] else None

    def edge(self, edge: int, is_end: bool) -> int:
        """Where ALT has an edge between bases, given by the base after it; the edge of an interval.

        What is inserted at the very edge lies outside; where the edge is deleted, it is where the deletion is.
        """
        if edge < self.gap or (edge == self.gap and is_end):
            return edge
        return max(edge + self.gain, self.gap)

    def counterpart(self, place: int) -> tuple[int, int]:
        """The base of REF at a place of ALT, and 0; for an inserted base, the last of REF before it, and its number."""
        if place < self.gap:
            return place, 0
        if place >= self.gap + max(self.gain, 0):
            return place - self.gain, 0
        return self.gap - 1, place - self.gap + 1


def alignments(edit: Edit, ref: str, slide: int, bases: Iterable[int], end: int) -> list[Alignment]:
    """The edit as it is written, the first and the last alignment, and those by which ALT has some bases elsewhere.

    Args:
        edit: left-aligned. ref: its bases of REF.
        slide: bases by which an insertion or deletion can be moved to the right without another ALT.
        bases: those in question. end: of the outputs along REF; no base beyond is moved.
    """
    written = Alignment.of(edit)
    gain = written.gain
    if not gain:
        return [written]
    low, high = _gaps(edit, ref, slide)
    high = max(low, min(high, end + min(gain, 0)))
    gaps = [min(max(written.gap, low), high), low, high]
    for base in bases:
        if low <= base < high + max(-gain, 0):
            gaps += [min(max(gap, low), high) for gap in (base + 1, base + min(gain, 0))]
    return [Alignment(gap, gain) for gap in dict.fromkeys(gaps)]


def _gaps(edit: Edit, ref: str, slide: int) -> tuple[int, int]:
    """The first and the last place of the gap."""
    alt = edit.alt
    before = _shared(ref, alt)
    ref, alt = ref[before:], alt[before:]
    after = _shared(ref[::-1], alt[::-1])
    start = edit.start + before
    shorter = min(len(ref), len(alt)) - after
    return start, start + (shorter or slide)


def _shared(one: str, other: str) -> int:
    """Letters that two texts have in common at their beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))

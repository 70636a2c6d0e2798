"""An edit of a contig, and a contig with edits applied, as one chromosome of a person carries it.

Coordinates on such a haplotype are 0-based, like those of the reference, and equal to them left of the first edit;
right of an insertion or deletion they are displaced by its length. The edits themselves are given in reference
coordinates, in order, and do not overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """REF [start, end) replaced by `alt` (which holds N where it is masked outside a gene)."""

    start: int
    end: int
    alt: str

    @property
    def ref_length(self) -> int:
        """Bases replaced."""
        return self.end - self.start

    @property
    def shape(self) -> tuple[int, int]:
        """(len REF, len ALT): edits of one shape have outputs of one length."""
        return self.end - self.start, len(self.alt)


def displacement(place: int, background: Sequence[Edit]) -> int:
    """Bases by which the edits left of a reference base move it to the right; negative for net deletions."""
    return sum(len(edit.alt) - edit.ref_length for edit in background if edit.end <= place)


def on_haplotype(edit: Edit, background: Sequence[Edit]) -> Edit:
    """The same replacement, in coordinates of the haplotype that carries the background edits.

    Raises:
        ValueError: it overlaps one of them.
    """
    if not background:
        return edit
    for other in background:
        if edit.start < other.end and other.start < edit.end:
            raise ValueError(f"edits at {edit.start}-{edit.end} and {other.start}-{other.end} overlap")
    moved = displacement(edit.start, background)
    return replace(edit, start=edit.start + moved, end=edit.end + moved)


def haplotype_bases(fetch: Callable[[int, int], str], start: int, end: int, background: Sequence[Edit]) -> str:
    """Bases [start, end) of the contig with the edits applied.

    Args:
        fetch: bases of the reference, 0-based, half-open.
        start, end: coordinates on the haplotype.
    """
    pieces = []
    for first, last, content in _segments(background, start, end):
        left, right = max(first, start), min(last, end)
        if left >= right:
            continue
        if isinstance(content, str):
            pieces.append(content[left - first : right - first])
        else:
            pieces.append(fetch(left - content, right - content))
    return "".join(pieces)


def _segments(background: Sequence[Edit], start: int, end: int) -> Iterator[tuple[int, int, str | int]]:
    """Start, end, and an edit's ALT or, for reference between edits, the bases by which it is displaced."""
    place, moved = min(start, background[0].start if background else start), 0
    for edit in background:
        yield place, edit.start + moved, moved
        place = edit.start + moved + len(edit.alt)
        yield edit.start + moved, place, edit.alt
        moved += len(edit.alt) - edit.ref_length
    yield place, max(place, end), moved

"""An aberrant mRNA, and how it differs from the normal one.

Every base of it is a base of the reference or one of ALT. Where its bases come from shows where it differs, which is
then brought into HGVS's form, which depends on the letters alone: two spellings of one indel give one result.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from genoscore.consequences.changes import Change, Piece, apart, normalized, replaced, shared_prefix
from genoscore.consequences.genetic_code import reverse_complement
from genoscore.consequences.transcript import TranscriptModel
from genoscore.core.edits import Edit

_BLOCK = 256  # bases of reference read at a time

Exonic = tuple[int, int]  # bases of the normal mRNA, 0-based, half-open


@dataclass(frozen=True, slots=True)
class Isoform:
    """An aberrant mRNA, in DNA letters.

    Attributes:
        changes: from the normal mRNA to it, in order.
        last_junction: its bases before the last exon-exon junction; None without a junction.
    """

    mrna: str
    changes: tuple[Change, ...]
    last_junction: int | None

    def as_one_change(self, reference: str, last: int) -> Isoform:
        """The same mRNA, with all from its first change to the last that begins at most at `last` as a single one."""
        joined = [change for change in self.changes if change.start <= last]
        if len(joined) < 2:
            return self
        start, end = joined[0].start, joined[-1].end
        text = self.mrna[start : end + sum(change.gain for change in joined)]
        changes = [Change(start, end, text), *self.changes[len(joined) :]]
        return replace(self, changes=tuple(normalized(reference, changes)))


def isoform_of(model: TranscriptModel, edit: Edit, exons: Sequence[tuple[int, int]]) -> Isoform:
    """The mRNA of a haplotype with these exons, and how it differs from the transcript's.

    Args:
        exons: 0-based, half-open, in genomic order, in coordinates of the haplotype that carries the edit. Those that
            touch are one.

    Raises:
        ValueError: there is no exon, or they are not in order.
    """
    merged = _merged(exons)
    placed = _moved_3prime(model, _trimmed(model, edit))
    differences = _differences(_parts(model, placed, merged), model.length)
    changes = normalized(model.mrna, differences, junctions=_lost_junctions(model, placed, merged))
    coding = model.coding
    single: list[Change] = []
    for change in changes:
        translated = coding is not None and coding.first <= change.start < coding.end
        single += apart(model.mrna, change, coding.start if coding and translated else None)
    mrna = replaced(model.mrna, single)
    start, end = merged[-1] if model.gene.strand == "+" else merged[0]
    return Isoform(mrna, tuple(single), len(mrna) - (end - start) if len(merged) > 1 else None)


def _lost_junctions(model: TranscriptModel, edit: Edit, exons: list[tuple[int, int]]) -> frozenset[int]:
    """Exon-exon junctions of the mRNA, by the bases before them, that the aberrant one lacks.

    Args:
        edit: trimmed and moved, so that the answer does not depend on its spelling.
    """
    kept = {edge for exon in exons for edge in exon}
    junctions = zip(sorted(model.junctions), pairwise(model.exons), strict=True)
    forward = model.gene.strand == "+"
    inner = ((at, (one[1], two[0]) if forward else (one[0], two[1])) for at, (one, two) in junctions)
    return frozenset(at for at, edges in inner if any(kept.isdisjoint(_places(edit, edge)) for edge in edges))


def _places(edit: Edit, edge: int) -> list[int]:
    """Where the haplotype has an edge between bases: two places if bases are inserted there, none if it is replaced."""
    before = [edge] if edge <= edit.start else []
    return before + ([edge + len(edit.alt) - edit.ref_length] if edge >= edit.end else [])


def _merged(exons: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in exons:
        if end < start or (merged and start < merged[-1][1]):
            raise ValueError(f"exon {start}-{end} is not in order")
        if merged and start == merged[-1][1]:
            merged[-1] = (merged[-1][0], end)
        elif end > start:
            merged.append((start, end))
    if not merged:
        raise ValueError("an mRNA without exons")
    return merged


def _parts(model: TranscriptModel, edit: Edit, exons: list[tuple[int, int]]) -> Iterator[Exonic | Piece]:
    """Parts of the mRNA in reading direction: those of the normal mRNA, and all else."""
    forward = model.gene.strand == "+"
    for start, end in exons if forward else exons[::-1]:
        pieces = _with_edit(edit, start, end)
        for piece in pieces if forward else pieces[::-1]:
            if isinstance(piece, str):
                yield Piece(piece if forward else reverse_complement(piece))
            else:
                yield from _exonic_or_not(model, *piece)


def _differences(parts: Iterator[Exonic | Piece], length: int) -> list[Change]:
    changes: list[Change] = []
    added: list[Piece] = []
    at = 0

    def close(until: int) -> None:
        if added or at != until:
            changes.append(Change(at, until, "".join(piece.text for piece in added), tuple(added)))
            added.clear()

    for part in parts:
        if isinstance(part, Piece):
            added.append(part)
        else:
            close(part[0])
            at = part[1]
    close(length)
    return changes


def _trimmed(model: TranscriptModel, edit: Edit) -> Edit:
    """Without the bases that REF and ALT have in common, at their beginning in reading direction first."""
    forward = model.gene.strand == "+"
    ref = model.bases(edit.start, edit.end)
    alt = edit.alt if forward else reverse_complement(edit.alt)
    first = shared_prefix(ref, alt)
    last = shared_prefix(ref[first:][::-1], alt[first:][::-1])
    left, right = (first, last) if forward else (last, first)
    return Edit(edit.start + left, edit.end - right, edit.alt[left : len(edit.alt) - right])


def _moved_3prime(model: TranscriptModel, edit: Edit) -> Edit:
    """An insertion or deletion as far in reading direction as it goes.

    But where it would then touch the beginning of an exon, and might as well stand before it, it stands before it.
    """
    if bool(edit.alt) == bool(edit.ref_length):
        return edit
    forward = model.gene.strand == "+"
    # What is inserted or deleted, in reading direction.
    unit = reverse_complement(edit.alt) if edit.alt and not forward else edit.alt
    unit = unit or model.bases(edit.start, edit.end)
    front, back = (edit.end, edit.start) if forward else (edit.start, edit.end)
    moved = _same_bases(_bases_from(model, front, forward), unit)
    front = front + moved if forward else front - moved
    over = _bases_into_exon(model, front)
    if over <= moved or over - moved <= _same_bases(_bases_from(model, back, not forward), unit[::-1]):
        moved -= over
    turn = moved % len(unit)
    alt = unit[turn:] + unit[:turn] if edit.alt else ""
    by = moved if forward else -moved
    return Edit(edit.start + by, edit.end + by, alt if forward else reverse_complement(alt))


def _bases_into_exon(model: TranscriptModel, edge: int) -> int:
    """Bases of an exon before an edge between bases, in reading direction, if it lies within or at the end of one that
    follows an intron; else 0."""
    forward = model.gene.strand == "+"
    exon = bisect.bisect_left(model.ends, edge) if forward else bisect.bisect_right(model.starts, edge) - 1
    if not 0 <= exon < len(model.starts) or exon == (0 if forward else len(model.starts) - 1):
        return 0
    return max(edge - model.starts[exon] if forward else model.ends[exon] - edge, 0)


def _same_bases(bases: Iterator[str], unit: str) -> int:
    """How many bases go on as the repeated unit does."""
    count = 0
    for base in bases:
        if base == "N" or base != unit[count % len(unit)]:
            break
        count += 1
    return count


def _bases_from(model: TranscriptModel, edge: int, upwards: bool) -> Iterator[str]:
    """Bases of the transcript's strand from an edge between two bases on, one by one; N beyond the contig, for ever."""
    while True:
        start, end = (edge, edge + _BLOCK) if upwards else (edge - _BLOCK, edge)
        bases = model.bases(start, end)
        yield from bases if upwards == (model.gene.strand == "+") else reversed(bases)
        edge = end if upwards else start


def _with_edit(edit: Edit, start: int, end: int) -> list[tuple[int, int] | str]:
    """Haplotype [start, end) as genomic intervals and a part of ALT, in genomic order."""
    if not edit.alt and not edit.ref_length:
        return [(start, end)]
    after = edit.start + len(edit.alt)
    back = edit.ref_length - len(edit.alt)
    pieces: list[tuple[int, int] | str] = []
    if start < edit.start:
        pieces.append((start, min(end, edit.start)))
    if max(start, edit.start) < min(end, after):
        pieces.append(edit.alt[max(start - edit.start, 0) : end - edit.start])
    if end > after:
        pieces.append((max(start, after) + back, end + back))
    return pieces


def _exonic_or_not(model: TranscriptModel, start: int, end: int) -> Iterator[Exonic | Piece]:
    """A genomic interval in reading direction: parts of exons as bases of the mRNA, and what lies between."""
    spans: list[tuple[int, int, int | None]] = []  # start, end, number of the exon
    exon = max(bisect.bisect_right(model.ends, start), 0)
    while start < end:
        first = model.starts[exon] if exon < len(model.starts) else end
        if start < first:
            spans.append((start, min(end, first), None))
            start = min(end, first)
        else:
            spans.append((start, min(end, model.ends[exon]), exon))
            start = min(end, model.ends[exon])
            exon += 1
    forward = model.gene.strand == "+"
    for left, right, number in spans if forward else reversed(spans):
        first, step = (left, 1) if forward else (right - 1, -1)
        if number is None:
            yield Piece(model.bases(left, right), first, step)
        else:
            index = model.index_in(number, first)
            yield index, index + right - left

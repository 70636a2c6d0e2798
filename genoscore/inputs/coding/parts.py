"""Which CDS rows make a transcript's coding sequence, and how its parts lie in the mRNA."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from genoscore.inputs.coding.table import Integers

Flags = npt.NDArray[np.bool_]
Intervals = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Exons:
    """The exons of all transcripts, sorted by transcript and start.

    Attributes:
        transcripts, starts, ends: (M,)
        offsets: (M,) exonic bases of the transcript before each, in genomic order.
    """

    transcripts: Integers
    starts: Integers
    ends: Integers
    offsets: Integers

    @classmethod
    def of(cls, exons: Integers) -> Exons:
        """From (3, M) transcript, start, end, sorted."""
        transcripts, starts, ends = exons
        before = np.cumsum(ends - starts) - (ends - starts)
        firsts = np.searchsorted(transcripts, transcripts)
        return cls(transcripts, starts, ends, before - before[firsts])

    def around(self, transcripts: Integers, starts: Integers, ends: Integers) -> tuple[Integers, Flags]:
        """For every interval, its transcript's last exon that begins no later; and whether that holds all of it."""
        coordinates = np.unique(self.starts)
        own = self.transcripts * (len(coordinates) + 1) + np.searchsorted(coordinates, self.starts, "right")
        wanted = transcripts * (len(coordinates) + 1) + np.searchsorted(coordinates, starts, "right")
        at = np.searchsorted(own, wanted, "right") - 1
        inside = (at >= 0) & (self.transcripts[at] == transcripts) & (self.ends[at] >= ends)
        return at, inside

    def intervals(self, transcript: int) -> Intervals:
        """One transcript's exons."""
        begin, end = np.searchsorted(self.transcripts, (transcript, transcript + 1))
        return list(zip(self.starts[begin:end].tolist(), self.ends[begin:end].tolist(), strict=True))


@dataclass(slots=True)
class Parts:
    """Parts of coding sequences, sorted by transcript and start; every part lies in one exon.

    Attributes:
        rows: (5, P) transcript, start, end, phase (-1 for none), protein; see `CodingRows`.
        owners: (C,) transcripts that have a coding sequence, ascending.
        firsts: (C + 1,) of each its first part.
        exons: (P,) the exon of each part, see `Exons`.
    """

    rows: Integers
    owners: Integers
    firsts: Integers
    exons: Integers

    @classmethod
    def of(cls, rows: Integers, exons: Integers) -> Parts:
        """From sorted rows and their exons."""
        owners, firsts = np.unique(rows[0], return_index=True)
        return cls(rows, owners, np.append(firsts, rows.shape[1]), exons)

    def intervals(self, owner: int) -> Intervals:
        """One transcript's parts."""
        at = int(np.searchsorted(self.owners, owner))
        block = slice(self.firsts[at], self.firsts[at + 1])
        return list(zip(self.rows[1][block].tolist(), self.rows[2][block].tolist(), strict=True))

    def replaced(self, intervals: dict[int, Intervals]) -> Parts:
        """With other parts for some transcripts, whose phases, proteins and exons are then unknown."""
        if not intervals:
            return self
        kept = ~np.isin(self.rows[0], list(intervals))
        added = [(owner, start, end, -1, 0) for owner, parts in intervals.items() for start, end in parts]
        rows = np.hstack([self.rows[:, kept], np.array(added, dtype=np.int64).T])
        order = np.lexsort(rows[2::-1])
        exons = np.append(self.exons[kept], np.full(len(added), -1))
        return Parts.of(rows[:, order], exons[order])

    def terminal(self, forward: Flags, at_end: bool) -> Integers:
        """(C,) The part with which each coding sequence begins or, with `at_end`, ends, in reading direction.

        Args:
            forward: of all transcripts, whether it is on the forward strand.
        """
        return np.where(forward[self.owners] != at_end, self.firsts[:-1], self.firsts[1:] - 1)


def filtered(rows: Integers, kept: Flags) -> Integers:
    """The columns to be kept; without a copy if that is all of them, as it mostly is."""
    return rows if bool(kept.all()) else rows[:, kept]


def _ordered(rows: Integers, order: Integers) -> Integers:
    """The columns in this order, in the same memory."""
    for row in rows:
        row[:] = row[order]
    return rows


def first_proteins(rows: Integers) -> tuple[Integers, list[int]]:
    """Columns of the first protein of each transcript, and the transcripts that have several.

    Args:
        rows: (5, R) as in `Parts`, in the file's order.
    """
    if not rows.size:
        return rows, []
    rows = _ordered(rows, np.argsort(rows[0], kind="stable"))
    owners, firsts = np.unique(rows[0], return_index=True)
    mixed = np.minimum.reduceat(rows[4], firsts) != np.maximum.reduceat(rows[4], firsts)
    kept = np.ones(rows.shape[1], dtype=bool)
    several = []
    bounds = np.append(firsts, rows.shape[1])
    for number in np.flatnonzero(mixed).tolist():
        block = slice(bounds[number], bounds[number + 1])
        if not _one_row_each(rows[:, block]):
            kept[block] = rows[4][block] == rows[4][bounds[number]]
            several.append(int(owners[number]))
    return filtered(rows, kept), several


def _one_row_each(rows: Integers) -> bool:
    """Whether the rows of a transcript have IDs of their own, as some tools give them, and so are of one protein."""
    apart = np.sort(rows[1:3], axis=1)
    return bool(
        (rows[4] < 0).all() and len(np.unique(rows[4])) == rows.shape[1] and (apart[0][1:] >= apart[1][:-1]).all()
    )


def place(rows: Integers, exons: Exons) -> tuple[Parts, Integers]:
    """Parts in order, each once, without those of transcripts of which a part lies in no exon; and these transcripts.

    Args:
        rows: (5, R) as in `Parts`.
    """
    rows = _ordered(rows, np.lexsort(rows[2::-1]))
    rows = filtered(rows, np.asarray(np.diff(rows[:3], axis=1, prepend=-1).any(axis=0)))
    at, inside = exons.around(*rows[:3])
    outside = np.unique(rows[0][~inside])
    kept = ~np.isin(rows[0], outside)
    return Parts.of(filtered(rows, kept), at[kept]), outside


def interrupted(parts: Parts, exons: Exons) -> Integers:
    """Transcripts whose parts overlap, or leave out bases of the mRNA between them."""
    transcripts, starts, ends = parts.rows[:3]
    begins = exons.offsets[parts.exons] + starts - exons.starts[parts.exons]
    apart = begins[1:] != begins[:-1] + (ends - starts)[:-1]
    return np.unique(transcripts[1:][apart & (transcripts[1:] == transcripts[:-1])])


def contradictory(parts: Parts, forward: Flags) -> Integers:
    """Transcripts in which a part's phase is not what the previous one leaves over."""
    transcripts, starts, ends, phases = parts.rows[:4]
    onward = forward[transcripts[1:]]
    before, after = np.where(onward, phases[:-1], phases[1:]), np.where(onward, phases[1:], phases[:-1])
    bases = np.where(onward, (ends - starts)[:-1], (ends - starts)[1:])
    wrong = (before >= 0) & (after >= 0) & ((before - bases) % 3 != after)
    return np.unique(transcripts[1:][wrong & (transcripts[1:] == transcripts[:-1])])


def reaching(parts: Parts, exons: Exons, forward: Flags, at_end: bool) -> Integers:
    """Transcripts whose coding sequence begins with the mRNA's first base or, with `at_end`, ends with its last."""
    terminal = parts.terminal(forward, at_end)
    at = parts.exons[terminal]
    last = np.append(exons.transcripts[1:] != exons.transcripts[:-1], True)[at]
    high = last & (parts.rows[2][terminal] == exons.ends[at])
    low = (exons.offsets[at] == 0) & (parts.rows[1][terminal] == exons.starts[at])
    owners: Integers = parts.owners[np.where(forward[parts.owners] == at_end, high, low)]
    return owners

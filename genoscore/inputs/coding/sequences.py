"""From the rows of an annotation to the coding sequence of every transcript."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from genoscore.inputs import annotation_oddities as kinds
from genoscore.inputs.annotation_oddities import Oddities
from genoscore.inputs.coding.parts import (
    Exons,
    Flags,
    Parts,
    contradictory,
    filtered,
    first_proteins,
    interrupted,
    place,
    reaching,
)
from genoscore.inputs.coding.remarks import first_bases, read_remarks
from genoscore.inputs.coding.rows import CodingRows, Remark, columns
from genoscore.inputs.coding.stops import include_stops
from genoscore.inputs.coding.table import CodingTable, Integers

# What `Coding.exception` says where the annotation contradicts itself.
_WHY = {
    kinds.OUTSIDE_EXONS: "it lies partly outside its exons",
    kinds.INTERRUPTED: "its parts do not follow one another",
    kinds.CONTRADICTORY_PHASES: "its phases contradict each other",
    kinds.NOT_AT_THE_END: "its stop codon is not at its end",
    kinds.NOT_A_CODON: "a selenocysteine is no codon of it",
}


@dataclass(frozen=True, slots=True)
class Owners:
    """What is known of all N transcripts of an annotation.

    Attributes:
        exons: (3, M) transcript, start, end, sorted.
        forward: (N,) whether each is on the forward strand.
        mitochondrial: (N,) whether each is on a mitochondrion.
        incomplete: of the N, GENCODE's tags `cds_start_NF`, `mRNA_end_NF` and the like.
        name: from a transcript's number to its name in warnings.
    """

    exons: Integers
    forward: Flags
    mitochondrial: Flags
    incomplete: Sequence[tuple[str, ...]]
    name: Callable[[int], str]


def coding_sequences(
    rows: CodingRows, owners: Owners, is_gene: Callable[[str], bool], oddities: Oddities
) -> CodingTable | None:
    """The coding sequences of all transcripts; None if there is none at all.

    Args:
        is_gene: whether a name is a gene's. A CDS directly below a gene has no transcript, which is not odd.
        oddities: gaps and contradictions are noted there.
    """
    if not rows.parts.starts:
        return None
    found, nowhere = rows.resolve()
    for name in nowhere:
        if not is_gene(name):
            oddities.note(kinds.NO_EXONS, f"transcript {name}")
    return _Assembly(rows, found, owners, oddities, rows.named(nowhere)).table()


class _Assembly:
    """The steps from rows to columns.

    Attributes:
        exceptions: transcript -> see `Coding.exception`.
        said: transcript -> what its CDS rows say besides.
        stops, selenocysteines: (3, R) transcript, start, end of their rows.
    """

    def __init__(
        self, rows: CodingRows, found: dict[int, int], owners: Owners, oddities: Oddities, astray: Sequence[int]
    ) -> None:
        """`found`: see `CodingRows.resolve`; `astray`: transcripts with CDS rows on another contig or strand."""
        self._owners, self._oddities = owners, oddities
        self._exons = Exons.of(owners.exons)
        self.exceptions = dict.fromkeys(astray, "it lies on another contig or strand")
        remarks: dict[int, list[Remark]] = {}
        for number, some in rows.remarks.items():
            remarks.setdefault(found.get(number, number), []).extend(some)
        self._parts = self._placed(rows, found, remarks)
        self.said = {
            number: read_remarks(remarks[number], self._parts.intervals(number), bool(owners.forward[number]))
            for number in sorted(remarks.keys() & set(self._parts.owners.tolist()))
        }
        self.exceptions |= {number: said.exception for number, said in self.said.items() if said.exception}
        self.stops = self._with_parts(columns(rows.stops, found))
        self.selenocysteines = self._with_parts(columns(rows.selenocysteines, found))

    def _note(self, kind: str, transcripts: Iterable[int]) -> None:
        """Note a kind of oddity for each transcript, unless it is an exception anyway; mark it, if the kind does."""
        for number in transcripts:
            if number not in self.exceptions:
                self._oddities.note(kind, f"transcript {self._owners.name(number)}")
                if kind in _WHY:
                    self.exceptions[number] = _WHY[kind]

    def _placed(self, rows: CodingRows, found: dict[int, int], remarks: dict[int, list[Remark]]) -> Parts:
        """The parts of every transcript's first protein, where all of them lie in its exons. A coding sequence of which
        a part does not is an exception without parts, so that its transcript is not taken for a non-coding one.

        Remarks on other proteins are removed.
        """
        table = np.vstack([columns(rows.parts, found), np.asarray(rows.phases), np.asarray(rows.proteins)])
        table = filtered(table, table[0] >= 0)
        exonic = np.isin(table[0], self._owners.exons[0])
        self._note(kinds.NO_EXONS, np.unique(table[0][~exonic]).tolist())
        table, several = first_proteins(filtered(table, exonic))
        self._note(kinds.SEVERAL_PROTEINS, several)
        for number in remarks.keys() & set(several):
            protein = table[4][np.flatnonzero(table[0] == number)[0]]
            remarks[number] = [remark for remark in remarks[number] if remark.protein == protein]
        parts, outside = place(filtered(table, ~np.isin(table[0], list(self.exceptions))), self._exons)
        self._note(kinds.OUTSIDE_EXONS, outside.tolist())
        return parts

    def _with_parts(self, rows: Integers) -> Integers:
        """Rows of transcripts that have a coding sequence; other transcripts in the file are noted."""
        known = np.isin(rows[0], self._parts.owners)
        self._note(kinds.STRAY, np.unique(rows[0][~known & (rows[0] >= 0)]).tolist())
        return rows[:, known]

    def table(self) -> CodingTable | None:
        """The columns."""
        if not self._parts.owners.size:
            return None
        n = len(self._owners.forward)
        skipped, starts_late, ends_early = self._skipped(), self._incomplete(False), self._incomplete(True)
        self._note(kinds.INTERRUPTED, interrupted(self._parts, self._exons).tolist())
        self._note(kinds.CONTRADICTORY_PHASES, contradictory(self._parts, self._owners.forward).tolist())
        holds_stop = self._include_stops()
        first_codons, codons = self._codons(skipped)
        codes = np.where(self._owners.mitochondrial, 2, 1)
        for number, said in self.said.items():
            codes[number] = said.genetic_code or codes[number]
        return CodingTable(
            first_parts=_firsts(self._parts.rows[0], n),
            part_starts=self._parts.rows[1].copy(),  # without the other columns, which need not be kept
            part_ends=self._parts.rows[2].copy(),
            skipped=skipped,
            holds_stop=holds_stop,
            starts_late=starts_late | (skipped > 0),
            ends_early=ends_early,
            genetic_codes=codes,
            first_selenocysteines=first_codons,
            selenocysteines=codons,
            exceptions=[self.exceptions.get(number, "") for number in range(n)],
        )

    def _skipped(self) -> Integers:
        """The phase of each first part."""
        skipped = np.zeros(len(self._owners.forward), np.int64)
        phases = self._parts.rows[3][self._parts.terminal(self._owners.forward, at_end=False)]
        self._note(kinds.NO_PHASE, self._parts.owners[phases < 0].tolist())
        skipped[self._parts.owners] = np.maximum(phases, 0)
        return skipped

    def _incomplete(self, at_end: bool) -> Integers:
        """1 where the annotation says that the coding sequence is incomplete at its beginning, or at its end.

        An incomplete mRNA is one that its coding sequence fills up to that end, without a stop codon.
        """
        forward, where = self._owners.forward, "end" if at_end else "start"
        incomplete = np.zeros(len(forward), np.int64)
        filled = set(reaching(self._parts, self._exons, forward, at_end).tolist())
        if at_end:
            filled -= set(self.stops[0].tolist())
        for number in self._parts.owners.tolist():
            tags = self._owners.incomplete[number]
            if tags:
                unsure = number in filled and f"mRNA_{where}_NF" in tags
                incomplete[number] = unsure or f"cds_{where}_NF" in tags
        for number, said in self.said.items():
            incomplete[number] |= said.high_open if forward[number] == at_end else said.low_open
        return incomplete

    def _include_stops(self) -> Integers:
        """Extend the parts by stop codons that have rows of their own; see `CodingTable.holds_stop`."""
        holds = np.full(len(self._owners.forward), -1)
        longer, held, odd = include_stops(self._parts, self.stops, self._exons, self._owners.forward)
        self._note(kinds.NOT_AT_THE_END, odd)
        self._parts = self._parts.replaced(longer)
        holds[held] = 1
        return holds

    def _codons(self, skipped: Integers) -> tuple[Integers, Integers]:
        """See `CodingTable.first_selenocysteines` and `selenocysteines`."""
        said = {number: list(said.selenocysteines) for number, said in self.said.items() if said.selenocysteines}
        for number in np.unique(self.selenocysteines[0]).tolist():
            rows = self.selenocysteines[1:, self.selenocysteines[0] == number]
            said.setdefault(number, []).append([tuple(row) for row in rows.T.tolist()])
        found: list[tuple[int, int]] = []
        for number, codons in sorted(said.items()):
            parts, forward = self._parts.intervals(number), bool(self._owners.forward[number])
            firsts = [first_bases(codon, parts, forward, int(skipped[number])) for codon in codons]
            if None in firsts:
                self._note(kinds.NOT_A_CODON, [number])
            found += sorted({(number, base) for some in firsts for base in some or ()})
        table = np.array(found, dtype=np.int64).reshape(-1, 2)
        return _firsts(table[:, 0], len(skipped)), table[:, 1]


def _firsts(owners: Integers, n: int) -> Integers:
    """For rows of `n` owners in order, where each owner's begin, and their number."""
    return np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=n))]).astype(np.int64)

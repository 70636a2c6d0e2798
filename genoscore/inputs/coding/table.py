"""The coding sequences of an annotation as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from genoscore.inputs.gene import Coding

Integers = npt.NDArray[np.int64]
_HOLDS_STOP = {-1: None, 0: False, 1: True}


@dataclass(frozen=True, slots=True)
class CodingTable:
    """The coding sequences of N transcripts, of which some have none. See `Coding` for what is not said here.

    P parts, S selenocysteines. Coordinates 0-based, half-open, in genomic order.

    Attributes:
        first_parts: (N + 1,) transcript i's parts are first_parts[i] to first_parts[i + 1]; none: it has no CDS, or one
            that cannot be placed, which then is an exception.
        part_starts, part_ends: (P,)
        skipped, genetic_codes: (N,)
        holds_stop: (N,) 1, 0, or -1 if only the sequence can tell.
        starts_late, ends_early: (N,) 1 or 0.
        first_selenocysteines: (N + 1,) as `first_parts`.
        selenocysteines: (S,)
        exceptions: of the N transcripts.
    """

    first_parts: Integers
    part_starts: Integers
    part_ends: Integers
    skipped: Integers
    holds_stop: Integers
    starts_late: Integers
    ends_early: Integers
    genetic_codes: Integers
    first_selenocysteines: Integers
    selenocysteines: Integers
    exceptions: list[str]

    def of(self, row: int) -> Coding | None:
        """One transcript's coding sequence; None if it has none."""
        begin, end = self.first_parts[row], self.first_parts[row + 1]
        if begin == end and not self.exceptions[row]:
            return None
        codons = slice(self.first_selenocysteines[row], self.first_selenocysteines[row + 1])
        return Coding(
            starts=tuple(self.part_starts[begin:end].tolist()),
            ends=tuple(self.part_ends[begin:end].tolist()),
            skipped=int(self.skipped[row]),
            holds_stop=_HOLDS_STOP[int(self.holds_stop[row])],
            starts_late=bool(self.starts_late[row]),
            ends_early=bool(self.ends_early[row]),
            selenocysteines=tuple(self.selenocysteines[codons].tolist()),
            genetic_code=int(self.genetic_codes[row]),
            exception=self.exceptions[row],
        )

    def take(self, order: Integers) -> CodingTable:
        """The rows of these transcripts, in this order."""
        first_parts, parts = blocks(self.first_parts, order)
        first_codons, codons = blocks(self.first_selenocysteines, order)
        return CodingTable(
            first_parts=first_parts,
            part_starts=self.part_starts[parts],
            part_ends=self.part_ends[parts],
            skipped=self.skipped[order],
            holds_stop=self.holds_stop[order],
            starts_late=self.starts_late[order],
            ends_early=self.ends_early[order],
            genetic_codes=self.genetic_codes[order],
            first_selenocysteines=first_codons,
            selenocysteines=self.selenocysteines[codons],
            exceptions=[self.exceptions[row] for row in order.tolist()],
        )

    def check(self, n: int) -> None:
        """Raise ValueError unless these are columns of `n` transcripts that belong together."""
        rows = (
            self.skipped, self.holds_stop, self.starts_late, self.ends_early, self.genetic_codes, self.exceptions
        )  # fmt: skip
        lengths = {len(column) for column in rows} | {len(self.first_parts) - 1, len(self.first_selenocysteines) - 1}
        same = lengths == {n} and len(self.part_starts) == len(self.part_ends)
        firsts = ((self.first_parts, self.part_starts), (self.first_selenocysteines, self.selenocysteines))
        if not same or any(
            first[0] != 0 or first[-1] != len(values) or (np.diff(first) < 0).any() for first, values in firsts
        ):
            raise ValueError("its columns of coding sequences differ in length")


def blocks(firsts: Integers, order: Integers) -> tuple[Integers, Integers]:
    """For blocks firsts[i] to firsts[i + 1] in another order: where each begins then, and the places of all that they
    hold."""
    counts = np.diff(firsts)[order]
    begins = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return begins, np.repeat(firsts[order] - begins[:-1], counts) + np.arange(begins[-1])

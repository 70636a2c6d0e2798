"""The chunks of a run: planned ahead, computed on each device, then written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genoscore.engine.journal import ChunkRows, Journal
from genoscore.engine.results import RecordResult
from genoscore.outputs.annotated import VcfText
from genoscore.outputs.base import WriterGroup
from genoscore.scoring.assembling import Assembled
from genoscore.scoring.effects import Effects
from genoscore.scoring.opening import OpenRun
from genoscore.scoring.tallying import Tally

if TYPE_CHECKING:
    from genoscore.engine.assembly import Assembly
    from genoscore.engine.run import Planned


@dataclass(frozen=True, slots=True)
class Computed:
    """A chunk that is done.

    Attributes:
        results: one per record, in order.
        rows: the rows that a journal keeps.
    """

    planned: Planned
    results: list[RecordResult]
    rows: ChunkRows


def plan_chunks(run: OpenRun, assembled: Assembled, journal: Journal | None, tally: Tally) -> Iterator[Planned]:
    """Chunks ready to be computed. The journal is read up to the first missing chunk, then only written."""
    from genoscore.engine.run import plan_chunk

    chunk = run.first
    while chunk is not None:
        known = journal.rows(chunk) if journal is not None else None
        journal = journal if known is not None else None
        with tally.stage("plan"):
            planned = plan_chunk(chunk, assembled.devices[0], known)
        yield planned
        with tally.stage("read"):
            chunk = next(run.rest, None)


def computers(assembled: Assembled, tally: Tally) -> list[Callable[[Planned], Computed]]:
    """For each device, the function that computes a chunk on it."""
    return [_computer(assemblies, tally) for assemblies in assembled.devices]


def _computer(assemblies: list[Assembly], tally: Tally) -> Callable[[Planned], Computed]:
    from genoscore.engine.run import compute_chunk

    def compute(planned: Planned) -> Computed:
        progress = _ChunkProgress(planned, tally)
        with tally.stage("network"):
            computed = Computed(planned, *compute_chunk(planned, assemblies, progress.add))
        progress.finish()
        return computed

    return compute


class _ChunkProgress:
    """Notifies the observer of a chunk's records as they are computed; in the end each is counted once."""

    def __init__(self, planned: Planned, tally: Tally) -> None:
        self._observer = tally.observer
        self._resumed = planned.known is not None
        self._pairs = self._pairs_left = float(planned.pairs)
        self._records, self._records_left = len(planned.chunk.records), float(len(planned.chunk.records))

    def add(self, pairs: float) -> None:
        """Further variant x gene pairs are computed; records count by their share of the pairs."""
        pairs = min(pairs, self._pairs_left)
        records = min(pairs / max(self._pairs, 1) * self._records, self._records_left)
        self._pairs_left -= pairs
        self._records_left -= records
        self._observer.computed(pairs, records)

    def finish(self) -> None:
        """The chunk is done: count what is not reported yet, such as records without pairs."""
        if self._resumed:
            self._observer.resumed(self._records)
        else:
            self._observer.computed(self._pairs_left, self._records_left)


def writer_of(
    writers: WriterGroup, text: VcfText, assembled: Assembled, effects: Effects, tally: Tally
) -> Callable[[list[RecordResult]], None]:
    """The function that counts and writes the results of a chunk."""
    scorers = assembled.scorers

    def write(results: list[RecordResult]) -> None:
        with tally.stage("consequences"):
            told = [effects.of(result) for result in results]
        with tally.stage("write"):
            for result in told:
                if tally.count(result, scorers):
                    writers.write(result)
        tally.summary.replaced = text.replaced
        tally.observer.advance(tally.summary)

    return write

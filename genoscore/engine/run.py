"""From a chunk's records to results: look up, plan, score, find splice sites."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from genoscore.consequences.sites import FoundSites, Searched
from genoscore.core.edits import Edit
from genoscore.core.variants import Status
from genoscore.core.windows import Stretch
from genoscore.engine.assembly import Assembly
from genoscore.engine.journal import ChunkRows
from genoscore.engine.known import take_known
from genoscore.engine.results import AltResult, GeneScores, RecordResult
from genoscore.engine.scoring_stretches import Scored, no_progress, score_stretches
from genoscore.engine.site_search import SiteFinder, Surroundings
from genoscore.inputs.vcf import Record
from genoscore.planning.chunks import Chunk
from genoscore.planning.jobs import Job, Lookup
from genoscore.planning.stretches import plan_stretches

_ENDED = {status: AltResult(status) for status in Status}
_Found = dict[int, FoundSites]  # job number -> splice sites


@dataclass(frozen=True, slots=True)
class Planned:
    """A chunk ready to be computed, with everything read. It can be pickled and computed elsewhere.

    Attributes:
        known: rows of an earlier run, used unchanged.
        lookups: predictor -> the lookups of every record's ALTs.
        taken: predictor -> job number -> scores from a file of precomputed ones.
        stretches: predictor -> stretches with the remaining jobs; empty if the rows are known.
        surroundings: predictor -> the same jobs in stretches as far as splice sites are looked for; only for those that
            look for any.
    """

    chunk: Chunk
    known: ChunkRows | None
    lookups: dict[str, list[list[Lookup]]]
    taken: dict[str, dict[int, tuple[float, ...]]]
    stretches: dict[str, list[tuple[Stretch, list[Job]]]]
    surroundings: dict[str, Surroundings]

    @property
    def pairs(self) -> int:
        """Number of variant x gene pairs left to compute, over all predictors."""
        return sum(len(jobs) for stretches in self.stretches.values() for _, jobs in stretches)

    def jobs(self, name: str) -> list[Job]:
        """A predictor's jobs, in the order of the records."""
        return [job for alts in self.lookups[name] for lookup in alts for job in lookup.jobs]


def plan_chunk(chunk: Chunk, assemblies: Sequence[Assembly], known: ChunkRows | None = None) -> Planned:
    """Look up every ALT of a chunk and read the reference for those to be computed. Torch is not used here."""
    planned = Planned(chunk, known, {}, {}, {}, {})
    for assembly in assemblies:
        lookups = _look_up_all(chunk.records, assembly)
        taken = take_known(chunk.records, lookups, assembly.precomputed, len(assembly.scorer.fields), assembly.tally)
        planned.lookups[assembly.name], planned.taken[assembly.name] = lookups, taken
        remaining = [job for job in planned.jobs(assembly.name) if job.number not in taken] if known is None else []
        if assembly.search is None:
            planned.stretches[assembly.name] = list(plan_stretches(remaining, assembly.genome, assembly.predictor.spec))
        else:
            planned.stretches[assembly.name] = assembly.search.stretches(remaining, assembly.genome)
            planned.surroundings[assembly.name] = assembly.search.surroundings(remaining, assembly.genome)
    return planned


def compute_chunk(
    planned: Planned, assemblies: Sequence[Assembly], computed: Callable[[float], None] = no_progress
) -> tuple[list[RecordResult], ChunkRows]:
    """Results of a chunk's records, in order, and the rows that they consist of.

    Args:
        computed: called every few seconds with the number of variant x gene pairs completed since.
    """
    results: dict[str, list[tuple[AltResult, ...]]] = {}
    rows = ChunkRows()
    for assembly in assemblies:
        lookups, jobs, taken = planned.lookups[assembly.name], planned.jobs(assembly.name), planned.taken[assembly.name]
        scored, found = _compute(planned, assembly, computed)
        status = Status.UNTRAINED if assembly.predictor.spec.untrained else Status.SCORED
        finished = partial(_finish, scored=scored, found=found, taken=taken, status=status)
        results[assembly.name] = [tuple(finished(lookup) for lookup in alts) for alts in lookups]
        rows.scores[assembly.name] = [scored[job.number] for job in jobs]
        if assembly.search is not None:
            rows.sites[assembly.name] = [found.get(job.number) for job in jobs]
    return [
        RecordResult(record, {name: alts[at] for name, alts in results.items()})
        for at, record in enumerate(planned.chunk.records)
    ], rows


def _compute(planned: Planned, assembly: Assembly, computed: Callable[[float], None]) -> tuple[Scored, _Found]:
    """Rows, and splice sites if they are looked for, by the numbers of the jobs."""
    name = assembly.name
    if planned.known is not None:
        numbers = [job.number for job in planned.jobs(name)]
        sites = planned.known.sites[name] if assembly.search is not None else [None] * len(numbers)
        found = {number: known for number, known in zip(numbers, sites, strict=True) if known is not None}
        return dict(zip(numbers, planned.known.scores[name], strict=True)), found
    finder = None if assembly.search is None else SiteFinder(assembly.search, assembly.predictor)
    scored = {**planned.taken[name], **score_stretches(planned.stretches[name], assembly, finder, computed)}
    return scored, {} if finder is None else finder.search(planned.surroundings[name])


def _look_up_all(records: Sequence[Record], assembly: Assembly) -> list[list[Lookup]]:
    """Lookups of every record's ALTs; their jobs are numbered in this order."""
    lookups: list[list[Lookup]] = []
    number = 0
    for record in records:
        if assembly.keep_existing and carries(record.info, assembly.own_ids):
            lookups.append([Lookup(Status.KEPT) for _ in record.alts])
            continue
        of_alts = []
        for alt_index in range(len(record.alts)):
            of_alts.append(assembly.builder.look_up(record, alt_index, number))
            number += len(of_alts[-1].jobs)
        lookups.append(of_alts)
    return lookups


def carries(info: str, ids: frozenset[str]) -> bool:
    """Whether an INFO column contains one of the keys.

    >>> carries("DP=3;SpliceAI=x", frozenset({"SpliceAI"})), carries("XSpliceAI=x", frozenset({"SpliceAI"}))
    (True, False)
    """
    return any(entry.partition("=")[0] in ids for entry in info.split(";"))


def _finish(lookup: Lookup, scored: Scored, found: _Found, taken: Container[int], status: Status) -> AltResult:
    if lookup.status is not Status.SCORED:
        if not lookup.named:
            return _ENDED[lookup.status]
        return AltResult(lookup.status, tuple(GeneScores(gene, None) for gene in lookup.named))
    genes = tuple(
        _of_gene(job, row, found.get(job.number)) for job in lookup.jobs if (row := scored[job.number]) is not None
    )
    if len(genes) < len(lookup.jobs):
        return AltResult(Status.NON_FINITE)
    return AltResult(status, genes, lookup.jobs[0].number in taken)


def _of_gene(job: Job, row: tuple[float, ...] | NDArray[np.float32], found: FoundSites | None) -> GeneScores:
    values, table = (row, None) if isinstance(row, tuple) else (None, row)
    variant = job.variant
    edit = Edit(variant.start, variant.end, variant.alt)
    searched = None if found is None else Searched(variant.contig, edit, found)
    return GeneScores(job.gene, values, table, searched)

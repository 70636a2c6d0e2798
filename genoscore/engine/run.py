"""From a chunk's records to results: look up, plan, predict, score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.consequences.sites import FoundSites, Searched
from genoscore.core.edits import Edit
from genoscore.core.variants import Status
from genoscore.core.windows import Stretch, own_bins
from genoscore.engine.full_windows import FullWindows, fit_windows
from genoscore.engine.journal import ChunkRows, Row
from genoscore.engine.known import KnownScores, take_known
from genoscore.engine.precision import Screener
from genoscore.engine.results import AltResult, GeneScores, RecordResult
from genoscore.engine.site_search import SiteFinder, SiteSearch, Surroundings
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.vcf import Record
from genoscore.planning.chunks import Chunk
from genoscore.planning.jobs import Job, JobBuilder, Lookup
from genoscore.planning.stretches import output_bytes, owner, plan_stretches
from genoscore.predictors.base import EditPredictor, Predictor, PredictorSpec, Screening
from genoscore.predictors.outputs import checked_edits
from genoscore.scores.base import Scorer


def _no(_: float) -> None:
    """Ignore progress."""


_ENDED = {status: AltResult(status) for status in Status}
SCORED_BYTES = 16 << 20  # of outputs that are scored at once: scorers make several copies of them
_SCREENED = 0.3  # share of a job that counts as done for progress once it has been screened
_Scored = dict[int, Row]  # job number -> scores
_Found = dict[int, FoundSites]  # job number -> splice sites


@dataclass(frozen=True, slots=True)
class Assembly:
    """One predictor with everything it needs in a run.

    Attributes:
        batch_size: windows or edits computed together; None: as many as fit in memory.
        screening: bounds of the fast approximation that is tried first (`--precision auto`); None for no screening.
        own_ids: INFO IDs that this predictor writes; a record that carries one is left under `--keep-existing`.
        precomputed: source of known scores, which need not be computed.
        search: how far splice sites are looked for, for consequences; None for a run or predictor without them.
        tally: variant x gene pairs `screened`, and those `settled` by it; also the counts of `take_known`.
    """

    predictor: Predictor
    scorer: Scorer
    builder: JobBuilder
    genome: ReferenceGenome
    batch_size: int | None
    screening: Screening | None
    own_ids: frozenset[str]
    keep_existing: bool
    precomputed: KnownScores | None = None
    search: SiteSearch | None = None
    tally: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        """The predictor's name."""
        return self.predictor.spec.name

    @property
    def window_batch(self) -> int:
        """Whole windows per call."""
        return self.batch_size or fit_windows(self.predictor.spec, self.predictor.device)


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
        planned.stretches[assembly.name] = list(plan_stretches(remaining, assembly.genome, assembly.predictor.spec))
        if assembly.search is not None:
            planned.surroundings[assembly.name] = assembly.search.surroundings(remaining, assembly.genome)
    return planned


def compute_chunk(
    planned: Planned, assemblies: Sequence[Assembly], computed: Callable[[float], None] = _no
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


def _compute(planned: Planned, assembly: Assembly, computed: Callable[[float], None]) -> tuple[_Scored, _Found]:
    """Rows, and splice sites if they are looked for, by the numbers of the jobs."""
    name = assembly.name
    if planned.known is not None:
        numbers = [job.number for job in planned.jobs(name)]
        sites = zip(numbers, planned.known.sites.get(name, ()), strict=False)
        found = {number: known for number, known in sites if known is not None}
        return dict(zip(numbers, planned.known.scores[name], strict=True)), found
    finder = None if assembly.search is None else SiteFinder(assembly.search, assembly.predictor)
    scored = {**planned.taken[name], **_score_stretches(planned.stretches[name], assembly, finder, computed)}
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


def _finish(lookup: Lookup, scored: _Scored, found: _Found, taken: Container[int], status: Status) -> AltResult:
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


def _score_stretches(
    stretches: Sequence[tuple[Stretch, list[Job]]],
    assembly: Assembly,
    finder: SiteFinder | None,
    computed: Callable[[float], None],
) -> _Scored:
    scored: _Scored = {}
    placed: list[tuple[Stretch, Job]] = []
    distinct: set[tuple[int, Edit]] = set()  # windows of `placed` that are computed; jobs that share an edit follow
    screener = Screener(assembly.screening, assembly.predictor.spec)
    for at, (stretch, members) in enumerate(stretches):
        if isinstance(assembly.predictor, EditPredictor):
            for part, jobs in screener.parts(stretch, members):
                scored.update(_score_edits(part, jobs, assembly, finder, screener, computed))
            continue
        for job in members:
            key = at, job.edit
            if key not in distinct and len(distinct) == assembly.window_batch:
                scored.update(_score_windows(placed, assembly, finder))
                computed(len(placed))
                placed, distinct = [], set()
            placed.append((stretch, job))
            distinct.add(key)
    if placed:
        scored.update(_score_windows(placed, assembly, finder))
        computed(len(placed))
    return scored


def _score_edits(
    stretch: Stretch,
    jobs: list[Job],
    assembly: Assembly,
    finder: SiteFinder | None,
    screener: Screener,
    computed: Callable[[float], None],
) -> _Scored:
    """The fast way: the predictor computes only what an edit changes."""
    scored: _Scored = {}
    screened = 0
    for piece in screener.pieces(stretch, jobs):
        settled = _screen(stretch, piece, assembly, finder, lambda pairs: computed(_SCREENED * pairs))
        screener.learn(len(piece), len(settled))
        assembly.tally.update(screened=len(piece), settled=len(settled))
        computed((1 - _SCREENED) * len(settled))
        scored.update(settled)
        screened += len(piece)
    rest = [job for job in jobs if job.number not in scored]
    if rest:
        share = 1 - _SCREENED * (screened - len(scored)) / len(rest)  # of each, on average: screening was one part
        for group, ref, alt in _predict_edits(stretch, rest, assembly, computed=lambda pairs: computed(share * pairs)):
            scored.update(_rows(group, assembly, finder, ref, alt))
    return _try_again([(stretch, job) for job in jobs], scored, assembly, finder)


def _screen(
    stretch: Stretch,
    jobs: list[Job],
    assembly: Assembly,
    finder: SiteFinder | None,
    computed: Callable[[float], None],
) -> _Scored:
    """Scores of the jobs for which the fast approximation leaves no doubt about what will be printed."""
    assert assembly.screening is not None
    scored: _Scored = {}
    for group, ref, alt in _predict_edits(stretch, jobs, assembly, screen=True, computed=computed):
        certain = (~assembly.scorer.unsettled(ref, alt, group, assembly.screening)).nonzero()[:, 0]
        settled = [group[at] for at in certain.tolist()]
        if settled:
            scored.update(_rows(settled, assembly, finder, ref[certain], alt[certain]))
    return scored


def _predict_edits(
    stretch: Stretch, jobs: list[Job], assembly: Assembly, screen: bool = False, computed: Callable[[float], None] = _no
) -> Iterator[tuple[list[Job], torch.Tensor, torch.Tensor]]:
    """Jobs of the same shape at a time, with their outputs. An edit of several jobs (transcripts) is computed once."""
    assert isinstance(assembly.predictor, EditPredictor)
    edits = list(dict.fromkeys(stretch.placed(job.edit) for job in jobs))
    each = len(jobs) / len(edits)
    spec = assembly.predictor.spec
    outputs = assembly.predictor.predict_edits(
        stretch, edits, assembly.batch_size, screen, lambda done: computed(done * each)
    )
    ref, alt = checked_edits(outputs, edits, spec)
    place = {edit: row for row, edit in enumerate(edits)}
    for group in _groups(jobs, spec):
        rows = [place[stretch.placed(job.edit)] for job in group]
        n_ref, n_alt = own_bins(group[0].edit, spec)
        yield group, _picked(ref, rows)[..., :n_ref], _picked(alt, rows)[..., :n_alt]


def _picked(outputs: torch.Tensor, rows: list[int]) -> torch.Tensor:
    """Rows of (E, R, T, N), without copying if all are the same."""
    if len(set(rows)) == 1:
        return outputs[rows[0] : rows[0] + 1].expand(len(rows), *outputs.shape[1:])
    return outputs[rows]


def _score_windows(placed: list[tuple[Stretch, Job]], assembly: Assembly, finder: SiteFinder | None) -> _Scored:
    """The generic way: whole windows."""
    return _try_again(placed, _whole_windows(placed, assembly.predictor, assembly, finder), assembly, finder)


def _whole_windows(
    placed: list[tuple[Stretch, Job]], predictor: Predictor, assembly: Assembly, finder: SiteFinder | None
) -> _Scored:
    outputs = FullWindows(predictor, assembly.window_batch).predict(placed)
    by_job = {job.number: pair for (_, job), pair in zip(placed, outputs, strict=True)}
    scored: _Scored = {}
    for group in _groups([job for _, job in placed], predictor.spec):
        pairs = [by_job[job.number] for job in group]
        if predictor.spec.input_length is None:
            ref, alt = (torch.stack(side) for side in zip(*pairs, strict=True))
        else:
            ref, alt = (output.expand(len(group), *output.shape) for output in pairs[0])
        scored.update(_rows(group, assembly, finder, ref, alt))
    return scored


def _try_again(
    placed: list[tuple[Stretch, Job]], scored: _Scored, assembly: Assembly, finder: SiteFinder | None
) -> _Scored:
    """Recompute scores that are not finite, in fp32 on the CPU; None if they are still not finite."""
    again = [(stretch, job) for stretch, job in placed if scored[job.number] is None]
    if again:
        scored.update(_whole_windows(again, assembly.predictor.to_fallback(), assembly, finder))
    return scored


def _rows(
    jobs: list[Job], assembly: Assembly, finder: SiteFinder | None, ref: torch.Tensor, alt: torch.Tensor
) -> _Scored:
    """A row for every job; None if one of its numbers is not finite."""
    scorer = assembly.scorer
    if finder is not None:
        finder.see(jobs, ref, alt)
    scores = scorer.score(ref, alt, jobs)  # (E, F) or (E, T, F)
    expected = torch.tensor([[field.is_given(job.gene is not None) for field in scorer.fields] for job in jobs])
    finite = torch.isfinite(scores) | ~expected.to(scores.device).reshape(len(jobs), *[1] * (scores.ndim - 2), -1)
    finite_rows = finite.flatten(1).all(dim=1).tolist()
    rows = scores.float().cpu().numpy() if scores.ndim == 3 else map(tuple, scores.tolist())
    return {job.number: row if is_finite else None for job, row, is_finite in zip(jobs, rows, finite_rows, strict=True)}


def _groups(jobs: list[Job], spec: PredictorSpec) -> list[list[Job]]:
    """Jobs that are scored in one call: of the same shape, with at most SCORED_BYTES of outputs; with fixed windows,
    whose outputs are large, of one edit and reference window, so that its outputs serve all of its genes."""
    groups: dict[tuple[Hashable, ...], list[Job]] = {}
    for job in jobs:
        key = job.edit.shape if spec.input_length is None else (owner(job, spec), job.edit)
        groups.setdefault(key, []).append(job)
    max_jobs = max(1, SCORED_BYTES // output_bytes(spec)) if spec.input_length is None else len(jobs)
    return [group[at : at + max_jobs] for group in groups.values() for at in range(0, len(group), max_jobs)]

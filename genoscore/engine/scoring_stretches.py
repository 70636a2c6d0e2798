"""From stretches of reference with their jobs to scores: by edits or whole windows, with a second try in fp32."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence

import torch

from genoscore.core.edits import Edit
from genoscore.core.windows import Stretch, own_bins
from genoscore.engine.assembly import Assembly
from genoscore.engine.full_windows import FullWindows
from genoscore.engine.journal import Row
from genoscore.engine.precision import Screener
from genoscore.engine.site_search import SiteFinder
from genoscore.planning.jobs import Job
from genoscore.planning.stretches import output_bytes, owner
from genoscore.predictors.base import EditPredictor, Predictor, PredictorSpec
from genoscore.predictors.outputs import checked_edits

SCORED_BYTES = 16 << 20  # of outputs that are scored at once: scorers make several copies of them
_SCREENED = 0.3  # share of a job that counts as done for progress once it has been screened
Scored = dict[int, Row]  # job number -> scores


def no_progress(_: float) -> None:
    """Ignore progress."""


def score_stretches(
    stretches: Sequence[tuple[Stretch, list[Job]]],
    assembly: Assembly,
    finder: SiteFinder | None,
    computed: Callable[[float], None],
) -> Scored:
    """Scores of all jobs, by the fast way where the predictor has one.

    Args:
        finder: is shown the outputs of every job.
        computed: called with the number of jobs completed since.
    """
    scored: Scored = {}
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
) -> Scored:
    """The fast way: the predictor computes only what an edit changes."""
    scored: Scored = {}
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
        outputs = _predict_edits(stretch, rest, assembly, finder, computed=lambda pairs: computed(share * pairs))
        for group, ref, alt in outputs:
            scored.update(_rows(group, assembly, finder, ref, alt))
    return _try_again([(stretch, job) for job in jobs], scored, assembly, finder)


def _screen(
    stretch: Stretch,
    jobs: list[Job],
    assembly: Assembly,
    finder: SiteFinder | None,
    computed: Callable[[float], None],
) -> Scored:
    """Scores of the jobs for which the fast approximation leaves no doubt about what will be printed."""
    assert assembly.screening is not None
    scored: Scored = {}
    for group, ref, alt in _predict_edits(stretch, jobs, assembly, None, screen=True, computed=computed):
        certain = (~assembly.scorer.unsettled(ref, alt, group, assembly.screening)).nonzero()[:, 0]
        settled = [group[at] for at in certain.tolist()]
        if settled:
            scored.update(_rows(settled, assembly, finder, ref[certain], alt[certain]))
    return scored


def _predict_edits(
    stretch: Stretch,
    jobs: list[Job],
    assembly: Assembly,
    finder: SiteFinder | None,
    screen: bool = False,
    computed: Callable[[float], None] = no_progress,
) -> Iterator[tuple[list[Job], torch.Tensor, torch.Tensor]]:
    """Jobs of the same shape at a time, with their outputs. An edit of several jobs (transcripts) is computed once.

    Args:
        finder: when all jobs have been seen, it is given what was computed far from their edits, if anything was.
    """
    assert isinstance(assembly.predictor, EditPredictor)
    edits = list(dict.fromkeys(stretch.placed(job.edit) for job in jobs))
    each = len(jobs) / len(edits)
    spec = assembly.predictor.spec

    def report(done: float) -> None:
        computed(done * each)

    both = None if finder is None else finder.predict(stretch, edits, assembly.batch_size, report)
    near = both[:2] if both else assembly.predictor.predict_edits(stretch, edits, assembly.batch_size, screen, report)
    ref, alt = checked_edits(near, edits, spec)
    place = {edit: row for row, edit in enumerate(edits)}
    for group in _groups(jobs, spec):
        rows = [place[stretch.placed(job.edit)] for job in group]
        n_ref, n_alt = own_bins(group[0].edit, spec)
        yield group, _picked(ref, rows)[..., :n_ref], _picked(alt, rows)[..., :n_alt]
    if finder is not None and both:
        finder.take(stretch, jobs, edits, both[2])


def _picked(outputs: torch.Tensor, rows: list[int]) -> torch.Tensor:
    """Rows of (E, R, T, N), without copying if all are the same."""
    if len(set(rows)) == 1:
        return outputs[rows[0] : rows[0] + 1].expand(len(rows), *outputs.shape[1:])
    return outputs[rows]


def _score_windows(placed: list[tuple[Stretch, Job]], assembly: Assembly, finder: SiteFinder | None) -> Scored:
    """The generic way: whole windows."""
    return _try_again(placed, _whole_windows(placed, assembly.predictor, assembly, finder), assembly, finder)


def _whole_windows(
    placed: list[tuple[Stretch, Job]], predictor: Predictor, assembly: Assembly, finder: SiteFinder | None
) -> Scored:
    outputs = FullWindows(predictor, assembly.window_batch).predict(placed)
    by_job = {job.number: pair for (_, job), pair in zip(placed, outputs, strict=True)}
    scored: Scored = {}
    for group in _groups([job for _, job in placed], predictor.spec):
        pairs = [by_job[job.number] for job in group]
        if predictor.spec.input_length is None:
            ref, alt = (torch.stack(side) for side in zip(*pairs, strict=True))
        else:
            ref, alt = (output.expand(len(group), *output.shape) for output in pairs[0])
        scored.update(_rows(group, assembly, finder, ref, alt))
    return scored


def _try_again(
    placed: list[tuple[Stretch, Job]], scored: Scored, assembly: Assembly, finder: SiteFinder | None
) -> Scored:
    """Recompute scores that are not finite, in fp32 on the CPU; None if they are still not finite."""
    again = [(stretch, job) for stretch, job in placed if scored[job.number] is None]
    if again:
        scored.update(_whole_windows(again, assembly.predictor.to_fallback(), assembly, finder))
    return scored


def _rows(
    jobs: list[Job], assembly: Assembly, finder: SiteFinder | None, ref: torch.Tensor, alt: torch.Tensor
) -> Scored:
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

"""Splice sites around edits, for consequences: those beside all edits, and farther ones where something changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.consequences.alignment import Alignment
from genoscore.consequences.sites import FLOOR, FoundSites, Spot
from genoscore.core.edits import Edit
from genoscore.core.windows import Stretch, own_bins, read_span, right_bases
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.planning.jobs import Job, read_stretch
from genoscore.planning.stretches import bases_of, grouped, plan_stretches
from genoscore.predictors.base import (
    DENSE,
    FarOutputs,
    FarPredictor,
    OnePassPredictor,
    Predictor,
    PredictorSpec,
    reaching,
)
from genoscore.scores.sites import CHANGED, changes_sites, site_probabilities

_SPARE = 10  # bases by which the outputs of the scores may fall short of DENSE to the right of a deletion
_WEAK = 0.0005  # of a probability: where REF has less, no distant site is looked for
_EDITS = 128  # of one call: outputs of all bases within reach are kept for each
_LEAST = CHANGED / 5  # what the first network must change for edits to be searched in one pass with their scores
_BASES = 1000  # of a reference pass, which cost about as much as an edit
_MORE = 0.1  # of a stretch's cost, that reading it as far as the search goes may add

Surroundings = list[tuple[Stretch, list[Job]]]
_Side = NDArray[np.float32]  # (K, N): kinds of site, bases in genomic order


@dataclass(frozen=True, slots=True)
class SiteSearch:
    """How far splice sites are looked for in a run.

    Attributes:
        spec: of the predictor, its outputs as far as those of the scores.
        reach: bases on either side of an edit.
    """

    spec: PredictorSpec
    reach: int

    @property
    def wide(self) -> PredictorSpec:
        """The spec with outputs as far as the search goes, at least as far as those of the scores."""
        return reaching(self.spec, max(self.reach, self.spec.reach))

    @property
    def is_wider(self) -> bool:
        """Whether it goes farther than the scores."""
        return self.reach > self.spec.reach

    def has_seen(self, edit: Edit) -> bool:
        """Whether the outputs that the scores are made of tell if an edit changes a site: they see both of its ends."""
        least = min(DENSE, self.reach)
        return self.spec.reach >= least and right_bases(edit, self.spec) >= least - _SPARE

    def surroundings(self, jobs: Sequence[Job], genome: ReferenceGenome) -> Surroundings:
        """Reads the reference around jobs as far as the search goes; nothing if the scores go as far."""
        return list(plan_stretches(self._widened(jobs), genome, self.wide)) if self.is_wider else []

    def stretches(self, jobs: Sequence[Job], genome: ReferenceGenome) -> Surroundings:
        """Reads the reference around jobs for their scores; as far as the search goes where that adds little.

        Where edits are dense, one pass over the reference then serves both.
        """
        if not self.is_wider or self.spec.reach < DENSE:
            return list(plan_stretches(jobs, genome, self.spec))
        found: Surroundings = []
        own = {job.number: job for job in jobs}
        for wide in grouped(self._widened(jobs), self.spec):
            members = [own[job.number] for job in wide]
            groups = list(grouped(members, self.spec))
            bases = sum(map(bases_of, groups))
            cost = bases + _BASES * len({job.edit for job in members})
            if bases_of(wide) - bases <= _MORE * cost:
                found.append((read_stretch(wide, genome, self.spec), members))
            else:
                found += [(read_stretch(group, genome, self.spec), group) for group in groups]
        return found

    def _widened(self, jobs: Sequence[Job]) -> list[Job]:
        spans = (read_span(job.edit, self.wide) for job in jobs)
        return [replace(job, start=start, end=end) for job, (start, end) in zip(jobs, spans, strict=True)]


class SiteFinder:
    """Finds the sites around a chunk's edits; `see` is called with the outputs of every job.

    Attributes:
        found: by the number of a job; no sites where nothing changes.
    """

    def __init__(self, search: SiteSearch, predictor: Predictor) -> None:
        self._search, self._predictor = search, predictor
        self._far = predictor if search.is_wider and isinstance(predictor, FarPredictor) else None
        self._near: dict[int, _Side] = {}  # with ALT, of the jobs that are looked at again
        self.found: dict[int, FoundSites] = {}

    def see(self, jobs: Sequence[Job], ref: torch.Tensor, alt: torch.Tensor) -> None:
        """Take note of jobs of one shape whose edits change a site, or may; a job seen before is forgotten.

        Args:
            ref, alt: (E, R, T, N) and (E, R, T, N').
        """
        search, edit = self._search, jobs[0].edit
        before, after = (site_probabilities(outputs.float().mean(dim=1), search.spec) for outputs in (ref, alt))
        changed = changes_sites(before, after, search.spec.reach, edit.shape)
        if self._far is not None and not search.has_seen(edit):
            changed = torch.ones_like(changed)
        for job in jobs:
            self.found[job.number] = FoundSites(job.edit.start, job.edit.start)
            self._near.pop(job.number, None)
        rows = changed.nonzero()[:, 0]
        sides = before[rows].cpu().numpy(), after[rows].cpu().numpy()
        for row, near_ref, near_alt in zip(rows.tolist(), *sides, strict=True):
            job = jobs[row]
            if self._far is None:
                left = job.edit.start - search.spec.reach
                self.found[job.number] = found_sites(job.edit, left, near_ref, near_alt)
            else:
                self._near[job.number] = near_alt.copy()

    def predict(
        self, stretch: Stretch, edits: Sequence[Edit], batch_size: int | None, computed: Callable[[float], None]
    ) -> tuple[torch.Tensor, torch.Tensor, FarOutputs] | None:
        """Outputs of edits for the scores and, from the same pass, for `take`; None unless the stretch goes as far."""
        search, wide = self._search, self._search.wide
        if not isinstance(self._far, OnePassPredictor) or search.spec.reach < DENSE:
            return None
        spans = [read_span(edit, wide) for edit in edits]
        if min(start for start, _ in spans) < stretch.start or max(end for _, end in spans) > stretch.end:
            return None
        always = frozenset(row for row, edit in enumerate(edits) if not search.has_seen(edit))
        return self._far.predict_edits_and_far(stretch, edits, wide.reach, _WEAK, _LEAST, always, batch_size, computed)

    def take(self, stretch: Stretch, jobs: Sequence[Job], edits: Sequence[Edit], far: FarOutputs) -> None:
        """Find the sites of jobs from outputs of `predict`; what is not finite, or was not looked at, is left."""
        row_of = {edit: row for row, edit in enumerate(edits) if far.has(row)}
        chosen = [job for job in jobs if job.number in self._near and stretch.placed(job.edit) in row_of]
        self._join_all(stretch, chosen, lambda some: far.outputs([row_of[edit] for edit in some]), is_last=False)

    def search(self, surroundings: Surroundings) -> dict[int, FoundSites]:
        """The sites of every job that was seen, by its number."""
        if self._far is not None:
            for stretch, jobs in surroundings:
                for part, members in _parts(stretch, [job for job in jobs if job.number in self._near]):
                    self._search_part(self._far, part, members)
        return self.found

    def _search_part(self, predictor: FarPredictor, stretch: Stretch, jobs: Sequence[Job]) -> None:
        near, reach = self._search.spec.reach, self._search.wide.reach

        def outputs(edits: Sequence[Edit]) -> tuple[torch.Tensor, torch.Tensor]:
            """Computed again in fp32 on the CPU if any of them is not finite."""
            found = predictor.predict_far(stretch, edits, near, reach, _WEAK)
            fallback = None if _are_finite(found) else predictor.to_fallback()
            if isinstance(fallback, FarPredictor):
                return fallback.predict_far(stretch, edits, near, reach, _WEAK)
            return found

        self._join_all(stretch, jobs, outputs, is_last=True)

    def _join_all(
        self,
        stretch: Stretch,
        jobs: Sequence[Job],
        outputs: Callable[[Sequence[Edit]], tuple[torch.Tensor, torch.Tensor]],
        is_last: bool,
    ) -> None:
        """Sites of jobs from their edits' (E, T, N) and (E, T, N').

        Args:
            is_last: no other outputs will come: where they are not finite, no sites are known.
        """
        of_edit: dict[Edit, list[Job]] = {}
        for job in jobs:
            of_edit.setdefault(stretch.placed(job.edit), []).append(job)
        distinct = list(of_edit)
        for first in range(0, len(distinct), _EDITS):
            edits = distinct[first : first + _EDITS]
            ref, alt = (site_probabilities(side, self._search.spec).cpu().numpy() for side in outputs(edits))
            for row, edit in enumerate(edits):
                for job in of_edit[edit]:
                    self._join(job, ref[row], alt[row], is_last)

    def _join(self, job: Job, ref: _Side, alt: _Side, is_last: bool) -> None:
        """Near outputs from the scores, far ones from the search."""
        wide, near = self._search.wide, self._search.spec.reach
        n_ref, n_alt = own_bins(job.edit, wide)
        ref, alt = ref[:, :n_ref], alt[:, :n_alt].copy()
        if near >= DENSE:
            near_alt = self._near[job.number]
            alt[:, wide.reach - near : wide.reach - near + near_alt.shape[1]] = near_alt
        if np.isfinite(ref).all() and np.isfinite(alt).all():
            self.found[job.number] = found_sites(job.edit, job.edit.start - wide.reach, ref, alt)
            del self._near[job.number]
        elif is_last:
            del self.found[job.number]


def _are_finite(outputs: tuple[torch.Tensor, torch.Tensor]) -> bool:
    return all(bool(torch.isfinite(side).all()) for side in outputs)


def found_sites(edit: Edit, left: int, ref: _Side, alt: _Side) -> FoundSites:
    """The sites in outputs around an edit: whatever reaches FLOOR in REF or in ALT, in both alleles.

    Args:
        left: base of the first output of either. ref, alt: (K, N) and (K, N'), genomic order.
    """
    alignment = Alignment.of(edit)
    in_ref = {left + place for place in _places(ref)}
    in_alt = {left + place for place in _places(alt)}
    bases = in_ref | {base for base, inserted in map(alignment.counterpart, in_alt) if not inserted}
    places = in_alt | {place for place in map(alignment.place, in_ref) if place is not None}
    return FoundSites(left, left + ref.shape[1], _spots(ref, left, bases), _spots(alt, left, places))


def _places(side: _Side) -> list[int]:
    places: list[int] = np.flatnonzero(side.max(axis=0) >= FLOOR).tolist()
    return places


def _spots(side: _Side, left: int, places: Iterable[int]) -> tuple[Spot, ...]:
    within = sorted(place for place in places if 0 <= place - left < side.shape[1])
    return tuple((place, tuple(side[:, place - left].tolist())) for place in within)


def _parts(stretch: Stretch, jobs: Sequence[Job]) -> Iterator[tuple[Stretch, list[Job]]]:
    """The pieces of a stretch that its remaining jobs need: what lies between distant ones is not computed."""
    groups: list[tuple[int, int, list[Job]]] = []
    for job in sorted(jobs, key=lambda job: (job.start, job.end)):
        if groups and job.start < groups[-1][1]:
            first, last, members = groups[-1]
            groups[-1] = first, max(last, job.end), [*members, job]
        else:
            groups.append((job.start, job.end, [job]))
    for first, last, members in groups:
        yield stretch.part(first, last), members

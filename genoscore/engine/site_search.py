"""Splice sites around edits, for consequences: those beside all edits, and farther ones where something changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.consequences.alignment import Alignment
from genoscore.consequences.sites import FLOOR, FoundSites, Spot
from genoscore.core.edits import Edit
from genoscore.core.windows import Stretch, own_bins, read_span
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.planning.jobs import Job
from genoscore.planning.stretches import plan_stretches
from genoscore.predictors.base import FarPredictor, Predictor, PredictorSpec
from genoscore.scores.sites import changes_sites, site_probabilities, site_tracks

NEAREST = 50  # bases: if fewer are searched for scores, every edit is looked at again
_WEAK = 0.001  # REF's probability at a base, from which a site may be gained there
_EDITS = 128  # of one call: outputs of all bases within reach are kept for each

Surroundings = list[tuple[Stretch, list[Job]]]
_Side = NDArray[np.float32]  # (K, N)


@dataclass(frozen=True, slots=True)
class SiteSearch:
    """How far splice sites are looked for in a run.

    Attributes:
        reach: bases on either side of an edit.
    """

    spec: PredictorSpec
    reach: int

    @property
    def wide(self) -> PredictorSpec:
        """The spec with outputs as far as the search goes, at least as far as those of the scores."""
        return replace(self.spec, n_bins=2 * max(self.reach, self.spec.reach) + 1)

    def surroundings(self, jobs: Sequence[Job], genome: ReferenceGenome) -> Surroundings:
        """Reads the reference around jobs as far as the search goes."""
        wide = self.wide
        spans = (read_span(job.edit, wide) for job in jobs)
        widened = [replace(job, start=start, end=end) for job, (start, end) in zip(jobs, spans, strict=True)]
        return list(plan_stretches(widened, genome, wide))


class SiteFinder:
    """Finds the sites around a chunk's edits; `see` is called with the outputs of every job."""

    def __init__(self, search: SiteSearch, predictor: Predictor) -> None:
        self._search, self._predictor = search, predictor
        self._tracks = site_tracks(search.spec)
        self._near: dict[int, tuple[Job, _Side, _Side]] = {}
        self.found: dict[int, FoundSites] = {}

    def see(self, jobs: Sequence[Job], ref: torch.Tensor, alt: torch.Tensor) -> None:
        """Take note of jobs of one shape whose edits change a site.

        Args:
            ref, alt: (E, R, T, N) and (E, R, T, N').
        """
        spec = self._search.spec
        before, after = (site_probabilities(outputs.float().mean(dim=1), self._tracks) for outputs in (ref, alt))
        changed = changes_sites(before, after, spec.reach, jobs[0].edit.shape)
        if spec.reach < min(NEAREST, self._search.reach):
            changed = torch.ones_like(changed)
        rows = changed.nonzero()[:, 0]
        for job in jobs:
            self.found[job.number] = FoundSites(job.edit.start, job.edit.start)
        sides = before[rows].cpu().numpy(), after[rows].cpu().numpy()
        for row, near_ref, near_alt in zip(rows.tolist(), *sides, strict=True):
            self._near[jobs[row].number] = jobs[row], near_ref, near_alt

    def search(self, surroundings: Surroundings) -> dict[int, FoundSites]:
        """The sites of every job that was seen, by its number; no sites where nothing changes."""
        predictor = self._predictor
        if isinstance(predictor, FarPredictor) and self._search.wide.reach > self._search.spec.reach:
            for stretch, jobs in surroundings:
                for part, members in _parts(stretch, [job for job in jobs if job.number in self._near]):
                    self._search_part(predictor, part, members)
        else:
            for job, ref, alt in self._near.values():
                self.found[job.number] = found_sites(job.edit, job.edit.start - self._search.spec.reach, ref, alt)
        return self.found

    def _search_part(self, predictor: FarPredictor, stretch: Stretch, jobs: Sequence[Job]) -> None:
        wide = self._search.wide
        distinct = list(dict.fromkeys(stretch.placed(job.edit) for job in jobs))
        for first in range(0, len(distinct), _EDITS):
            edits = distinct[first : first + _EDITS]
            outputs = predictor.predict_far(stretch, edits, self._search.spec.reach, wide.reach, _WEAK)
            ref, alt = (site_probabilities(side, self._tracks).cpu().numpy() for side in outputs)
            row_of = {edit: row for row, edit in enumerate(edits)}
            for job in jobs:
                row = row_of.get(stretch.placed(job.edit))
                if row is not None:
                    n_ref, n_alt = own_bins(job.edit, wide)
                    self._join(job, ref[row, :, :n_ref], alt[row, :, :n_alt].copy())

    def _join(self, job: Job, ref: _Side, alt: _Side) -> None:
        """Near outputs from the scores, far ones from the search."""
        reach, near = self._search.wide.reach, self._search.spec.reach
        if near >= NEAREST:
            _, _, near_alt = self._near[job.number]
            alt[:, reach - near : reach - near + near_alt.shape[1]] = near_alt
        self.found[job.number] = found_sites(job.edit, job.edit.start - reach, ref, alt)


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
        yield (
            Stretch(stretch.contig, first, last, stretch.strand, stretch.cut(first, last), stretch.background),
            members,
        )

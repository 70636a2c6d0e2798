"""Chunks with their splice sites, as a run finds them, and the oracle of the same networks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from genoscore.consequences.sites import FLOOR, FoundSites
from genoscore.core.config import RunConfig
from genoscore.engine.assembly import Assembly
from genoscore.engine.run import compute_chunk, plan_chunk
from genoscore.engine.site_search import SiteSearch
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.genes import load_gene_models
from genoscore.inputs.vcf import Record
from genoscore.planning.chunks import Chunk
from genoscore.planning.jobs import Job, JobBuilder
from genoscore.predictors.base import DENSE, EditPredictor
from genoscore.scores.registry import make_scorer
from genoscore.scores.sites import CHANGED
from tests.consequences.whole_windows import (
    Ensemble,
    Outputs,
    away,
    counterpart,
    own_places,
    sites_with,
    with_alt,
)
from tests.consequences.wide_toy import FLANK, WIDE_TOY, WideEntry, whole_networks
from tests.small import SmallGenome
from tests.toy import loaded

TOLERANCE = 1e-5
WEAK, CLOSE, FAR_FLOOR, MOVED = 0.0005, 600, 20, 0.005


class Setting:
    """A predictor with all that a chunk needs, and the oracle of the same networks."""

    def __init__(
        self,
        small: SmallGenome,
        genes: Path,
        entry: WideEntry = WIDE_TOY,
        distance: int = 60,
        reach: int = FLANK,
        predictor: Any = None,
    ) -> None:
        self.sequences = small.sequences
        self.config = RunConfig("-", small.fasta, predictor=(entry.name,), distance=distance)
        self.predictor = predictor or loaded(entry, self.config)
        self.spec = entry.spec(self.config)
        self.name, self.near, self.reach = entry.name, distance, max(reach, distance)
        self.models = load_gene_models(str(genes), "all")
        self.genome = ReferenceGenome(small.fasta)
        tissues = entry.tissues
        self.ensemble = Ensemble(whole_networks(tissues), len(self.spec.tracks), 1 if tissues else None)
        self.kinds: list[list[int]] = [[0, 1]] if tissues else [[1], [2]]
        self.masked = self.spec.genes.masked
        self.search = SiteSearch(self.spec, reach)
        self.known: Any = None

    def assembly(self) -> Assembly:
        """As a run makes it."""
        builder = JobBuilder(self.spec, self.genome, self.models, {})
        scorer = make_scorer(self.spec, self.config)
        return Assembly(
            self.predictor, scorer, builder, self.genome, None, None, frozenset(), False, self.known, self.search
        )

    def sites(self, records: Sequence[Record], alone: bool = False) -> dict[tuple[int, int, str], FoundSites | None]:
        """What is found, by record, ALT and transcript."""
        found = {}
        for group in [[record] for record in records] if alone else [records]:
            planned = plan_chunk(Chunk(0, tuple(group)), [self.assembly()])
            _, rows = compute_chunk(planned, [self.assembly()])
            for job, sites in zip(planned.jobs(self.name), rows.sites[self.name], strict=True):
                assert job.gene is not None
                found[job.variant.record_index, job.variant.alt_index, job.gene.transcript_id] = sites
        return found

    def jobs(self, records: Sequence[Record]) -> list[Job]:
        """Of a chunk."""
        return plan_chunk(Chunk(0, tuple(records)), [self.assembly()]).jobs(self.name)

    def expected(self, job: Job) -> tuple[bool, dict[int, Outputs], dict[int, Outputs]]:
        """Whether sites are looked for, and those in REF and in ALT."""
        assert job.gene is not None
        edit, margin = job.edit, self.reach + FLANK + 100
        inside = range(job.gene.tx_start, job.gene.tx_end) if self.masked else range(10**9)
        contig = self.sequences[job.variant.contig]
        ref = "".join(
            contig[base] if base in inside and 0 <= base < len(contig) else "N"
            for base in range(edit.start - margin, edit.end + margin)
        )
        start, end = margin, margin + edit.ref_length
        moved = edit.start - margin
        bases, places = own_places(start, end, edit.alt, self.reach)
        near_bases, near_places = own_places(start, end, edit.alt, self.near)
        dense = min(DENSE, self.search.reach)
        in_ref = self.ensemble.outputs(
            ref, job.strand, {*bases, *(counterpart(p, start, end, edit.alt) for p in places)}
        )
        in_alt = self.ensemble.outputs(with_alt(ref, start, end, edit.alt), job.strand, places)
        first = self.ensemble.first
        first_ref = first.outputs(ref, job.strand, in_ref)
        first_alt = first.outputs(with_alt(ref, start, end, edit.alt), job.strand, places)
        _, known_places = own_places(start, end, edit.alt, max(self.near, dense))
        kinds_ref = {base: self._kinds(values) for base, values in in_ref.items()}
        kinds_alt = {}
        for place in places:
            base, distance = counterpart(place, start, end, edit.alt), max(away(place, start, edit.alt))
            strength = first_ref[base][1:].max() if len(self.kinds) > 1 else first_ref[base].max()
            differs = np.abs(first_alt[place] - first_ref[base]).max() >= MOVED
            asked = distance <= dense or strength >= WEAK * (1 if distance <= CLOSE else FAR_FLOOR)
            looked = place in known_places or (asked and differs)
            kinds_alt[place] = self._kinds(in_alt[place] if looked else in_ref[base])
        wider = self.search.reach > self.near and isinstance(self.predictor, EditPredictor)
        right = len(near_places) - self.near - len(edit.alt)
        again = wider and (self.near < dense or right < dense - 10)
        on_ref: dict[int, list[Outputs]] = {base: [np.zeros(len(self.kinds))] for base in near_bases}
        for place in near_places:
            on_ref.setdefault(counterpart(place, start, end, edit.alt), []).append(kinds_alt[place])
        change = max(float(np.abs(np.max(on_ref[base], axis=0) - kinds_ref[base]).max()) for base in near_bases)
        if not again and change < CHANGED:
            return False, {}, {}
        if not wider:
            bases, places = near_bases, near_places
        sites = sites_with(
            {base: kinds_ref[base] for base in bases}, {place: kinds_alt[place] for place in places},
            start, end, edit.alt, FLOOR,
        )  # fmt: skip
        in_ref, in_alt = ({place + moved: values for place, values in side.items()} for side in sites)
        return True, in_ref, in_alt

    def _kinds(self, values: Outputs) -> Outputs:
        return np.array([values[tracks].max() for tracks in self.kinds])


def random_records(small: SmallGenome, rng: random.Random, count: int) -> list[Record]:
    """Sorted; SNVs, insertions, deletions and delins, some with two ALTs, also over the ends of genes and contigs."""
    records = []
    places = sorted((rng.choice(["chr1", "chr1", "chr2"]), rng.randrange(1, 1190)) for _ in range(count))
    for number, (contig, pos) in enumerate(places):
        ref = small.sequences[contig][pos - 1 : pos - 1 + rng.choice([1, 1, 1, 2, 5, 15, 40, 80])]
        if "N" in ref:
            ref = small.sequences[contig][pos - 1 : pos]
        starts = ["", ref[0]]
        alts = {
            rng.choice(starts) + "".join(rng.choice("ACGT") for _ in range(rng.choice([1, 2, 9])))
            for _ in range(rng.choice([1, 1, 2]))
        } - {ref}
        columns = [contig, str(pos), ".", ref, ",".join(sorted(alts)) or ".", ".", ".", "."]
        records.append(Record(number, columns, pos, tuple(sorted(alts))))
    return [record for record in records if record.alts]


def agrees(found: FoundSites | None, wanted: tuple[bool, dict[int, Outputs], dict[int, Outputs]]) -> bool:
    """Whether what was found is what is wanted, within rounding."""
    assert found is not None
    for spots, expected in ((found.ref, wanted[1]), (found.alt, wanted[2])):
        values = {place: np.array(kinds) for place, kinds in spots}
        assert list(values) == sorted(values)
        for place in values.keys() | expected.keys():
            if (
                place not in values
                or place not in expected
                or np.abs(values[place] - expected[place]).max() > TOLERANCE
            ):
                return False
    return True

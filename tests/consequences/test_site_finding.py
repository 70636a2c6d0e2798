"""The splice sites that a chunk's jobs get: from whole windows of text, by the rules of the search."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from genoscore.consequences.sites import FLOOR, FoundSites
from genoscore.consequences.wanted import are_wanted
from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.variants import Variant
from genoscore.core.windows import FixedWindow, Stretch, own_bins
from genoscore.engine.assembly import Assembly
from genoscore.engine.run import compute_chunk, plan_chunk
from genoscore.engine.site_search import SiteFinder, SiteSearch, _parts
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.gene import Gene
from genoscore.inputs.genes import load_gene_models
from genoscore.inputs.precomputed import Alleles, Values
from genoscore.inputs.vcf import Record
from genoscore.planning.chunks import Chunk
from genoscore.planning.jobs import Job, JobBuilder
from genoscore.predictors.base import DENSE, EditPredictor, PredictorSpec
from genoscore.scores.registry import make_scorer
from genoscore.scores.sites import CHANGED
from tests.consequences.told import gtf_of_small
from tests.consequences.whole_windows import (
    Ensemble,
    Outputs,
    away,
    counterpart,
    own_places,
    sites_with,
    with_alt,
)
from tests.consequences.wide_toy import FLANK, WIDE_TISSUES, WIDE_TOY, WideEntry, whole_networks
from tests.small import SmallGenome
from tests.toy import loaded

TOLERANCE = 1e-5
WEAK, CLOSE = 0.001, 600


@pytest.fixture(scope="module")
def transcripts(small: SmallGenome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small genome's genes; PLUS has a transcript of the same bounds, and a shorter one."""
    path = gtf_of_small(tmp_path_factory.mktemp("gtf"))
    more = [("SAME", 100, 180), ("SAME", 300, 500), ("SHORTER", 110, 150), ("SHORTER", 200, 470)]
    with open(path, "a") as out:
        for name, start, end in more:
            ids = f'gene_id "G_PLUS"; gene_name "PLUS"; transcript_id "T_{name}";'
            out.write(f"1\tx\texon\t{start + 1}\t{end}\t.\t+\t.\t{ids}\n")
    return path


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
        kinds_ref = {base: self._kinds(values) for base, values in in_ref.items()}
        kinds_alt = {}
        for place in places:
            base, distance = counterpart(place, start, end, edit.alt), max(away(place, start, edit.alt))
            strength = max(kinds_ref[base])
            looked = place in near_places or distance <= dense or strength >= WEAK * (1 if distance <= CLOSE else 10)
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


def _records(small: SmallGenome, rng: random.Random, count: int) -> list[Record]:
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


def _equal(found: FoundSites | None, wanted: tuple[bool, dict[int, Outputs], dict[int, Outputs]]) -> bool:
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


@pytest.mark.parametrize(
    ("seed", "entry", "distance", "reach"),
    [
        (1, WIDE_TOY, 60, FLANK),
        (2, WIDE_TOY, 10, FLANK),
        (3, WIDE_TOY, 10, 40),
        (4, WIDE_TISSUES, 60, 160),
        (5, WIDE_TISSUES, 10, 160),
        (6, WIDE_TISSUES, 80, 60),
    ],
)
def test_sites_of_a_chunk(
    small: SmallGenome, transcripts: Path, seed: int, entry: WideEntry, distance: int, reach: int
) -> None:
    """Whichever edits share a transcript's bounds, a batch or a stretch."""
    setting = Setting(small, transcripts, entry, distance, reach)
    records = _records(small, random.Random(seed), 8)
    jobs, found = setting.jobs(records), setting.sites(records)
    assert len(jobs) == len(found)
    for job in jobs:
        assert job.gene is not None
        sites = found[job.variant.record_index, job.variant.alt_index, job.gene.transcript_id]
        wanted = setting.expected(job)
        assert _equal(sites, wanted), (job, sites, wanted)
        assert sites is not None
        if wanted[0]:
            first = job.edit.start - setting.reach
            assert (sites.start, sites.end) == (first, first + 2 * setting.reach + 1)
        else:
            assert sites == FoundSites(job.edit.start, job.edit.start)


@pytest.mark.parametrize(("entry", "distance"), [(WIDE_TOY, 10), (WIDE_TISSUES, 60)])
def test_chunks_and_order_do_not_matter(small: SmallGenome, transcripts: Path, entry: WideEntry, distance: int) -> None:
    setting = Setting(small, transcripts, entry, distance)
    records = _records(small, random.Random(5), 9)
    together, alone = setting.sites(records), setting.sites(records, alone=True)
    backwards = setting.sites(records[::-1])
    assert together.keys() == alone.keys() == backwards.keys()
    assert len({key[2] for key in together}) > 2
    searched = 0
    for key, sites in together.items():
        for other in (alone[key], backwards[key]):
            assert sites is not None
            assert other is not None
            searched += bool(sites.alt)
            assert (sites.start, sites.end) == (other.start, other.end)
            for spots, others in ((sites.ref, other.ref), (sites.alt, other.alt)):
                assert [place for place, _ in spots] == [place for place, _ in others]
                for (_, values), (_, same) in zip(spots, others, strict=True):
                    assert values == pytest.approx(same, abs=TOLERANCE)
    assert searched > 5


def test_a_planned_chunk_computes_the_same_elsewhere(small: SmallGenome, transcripts: Path) -> None:
    setting = Setting(small, transcripts)
    records = _records(small, random.Random(6), 10)
    planned = plan_chunk(Chunk(0, tuple(records)), [setting.assembly()])
    copied = pickle.loads(pickle.dumps(planned))
    setting.genome.close()
    rows = [compute_chunk(one, [setting.assembly()])[1] for one in (planned, copied)]
    assert repr(rows[0]) == repr(rows[1])
    assert sum(bool(found and found.alt) for found in rows[0].sites["wide"]) > 1


def test_what_lies_between_distant_edits_is_not_read() -> None:
    """Every job lies in the one piece that it is listed with, and has its bases."""
    rng = random.Random(2)
    text = "".join(rng.choice("ACGT") for _ in range(3000))
    stretch = Stretch("c", 500, 3500, "-", text)
    gene = Gene("G", "G", "c", "-", 0, 4000, (0,), (4000,))
    for count in (0, 1, 5, 20):
        starts = [rng.randrange(500, 3300) for _ in range(count)]
        jobs = [Job(Variant("c", start + 1, "N", "N"), gene, "-", 0, start, start + rng.randint(1, 200),
                    Edit(start, start + 1, "A"), number=at) for at, start in enumerate(starts)]  # fmt: skip
        parts = list(_parts(stretch, jobs))
        assert sorted(job.number for _, members in parts for job in members) == list(range(count))
        covered = {base for job in jobs for base in range(job.start, job.end)}
        assert sum(part.end - part.start for part, _ in parts) == len(covered)
        for part, members in parts:
            assert part.sequence == text[part.start - 500 : part.end - 500]
            assert (part.contig, part.strand) == ("c", "-")
            assert all(part.start <= job.start and job.end <= part.end for job in members)


class Elsewhere:
    """Finds an acceptor 70 bases right of the first base of an edit, with ALT alone."""

    def __init__(self, spec: PredictorSpec) -> None:
        self.spec, self.device = spec, torch.device("cpu")

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        """Not asked."""
        raise NotImplementedError

    def predict_edits(self, *given: Any, **more: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Not asked."""
        raise NotImplementedError

    def to_fallback(self) -> Elsewhere:
        """Itself."""
        return self

    def predict_far(
        self, stretch: Stretch, edits: Sequence[Edit], near: int, reach: int, floor: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See FarPredictor."""
        (edit,) = edits
        ref, alt = (torch.zeros(1, 3, width) for width in own_bins(edit, replace(self.spec, n_bins=2 * reach + 1)))
        alt[0, 1, reach + 70] = 0.5
        return ref, alt


@pytest.mark.parametrize(
    ("distance", "reach", "shape", "again"),
    [
        (50, 200, (1, 1), False),
        (50, 200, (1, 30), False),
        (50, 200, (11, 1), False),  # 40 bases are seen to the right
        (50, 200, (12, 1), True),
        (50, 200, (12, 12), True),
        (100, 200, (61, 1), False),
        (100, 200, (62, 1), True),
        (49, 200, (1, 1), True),
        (0, 200, (1, 1), True),
        (50, 50, (40, 1), False),  # no farther than the scores
    ],
)
def test_edits_that_the_scores_see_too_little_of_are_looked_at_again(
    small: SmallGenome, distance: int, reach: int, shape: tuple[int, int], again: bool
) -> None:
    """Though nothing changes within the distance."""
    spec = WIDE_TOY.spec(RunConfig("-", small.fasta, predictor=("wide",), distance=distance))
    search = SiteSearch(spec, reach)
    edit = Edit(600, 600 + shape[0], "A" * shape[1])
    gene = Gene("G", "G", "chr1", "+", 0, 1200, (0,), (1200,))
    job = Job(Variant("chr1", 601, "N", "N"), gene, "+", 601, 0, 0, edit, number=7)
    finder = SiteFinder(search, Elsewhere(spec))
    ref, alt = (torch.zeros(1, 2, 3, width) for width in own_bins(edit, spec))
    finder.see([job], ref, alt)
    genome = ReferenceGenome(small.fasta)
    found = finder.search(search.surroundings([job], genome))
    genome.close()
    place = 600 + 70
    wanted = ((place, (0.5, 0.0)),)
    assert found.keys() == {7}
    assert found[7].alt == (wanted if again else ())
    assert (found[7].start, found[7].end) == ((400, 801) if again else (600, 600))


class Hidden:
    """A predictor of which only some methods are seen."""

    def __init__(self, predictor: Any, *names: str, **instead: Callable[..., Any]) -> None:
        self.spec, self.device = predictor.spec, predictor.device
        for name in ("predict", "to_fallback", *names):
            setattr(self, name, getattr(predictor, name))
        for name, method in instead.items():
            setattr(self, name, method)


@pytest.mark.parametrize("names", [(), ("predict_edits",)])
def test_without_a_search_sites_within_the_distance_are_known(
    small: SmallGenome, transcripts: Path, names: tuple[str, ...]
) -> None:
    """As a plug-in's predictor is, by whole windows or by edits."""
    config = RunConfig("-", small.fasta, predictor=("wide",), distance=60)
    setting = Setting(small, transcripts, reach=FLANK, predictor=Hidden(loaded(WIDE_TOY, config), *names))
    records = _records(small, random.Random(9), 6)
    setting.reach = 60
    found = setting.sites(records)
    jobs = setting.jobs(records)
    for job in jobs:
        assert job.gene is not None
        sites = found[job.variant.record_index, job.variant.alt_index, job.gene.transcript_id]
        changed, *sides = _within_the_distance(setting, job)
        assert _equal(sites, (changed, *sides))
    assert any(sites and sites.alt for sites in found.values())


def _within_the_distance(setting: Setting, job: Job) -> tuple[bool, dict[int, Outputs], dict[int, Outputs]]:
    setting.search = replace(setting.search, reach=60)
    wanted = setting.expected(job)
    setting.search = replace(setting.search, reach=FLANK)
    return wanted


@pytest.mark.parametrize("always", [False, True])
def test_outputs_that_are_not_finite(small: SmallGenome, transcripts: Path, always: bool) -> None:
    """Of the search: computed again, and without sites if that does not help. Of the scores: as those."""
    exact = Setting(small, transcripts)
    records = _records(small, random.Random(6), 7)
    wanted = exact.sites(records)
    real = exact.predictor

    def spoilt(outputs: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        ref, alt = outputs[0], outputs[1].clone()
        alt[..., 0] = torch.nan
        return ref, alt

    for method in ("predict_far", "predict_edits"):
        methods: dict[str, Callable[..., Any]] = {
            "predict_far": real.predict_far,
            "predict_edits": real.predict_edits,
            method: lambda *given, method=method, **more: spoilt(getattr(real, method)(*given, **more)),
        }
        broken = Hidden(real, **methods)
        if always:
            broken.to_fallback = lambda broken=broken: broken
            broken.predict = lambda x: torch.full_like(real.predict(x), torch.nan)
        setting = Setting(small, transcripts, predictor=broken)
        found = setting.sites(records)
        for key, sites in wanted.items():
            assert sites is not None
            if not always:
                assert found[key] is not None
                assert [place for place, _ in found[key].alt] == [place for place, _ in sites.alt]  # type: ignore[union-attr]
            elif method == "predict_far":
                assert (found[key] is None) == bool(sites.alt)
        if always and method == "predict_edits":
            planned = plan_chunk(Chunk(0, tuple(records)), [setting.assembly()])
            results, rows = compute_chunk(planned, [setting.assembly()])
            assert not any(row for row in rows.scores["wide"])
            assert not any(alt.genes for result in results for alt in result.alts["wide"] if alt.status.has_scores)


class _Held:
    """Files that hold the scores of one ALT."""

    name, unreadable = "held", 0

    def find(self, wanted: Collection[Alleles]) -> Mapping[Alleles, Mapping[str, Collection[Values]]]:
        values = (0.9, 0.2, 0.3, 0.4, 1.0, 2.0, 3.0, 4.0)
        return {alleles: {"MINUS": [values]} for alleles in wanted if alleles.pos == 700}


def test_scores_from_a_file_have_no_sites(small: SmallGenome, transcripts: Path) -> None:
    setting = Setting(small, transcripts, distance=10)
    setting.known = _Held()
    bases = small.sequences["chr1"]
    alts = [next(base for base in "ACGT" if base != bases[pos - 1]) for pos in (700, 701)]
    records = [
        Record(at, ["chr1", str(pos), ".", bases[pos - 1], alt, ".", ".", "."], pos, (alt,))
        for at, (pos, alt) in enumerate(zip((700, 701), alts, strict=True))
    ]
    planned = plan_chunk(Chunk(0, tuple(records)), [setting.assembly()])
    (held, computed), rows = compute_chunk(planned, [setting.assembly()])
    assert rows.sites["wide"][0] is None
    assert rows.sites["wide"][1] is not None
    assert held.alts["wide"][0].precomputed
    assert [alt.genes[0].searched is None for alt in (held.alts["wide"][0], computed.alts["wide"][0])] == [True, False]


def test_outputs_in_bins_tell_no_sites(small: SmallGenome, transcripts: Path) -> None:
    """Consequences need an output for every base around an edit."""
    config = RunConfig("-", small.fasta, predictor=("wide",))
    spec, models = WIDE_TOY.spec(config), load_gene_models(str(transcripts))
    assert are_wanted(config, spec, models)
    assert not are_wanted(config, replace(spec, bin_size=8), models)
    assert not are_wanted(config, replace(spec, fixed=FixedWindow(629)), models)

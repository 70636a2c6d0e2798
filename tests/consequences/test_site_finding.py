"""The splice sites that a chunk's jobs get: from whole windows of text, by the rules of the search."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from genoscore.consequences.sites import FoundSites
from genoscore.consequences.wanted import are_wanted
from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.windows import FixedWindow, Stretch
from genoscore.engine import site_search
from genoscore.engine.run import compute_chunk, plan_chunk
from genoscore.inputs.genes import load_gene_models
from genoscore.inputs.precomputed import Alleles, Values
from genoscore.inputs.vcf import Record
from genoscore.planning.chunks import Chunk
from genoscore.planning.jobs import Job
from genoscore.predictors.base import FarOutputs
from tests.consequences.site_setting import TOLERANCE, Setting, agrees, random_records
from tests.consequences.told import gtf_of_small
from tests.consequences.whole_windows import Outputs
from tests.consequences.wide_toy import FLANK, WIDE_TISSUES, WIDE_TOY, WideEntry
from tests.small import SmallGenome
from tests.toy import loaded


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
@pytest.mark.parametrize(("more", "least"), [(1e9, 0.1), (-1.0, 0.02)])
def test_sites_of_a_chunk(
    small: SmallGenome,
    transcripts: Path,
    seed: int,
    entry: WideEntry,
    distance: int,
    reach: int,
    more: float,
    least: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whichever edits share a transcript's bounds, a batch or a stretch.

    And whether they are searched in one pass with their scores, or some of them, or none.
    """
    monkeypatch.setattr(site_search, "_MORE", more)
    monkeypatch.setattr(site_search, "_LEAST", least)
    setting = Setting(small, transcripts, entry, distance, reach)
    records = random_records(small, random.Random(seed), 8)
    jobs, found = setting.jobs(records), setting.sites(records)
    assert len(jobs) == len(found)
    for job in jobs:
        assert job.gene is not None
        sites = found[job.variant.record_index, job.variant.alt_index, job.gene.transcript_id]
        wanted = setting.expected(job)
        assert agrees(sites, wanted), (job, sites, wanted)
        assert sites is not None
        if wanted[0]:
            first = job.edit.start - setting.reach
            assert (sites.start, sites.end) == (first, first + 2 * setting.reach + 1)
        else:
            assert sites == FoundSites(job.edit.start, job.edit.start)


@pytest.mark.parametrize(("entry", "distance"), [(WIDE_TOY, 10), (WIDE_TISSUES, 60)])
def test_chunks_and_order_do_not_matter(small: SmallGenome, transcripts: Path, entry: WideEntry, distance: int) -> None:
    setting = Setting(small, transcripts, entry, distance)
    records = random_records(small, random.Random(5), 9)
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
    records = random_records(small, random.Random(6), 10)
    planned = plan_chunk(Chunk(0, tuple(records)), [setting.assembly()])
    copied = pickle.loads(pickle.dumps(planned))
    setting.genome.close()
    rows = [compute_chunk(one, [setting.assembly()])[1] for one in (planned, copied)]
    assert repr(rows[0]) == repr(rows[1])
    assert sum(bool(found and found.alt) for found in rows[0].sites["wide"]) > 1


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
    records = random_records(small, random.Random(9), 6)
    setting.reach = 60
    found = setting.sites(records)
    jobs = setting.jobs(records)
    for job in jobs:
        assert job.gene is not None
        sites = found[job.variant.record_index, job.variant.alt_index, job.gene.transcript_id]
        changed, *sides = _within_the_distance(setting, job)
        assert agrees(sites, (changed, *sides))
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
    records = random_records(small, random.Random(6), 7)
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


def test_far_outputs_of_one_pass_that_are_not_finite(
    small: SmallGenome, transcripts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are searched for once more; and if nothing else is wrong, nothing is searched for twice."""
    monkeypatch.setattr(site_search, "_MORE", 1e9)
    records = random_records(small, random.Random(6), 7)
    exact = Setting(small, transcripts)
    wanted, real = exact.sites(records), exact.predictor
    searched: list[int] = []

    class Spoilt:
        """Far outputs, those of the first edit without a number."""

        def __init__(self, far: FarOutputs) -> None:
            self.has, self._far = far.has, far

        def outputs(self, rows: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
            """See FarOutputs."""
            ref, alt = self._far.outputs(rows)
            alt[0, ..., 0] = torch.nan
            return ref, alt

    def far(stretch: Stretch, edits: Sequence[Edit], *given: Any) -> tuple[torch.Tensor, torch.Tensor]:
        searched.append(len(edits))
        return real.predict_far(stretch, edits, *given)

    for is_spoilt in (True, False):
        searched.clear()

        def both(*given: Any, is_spoilt: bool = is_spoilt) -> tuple[torch.Tensor, torch.Tensor, FarOutputs | Spoilt]:
            ref, alt, outputs = real.predict_edits_and_far(*given)
            return ref, alt, Spoilt(outputs) if is_spoilt else outputs

        methods = {"predict_far": far, "predict_edits_and_far": both, "predict_edits": real.predict_edits}
        found = Setting(small, transcripts, predictor=Hidden(real, **methods)).sites(records)
        assert bool(searched) == is_spoilt
        for key, sites in wanted.items():
            one = found[key]
            assert one is not None
            assert sites is not None
            assert [place for place, _ in one.alt] == [place for place, _ in sites.alt]


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

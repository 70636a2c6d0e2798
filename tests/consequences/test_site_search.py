"""Which edits are looked at again, and which pieces of the reference are read for them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.variants import Variant
from genoscore.core.windows import Stretch, own_bins, read_span
from genoscore.engine.site_search import SiteFinder, SiteSearch, _parts
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.gene import Gene
from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.splicing.spliceai import SPLICEAI
from tests.consequences.wide_toy import WIDE_TOY
from tests.small import SmallGenome


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


@pytest.mark.parametrize(
    ("places", "wide"),
    [
        ([10_000], False),
        ([10_000 + 40 * at for at in range(60)], True),  # an exon's variants
        ([10_000 + 1_000 * at for at in range(60)], False),  # a genome's
        ([*range(10_000, 12_400, 40), 20_000], None),  # the lone one has a stretch of its own
    ],
)
def test_dense_edits_are_read_once_for_scores_and_search(tmp_path: Path, places: list[int], wide: bool | None) -> None:
    rng = random.Random(4)
    fasta = tmp_path / "a.fa"
    fasta.write_text(">c\n" + "".join(rng.choices("ACGT", k=80_000)) + "\n")
    search = SiteSearch(replace(SPLICEAI.spec(RunConfig("-", fasta)), context_length=400), 2_000)
    jobs = []
    for number, place in enumerate(places):
        edit = Edit(place, place + 1, "A")
        jobs.append(
            Job(Variant("c", place + 1, "N", "A"), None, "+", 0, *read_span(edit, search.spec), edit, (), number)
        )
    genome = ReferenceGenome(fasta)
    stretches = search.stretches(jobs, genome)
    genome.close()
    assert sorted(job.number for _, members in stretches for job in members) == [job.number for job in jobs]
    goes_along = []
    for stretch, members in stretches:
        assert all(job is jobs[job.number] for job in members)
        spans = [read_span(job.edit, search.wide) for job in members]
        narrow = (min(job.start for job in members), max(job.end for job in members))
        whole = (min(start for start, _ in spans), max(end for _, end in spans))
        assert (stretch.start, stretch.end) in (narrow, whole)
        goes_along.append((stretch.start, stretch.end) == whole)
    assert goes_along == ([True, False] if wide is None else [wide] * len(stretches))


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

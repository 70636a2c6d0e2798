"""Edits are screened only where that pays: not alone, not where most must be settled, not far apart."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.variants import Variant
from genoscore.core.windows import Stretch, read_span
from genoscore.engine.precision import LEAST, PIECE, Screener, divided
from genoscore.planning.jobs import Job
from genoscore.predictors.base import Screening
from genoscore.predictors.splicing.spliceai import SPLICEAI
from genoscore.scoring.run import score_vcf
from tests.conftest import TEST_DATA

SPEC = SPLICEAI.spec(RunConfig("-", Path("-")))
assert SPEC.screening is not None
SCREENING = SPEC.screening


def _planned(places: list[int], background: tuple[Edit, ...] = ()) -> tuple[Stretch, list[Job]]:
    """SNVs at places of one stretch."""
    jobs = []
    for number, place in enumerate(places):
        edit = Edit(place, place + 1, "ACGT"[number % 4])
        jobs.append(
            Job(Variant("c", place + 1, "N", edit.alt), None, "+", place + 1, *read_span(edit, SPEC), edit, number)
        )
    start, end = min(job.start for job in jobs) - 10, max(job.end for job in jobs) + 10
    bases = random.Random(1).choices("ACGT", k=end - start)
    return Stretch("c", start, end, "+", "".join(bases), background), jobs


def _screened(screener: Screener, stretch: Stretch, jobs: list[Job], share: float) -> int:
    """How many jobs of a part are screened where so large a share of every piece is settled."""
    count = 0
    for piece in screener.pieces(stretch, jobs):
        count += len(piece)
        screener.learn(len(piece), round(share * len(piece)))
    return count


def test_nothing_without_a_screening() -> None:
    stretch, jobs = _planned([20_000, 20_010, 20_020])
    screener = Screener(None, SPEC)
    assert list(screener.parts(stretch, jobs)) == [(stretch, jobs)]
    assert not list(screener.pieces(stretch, jobs))


def test_a_lone_edit_is_not_screened() -> None:
    """Nor one that several transcripts share; and what is learned of others makes no difference."""
    screener = Screener(SCREENING, SPEC)
    screener.learn(1000, 1000)
    stretch, (job,) = _planned([20_000])
    assert not list(screener.pieces(stretch, [job]))
    assert not list(screener.pieces(stretch, [job, job]))
    stretch, jobs = _planned([20_000 + 5 * at for at in range(LEAST)])
    assert list(screener.pieces(stretch, jobs)) == [jobs]


def test_all_are_screened_where_most_settle() -> None:
    screener = Screener(SCREENING, SPEC)
    stretch, jobs = _planned([20_000 + 5 * at for at in range(10 * PIECE + 7)])
    assert _screened(screener, stretch, jobs, 0.7) == len(jobs)


def test_few_are_screened_where_none_settles() -> None:
    """The first piece shows it; now and then another one is tried, so that a change is noticed."""
    screener = Screener(SCREENING, SPEC)
    stretch, jobs = _planned([20_000 + 2 * at for at in range(40 * PIECE)])
    first = next(screener.pieces(stretch, jobs))
    screener.learn(len(first), 0)
    assert screener.expected < SCREENING.edit + SCREENING.call / PIECE
    count = PIECE + _screened(screener, stretch, jobs[PIECE:], 0.0)
    assert 3 * PIECE <= count <= 0.2 * len(jobs)
    before = screener.expected
    assert _screened(screener, stretch, jobs, 0.9) > 0.5 * len(jobs), "and is followed when it comes"
    assert screener.expected > before


def test_what_is_screened_depends_on_the_edits_alone() -> None:
    """Another chunk's screener begins with the same expectation."""
    fresh, other = Screener(SCREENING, SPEC), Screener(SCREENING, SPEC)
    other.learn(0, 0)
    assert fresh.expected == other.expected


@pytest.mark.parametrize(
    ("apart", "whole"),
    [
        (20, False),  # an exon
        (500, False),
        (4_000, True),  # flanks of reference for five edits each time
    ],
)
def test_a_long_stretch(apart: int, whole: bool) -> None:
    """It is cut, and screened, where the edits lie close together; else it is computed as one."""
    count = min(2_000, 90_000 // apart)
    places = [20_000 + apart * at for at in range(count)]
    stretch, jobs = _planned(places)
    assert stretch.end - stretch.start > SCREENING.max_stretch
    screener = Screener(SCREENING, SPEC)
    parts = list(screener.parts(stretch, jobs))
    assert (parts == [(stretch, jobs)]) == whole
    assert bool([piece for part in parts for piece in screener.pieces(*part)]) != whole
    for _ in range(20):
        screener.learn(PIECE, 0)
    assert list(screener.parts(stretch, jobs)) == [(stretch, jobs)], "nor is it cut where nothing settles"


def test_what_the_first_part_shows_decides_about_the_rest() -> None:
    """Where hardly anything settles, the rest of a stretch is read once, with the same flanks beyond what it needs."""
    stretch, jobs = _planned([20_000 + 2_000 * (at // 100) + 2 * (at % 100) for at in range(4_000)])
    screener, taken = Screener(SCREENING, SPEC), []
    for part, members in screener.parts(stretch, jobs):
        _screened(screener, part, members, 0.0)
        taken.append((part, members))
    (first, _), (rest, members) = taken
    assert [job for _, some in taken for job in some] == jobs
    assert first.end - first.start <= SCREENING.max_stretch < rest.end - rest.start
    assert (rest.start, rest.end) == (members[0].start - 10, stretch.end)
    assert rest.sequence == stretch.cut(rest.start, rest.end)
    assert [len(some) for _, some in Screener(SCREENING, SPEC).parts(stretch, jobs)] != [len(some) for _, some in taken]


@pytest.mark.parametrize("background", [(), (Edit(20_500, 20_501, "ACGTACGT"), Edit(41_000, 41_900, ""))])
def test_parts_hold_all_that_their_jobs_need(background: tuple[Edit, ...]) -> None:
    """Also where neighbours were applied to the reference, so that places are others."""
    stretch, jobs = _planned([20_000, 20_400, 28_000, 40_000, 47_000, 60_000, 60_001], background)
    parts = divided(stretch, jobs, SPEC, SCREENING.max_stretch)
    assert len(parts) > 1
    assert [job for _, members in parts for job in members] == jobs
    for part, members in parts:
        assert part.end - part.start <= SCREENING.max_stretch
        assert (part.contig, part.strand, part.background) == (stretch.contig, stretch.strand, background)
        assert part.sequence == stretch.cut(part.start, part.end)
        for job in members:
            start, end = read_span(part.placed(job.edit), SPEC)
            assert part.start <= start < end <= part.end


def test_one_job_that_is_longer_than_a_screening_takes() -> None:
    stretch, (job,) = _planned([20_000])
    (part,) = divided(stretch, [job], SPEC, 100)
    assert part[1] == [job]
    short = Screening(0.005, 0.001, 2.0, max_stretch=100)
    assert not list(Screener(short, SPEC).pieces(stretch, [job, job]))


def test_lone_variants(tmp_path: Path, test_genome: dict[str, str], spliceai_weights: Path) -> None:
    """Each in a gene of its own: `auto` does what fp32 does, and prints it to the letter."""
    source = tmp_path / "in.vcf"
    rows = []
    for contig, pos in (("chrA", 8_000), ("chrA", 17_000), ("chrB", 4_000)):
        base = test_genome[contig][pos - 1]
        rows.append(f"{contig}\t{pos}\t.\t{base}\t{'C' if base != 'C' else 'T'}\t.\t.\t.\n")
    source.write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n" + "".join(rows))
    found = {}
    for precision in ("auto", "fp32"):
        target = tmp_path / f"{precision}.tsv"
        summary = score_vcf(
            RunConfig(
                str(source), TEST_DATA / "genome.fa", (str(target),), annotation=str(TEST_DATA / "genes.tsv"),
                precision=precision,
            )
        )  # fmt: skip
        assert (summary.pairs, summary.screened) == (len(rows), 0)
        found[precision] = target.read_text()
    assert found["auto"] == found["fp32"]

"""Which base of ALT is which base of REF, against haplotypes written out base by base."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import genoscore.scores.sites as scored
from genoscore.consequences.alignment import Alignment, alignments
from genoscore.consequences.evidence import slide_of
from genoscore.consequences.sites import CHANGED, FLOOR, VANISHED, FoundSites, Site, sites_near
from genoscore.core.edits import Edit
from genoscore.core.variants import Variant, left_aligned
from genoscore.inputs.gene import Gene

EXONS = ((10, 24), (36, 44), (52, 53), (60, 75))


@dataclass(frozen=True)
class Placed:
    """A variant of a genome as the engine places it."""

    genome: str
    edit: Edit
    slide: int

    @property
    def haplotype(self) -> str:
        return self.genome[: self.edit.start] + self.edit.alt + self.genome[self.edit.end :]

    def fetch(self, start: int, end: int) -> str:
        return "".join(self.genome[at] if 0 <= at < len(self.genome) else "N" for at in range(start, end))


def placed(genome: str, pos0: int, ref: str, alt: str) -> Placed:
    def fetch(start: int, end: int) -> str:
        return "".join(genome[at] if 0 <= at < len(genome) else "N" for at in range(start, end))

    assert genome[pos0:].startswith(ref)
    variant = left_aligned(Variant("c", pos0 + 1, ref, alt).trimmed(), fetch)
    return Placed(genome, Edit(variant.start, variant.end, variant.alt), slide_of(variant, fetch))


@st.composite
def variants(draw: st.DrawFn) -> Placed:
    chance = random.Random(draw(st.integers(0, 1 << 40)))
    unit = chance.choice(["A", "CA", "CAG", "ACGT", ""])
    genome = "".join(chance.choice("ACGT") for _ in range(90))
    if unit:
        at = chance.randrange(5, 70)
        genome = (genome[:at] + unit * 8)[:90] + genome[at + 8 * len(unit) :]
    start = chance.randrange(1, 80)
    end = min(start + chance.choice([1, 1, 1, 2, 3, 4, 6, 12, 30]), 89)
    ref = genome[start:end]
    alts = [ref[0] + "".join(chance.choice("ACGT") for _ in range(chance.randrange(9))), ref[0], ref * 2, ref[0] + ref,
            "".join(chance.choice("ACGT") for _ in ref), unit + ref, ref[0] + ref[2:]]  # fmt: skip
    alt = chance.choice([alt for alt in alts if alt != ref])
    given_ = placed(genome, start, ref, alt)
    assume(given_.edit.start > 0)  # else there is no base before it
    return given_


def tables(given_: Placed) -> dict[int, list[int | None]]:
    """For each gap, the base of REF for every base of ALT; each table makes the haplotype.

    A pure insertion or deletion may have its gap anywhere; of other variants, it lies within what is replaced.
    """
    genome, edit = given_.genome, given_.edit
    ref, alt = genome[edit.start : edit.end], edit.alt
    left = 0
    while left < min(len(ref), len(alt)) and ref[left] == alt[left]:
        left += 1
    right = 0
    while right < min(len(ref), len(alt)) - left and ref[-1 - right] == alt[-1 - right]:
        right += 1
    r, a = len(ref) - left - right, len(alt) - left - right
    first, found = edit.start + left, {}
    anywhere = range(len(genome) - r + 1) if not (r and a) else range(first, first + min(r, a) + 1)
    for gap in anywhere:
        table: list[int | None] = [*range(gap), *[None] * max(a - r, 0), *range(gap + max(r - a, 0), len(genome))]
        pairs = zip(table, given_.haplotype, strict=True)
        if (r and a) or all(base is None or genome[base] == letter for base, letter in pairs):
            found[gap] = table
    return found


@settings(max_examples=100, deadline=None)
@given(variants())
def test_alignments_are_those_that_make_the_haplotype(given_: Placed) -> None:
    edit, size = given_.edit, len(given_.genome)
    found = alignments(edit, given_.genome[edit.start : edit.end], given_.slide, range(size), size)
    expected = tables(given_)
    if len(edit.alt) == edit.ref_length:
        expected = {edit.end: [*range(size)]}
    assert found[0] == Alignment.of(edit)
    assert len({*found}) == len(found)
    assert {way.gap for way in found} <= {*expected}
    for gap, table in expected.items():  # none is left out by which any base is elsewhere
        assert any([table.index(b) if b in table else None for b in range(size)] == [w.place(b) for b in range(size)]
                   for w in found), gap  # fmt: skip
    for way in found:
        table = expected[way.gap]
        for place, base in enumerate(table):
            at, number = way.counterpart(place)
            assert (at, number) == (base, 0) if base is not None else table[place - number] == at
        first, last = way.deleted
        assert {*range(first, last)} == {*range(size)} - {*table}


@settings(max_examples=100, deadline=None)
@given(variants(), st.integers(0, 90), st.integers(0, 90))
def test_intervals_keep_what_is_left_of_them(given_: Placed, one: int, two: int) -> None:
    start, end = sorted((one, two))
    for gap, table in tables(given_).items():
        way = Alignment(gap, len(given_.edit.alt) - given_.edit.ref_length)
        kept = [place for place, base in enumerate(table) if base is not None and start <= base < end]
        if kept:
            assert (way.edge(start, False), way.edge(end, True)) == (kept[0], kept[-1] + 1)
        elif start < end:
            assert way.edge(start, False) == way.edge(end, True) == gap


@pytest.mark.parametrize(
    ("ref", "alt", "wanted"),  # of bases 4 to 9
    [
        ("A", "G", [4, 5, 6, 7, 8, 9]),
        ("ACG", "TTT", [4, 5, 6, 7, 8, 9]),
        ("A", "AGG", [4, 5, 8, 9, 10, 11]),
        ("ACG", "A", [4, 5, None, None, 6, 7]),
        ("ACG", "TT", [4, 5, 6, None, 7, 8]),
        ("ACG", "TTTTT", [4, 5, 6, 7, 10, 11]),
    ],
)
def test_as_written(ref: str, alt: str, wanted: list[int | None]) -> None:
    way = Alignment.of(Edit(5, 5 + len(ref), alt))
    assert [way.place(base) for base in range(4, 10)] == wanted


def _gene(strand: str) -> Gene:
    starts, ends = zip(*EXONS, strict=True)
    return Gene("G", "", "c", strand, EXONS[0][0], EXONS[-1][1], starts, ends)


@st.composite
def found_sites(draw: st.DrawFn) -> tuple[Placed, FoundSites]:
    """Spots anywhere, mostly at annotated sites and the same in both alleles."""
    given_ = draw(variants())
    chance = random.Random(draw(st.integers(0, 1 << 40)))
    edges = [edge for start, end in EXONS for edge in (start, end - 1)]
    ref = {base: (chance.random(), chance.random()) for base in edges if chance.random() < 0.9}
    ref |= {chance.randrange(90): (chance.random() * 0.3, 0.0) for _ in range(2)}
    way = chance.choice([*tables(given_).values()])
    alt = {place: ref[base] for place, base in enumerate(way) if base in ref and chance.random() < 0.8}
    alt |= {chance.randrange(len(way)): (0.0, chance.random()) for _ in range(2)}
    return given_, FoundSites(0, 90, tuple(sorted(ref.items())), tuple(sorted(alt.items())))


@settings(max_examples=100, deadline=None)
@given(found_sites(), st.sampled_from("+-"))
def test_sites_are_all_there_by_the_best_alignment(given_: tuple[Placed, FoundSites], strand: str) -> None:
    variant, found = given_
    gene = _gene(strand)
    near = sites_near(found, variant.edit, variant.slide, gene, variant.fetch)
    ways = tables(variant)
    if len(variant.edit.alt) == variant.edit.ref_length:
        ways = {near.alignment.gap: [*range(90)]}
    table = ways[near.alignment.gap]
    assert sorted(map(_row, near.sites)) == sorted(map(_row, _expected(found, gene, table)))
    sign = 1 if strand == "+" else -1
    assert [*near.sites] == sorted(near.sites, key=lambda s: (sign * s.base, sign * s.inserted, s.kind == "donor"))
    places = [sign * site.place for site in near.sites if site.place is not None]
    assert places == sorted(places)
    assert near.nameless == 0
    mine = _cost(_expected(found, gene, table), near.alignment.gap, table)
    assert mine <= min(_cost(_expected(found, gene, way), gap, way) for gap, way in ways.items())


def _row(site: Site) -> tuple[object, ...]:
    place = -1 if site.place is None else site.place
    return site.kind, site.base, site.inserted, place, site.ref, site.alt, site.annotated


def _expected(found: FoundSites, gene: Gene, table: list[int | None]) -> list[Site]:
    """Every site of REF, then those that only ALT has."""
    ref, alt = dict(found.ref), dict(found.alt)
    sites, seen = [], set()
    for number, kind in enumerate(("acceptor", "donor")):
        annotated = gene.acceptors if kind == "acceptor" else gene.donors
        for base in sorted(annotated | {base for base, p in ref.items() if p[number] >= FLOOR}):
            place = table.index(base) if base in table else None
            seen.add((kind, place))
            after = 0.0 if place is None else alt.get(place, (0.0, 0.0))[number]
            sites.append(Site(kind, base, 0, place, ref.get(base, (0.0, 0.0))[number], after, base in annotated))
        for place in [place for place, p in alt.items() if p[number] >= FLOOR and (kind, place) not in seen]:
            back, last = max((at, base) for at, base in enumerate(table[: place + 1]) if base is not None)
            before = ref.get(last, (0.0, 0.0))[number] if back == place else 0.0
            sites.append(Site(kind, last, place - back, place, before, alt[place][number], False))
    return sites


def _cost(sites: list[Site], gap: int, table: list[int | None]) -> tuple[float, ...]:
    """See `sites_near`, except for its last rule."""
    vanished = sum(site.annotated and site.alt < VANISHED * site.ref for site in sites)
    exonic = {base for start, end in EXONS for base in range(start, end)}
    lacking = len(exonic - {*table})
    inside = any(start < gap < end for start, end in EXONS)
    changes = [abs(site.alt - site.ref) for site in sites]
    return max(changes) >= CHANGED, vanished, lacking + inside * table.count(None), round(sum(changes), 6)


def test_no_change_is_the_same_for_the_search() -> None:
    assert CHANGED == scored.CHANGED

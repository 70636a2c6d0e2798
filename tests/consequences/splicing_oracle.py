"""Transcripts and events from the definitions: every path over a few sites, one by one."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations, pairwise

from hypothesis import strategies as st

from genoscore.consequences.sites import Site

USUAL = (25, 500)
Part = tuple[tuple[int, ...], tuple[int, ...]]  # annotated sites that are passed, and others that are used


@dataclass(frozen=True)
class Told:
    """An event, what it is made of, and how much its share grows."""

    event: str
    share: float
    lost: tuple[int, ...]
    gained: tuple[int, ...]


def p_of(site: Site, allele: str) -> float:
    """0 for what is no site of the allele."""
    p = site.ref if allele == "ref" else site.alt
    there = allele == "ref" or site.place is not None
    return min(p, 0.995) if there and p >= 0.02 else 0.0


def at(site: Site, allele: str) -> int:
    """The base of the allele."""
    if allele == "ref":
        return site.base
    assert site.place is not None
    return site.place


def all_shares(
    sites: list[Site], allele: str, begins: bool, ends: bool, pseudoexon: tuple[int, int] = USUAL
) -> dict[tuple[int, ...], float]:
    """Every transcript with its share."""
    there = [number for number, site in enumerate(sites) if p_of(site, allele)]
    weights = {}
    for size in range(len(there) + 1):
        for path in combinations(there, size):
            weight = _weight(sites, path, there, allele, begins, ends, pseudoexon)
            if weight:
                weights[path] = weight
    total = sum(weights.values())
    return {path: weight / total for path, weight in weights.items()}


def _weight(
    sites: list[Site],
    path: tuple[int, ...],
    there: list[int],
    allele: str,
    begins: bool,
    ends: bool,
    pseudoexon: tuple[int, int],
) -> float:
    in_exon, weight = begins, 1.0
    for number in there:
        p = p_of(sites[number], allele)
        weight *= p if number in path else (1 - p) ** 0.7
    for number in path:
        if (sites[number].kind == "donor") != in_exon:
            return 0.0
        in_exon = not in_exon
    if in_exon != ends:
        return 0.0
    for one, two in pairwise(path):
        first, second = sites[one], sites[two]
        known = first.annotated + second.annotated
        apart = abs(at(second, allele) - at(first, allele))
        if first.kind == "donor":
            if known < 2 and apart - 1 < 60:
                return 0.0
        elif known == 0 and not pseudoexon[0] <= apart + 1 <= pseudoexon[1]:
            return 0.0
        elif known == 1 and apart + 1 < 25:
            weight *= 0.05
    return weight


def parts(normal: tuple[int, ...], path: tuple[int, ...], common: set[int]) -> list[Part]:
    """Runs of sites that only one of the two uses, between sites that both use, without common ones at either end.

    Nothing is left out by which a path would begin in an exon and end in an intron, where the other does not.
    """
    found: list[list[int]] = [[]]
    for number in sorted({*normal, *path}):
        if number in normal and number in path:
            found.append([])
        else:
            found[-1].append(number)
    kept = []
    for part in found:
        if {*part} <= common:
            continue
        for left, right in ((True, True), (True, False), (False, True), (False, False)):
            rest = list(part)
            while left and rest[0] in common:
                rest.pop(0)
            while right and rest[-1] in common:
                rest.pop()
            lost, gained = [n for n in rest if n in normal], [n for n in rest if n not in normal]
            if len(lost) % 2 == len(gained) % 2:
                kept.append((tuple(lost), tuple(gained)))
                break
    return kept


def growths(sites: list[Site], pseudoexon: tuple[int, int] = USUAL) -> dict[Part, float]:
    """How much the share of each change grows; nothing if an allele has no transcript."""
    normal = tuple(number for number, site in enumerate(sites) if site.annotated)
    begins = not normal or sites[normal[0]].kind == "donor"
    ends = not normal or sites[normal[-1]].kind == "acceptor"
    ref, alt = (all_shares(sites, allele, begins, ends, pseudoexon) for allele in ("ref", "alt"))
    if not ref or not alt:
        return {}
    common = set()
    for number in range(len(sites)):
        using = [sum(share for path, share in shares.items() if number in path) for shares in (ref, alt)]
        if all((share if number in normal else 1 - share) < 0.02 for share in using):
            common.add(number)
    grown: dict[Part, float] = defaultdict(float)
    for sign, shares in ((1, alt), (-1, ref)):
        for path, share in shares.items():
            for part in parts(normal, path, common):
                grown[part] += sign * share
    return grown


def told(sites: list[Site], pseudoexon: tuple[int, int] = USUAL) -> list[Told]:
    """All events, those that move one end of an exon together, the largest share first."""
    grown: dict[tuple[object, ...], list[tuple[float, tuple[int, ...], tuple[int, ...]]]] = defaultdict(list)
    for (lost, gained), growth in growths(sites, pseudoexon).items():
        own = [sites[n].ref - sites[n].alt for n in lost] + [sites[n].alt - sites[n].ref for n in gained]
        if growth > 0 and max(own, default=0) < 0.01:
            continue  # the share of another change falls
        event = word("".join(sites[n].kind[0] for n in lost), "".join(sites[n].kind[0] for n in gained))
        if growth > 0:
            grown[(event, lost) if event.endswith("shift") else (event, lost, gained)].append((growth, lost, gained))
        elif event == "exon_skipping" and len(lost) == 2 and min(own) <= -0.01:
            grown["exon_inclusion", lost].append((-growth, (), lost))
    found = []
    for key, pool in grown.items():
        gains = [round(sum(sites[n].alt - sites[n].ref for n in gained), 2) for _, _, gained in pool]
        _, lost, gained = max(item for item, gain in zip(pool, gains, strict=True) if gain == max(gains))
        found.append(Told(str(key[0]), sum(growth for growth, _, _ in pool), lost, gained))
    return sorted(found, key=lambda one: -one.share)


def word(lost: str, gained: str) -> str:
    """The event by the kinds of what is lost and gained: `a` acceptor, `d` donor."""
    simple = {("a", "a"): "acceptor_shift", ("d", "d"): "donor_shift", ("da", ""): "intron_retention"}
    if (lost, gained) in simple:
        return simple[lost, gained]
    if lost and not gained and lost.replace("ad", "") == "":
        return "exon_skipping"
    return "pseudoexon" if (lost, gained) == ("", "ad") else "unresolved"


@st.composite
def site_sets(draw: st.DrawFn, most: int = 7) -> list[Site]:
    """A few sites of a transcript in reading direction, some of them deleted or inserted, on either strand."""
    chance = random.Random(draw(st.integers(0, 1 << 40)))
    sign = draw(st.sampled_from([1, -1]))
    count = chance.randint(1, most)
    base, shift, inserted = 10_000, 0, 0
    next_annotated = chance.choice(["donor", "acceptor"])
    sites = []
    for _ in range(count):
        gap = chance.choice([1, 5, 20, 24, 25, 30, 59, 60, 61, 90, 200, 499, 500, 700])
        kind = chance.choice(["acceptor", "donor", next_annotated, next_annotated])
        annotated = kind == next_annotated and chance.random() < 0.7
        if annotated:
            next_annotated = "donor" if kind == "acceptor" else "acceptor"
        ref, alt = (chance.choice([0.0, 0.01, 0.05, 0.3, 0.7, 0.95, 1.0, chance.random()]) for _ in range(2))
        ref, alt = (p + 0.001 * chance.random() if 0.01 < p < 1 else p for p in (ref, alt))  # no two are the same
        alt = chance.choice([ref, ref, alt])
        fate = chance.random()
        place: int | None = None
        if fate < 0.1 and not annotated:  # inserted
            shift += gap
            inserted += gap
            ref, place = 0.0, base + sign * shift
        else:
            base, inserted = base + sign * gap, 0
            place = base + sign * shift
        if fate > 0.9:  # deleted
            place, alt = None, 0.0
        sites.append(Site(kind, base, inserted if ref == 0.0 else 0, place, ref, alt, annotated))
    return sites

"""From the sites around one variant to the consequence for one transcript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from genoscore.consequences.consequence import (
    BEYOND_FROM,
    Aberration,
    Consequence,
    Event,
    Product,
    SiteChange,
)
from genoscore.consequences.events import Candidate, likeliest_events
from genoscore.consequences.product import product_of
from genoscore.consequences.sites import DONOR, FoundSites, Site, sites_near
from genoscore.consequences.transcript import TranscriptModel
from genoscore.core.edits import Edit

LEAST_CHANGE = 0.05  # of a site's probability, to be listed
MOST_EXONS = 2_000  # of a transcript; what has more is not looked at

UNCHANGED = Consequence(Aberration(Event.NONE))
_NO_TRANSCRIPT = (Event.NONE, Event.SITE_LOSS, Event.SITE_GAIN, Event.UNRESOLVED)


@dataclass(frozen=True, slots=True)
class Placed:
    """A variant as it was scored.

    Attributes:
        edit: trimmed and left-aligned. slide: bases by which it can be moved to the right without another ALT.
        pos: the record's own POS, 1-based. distance: `-d`.
    """

    edit: Edit
    slide: int
    pos: int
    distance: int


def consequence_of(model: TranscriptModel, placed: Placed, found: FoundSites) -> Consequence:
    """What the sites that a network found say of a transcript."""
    if not found.ref and not found.alt:
        return UNCHANGED
    gene = model.gene
    if model.overlaps or len(gene.exon_starts) > MOST_EXONS:
        reason = "overlapping_exons" if model.overlaps else "too_many_exons"
        return Consequence(Aberration(Event.UNRESOLVED, reason=reason))
    sites = sites_near(found, placed.edit, placed.slide, gene, model.fetch)
    events = [_aberration(model, placed, sites, candidate) for candidate in likeliest_events(sites)]
    first, second = ([*events, None, None])[:2]
    changed = [_change(site, placed) for site in sites if abs(site.delta) >= LEAST_CHANGE]
    changed.sort(key=lambda site: -abs(site.delta))
    return Consequence(
        first or Aberration(Event.NONE),
        second,
        tuple(changed),
        tuple(site for site in changed if abs(site.delta) >= BEYOND_FROM and _is_beyond(site, placed)),
    )


def _change(site: Site, placed: Placed) -> SiteChange:
    pos = site.base + 1
    return SiteChange(
        site.kind, pos, site.inserted, pos - placed.pos, round(site.ref, 6), round(site.alt, 6), site.annotated
    )


def _is_beyond(site: SiteChange, placed: Placed) -> bool:
    return abs(site.pos - 1 - placed.edit.start) > placed.distance


def _aberration(model: TranscriptModel, placed: Placed, sites: Sequence[Site], candidate: Candidate) -> Aberration:
    exon, start, end = _extent(model, candidate)
    aberration = Aberration(candidate.event, exon, start, end, None, candidate.share, reason=candidate.reason)
    if candidate.event in _NO_TRANSCRIPT:
        return aberration
    annotated = [site for site in sites if site.annotated]
    if candidate.event is Event.EXON_INCLUSION:
        exons = _exons(model, placed, annotated)
        before = _exons(model, placed, [site for site in annotated if site not in candidate.gained])
        if exons is None or before is None:
            return replace(aberration, product=Product(reason="site_deleted"))
        return replace(aberration, nt=_bases(exons) - _bases(before), product=product_of(model, placed.edit, exons))
    used = [site for site in annotated if site not in candidate.lost] + list(candidate.gained)
    exons, normal = _exons(model, placed, used), _exons(model, placed, annotated)
    if exons is None:
        return replace(aberration, product=Product(reason="site_deleted"))
    nt = _bases(exons) - (model.length if normal is None else _bases(normal))
    return replace(aberration, nt=nt, product=product_of(model, placed.edit, exons))


def _bases(exons: Sequence[tuple[int, int]]) -> int:
    return sum(end - start for start, end in exons)


def _exons(model: TranscriptModel, placed: Placed, used: Sequence[Site]) -> list[tuple[int, int]] | None:
    """Exons that begin and end at these sites, on the haplotype, in genomic order; None if ALT lacks a site."""
    places = [site.place for site in used]
    if None in places:
        return None
    gene, moved = model.gene, len(placed.edit.alt) - placed.edit.ref_length
    first = gene.tx_start + (moved if gene.tx_start >= placed.edit.end else 0)
    last = gene.tx_end + (moved if gene.tx_end >= placed.edit.end else 0)
    edges = sorted(place for place in places if place is not None)
    starts, ends = [first], []
    for number, edge in enumerate(edges):
        if number % 2 == 0:
            ends.append(edge + 1)
        else:
            starts.append(edge)
    ends.append(last)
    if len(starts) != len(ends) or any(start >= end for start, end in zip(starts, ends, strict=True)):
        return None
    return list(zip(starts, ends, strict=True))


def _extent(model: TranscriptModel, candidate: Candidate) -> tuple[str, int | None, int | None]:
    """EVENT_EXON, and the 1-based, inclusive genomic span of what is added or removed."""
    lost, gained = [site.base for site in candidate.lost], [site.base for site in candidate.gained]
    event = candidate.event
    if event in (Event.EXON_SKIPPING, Event.EXON_INCLUSION):
        bases = lost or gained
        low, high = sorted((_exon_number(model, bases[0]), _exon_number(model, bases[-1])))
        return (str(low) if low == high else f"{low}-{high}"), *_span(*bases)
    if event is Event.INTRON_RETENTION:
        low, high = sorted(lost)
        return f"intron {_exon_number(model, candidate.lost[0].base)}", low + 2, high
    if event is Event.PSEUDOEXON:
        return f"intron {_intron_number(model, gained[0])}", *_span(*gained)
    if event in (Event.DONOR_SHIFT, Event.ACCEPTOR_SHIFT):
        return str(_exon_number(model, lost[0])), *_between(model, candidate.lost[0], candidate.gained[0])
    if event in (Event.SITE_LOSS, Event.SITE_GAIN):
        base = (lost or gained)[0]
        return _where(model, base), base + 1, base + 1
    return "", None, None


def _between(model: TranscriptModel, lost: Site, gained: Site) -> tuple[int, int]:
    """The bases between an exon's old end and its new one: those that the longer exon has and the shorter one lacks."""
    to_the_right = (lost.kind == DONOR) == (model.gene.strand == "+")  # the exon lies left of the site
    low, high = sorted((lost.base, gained.base))
    return (low + 2, high + 1) if to_the_right else (low + 1, high)


def _span(*bases: int) -> tuple[int, int]:
    return min(bases) + 1, max(bases) + 1


def _exon_number(model: TranscriptModel, base: int) -> int:
    """Number, from 1 in reading direction, of the exon with a base."""
    return next(number for number, (start, end) in enumerate(model.exons, 1) if start <= base < end)


def _intron_number(model: TranscriptModel, base: int) -> int:
    """Number of the intron with a base; it is that of the exon before it."""
    if model.gene.strand == "+":
        return sum(end <= base for _, end in model.exons)
    return sum(start > base for start, _ in model.exons)


def _where(model: TranscriptModel, base: int) -> str:
    inside = [number for number, (start, end) in enumerate(model.exons, 1) if start <= base < end]
    return str(inside[0]) if inside else f"intron {_intron_number(model, base)}"

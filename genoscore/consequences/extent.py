"""Where an event is: which exon or intron, which bases of the genome, which exons of the haplotype."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from genoscore.consequences.alignment import Alignment
from genoscore.consequences.consequence import Event
from genoscore.consequences.events import Candidate
from genoscore.consequences.sites import ACCEPTOR, Site
from genoscore.consequences.transcript import TranscriptModel

Extent = tuple[str, int | None, int | None]


def exons_of(model: TranscriptModel, alignment: Alignment, used: Sequence[Site]) -> list[tuple[int, int]] | None:
    """Exons that begin and end at these sites, on the haplotype, in genomic order; None if ALT lacks a site."""
    starts, ends = [alignment.edge(model.starts[0], False)], [alignment.edge(model.ends[-1], True)]
    for site in used:
        if site.place is None:
            return None
        if _begins(model, site):
            starts.append(site.place)
        else:
            ends.append(site.place + 1)
    if len(starts) != len(ends):
        return None
    exons = list(zip(sorted(starts), sorted(ends), strict=True))
    in_order = all(end <= start for (_, end), (start, _) in pairwise(exons))
    return exons if in_order and all(start < end for start, end in exons) else None


def extent_of(model: TranscriptModel, candidate: Candidate) -> Extent:
    """EVENT_EXON, and the 1-based, inclusive genomic span of what is added or removed, or of the site itself.

    None for bases that only ALT has.
    """
    sites = candidate.lost or candidate.gained
    match candidate.event:
        case Event.EXON_SKIPPING | Event.EXON_INCLUSION:
            low, high = sorted((exon_number(model, sites[0].base), exon_number(model, sites[-1].base)))
            return (str(low) if low == high else f"{low}-{high}"), *_span(model, sites[0], sites[-1])
        case Event.INTRON_RETENTION:
            return f"intron {exon_number(model, sites[0].base)}", *_span(model, *sites)
        case Event.PSEUDOEXON:
            return _where(model, sites[0]), *_span(model, *sites)
        case Event.DONOR_SHIFT | Event.ACCEPTOR_SHIFT:
            return str(exon_number(model, sites[0].base)), *_span(model, sites[0], candidate.gained[0])
        case Event.SITE_LOSS | Event.SITE_GAIN:
            return _where(model, sites[0]), sites[0].base + 1, sites[0].base + 1
    return "", None, None


def _span(model: TranscriptModel, one: Site, other: Site) -> tuple[int | None, int | None]:
    """The bases of REF between two edges of exons."""
    start, end = sorted((_edge(model, one), _edge(model, other)))
    return (start + 1, end) if start < end else (None, None)


def _edge(model: TranscriptModel, site: Site) -> int:
    """The edge of the exon at a site, 0-based, as the base of REF after it in genomic order."""
    return site.base if _begins(model, site) and not site.inserted else site.base + 1


def _begins(model: TranscriptModel, site: Site) -> bool:
    """Whether an exon begins at a site in genomic order, rather than ends."""
    return (site.kind == ACCEPTOR) == (model.gene.strand == "+")


def exon_number(model: TranscriptModel, base: int) -> int:
    """Number, from 1 in reading direction, of the exon with a base; 0 if none has it."""
    return next((number for number, (start, end) in enumerate(model.exons, 1) if start <= base < end), 0)


def _where(model: TranscriptModel, site: Site) -> str:
    """Exon or intron; '' outside the transcript."""
    edge = _edge(model, site)
    if not model.starts[0] <= edge <= model.ends[-1]:
        return ""
    number = next((number for number, (start, end) in enumerate(model.exons, 1) if _is_in(site, edge, start, end)), 0)
    if number:
        return str(number)
    before = sum(end <= edge if model.gene.strand == "+" else start >= edge for start, end in model.exons)
    return f"intron {before}" if 0 < before < len(model.exons) else ""


def _is_in(site: Site, edge: int, start: int, end: int) -> bool:
    return start < edge < end if site.inserted else start <= site.base < end

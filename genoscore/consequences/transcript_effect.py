"""From the sites around one variant to the consequence for one transcript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from genoscore.consequences.alignment import Alignment
from genoscore.consequences.consequence import (
    BEYOND_FROM,
    Aberration,
    Consequence,
    Event,
    Product,
    SiteChange,
)
from genoscore.consequences.events import (
    SEVERAL_INTRONS,
    Candidate,
    deleted_sites,
    likeliest_events,
    without_transcript,
)
from genoscore.consequences.extent import exons_of, extent_of
from genoscore.consequences.genetic_code import reverse_complement
from genoscore.consequences.product import product_of
from genoscore.consequences.sites import FoundSites, Neighbourhood, Site, sites_near
from genoscore.consequences.splicing_paths import USUAL, Rules
from genoscore.consequences.transcript import TranscriptModel
from genoscore.core.edits import Edit, haplotype_bases
from genoscore.inputs.gene import Gene

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


def consequence_of(model: TranscriptModel, placed: Placed, found: FoundSites, rules: Rules = USUAL) -> Consequence:
    """The consequence for one transcript, from the sites that a network found around a variant."""
    seen = bool(found.ref or found.alt)
    deletes = deletes_site(model.gene, placed.edit, placed.slide)
    if not seen and not deletes:
        return UNCHANGED
    near = sites_near(found, placed.edit, placed.slide, model.gene, model.fetch)
    near = replace(near, sites=tuple(site for site in near.sites if _is_inside(model, site) or _exists(model, site)))
    changed = [_change(site, placed) for site in near.sites if seen and abs(site.delta) >= LEAST_CHANGE]
    changed.sort(key=lambda site: -abs(site.delta))
    deleted, unfit = _deleted_end(model, near.alignment), _unfit(model)
    if deleted or unfit:
        says = bool(deleted or changed)
        events = [Aberration(Event.UNRESOLVED, reason=deleted or unfit)] if says else []
    else:
        events = _events(model, placed.edit, near, rules if seen else None, deletes)
    first, second = ([*events, None, None])[:2]
    return Consequence(
        first or Aberration(Event.NONE),
        second,
        tuple(changed),
        tuple(site for site in changed if abs(site.delta) >= BEYOND_FROM and _is_beyond(site, placed)),
    )


def deletes_site(gene: Gene, edit: Edit, slide: int = 0) -> bool:
    """Whether an edit deletes an exon's first or last base: then an event is reported, whatever the network sees.

    Args:
        slide: bases by which it can be moved to the right: what is deleted is deleted wherever the edit stands.
    """
    first, last = Alignment.of(edit).deleted
    return any(first + slide <= base < last for base in gene.boundaries)


def _deleted_end(model: TranscriptModel, alignment: Alignment) -> str:
    """Why nobody can say where a transcript begins or ends: its first or last exon is deleted; '' if not."""
    first, last = alignment.deleted
    starts, ends = (first <= start and end <= last for start, end in (model.exons[0], model.exons[-1]))
    if starts:
        return "transcript_deleted" if ends else "first_exon_deleted"
    return "last_exon_deleted" if ends else ""


def _unfit(model: TranscriptModel) -> str:
    """Why nothing can be said of a transcript; '' if something can."""
    if model.overlaps:
        return "overlapping_exons"
    return "too_many_exons" if len(model.starts) > MOST_EXONS else ""


def _events(
    model: TranscriptModel, edit: Edit, near: Neighbourhood, rules: Rules | None, deletes: bool
) -> list[Aberration]:
    """The events.

    Args:
        rules: None if the network saw nothing. deletes: whether the edit deletes a site.
    """
    inside = [site for site in near.sites if _is_inside(model, site)]
    outside = [site for site in near.sites if not _is_inside(model, site)]
    candidates = likeliest_events(inside, rules) if rules else []
    if deletes and (not candidates or candidates[0].event is Event.SITE_LOSS):
        candidates = deleted_sites(inside) or candidates
    candidates = candidates or without_transcript(outside, near.nameless)
    made = (_aberration(model, edit, near, candidate) for candidate in candidates)
    return [aberration for aberration in made if aberration is not None]


def _is_inside(model: TranscriptModel, site: Site) -> bool:
    """Whether a site lies between the transcript's first base and its last."""
    last = model.ends[-1] - 1
    return model.starts[0] <= site.base < last + (not site.inserted)


def _exists(model: TranscriptModel, site: Site) -> bool:
    """Whether a site lies on the contig, and on a base that is known: networks also see sites in what stands for N."""
    return site.annotated or model.fetch(site.base, site.base + 1) in ("A", "C", "G", "T")


def _change(site: Site, placed: Placed) -> SiteChange:
    pos = site.base + 1
    return SiteChange(
        site.kind, pos, site.inserted, pos - placed.pos, round(site.ref, 6), round(site.alt, 6), site.annotated
    )


def _is_beyond(site: SiteChange, placed: Placed) -> bool:
    return abs(site.pos - 1 - placed.edit.start) > placed.distance


def _aberration(model: TranscriptModel, edit: Edit, near: Neighbourhood, candidate: Candidate) -> Aberration | None:
    """None if the mRNA is the normal one after all."""
    exon, start, end = extent_of(model, candidate)
    aberration = Aberration(candidate.event, exon, start, end, None, candidate.share, reason=candidate.reason)
    lacks_intron = _lacks_intron(near.alignment, candidate)
    if candidate.event in _NO_TRANSCRIPT and not lacks_intron:
        return aberration
    used = [site for site in near.sites if site.annotated]
    length, inclusion = model.length, candidate.event is Event.EXON_INCLUSION
    if inclusion:  # compared with the mRNA without the exon
        length -= abs(candidate.gained[1].base - candidate.gained[0].base) + 1
    else:
        used = [site for site in used if site not in candidate.lost] + list(candidate.gained)
    exons = exons_of(model, near.alignment, used)
    if exons is None:
        if any(site.place is None for site in used):
            return replace(aberration, product=Product(reason="site_deleted"))
        # a new exon in place of one that neither allele has
        return Aberration(Event.UNRESOLVED, probability=candidate.share, reason="several_changes")
    nt = sum(end - start for start, end in exons) - length
    if not inclusion and nt == 0 and _bases(model, edit, exons) == model.mrna:
        return None
    if lacks_intron:
        aberration = Aberration(Event.UNRESOLVED, probability=candidate.share, reason="intron_deleted")
    return replace(aberration, nt=nt, product=product_of(model, edit, exons))


def _bases(model: TranscriptModel, edit: Edit, exons: Sequence[tuple[int, int]]) -> str:
    """The mRNA of these exons of the haplotype."""
    forward = "".join(haplotype_bases(model.fetch, start, end, (edit,)) for start, end in exons)
    return forward if model.gene.strand == "+" else reverse_complement(forward)


def _lacks_intron(alignment: Alignment, candidate: Candidate) -> bool:
    """Whether ALT lacks an intron that would be retained: then bases of its exons are deleted as well."""
    if candidate.event is not Event.INTRON_RETENTION and candidate.reason != SEVERAL_INTRONS:
        return False
    return not all(_is_left(alignment, ends) for ends in zip(candidate.lost[::2], candidate.lost[1::2], strict=True))


def _is_left(alignment: Alignment, ends: Sequence[Site]) -> bool:
    """Whether ALT has any base of the intron between a donor and an acceptor."""
    low, high = sorted(site.base for site in ends)
    return alignment.edge(low + 1, False) < alignment.edge(high, True)

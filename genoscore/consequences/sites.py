"""Splice sites near an edit, in REF and in ALT.

An acceptor is the first base of an exon in reading direction, a donor the last, as the networks give them. Places in
REF are 0-based bases of the contig; places in ALT are those of the contig with the edit applied (`core.edits`), so
every inserted base has a place of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from genoscore.core.edits import Edit, haplotype_bases
from genoscore.inputs.gene import Gene

ACCEPTOR, DONOR = "acceptor", "donor"
KINDS = (ACCEPTOR, DONOR)
FLOOR = 0.02  # a site that is less likely in both alleles is not a site
Spot = tuple[int, tuple[float, ...]]  # a place, and probabilities: of an acceptor and of a donor, or of either
Fetch = Callable[[int, int], str]  # upper-case bases [start, end) of the contig, forward strand


@dataclass(frozen=True, slots=True)
class FoundSites:
    """What a network gives around an edit, wherever REF or ALT has a probability of FLOOR or more.

    Attributes:
        start, end: the bases of REF that were searched.
        ref, alt: spots in each allele, by place. A spot of REF is in `alt` too unless its base is deleted, and a spot
            of ALT in `ref` unless its base is inserted.
    """

    start: int
    end: int
    ref: tuple[Spot, ...] = ()
    alt: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True)
class Searched:
    """A variant whose surroundings were searched.

    Attributes:
        contig: as spelt in the FASTA.
        edit: the variant, trimmed and left-aligned.
    """

    contig: str
    edit: Edit
    found: FoundSites


@dataclass(frozen=True, slots=True)
class Site:
    """One site.

    Attributes:
        kind: `acceptor` or `donor`.
        base: its base in REF; for an inserted base, the last base of REF before it.
        inserted: number of the inserted base after `base`, from 1; 0 for a base of REF.
        place: in ALT; None if ALT lacks the base.
        ref, alt: probabilities; 1 for annotated sites that were not searched, since nothing changes there.
        annotated: whether the transcript has it.
    """

    kind: str
    base: int
    inserted: int
    place: int | None
    ref: float
    alt: float
    annotated: bool

    @property
    def delta(self) -> float:
        """ALT minus REF."""
        return self.alt - self.ref


class Alignment:
    """Which base of ALT is which base of REF.

    An insertion or deletion in a repeat can be written in several places; a site in the repeat is taken to be where
    ALT has it, so that one which merely moves is neither lost nor gained.

    Args:
        edit: left-aligned.
        slide: bases by which the edit can be moved to the right without another ALT.
    """

    def __init__(self, edit: Edit, slide: int = 0) -> None:
        self._edit, self._slide = edit, slide

    def places(self, base: int) -> list[int]:
        """Where ALT may have a base of REF; nowhere if it is deleted."""
        shifted = Edit(self._edit.start + self._slide, self._edit.end + self._slide, self._edit.alt)
        found = (_place(base, edit) for edit in ((self._edit, shifted) if self._slide else (self._edit,)))
        return list(dict.fromkeys(place for place in found if place is not None))

    def counterpart(self, place: int) -> tuple[int, int]:
        """The base of REF at a place of ALT, and 0; for an inserted base, the last of REF before it, and its number."""
        start, end, length = self._edit.start, self._edit.end, len(self._edit.alt)
        if place < start:
            return place, 0
        if place >= start + length:
            return place - length + end - start, 0
        at = place - start
        return (start + at, 0) if at < end - start else (end - 1, at - (end - start) + 1)


def _place(base: int, edit: Edit) -> int | None:
    if base < edit.start:
        return base
    if base >= edit.end:
        return base + len(edit.alt) - edit.ref_length
    return base if base - edit.start < len(edit.alt) else None


def sites_near(found: FoundSites, edit: Edit, slide: int, gene: Gene, fetch: Fetch) -> list[Site]:
    """All sites of a transcript, annotated or found, in reading direction.

    Args:
        slide: see Alignment.
        fetch: reference bases; used if the network does not tell acceptors from donors.
    """
    alignment = Alignment(edit, slide)
    annotated = {(ACCEPTOR, base) for base in gene.acceptors} | {(DONOR, base) for base in gene.donors}
    ref = _Allele(found.ref, gene.strand, fetch)
    alt = _Allele(found.alt, gene.strand, partial(_of_haplotype, fetch, edit))
    sites: dict[tuple[str, int], Site] = {}
    gone: list[Site] = []
    for kind, base in sorted(annotated | ref.sites):
        site = _of_ref(kind, base, (kind, base) in annotated, found, alignment, ref, alt)
        if site.place is None:
            gone.append(site)
            continue
        other = sites.get((kind, site.place))
        if other is None or (site.annotated, site.ref) > (other.annotated, other.ref):
            sites[kind, site.place] = site
    for kind, place in alt.sites:
        if (kind, place) not in sites:
            base, inserted = alignment.counterpart(place)
            before = 0.0 if inserted else ref.probability(kind, base, False)
            after = alt.probability(kind, place, False)
            sites[kind, place] = Site(kind, base, inserted, place, before, after, False)
    ordered = sorted([*sites.values(), *gone], key=lambda site: (site.base, site.inserted, site.kind))
    return ordered if gene.strand == "+" else ordered[::-1]


def _of_ref(
    kind: str, base: int, annotated: bool, found: FoundSites, alignment: Alignment, ref: _Allele, alt: _Allele
) -> Site:
    """A site of REF; where ALT may have it in two places, it is where ALT's probability is largest."""
    places = alignment.places(base)
    if not found.start <= base < found.end:
        return Site(kind, base, 0, places[0] if places else None, 1.0, 1.0 if places else 0.0, annotated)
    at = max(places, key=lambda place: alt.probability(kind, place, annotated), default=None)
    after = 0.0 if at is None else alt.probability(kind, at, annotated)
    return Site(kind, base, 0, at, ref.probability(kind, base, annotated), after, annotated)


class _Allele:
    """Spots of one allele by kind. Where the network gives one number for both kinds, the bases beside it decide.

    Attributes:
        sites: kind and place of each.
    """

    def __init__(self, spots: Sequence[Spot], strand: str, fetch: Fetch) -> None:
        self._spots = dict(spots)
        self.sites: set[tuple[str, int]] = set()
        if spots and len(spots[0][1]) == 1:
            first = min(self._spots) - 2
            bases = fetch(first, max(self._spots) + 3)
        for place, probabilities in spots:
            if len(probabilities) == len(KINDS):
                self.sites |= {(kind, place) for kind, p in zip(KINDS, probabilities, strict=True) if p >= FLOOR}
            elif probabilities[0] >= FLOOR:
                self.sites |= {(kind, place) for kind in kinds_at(bases[place - first - 2 : place - first + 3], strand)}

    def probability(self, kind: str, place: int, annotated: bool) -> float:
        """0 for what is no site of this kind; an annotated site needs no GT or AG."""
        if place not in self._spots or not (annotated or (kind, place) in self.sites):
            return 0.0
        probabilities = self._spots[place]
        return probabilities[0 if len(probabilities) == 1 else KINDS.index(kind)]


def kinds_at(bases: str, strand: str) -> list[str]:
    """What a base can be by the intron's bases beside it: AG before an acceptor, GT or GC after a donor.

    Args:
        bases: two bases, the base, and two bases, on the forward strand.

    >>> kinds_at("AGCGT", "+"), kinds_at("ACCTT", "-")
    (['acceptor', 'donor'], ['donor'])
    """
    left, right = bases[:2], bases[3:]
    if strand == "+":
        is_acceptor, is_donor = left == "AG", right in ("GT", "GC")
    else:
        is_acceptor, is_donor = right == "CT", left in ("AC", "GC")
    return [kind for kind, holds in zip(KINDS, (is_acceptor, is_donor), strict=True) if holds]


def _of_haplotype(fetch: Fetch, edit: Edit, start: int, end: int) -> str:
    return haplotype_bases(fetch, start, end, (edit,))

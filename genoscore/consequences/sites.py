"""Splice sites near an edit, in REF and in ALT.

An acceptor is the first base of an exon in reading direction, a donor the last, as the networks give them. Places in
REF are 0-based bases of the contig; places in ALT are those of the contig with the edit applied (`core.edits`), so
every inserted base has a place of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from genoscore.consequences.alignment import Alignment, alignments
from genoscore.core.edits import Edit, haplotype_bases
from genoscore.inputs.gene import Gene

ACCEPTOR, DONOR = "acceptor", "donor"
KINDS = (ACCEPTOR, DONOR)
FLOOR = 0.02  # a site that is less likely in both alleles is not a site
CHANGED = 0.1  # if an alignment has no change as large as this, nothing changes; the same as `scores.sites.CHANGED`
VANISHED = 0.2  # of REF's probability: an annotated site of which ALT has less is not there any more
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


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The sites around an edit.

    Attributes:
        sites: all of a transcript, annotated or found, in reading direction.
        alignment: which base of ALT is which of REF.
        nameless: the largest change of a base that is neither annotated nor, by the bases beside it, an acceptor or a
            donor; 0 if the network tells these apart.
    """

    sites: tuple[Site, ...]
    alignment: Alignment
    nameless: float


def sites_near(found: FoundSites, edit: Edit, slide: int, gene: Gene, fetch: Fetch) -> Neighbourhood:
    """All sites of a transcript, annotated or found, in reading direction.

    Where an edit can be aligned in several ways, one is taken by which no site changes, if there is such; else one by
    which the fewest annotated sites vanish, so that a site which merely moves is neither lost nor gained; of these, the
    one by which the edit changes the fewest exonic bases, so that what is duplicated or deleted at an exon's edge is
    the intron's, and the exon stays as it is; then the one by which the sites change least; then, as in HGVS, the one
    whose gap is last in reading direction.

    Args:
        edit: left-aligned.
        slide: bases by which it can be moved to the right without another ALT.
        fetch: reference bases.
    """
    annotated = {(ACCEPTOR, base) for base in gene.acceptors} | {(DONOR, base) for base in gene.donors}
    ref = _Allele(found.ref, gene.strand, fetch)
    alt = _Allele(found.alt, gene.strand, partial(_of_haplotype, fetch, edit))
    bases = sorted({base for _, base in annotated | ref.sites} | {gene.exon_starts[0], gene.exon_ends[-1] - 1})
    ways = alignments(edit, fetch(edit.start, edit.end), slide, bases, found.end)
    sites = [_sites(annotated, found, alignment, ref, alt) for alignment in ways]
    best = min(range(len(ways)), key=lambda at: _cost(sites[at], ways[at], gene)) if len(ways) > 1 else 0
    sign = 1 if gene.strand == "+" else -1
    ordered = sorted(sites[best], key=lambda site: (sign * site.base, sign * site.inserted, site.kind))
    return Neighbourhood(tuple(ordered), ways[best], _nameless(annotated, ways[best], ref, alt))


def _sites(
    annotated: set[tuple[str, int]], found: FoundSites, alignment: Alignment, ref: _Allele, alt: _Allele
) -> list[Site]:
    sites: list[Site] = []
    taken: set[tuple[str, int | None]] = set()
    for kind, base in annotated | ref.sites:
        place, known = alignment.place(base), (kind, base) in annotated
        before = after = 1.0
        if found.start <= base < found.end:
            before = ref.probability(kind, base, known)
            after = 0.0 if place is None else alt.probability(kind, place, known)
        elif place is None:
            after = 0.0
        sites.append(Site(kind, base, 0, place, before, after, known))
        taken.add((kind, place))
    for kind, place in alt.sites - taken:
        base, inserted = alignment.counterpart(place)
        before = 0.0 if inserted else ref.probability(kind, base, False)
        sites.append(Site(kind, base, inserted, place, before, alt.probability(kind, place, False), False))
    return sites


def _cost(sites: Sequence[Site], alignment: Alignment, gene: Gene) -> tuple[float, ...]:
    """See sites_near: smaller is better."""
    first, last = alignment.deleted
    exons = list(zip(gene.exon_starts, gene.exon_ends, strict=True))
    if alignment.gain > 0:
        exonic = alignment.gain * any(start < first < end for start, end in exons)
    else:
        exonic = sum(max(0, min(end, last) - max(start, first)) for start, end in exons)
    vanished = sum(site.annotated and site.alt < VANISHED * site.ref for site in sites)
    changes = [abs(site.delta) for site in sites]
    last_first = -alignment.gap if gene.strand == "+" else alignment.gap
    return max(changes, default=0) >= CHANGED, vanished, exonic, round(sum(changes), 6), last_first


def _nameless(annotated: set[tuple[str, int]], alignment: Alignment, ref: _Allele, alt: _Allele) -> float:
    largest = 0.0
    named = {base for _, base in annotated | ref.sites}
    for base, before in ref.nameless.items():
        place = alignment.place(base)
        if base not in named and not alt.is_named(place):
            largest = max(largest, abs(before - (0.0 if place is None else alt.nameless.get(place, 0.0))))
    for place, after in alt.nameless.items():
        base, inserted = alignment.counterpart(place)
        if inserted or base not in named:
            largest = max(largest, after - (0.0 if inserted else ref.nameless.get(base, 0.0)))
    return largest


class _Allele:
    """Spots of one allele by kind. Where the network gives one number for both kinds, the bases beside it decide.

    Attributes:
        sites: kind and place of each.
        nameless: probabilities of places that these bases make neither an acceptor nor a donor.
    """

    def __init__(self, spots: Sequence[Spot], strand: str, fetch: Fetch) -> None:
        self._spots = dict(spots)
        self._of_kind: dict[tuple[str, int], float] = {}
        self.nameless: dict[int, float] = {}
        if spots and len(spots[0][1]) == 1:
            first = min(self._spots) - 2
            bases = fetch(first, max(self._spots) + 3)
        for place, probabilities in spots:
            if len(probabilities) == len(KINDS):
                self._of_kind |= {(kind, place): p for kind, p in zip(KINDS, probabilities, strict=True)}
                continue
            kinds = kinds_at(bases[place - first - 2 : place - first + 3], strand)
            self._of_kind |= {(kind, place): probabilities[0] for kind in kinds}
            if not kinds:
                self.nameless[place] = probabilities[0]
        self.sites = {site for site, p in self._of_kind.items() if p >= FLOOR}

    def is_named(self, place: int | None) -> bool:
        """Whether a place is an acceptor or a donor."""
        return any((kind, place) in self.sites for kind in KINDS)

    def probability(self, kind: str, place: int, annotated: bool) -> float:
        """0 for what is no site of this kind; an annotated site needs no GT or AG."""
        if annotated and place in self._spots:
            probabilities = self._spots[place]
            return probabilities[0 if len(probabilities) == 1 else KINDS.index(kind)]
        return self._of_kind.get((kind, place), 0.0)


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

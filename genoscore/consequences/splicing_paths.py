"""Which transcripts a set of splice sites makes, and how likely each is.

A transcript is a path along the sites in reading direction: an exon ends at a donor or passes it, and an intron ends at
an acceptor or passes it. Its weight is the product of p of the sites it uses and of (1 - p) ** RELUCTANCE of those it
passes, p being what the network says of each base. Weights are shares once they are divided by their sum over all
transcripts. RELUCTANCE is below 1 since sites do not decide alone: an exon's two ends are recognised together, so
passing both is not as unlikely as the product says (exon definition: Berget, J Biol Chem 270:2411, 1995).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from genoscore.consequences.sites import ACCEPTOR, DONOR, Site
from genoscore.core.choices import PSEUDOEXON

RELUCTANCE = 0.7
SHORTEST_EXON = 25  # bases, of exons with one annotated end; shorter ones are rare
SHORTEST_INTRON = 60  # bases; introns between annotated sites may be shorter
_RARE = math.log(0.05)
_MOST, _LEAST = 0.995, 0.02  # what a network calls certain is not, and what it calls impossible is not a site
# At every site, the likeliest paths are kept: shares are then within 0.02 of those of all paths (median 0.006), on
# variants of BRCA2 with 5,000 bases on either side.
_PATHS = 256
_UNLIKELY = math.log(1_000)  # times less likely than the likeliest

Path = tuple[int, ...]  # indices of the sites used, in reading direction
_Weighted = list[tuple[float, Path]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a run may ask of transcripts.

    Attributes:
        pseudoexon: the shortest and the longest exon neither end of which is annotated, bases.
    """

    pseudoexon: tuple[int, int] = PSEUDOEXON


USUAL = Rules()


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a transcript in which paths are looked for.

    Attributes:
        sites: in reading direction.
        begins_in_exon, ends_in_exon: whether paths do; otherwise in an intron.
    """

    sites: Sequence[Site]
    begins_in_exon: bool
    ends_in_exon: bool
    rules: Rules = USUAL


def shares(region: Region, allele: str) -> dict[Path, float]:
    """The likeliest transcripts with their shares, which add up to 1; {} if there is none.

    Args:
        allele: `ref` or `alt`.
    """
    sites, rules = region.sites, region.rules
    in_exon: _Weighted = [(0.0, ())] if region.begins_in_exon else []
    in_intron: _Weighted = [] if region.begins_in_exon else [(0.0, ())]
    for number, site in enumerate(sites):
        p = min(getattr(site, allele), _MOST)
        if p < _LEAST or (allele == "alt" and site.place is None):
            continue
        used, passed = math.log(p), RELUCTANCE * math.log1p(-p)
        exons = [(weight + passed, path) for weight, path in in_exon]
        introns = [(weight + passed, path) for weight, path in in_intron]
        if site.kind == ACCEPTOR:
            exons += [
                (weight + used, (*path, number))
                for weight, path in in_intron
                if not path or _intron_may_end(sites[path[-1]], site, allele)
            ]
        else:
            for weight, path in in_exon:
                preference = _exon_may_end(sites[path[-1]], site, allele, rules) if path else 0.0
                if preference is not None:
                    introns.append((weight + used + preference, (*path, number)))
        in_exon, in_intron = _likeliest(exons), _likeliest(introns)
    ended = in_exon if region.ends_in_exon else in_intron
    if not ended:
        return {}
    top = max(weight for weight, _ in ended)
    weights = {path: math.exp(weight - top) for weight, path in ended}
    total = sum(weights.values())
    return {path: weight / total for path, weight in weights.items()}


def _likeliest(paths: _Weighted) -> _Weighted:
    best = sorted(paths, key=lambda item: -item[0])[:_PATHS]
    return [item for item in best if item[0] >= best[0][0] - _UNLIKELY]


def _intron_may_end(donor: Site, acceptor: Site, allele: str) -> bool:
    if donor.annotated and acceptor.annotated:
        return True
    return distance(donor, acceptor, allele) - 1 >= SHORTEST_INTRON


def _exon_may_end(acceptor: Site, donor: Site, allele: str, rules: Rules) -> float | None:
    """The logarithm of how readily such an exon is made; None for never."""
    if acceptor.annotated and donor.annotated:
        return 0.0
    length = distance(acceptor, donor, allele) + 1
    if not acceptor.annotated and not donor.annotated:
        shortest, longest = rules.pseudoexon
        return 0.0 if shortest <= length <= longest else None
    return 0.0 if length >= SHORTEST_EXON else _RARE


def distance(one: Site, other: Site, allele: str) -> int:
    """Bases from one site to another in an allele; for ALT, both are there."""
    if allele == "alt" and one.place is not None and other.place is not None:
        return abs(one.place - other.place)
    return abs(one.base - other.base)


def normal_path(sites: Sequence[Site]) -> Path:
    """The annotated transcript."""
    return tuple(number for number, site in enumerate(sites) if site.annotated)


Change = tuple[Path, Path]  # annotated sites that are passed, and others that are used, between two that stay


def changes(normal: Path, path: Path, common: Container[int] = ()) -> list[Change]:
    """How a transcript differs from the annotated one, in independent parts.

    Args:
        common: sites in which both alleles differ from the annotation, as `common_differences` has them; a part neither
            begins nor ends with one, if what is left is still a change from exon to exon or from intron to intron.

    >>> changes((0, 1, 4, 5), (0, 5)), changes((0, 1, 4), (0, 2, 4)), changes((0, 1, 2, 3, 4, 5), (0, 5), {1, 2})
    ([((1, 4), ())], [((1,), (2,))], [((3, 4), ())])
    """
    before, after = set(normal), set(path)
    parts: list[list[int]] = [[]]
    for number in sorted(before | after):
        if number in before and number in after:
            parts.append([])
        else:
            parts[-1].append(number)
    found: list[Change] = []
    for part in parts:
        own = [at for at, number in enumerate(part) if number not in common]
        if own:
            first, last = own[0], own[-1] + 1
            shortened = (part[first:last], part[first:], part[:last], part)
            split = ((tuple(n for n in one if n in before), tuple(n for n in one if n in after)) for one in shortened)
            found.append(next(change for change in split if (len(change[0]) - len(change[1])) % 2 == 0))
    return found


def common_differences(normal: Path, in_ref: Mapping[Path, float], in_alt: Mapping[Path, float]) -> frozenset[int]:
    """Annotated sites that hardly any transcript uses, with REF or ALT, and others that nearly all use.

    There the network does not see what the annotation has, and no event follows from it.

    Args:
        in_ref, in_alt: shares of paths.
    """
    numbers = {number for paths in (in_ref, in_alt) for path in paths for number in path} | set(normal)
    used = [_used(in_ref), _used(in_alt)]
    return frozenset(
        number
        for number in numbers
        if all((share[number] if number in normal else 1 - share[number]) < _LEAST for share in used)
    )


def _used(paths: Mapping[Path, float]) -> Mapping[int, float]:
    """The share of transcripts that use each site."""
    used: defaultdict[int, float] = defaultdict(float)
    for path, share in paths.items():
        for number in path:
            used[number] += share
    return used


def change_shares(normal: Path, paths: Mapping[Path, float], common: Container[int] = ()) -> Counter[Change]:
    """The share of transcripts that have each change, by the share of each path; `common` as in `changes`."""
    shared: Counter[Change] = Counter()
    for path, share in paths.items():
        for change in changes(normal, path, common):
            shared[change] += share  # type: ignore[assignment]
    return shared


def kinds_of(sites: Sequence[Site], path: Path) -> str:
    """A path's kinds as letters, `AD` for an acceptor and a donor."""
    return "".join({ACCEPTOR: "A", DONOR: "D"}[sites[number].kind] for number in path)

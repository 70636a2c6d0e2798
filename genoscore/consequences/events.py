"""From splice sites in REF and ALT to the event: the change of the transcript whose share grows most.

Shares of transcripts come from `splicing_paths`. An event is a change whose share is greater with ALT than with REF by
LEAST_SHARE or more, and one of whose own sites is lost or gained; changes that move the same end of the same exon
compete with each other, so their shares are added and the site that gains most stands for them. If no share grows as
much but a site changes by STRONG_CHANGE or more, that is reported too: a gained site that pairs with an exon, the bare
gain or loss, or that no rule fits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from genoscore.consequences.consequence import Event
from genoscore.consequences.sites import ACCEPTOR, CHANGED, DONOR, Site
from genoscore.consequences.splicing_paths import (
    USUAL,
    Change,
    Region,
    Rules,
    change_shares,
    common_differences,
    distance,
    kinds_of,
    normal_path,
    shares,
)

LEAST_SHARE = 0.1
STRONG_CHANGE = 0.5  # of a site's probability
_CHANGING = 0.01  # of a site's probability; what changes less has no part in an event
_BESIDE = 250  # bases: a site gained farther into an intron pairs with no exon
_SECOND = 0.5  # of the first event's share

SEVERAL_INTRONS = "several_introns"  # a reason
_SHIFTS = {("A", "A"): Event.ACCEPTOR_SHIFT, ("D", "D"): Event.DONOR_SHIFT}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One event, as sites.

    Attributes:
        share: how much the share of transcripts with it grows.
        lost, gained: annotated sites that are passed, and others that are used instead, in reading direction.
        reason: why it is `unresolved`.
    """

    event: Event
    share: float
    lost: tuple[Site, ...] = ()
    gained: tuple[Site, ...] = ()
    reason: str = ""


def likeliest_events(sites: Sequence[Site], rules: Rules = USUAL) -> list[Candidate]:
    """The event, and a second one if it is at least half as likely; [] if no site changes by CHANGED.

    Args:
        sites: of one transcript, from its first base to its last, in reading direction.
    """
    changing = [number for number, site in enumerate(sites) if abs(site.delta) >= _CHANGING]
    if not any(abs(site.delta) >= CHANGED for site in sites):
        return []
    around = _around(sites, changing[0], changing[-1])
    candidates = sorted(_candidates(around, rules), key=lambda candidate: -candidate.share)
    likely = [candidate for candidate in candidates if candidate.share >= LEAST_SHARE]
    if not likely:
        return _strong_changes(around)
    second = [candidate for candidate in likely[1:2] if candidate.share >= _SECOND * likely[0].share]
    return [likely[0], *second]


def deleted_sites(sites: Sequence[Site]) -> list[Candidate]:
    """The event of a variant that deletes annotated sites, whatever the network sees; [] if it deletes none.

    Args:
        sites: of one transcript, in reading direction.
    """
    gone = tuple(site for site in sites if site.annotated and site.place is None)
    if not gone:
        return []
    numbers = tuple(number for number, site in enumerate(sites) if site in gone)
    candidate = _candidate(sites, (numbers, ()), 0.0)
    if candidate.event in (Event.EXON_SKIPPING, Event.INTRON_RETENTION) or candidate.reason == SEVERAL_INTRONS:
        return [candidate]
    return [Candidate(Event.SITE_LOSS, 0.0, gone[:1])]


def without_transcript(outside: Sequence[Site], nameless: float) -> list[Candidate]:
    """The event of strong changes, where there is no other.

    Args:
        outside: sites before the transcript's first base or after its last.
        nameless: see Neighbourhood.
    """
    gained = max(outside, key=lambda site: site.delta, default=None)
    if gained is not None and gained.delta >= STRONG_CHANGE:
        return [Candidate(Event.SITE_GAIN, 0.0, (), (gained,))]
    return [Candidate(Event.UNRESOLVED, 0.0, reason="no_motif")] if nameless >= STRONG_CHANGE else []


def _around(sites: Sequence[Site], first: int, last: int) -> Sequence[Site]:
    """The sites from two annotated exons before the first change to two after the last."""
    before = [number for number in range(first) if sites[number].annotated]
    after = [number for number in range(last + 1, len(sites)) if sites[number].annotated]
    low = before[-5] if len(before) > 4 else 0
    high = after[4] if len(after) > 4 else len(sites) - 1
    return sites[low : high + 1]


def _candidates(sites: Sequence[Site], rules: Rules) -> list[Candidate]:
    normal = normal_path(sites)
    begins_in_exon = not normal or sites[normal[0]].kind == DONOR
    ends_in_exon = not normal or sites[normal[-1]].kind == ACCEPTOR
    region = Region(sites, begins_in_exon, ends_in_exon, rules)
    in_ref, in_alt = shares(region, "ref"), shares(region, "alt")
    if not in_ref or not in_alt:
        return []
    common = common_differences(normal, in_ref, in_alt)
    with_ref, with_alt = (change_shares(normal, paths, common) for paths in (in_ref, in_alt))
    pools: dict[tuple[object, ...], list[Candidate]] = defaultdict(list)
    for change in dict.fromkeys([*with_alt, *with_ref]):
        growth = with_alt[change] - with_ref[change]
        candidate = _candidate(sites, change, growth)
        if growth > 0:
            shift = candidate.event in (Event.DONOR_SHIFT, Event.ACCEPTOR_SHIFT)
            pools[(candidate.event, change[0]) if shift else (candidate.event, change)].append(candidate)
        elif candidate.event is Event.EXON_SKIPPING and len(candidate.lost) == 2:
            pools[Event.EXON_INCLUSION, change].append(Candidate(Event.EXON_INCLUSION, -growth, (), candidate.lost))
    own = ([candidate for candidate in pool if _has_cause(candidate)] for pool in pools.values())
    return [_pooled(pool) for pool in own if pool]


def _has_cause(candidate: Candidate) -> bool:
    """Whether a site of its own changes: a share also grows if another change becomes rarer."""
    return any(site.delta <= -_CHANGING for site in candidate.lost) or any(
        site.delta >= _CHANGING for site in candidate.gained
    )


def _pooled(pool: Sequence[Candidate]) -> Candidate:
    """The site that gains most stands for all; of those that gain the same, the one with the largest share."""
    chosen = max(pool, key=lambda one: (round(sum(site.delta for site in one.gained), 2), one.share))
    share = sum(candidate.share for candidate in pool)
    return Candidate(chosen.event, share, chosen.lost, chosen.gained, chosen.reason)


def _candidate(sites: Sequence[Site], change: Change, share: float) -> Candidate:
    lost, gained = (kinds_of(sites, numbers) for numbers in change)
    passed, used = (tuple(sites[number] for number in numbers) for numbers in change)
    event, reason = _SHIFTS.get((lost, gained)), ""
    if event is None and not gained and lost == "AD" * (len(lost) // 2):
        event = Event.EXON_SKIPPING
    elif event is None and not gained and lost == "DA":
        event = Event.INTRON_RETENTION
    elif event is None and not lost and gained == "AD":
        event = Event.PSEUDOEXON
    elif event is None:
        event, reason = Event.UNRESOLVED, _why(lost, gained)
    return Candidate(event, share, passed, used, reason)


def _why(lost: str, gained: str) -> str:
    if not lost and gained == "DA":
        return "new_intron"
    if not gained and lost == "DA" * (len(lost) // 2):
        return SEVERAL_INTRONS
    return "several_changes"


def _strong_changes(sites: Sequence[Site]) -> list[Candidate]:
    strong = [site for site in sites if abs(site.delta) >= STRONG_CHANGE]
    of_transcript = [site for site in strong if site.annotated or site.delta > 0]
    if not of_transcript:
        return [Candidate(Event.UNRESOLVED, 0.0, reason="unannotated_site_lost")] if strong else []
    site = max(of_transcript, key=lambda site: abs(site.delta))
    if site.delta < 0:
        return [Candidate(Event.SITE_LOSS, 0.0, (site,))]
    partner = None if site.annotated else _same_end(sites, site)
    if partner is None:
        return [Candidate(Event.SITE_GAIN, 0.0, (), (site,))]
    event = Event.DONOR_SHIFT if site.kind == DONOR else Event.ACCEPTOR_SHIFT
    return [Candidate(event, 0.0, (partner,), (site,))]


def _same_end(sites: Sequence[Site], gained: Site) -> Site | None:
    """The annotated site whose exon would end, or begin, at the gained one instead."""
    at = sites.index(gained)
    before = next((site for site in sites[:at][::-1] if site.annotated), None)
    after = next((site for site in sites[at + 1 :] if site.annotated), None)
    beside, across = (before, after) if gained.kind == DONOR else (after, before)
    if beside is not None and beside.kind == gained.kind:  # in the intron
        return beside if distance(beside, gained, "alt") <= _BESIDE else None
    return across if across is not None and across.kind == gained.kind else None  # inside the exon

"""Variants whose effect on splicing was seen in RNA, what tools say of them, and how often that is right.

A table has the columns chrom, pos, ref, alt, effect (`normal`, `skip`, `alternative donor`, `alternative acceptor`,
`multiple`), acceptor_lost, donor_lost, acceptor_gained, donor_gained (1-based, the exon's own base; `.` for unknown)
and observation, as CI-SpliceAI's collection of published assays has them (Strauch et al., PLOS ONE 2022).
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

Key = tuple[str, int, str, str]  # contig, POS, REF, ALT
WANTED = {
    "normal": "none",
    "skip": "exon_skipping",
    "alternative donor": "donor_shift",
    "alternative acceptor": "acceptor_shift",
}
_DRAWS = 10_000


@dataclass(frozen=True)
class Observed:
    """One variant.

    Attributes:
        hgvs: its name in the table; '' without one.
        events: what was seen in RNA, in the words of EVENT; several of `multiple`.
        gained: the site that was used instead; None if it is unknown or there are several.
        lost: acceptor and donor of the exon that was skipped; None if they are unknown.
    """

    key: Key
    hgvs: str
    effect: str
    events: frozenset[str]
    gained: int | None
    lost: tuple[int, int] | None


@dataclass(frozen=True)
class Said:
    """What a tool says of one variant.

    Attributes:
        events: in the words of EVENT, the first one first; `none` by itself.
        gained: the site that each event uses instead, if it is a shift.
        lost: acceptor and donor of what each event skips, if it does.
    """

    events: tuple[str, ...]
    gained: tuple[int | None, ...] = (None,)
    lost: tuple[tuple[int, int] | None, ...] = (None,)

    @property
    def first(self) -> str:
        """The event that counts."""
        return self.events[0]


NOTHING = Said(("not_scored",))
Share = tuple[int, int]  # how many, of how many


def read_observed(path: Path) -> list[Observed]:
    """All variants of a table."""
    with path.open(newline="", encoding="utf-8") as file:
        return [_observed(row) for row in csv.DictReader(file, delimiter="\t")]


def _observed(row: dict[str, str]) -> Observed:
    key = (row["chrom"], int(row["pos"]), row["ref"], row["alt"])
    one = WANTED.get(row["effect"])
    events = frozenset([one] if one else events_in(row["observation"]))
    gained = [int(row[name]) for name in ("acceptor_gained", "donor_gained") if row[name] != "."]
    lost = [int(row[name]) for name in ("acceptor_lost", "donor_lost") if row[name] != "."]
    pair = (lost[0], lost[1]) if len(lost) == 2 and one == "exon_skipping" else None
    return Observed(key, row.get("hgvs", ""), row["effect"], events, gained[0] if len(gained) == 1 else None, pair)


def events_in(observation: str) -> set[str]:
    """What an assay saw, from its words.

    >>> sorted(events_in("Use of a cryptic site 73 nt downstream of 3' ss and exon 9 skipped"))
    ['acceptor_shift', 'exon_skipping']
    """
    patterns = {
        "exon_skipping": r"skip",
        "donor_shift": r"5' ?(de novo|ss)|\blast bases",
        "acceptor_shift": r"3' ?(de novo|ss)|\bfirst bases",
    }
    return {event for event, pattern in patterns.items() if re.search(pattern, observation.lower())}


def exons_of(path: Path, contig: str) -> list[tuple[int, int]]:
    """First and last base of every exon of a GTF on a contig, 1-based, in genomic order."""
    text = (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode()
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return sorted({(int(row[3]), int(row[4])) for row in rows if row[0] == contig and row[2] == "exon"})


def nearest_exon(pos: int, exons: Sequence[tuple[int, int]]) -> int:
    """Which exon a base is in or nearest to."""
    return min(range(len(exons)), key=lambda at: max(exons[at][0] - pos, pos - exons[at][1], 0))


def single(observed: Iterable[Observed]) -> list[Observed]:
    """Those with one effect, whose class is right or wrong."""
    return [one for one in observed if one.effect in WANTED]


def right(one: Observed, said: Said) -> bool:
    """Whether the first event is what was seen; of several that were seen, one of them."""
    return said.first in one.events


def measures(observed: Sequence[Observed], said: Mapping[Key, Said]) -> dict[str, Share]:
    """How often a tool is right, by what is asked."""

    def share(among: Iterable[Observed], is_right: Callable[[Observed, Said], bool]) -> Share:
        hits = [is_right(one, said.get(one.key, NOTHING)) for one in among]
        return sum(hits), len(hits)

    singles, changed = single(observed), [one for one in observed if one.effect != "normal"]
    several = [one for one in observed if one.effect == "multiple"]
    shifted, skipped = [one for one in observed if one.gained], [one for one in observed if one.lost]
    called = [one for one in skipped if said.get(one.key, NOTHING).first == "exon_skipping"]
    shares = {
        "class right": share(singles, right),
        "of those whose RNA changed": share([one for one in singles if one.effect != "normal"], right),
        "and no second event": share(singles, lambda one, told: right(one, told) and len(told.events) == 1),
        "right class first or second": share(singles, lambda one, told: bool(one.events & {*told.events})),
        "gained site exact": share(shifted, lambda one, told: told.gained[0] == one.gained),
        "gained site exact, first or second": share(shifted, lambda one, told: one.gained in told.gained),
        "skipped exon exact, of those called skipped": share(called, lambda one, told: told.lost[0] == one.lost),
        "skipped exon exact, of all known": share(skipped, lambda one, told: told.lost[0] == one.lost),
        "`multiple`: first event seen": share(several, right),
        "`multiple`: two events said, both seen": share(
            several, lambda one, told: len({*told.events}) > 1 and {*told.events} <= one.events
        ),
        "sensitivity, any change": share(changed, lambda _, told: told.first not in ("none", *NOTHING.events)),
        "specificity, any change": share(
            [one for one in observed if one.effect == "normal"], lambda _, told: told.first == "none"
        ),
    }
    return {name: found for name, found in shares.items() if found[1]}


def confusion(observed: Iterable[Observed], said: Mapping[Key, Said]) -> Counter[tuple[str, str]]:
    """Effect seen and first event said."""
    return Counter((one.effect, said.get(one.key, NOTHING).first) for one in observed)


def wilson(share: Share) -> tuple[float, float]:
    """95 % interval of a proportion, as if variants were independent."""
    interval = binomtest(*share).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def by_exon(hits: Sequence[bool], groups: Sequence[int], seed: int = 1) -> tuple[float, float]:
    """95 % bootstrap interval of a proportion that draws whole groups."""
    names = sorted(set(groups))
    row_of = {name: row for row, name in enumerate(names)}
    table = np.zeros((len(names), 2))
    for hit, group in zip(hits, groups, strict=True):
        table[row_of[group]] += (hit, 1)
    drawn = table[np.random.default_rng(seed).integers(len(names), size=(_DRAWS, len(names)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], (0.025, 0.975))
    return float(low), float(high)


def mcnemar(ours: Sequence[bool], theirs: Sequence[bool]) -> tuple[int, int, float]:
    """Variants that only we, and only they, have right, and the two-sided exact P."""
    only_ours = sum(a and not b for a, b in zip(ours, theirs, strict=True))
    only_theirs = sum(b and not a for a, b in zip(ours, theirs, strict=True))
    both = only_ours + only_theirs
    return only_ours, only_theirs, float(binomtest(only_ours, both).pvalue) if both else 1.0

"""Splice sites that change beyond the distance of the scores: what a page should say besides them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genoscore.consequences.consequence import BEYOND_FROM
from genoscore.explaining.profiles import Profile

_KINDS = {"acceptor", "donor"}
HEADER = ("Gene", "Track", "Base", "Bases from POS", "REF", "ALT")


@dataclass(frozen=True, slots=True)
class FarSite:
    """A base whose output changes.

    Attributes:
        track: acceptor, donor, or the tissue with the largest change.
        pos: 1-based. offset: from the record's POS, positive downstream on the forward strand.
        ref, alt: outputs; 0 where ALT lacks the base.
    """

    gene: str
    track: str
    pos: int
    offset: int
    ref: float
    alt: float

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of HEADER."""
        return self.gene, self.track, f"{self.pos:,}", f"{self.offset:+,}", f"{self.ref:.2f}", f"{self.alt:.2f}"


def sites_beyond(profile: Profile, distance: int) -> list[FarSite]:
    """Sites farther than the distance from the variant's first base that change by 0.2 or more, largest change first.

    Acceptors and donors count separately; of several tissues, the one that changes most.
    """
    assert profile.alt is not None
    delta = profile.alt - profile.ref
    if not {*profile.tracks} <= _KINDS:
        largest = np.abs(delta).argmax(axis=0)
        delta = np.where(np.arange(len(delta))[:, None] == largest, delta, 0)
    case = profile.case
    delta[:, np.abs(profile.positions - (case.edit.start + 1)) <= distance] = 0
    gene = f"{case.gene.symbol} {case.gene.transcript_id}".strip() if case.gene else ""
    found = np.argwhere(np.abs(delta) >= BEYOND_FROM)
    order = sorted(found.tolist(), key=lambda place: -abs(delta[tuple(place)]))
    return [
        FarSite(
            gene,
            profile.tracks[row],
            int(profile.positions[at]),
            int(profile.positions[at]) - case.job.pos,
            float(profile.ref[row, at]),
            float(profile.alt[row, at]),
        )
        for row, at in order
    ]


def warning_of(sites: Sequence[FarSite], distance: int) -> str:
    """What a page says of them at its top."""
    change = "a splice site changes" if len(sites) == 1 else f"{len(sites)} splice sites change"
    return (
        f"Farther than {distance:,} bases from the variant, {change} by {BEYOND_FROM} or more. "
        f"The scores do not include {'it' if len(sites) == 1 else 'them'}; with a larger -d they do."
    )

"""Outputs and splice sites from their definitions: REF and ALT as text, and networks on whole windows of it.

Nothing is shared with genoscore but the networks. Coordinates: 0-based, on the forward strand; those of ALT are on the
text with ALT.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.networks.dilated import DilatedStack
from tests.consequences.wide_toy import FLANK

Outputs = NDArray[np.float64]
_PAIR = str.maketrans("ACGTN", "TGCAN")
_ROWS = torch.tensor([[base == letter for letter in "ACGT"] for base in "ACGTN"], dtype=torch.float32)


def encoded(text: str) -> torch.Tensor:
    """One-hot (4, L); N is 0."""
    return _ROWS[["ACGTN".index(base) for base in text]].T


@dataclass(frozen=True)
class Ensemble:
    """Replicates of one network with all tracks, or of one network per track.

    Attributes:
        networks: one replicate after another. per_track: number of the output that is a network's track, if it has one.
        tracks: those of the whole.
    """

    networks: Sequence[DilatedStack]
    tracks: int
    per_track: int | None = None
    flank: int = FLANK

    @property
    def first(self) -> Ensemble:
        """Its first network alone."""
        return Ensemble(self.networks[:1], self.tracks if self.per_track is None else 1, self.per_track, self.flank)

    def outputs(self, text: str, strand: str, places: Iterable[int]) -> dict[int, Outputs]:
        """The mean over replicates at places of the text, (T,) each; every place has its context."""
        wanted = sorted(set(places))
        if strand == "-":
            text, read = text.translate(_PAIR)[::-1], [len(text) - 1 - place for place in wanted]
        else:
            read = wanted
        if not wanted:
            return {}
        first, last = min(read), max(read)
        window = text[first - self.flank : last + self.flank + 1]
        assert len(window) == last - first + 1 + 2 * self.flank
        with torch.no_grad():
            found = [network(encoded(window)[None])[0].double().numpy() for network in self.networks]
        if self.per_track is not None:
            replicates = len(found) // self.tracks
            single = [output[self.per_track] for output in found]
            found = [np.stack(single[at * self.tracks : (at + 1) * self.tracks]) for at in range(replicates)]
        mean = sum(found) / len(found)
        return {place: mean[:, at - first] for place, at in zip(wanted, read, strict=True)}


def with_alt(text: str, start: int, end: int, alt: str) -> str:
    """The text with bases [start, end) replaced."""
    return text[:start] + alt + text[end:]


def counterpart(place: int, start: int, end: int, alt: str) -> int:
    """The base of REF at a place of ALT; for inserted ones the last base replaced."""
    if place < start:
        return place
    if place >= start + len(alt):
        return place - len(alt) + (end - start)
    return min(place, end - 1)


def own_places(start: int, end: int, alt: str, reach: int) -> tuple[range, range]:
    """Places with outputs in REF and in ALT: `reach` bases around REF's first."""
    right = max(0, reach + 1 - (end - start))
    return range(start - reach, start + reach + 1), range(start - reach, start + len(alt) + right)


def away(place: int, start: int, alt: str) -> tuple[int, int]:
    """Bases from ALT to a place left of it, and to one right of it; 0 for none."""
    return max(0, start - place), max(0, place - (start + len(alt)) + 1)


def sites_with(
    ref: Mapping[int, Outputs], alt: Mapping[int, Outputs], start: int, end: int, alt_text: str, floor: float
) -> tuple[dict[int, Outputs], dict[int, Outputs]]:
    """What FoundSites holds: whatever reaches the floor in either allele, in both.

    Args:
        ref, alt: probabilities of kinds of site, (K,), by place.
    """
    bases = {place for place, values in ref.items() if values.max() >= floor}
    places = {place for place, values in alt.items() if values.max() >= floor}
    in_ref, in_alt = set(bases), set(places)
    for place in places:
        if not (place >= start + (end - start) and place < start + len(alt_text)):  # not inserted
            in_ref.add(counterpart(place, start, end, alt_text))
    for base in bases:
        if base < start or (start <= base < end and base - start < len(alt_text)):
            in_alt.add(base)
        elif base >= end:
            in_alt.add(base + len(alt_text) - (end - start))
    return {base: ref[base] for base in in_ref if base in ref}, {place: alt[place] for place in in_alt if place in alt}

"""The oracle: strings and lists; of genoscore the network alone, one window at a time."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator

import pytest
import torch

from genoscore.networks.regulatory import RegulatoryEnsemble
from tests.regulatory.toy_networks import LENGTH, SHIFTS
from tests.small import SmallGenome

_TURNED = {"A": "T", "C": "G", "G": "C", "T": "A", "N": "N"}


@functools.cache
def activities(networks: RegulatoryEnsemble, window: str) -> list[float]:
    """Of both strands."""
    assert len(window) == LENGTH
    found = []
    for one in (window, "".join(_TURNED[base] for base in reversed(window))):
        x = torch.zeros(1, 4, LENGTH)
        for place, base in enumerate(one):
            if base in "ACGT":
                x[0, "ACGT".index(base), place] = 1
        with torch.no_grad():
            found.append(networks(x)[0].tolist())
    return [(a + b) / 2 for a, b in zip(*found, strict=True)]


def _window_of(haplotype: str, first: int, last: int, wanted: int, length: int) -> tuple[int, str]:
    """The window that begins nearest to `wanted` and holds no N, or all known bases around the allele [first, last)."""

    def base(place: int) -> str:
        return haplotype[place] if 0 <= place < len(haplotype) else "N"

    known = {*range(first, last)}
    for step, edge in ((-1, first), (1, last - 1)):
        while base(edge + step) != "N" and abs(edge - first) < 4 * length:
            edge += step
            known.add(edge)
    for away in range(4 * length):
        for start in {wanted - away, wanted + away}:
            places = {*range(start, start + length)}
            if places <= known or known <= places:
                return start, "".join(base(place) for place in range(start, start + length))
    raise AssertionError("no window")


def oracle_windows(
    contig: str, start: int, ref: str, alt: str, shifts: tuple[int, ...], length: int
) -> list[tuple[str, str]]:
    """Reference and alternate windows of an allele at a 0-based place."""
    changed = contig[:start] + alt + contig[start + len(ref) :]
    grown = (len(alt) - len(ref)) // 2 if len(alt) > len(ref) else len(alt) // 2 - len(ref) // 2
    found: dict[tuple[int, int], tuple[str, str]] = {}
    for shift in shifts:
        wanted = start + len(ref) // 2 - length // 2 + shift
        one, before = _window_of(contig, start, start + len(ref), wanted, length)
        two, after = _window_of(changed, start, start + len(alt), wanted + grown, length)
        found[one, two] = before, after
    return list(found.values())


def oracle_scores(networks: RegulatoryEnsemble, contig: str, start: int, ref: str, alt: str) -> list[tuple[float, ...]]:
    """DELTA, ACTIVITY_REF and ACTIVITY_ALT of every track."""
    windows = oracle_windows(contig, start, ref, alt, SHIFTS, LENGTH)
    sides = [[activities(networks, pair[side]) for pair in windows] for side in (0, 1)]
    before, after = ([sum(values) / len(side) for values in zip(*side, strict=True)] for side in sides)
    return [(b - a, a, b) for a, b in zip(before, after, strict=True)]


def variants_of(small: SmallGenome) -> Iterator[tuple[str, int, str, str]]:
    rng = random.Random(4)
    for name, places in (("chr1", (1, 3, 20, 600, 1190, 1200)), ("chr2", (2, 45, 50, 71, 90, 180, 700))):
        sequence = small.sequences[name]
        for pos in places:
            ref = sequence[pos - 1]
            other = rng.choice([base for base in "ACGT" if base != ref])
            yield name, pos, ref, other
            yield name, pos, ref, ref + "".join(rng.choice("ACGT") for _ in range(rng.randint(1, 14)))
            longer = sequence[pos - 1 : pos + rng.randint(2, 12)].partition("N")[0]
            if len(longer) > 1:
                yield name, pos, longer, longer[0]


def check_insert(networks: RegulatoryEnsemble, insert: str, scores: dict[tuple[int, str], float]) -> None:
    """Substitutions (0-based place, base) were made in the insert as it stands."""
    own = activities(networks, insert)
    for (at, alt), score in scores.items():
        changed = activities(networks, insert[:at] + alt + insert[at + 1 :])
        deltas = [b - a for a, b in zip(own, changed, strict=True)]
        assert score == pytest.approx(max(deltas, key=abs), abs=6e-5)

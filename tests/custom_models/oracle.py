"""A plain oracle of the small networks: strings and loops, no tensors."""

from __future__ import annotations

import math

from tests.custom_models.toy_networks import BIN, BINS, CENTRE, FLANK, LENGTH, WEIGHTS


def oracle_tracks(window: str) -> list[list[float]]:
    """Tracks x bins of one window."""
    inner = window[FLANK:-FLANK]
    found = []
    for track in range(2):
        bins = []
        for first in range(0, len(inner), BIN):
            total = 0.0
            for place, base in enumerate(inner[first : first + BIN]):
                column = WEIGHTS[track, :, place]
                total += column["ACGT".index(base)] if base in "ACGT" else 0.25 * sum(column)
            bins.append(total)
        found.append(bins)
    return found


def oracle_outputs(window: str, both: bool) -> list[list[float]]:
    """The mean over the strands, where both are read."""
    forward = oracle_tracks(window)
    if not both:
        return forward
    other = oracle_tracks(window[::-1].translate(str.maketrans("ACGT", "TGCA")))
    return [[(x + y) / 2 for x, y in zip(a, b[::-1], strict=True)] for a, b in zip(forward, other, strict=True)]


def oracle_scores(sequence: str, pos: int, ref: str, alt: str, both: bool) -> list[tuple[float, float, float]]:
    """SAD, LOG2FC and MAX_ABS of each track; alleles already trimmed, change of length under half a bin or one bin."""
    start = pos - 1
    padded = "N" * 200 + sequence + "N" * 200
    first = start - CENTRE + 200
    reference = padded[first : first + LENGTH]
    changed = (padded[first : start + 200] + alt + padded[start + len(ref) + 200 :])[:LENGTH]
    scores = []
    change, variant_bin = len(alt) - len(ref), (CENTRE - FLANK) // BIN
    moved = int(abs(change) / BIN + 0.5)
    for before, after in zip(oracle_outputs(reference, both), oracle_outputs(changed, both), strict=True):
        aligned = list(before)
        for place in range(BINS):
            source = place if place <= variant_bin else place + (moved if change > 0 else -moved)
            if place <= variant_bin or variant_bin < source < BINS:
                aligned[place] = after[source]
        delta = [y - x for x, y in zip(before, aligned, strict=True)]
        near = slice(variant_bin - 1, variant_bin + 2)
        fold = math.log2((sum(aligned[near]) + 1) / (sum(before[near]) + 1))
        scores.append((sum(delta), fold, max(map(abs, delta))))
    return scores

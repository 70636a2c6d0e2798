"""The oracle of expression scores: strings and lists, nothing of genoscore."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from tests.small import GENES, SmallGenome
from tests.toy import WeighedEntry

BIN, BINS, CONTEXT, LENGTH, POS_AT = 8, 6, 8, 64, 30
Tracks = list[list[float]]


def _network(window: str) -> Tracks:
    assert len(window) == LENGTH
    found = []
    for weights in WeighedEntry.weights:
        of = dict(zip("ACGTN", (*weights, 0.0), strict=True))
        bases = window[CONTEXT:-CONTEXT]
        found.append([sum((p + 1) * of[bases[n * BIN + p]] for p in range(BIN)) for n in range(BINS)])
    return found


def _turned(window: str) -> str:
    return "".join({"A": "T", "C": "G", "G": "C", "T": "A", "N": "N"}[base] for base in reversed(window))


def _tracks(window: str, both: bool) -> Tracks:
    forward = _network(window)
    if not both:
        return forward
    back = [row[::-1] for row in _network(_turned(window))]
    return [[(a + b) / 2 for a, b in zip(*pair, strict=True)] for pair in zip(forward, back, strict=True)]


def _mean(many: list[Tracks]) -> Tracks:
    return [[sum(values) / len(many) for values in zip(*rows, strict=True)] for rows in zip(*many, strict=True)]


def oracle_scores(
    contig: str, name: str, pos: int, ref: str, alt: str, both: bool, shifts: tuple[int, ...], grid: bool
) -> dict[tuple[str, str], dict[str, float]]:
    """(gene, track) -> score -> value, for alleles that are trimmed already."""
    start = pos - 1
    anchor = start - start % BIN if grid else start

    def base(place: int) -> str:
        return contig[place] if 0 <= place < len(contig) else "N"

    refs, alts = [], []
    for shift in shifts:
        first = anchor - POS_AT + shift
        haplotype = [base(place) for place in range(first, start)] + list(alt)
        place = start + len(ref)
        while len(haplotype) < LENGTH:
            haplotype.append(base(place))
            place += 1
        refs.append(_tracks("".join(base(place) for place in range(first, first + LENGTH)), both))
        alts.append(_tracks("".join(haplotype[:LENGTH]), both))
    before, after = _mean(refs), _mean(alts)
    outputs_from = anchor - POS_AT + CONTEXT
    here = (start - outputs_from) // BIN
    change = len(alt) - len(ref)
    moved = int(abs(change) / BIN + 0.5) * (1 if change > 0 else -1)
    found = {}
    for t, track in enumerate(("purine", "other")):
        pairs = []
        for n in range(BINS):
            if n <= here or moved == 0:
                source = n
            elif moved > 0:
                source = n + moved if n + moved < BINS else -1
            else:
                source = n + moved if n + moved > here else -1
            pairs.append((before[t][n], after[t][source] if source >= 0 else before[t][n]))
        local = {
            "SAD": sum(b - a for a, b in pairs),
            "MAX_ABS": max(abs(b - a) for a, b in pairs),
            "LOG2FC": _fold(pairs, here),
        }
        found["", track] = local
        for symbol, of, strand, tx_start, tx_end, _, _ in GENES:
            tss = tx_start if strand == "+" else tx_end - 1
            where = (tss - outputs_from) // BIN
            if f"chr{of}" == name and 0 <= where < BINS:
                at_start = pairs
                if moved < 0 and where > here:  # what the deletion leaves where the start was
                    there = max(where + moved, here)
                    at_start = [(0.0, 0.0)] * BINS
                    for step in (-1, 0, 1):
                        if there + step >= 0 and where + step < BINS:
                            at_start[where + step] = before[t][where + step], after[t][there + step]
                found[symbol, track] = local | {"TSS_LOG2FC": _fold(at_start, where), "TSS_DISTANCE": tss - (pos - 1)}
    return found


def _fold(pairs: list[tuple[float, float]], at: int) -> float:
    near = pairs[max(at - 1, 0) : at + 2]
    return math.log2((sum(b for _, b in near) + 1) / (sum(a for a, _ in near) + 1))


def variants_of(small: SmallGenome) -> Iterator[tuple[str, int, str, str]]:
    rng = random.Random(3)
    for name in ("chr1", "chr2"):
        sequence = small.sequences[name]
        places = [1, 2, 12, 97, 98, 105, 340, 445, 495, 790, 799, 812, 1195, 1200]
        for pos in [*places, *rng.sample(range(210, 1180), 6)]:
            ref = sequence[pos - 1]
            if ref == "N":
                continue
            others = [base for base in "ACGT" if base != ref]
            yield name, pos, ref, rng.choice(others)
            yield name, pos, ref, ref + "".join(rng.choice("ACGT") for _ in range(rng.randint(1, 19)))
            longer = sequence[pos - 1 : pos - 1 + rng.randint(2, 20)]
            if len(longer) > 1 and "N" not in longer:
                yield name, pos, longer, longer[0]
                yield name, pos, longer[:4], others[0] + longer[1:3] + ("A" if longer[-1:] != "A" else "C")

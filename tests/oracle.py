"""The delta scores written from their definition: plain Python, one variant and one base at a time.

Nothing is shared with genoscore but the network itself. Coordinates: 0-based; `pos` is 1-based.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.small import leftmost

Probabilities = list[tuple[float, float]]  # acceptor, donor for every base that has full context
Network = Callable[[str], Probabilities]
_PAIR = {"A": "T", "C": "G", "G": "C", "T": "A", "N": "N"}


@dataclass(frozen=True)
class OracleGene:
    strand: str
    tx_start: int
    tx_end: int
    exon_starts: tuple[int, ...]
    exon_ends: tuple[int, ...]


def outputs(sequence: str, strand: str, network: Network) -> Probabilities:
    """Probabilities in genomic order."""
    if strand == "+":
        return network(sequence)
    turned = "".join(_PAIR[base] for base in reversed(sequence))
    return list(reversed(network(turned)))


def allele_outputs(
    contig: str, gene: OracleGene, pos: int, ref: str, alt: str, distance: int, flank: int, network: Network
) -> tuple[dict[int, tuple[float, float]], dict[int, tuple[float, float]]]:
    """Acceptor and donor with REF and with ALT by the base of REF that they stand for; a leftmost variant's alleles."""
    start, end = pos - 1, pos - 1 + len(ref)

    def base(place: int) -> str:
        if not 0 <= place < len(contig) or not gene.tx_start <= place < gene.tx_end:
            return "N"
        return contig[place]

    margin = distance + flank + len(ref)
    first = start - margin
    reference = "".join(base(place) for place in range(first, end + margin))
    in_ref = dict(enumerate(outputs(reference, gene.strand, network), first + flank))
    # The haplotype: every base with the REF base that it stands for.
    haplotype = [(base(place), place) for place in range(first, start)]
    for i, letter in enumerate(alt):
        stands_for = start + min(i, len(ref) - 1)
        haplotype.append((letter if gene.tx_start <= stands_for < gene.tx_end else "N", stands_for))
    haplotype += [(base(place), place) for place in range(end, end + margin)]
    predicted = outputs("".join(letter for letter, _ in haplotype), gene.strand, network)
    in_alt: dict[int, list[tuple[float, float]]] = {}
    for (_, place), values in zip(haplotype[flank:], predicted, strict=False):
        in_alt.setdefault(place, []).append(values)
    largest = {place: (max(a for a, _ in pairs), max(d for _, d in pairs)) for place, pairs in in_alt.items()}
    return in_ref, largest


def oracle_scores(
    contig: str, gene: OracleGene, pos: int, ref: str, alt: str, distance: int, flank: int, mask: str, network: Network
) -> list[float]:
    """DS_AG, DS_AL, DS_DG, DS_DL, DP_AG, DP_AL, DP_DG, DP_DL."""
    record_pos = pos
    pos, ref, alt = leftmost(contig, pos, ref, alt)
    start = pos - 1
    in_ref, in_alt = allele_outputs(contig, gene, pos, ref, alt, distance, flank, network)
    best = [(0.0, 0)] * 4
    near = nearest_edge(gene, start)
    for number, (track, sign) in enumerate(((0, 1), (0, -1), (1, 1), (1, -1))):
        found: tuple[float, int] | None = None
        for place in range(start - distance, start + distance + 1):
            delta = sign * (in_alt.get(place, (0.0, 0.0))[track] - in_ref[place][track])
            if mask == "site" and is_site(gene, track, place) == (sign == 1):
                delta = 0.0
            if found is None or delta > found[0]:
                found = delta, place
        assert found is not None
        value, place = found
        if mask == "spliceai" and (place == near) == (sign == 1):
            value = 0.0
        best[number] = value, place + 1 - record_pos
    return [value for value, _ in best] + [float(where) for _, where in best]


def is_site(gene: OracleGene, track: int, place: int) -> bool:
    """Whether a base is an annotated acceptor (track 0) or donor (track 1)."""
    introns = list(zip(gene.exon_ends[:-1], gene.exon_starts[1:], strict=True))
    left, right = [end - 1 for end, _ in introns], [start for _, start in introns]
    acceptors, donors = (right, left) if gene.strand == "+" else (left, right)
    return place in (acceptors, donors)[track]


def nearest_edge(gene: OracleGene, place: int) -> int:
    """First or last base of an exon nearest to a base; the left one of two as near."""
    edges = sorted([*gene.exon_starts, *(end - 1 for end in gene.exon_ends)])
    return min(edges, key=lambda edge: abs(edge - place))

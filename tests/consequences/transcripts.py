"""Random transcripts, variants and aberrant exons for hypothesis."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from genoscore.consequences.transcript import TranscriptModel
from genoscore.inputs.gene import Coding, Gene
from tests.consequences.hgvs_reader import opposite
from tests.consequences.oracle import STANDARD, Case

Intervals = tuple[tuple[int, int], ...]


def model_of(case: Case, holds_stop: bool | None = None) -> TranscriptModel:
    """The case's transcript; its CDS holds the stop codon if that is left to the bases, or is said."""
    start, end = case.cds
    parts = coding_parts(case.exons, case.strand, start, end - 3 if holds_stop is False else end)
    coding = Coding(tuple(a for a, _ in parts), tuple(b for _, b in parts), holds_stop=holds_stop)
    return model(case.genome, case.strand, case.exons, coding)


def model(
    genome: str, strand: str, exons: Intervals, coding: Coding | None = None, annotated_cds: bool = True
) -> TranscriptModel:
    gene = Gene(
        "G", "", "c", strand, exons[0][0], exons[-1][1], tuple(a for a, _ in exons), tuple(b for _, b in exons), "",
        coding,
    )  # fmt: skip

    def fetch(start: int, end: int) -> str:
        left, right = max(start, 0), min(end, len(genome))
        return "N" * (min(end, 0) - start) + genome[left:right] + "N" * (end - max(right, start))

    return TranscriptModel(gene, fetch, annotated_cds)


def coding_parts(exons: Intervals, strand: str, start: int, end: int) -> Intervals:
    """Genomic intervals of bases [start, end) of an mRNA."""
    bases = [base for left, right in exons for base in range(left, right)]
    wanted = {*(bases if strand == "+" else bases[::-1])[start:end]}
    parts = []
    for left, right in exons:
        inside = [base for base in range(left, right) if base in wanted]
        if inside:
            parts.append((inside[0], inside[-1] + 1))
    return tuple(parts)


def mapped(exons: Intervals, edit: tuple[int, int, str]) -> list[list[int]]:
    """Exons on the haplotype that carries the edit; what is deleted is gone."""
    start, end, alt = edit

    def place(edge: int) -> int:
        if edge <= start:
            return edge
        return max(edge, end) + len(alt) - (end - start) if edge >= end else start

    return [[place(left), place(right)] for left, right in exons]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    chance = random.Random(draw(st.integers(0, 1 << 40)))
    strand = draw(st.sampled_from("+-"))
    longest = draw(st.sampled_from([8, 30, 90]))
    count = draw(st.integers(1, 5))
    letters = draw(st.sampled_from(["ACGT", "ACGT", "ACG", "AG"]))
    edges, at = [], chance.randint(0, 6)
    for _ in range(count):
        length = chance.randint(1, longest)
        edges.append((at, at + length))
        at += length + chance.randint(1, 30)
    if (missing := 9 - sum(right - left for left, right in edges)) > 0:
        edges[-1] = (edges[-1][0], edges[-1][1] + missing)
        at += missing
    genome = [chance.choice(letters) for _ in range(at + 6)]
    exons = tuple(edges)
    bases = [base for left, right in exons for base in range(left, right)]
    bases = bases if strand == "+" else bases[::-1]
    codons = chance.randint(3, len(bases) // 3)
    first = chance.randint(0, len(bases) - 3 * codons)
    plain = [codon for codon, residue in STANDARD.items() if residue != "*"]
    inner = [chance.choice([c for c in plain if {*c} <= {*letters}] or plain) for _ in range(codons - 2)]
    text = "ATG" + "".join(inner) + chance.choice(["TAA", "TAG", "TGA"])
    for base, letter in zip(bases[first : first + 3 * codons], text, strict=True):
        genome[base] = letter if strand == "+" else opposite(letter)
    sequence = "".join(genome)
    edit = _edit(chance, sequence, exons, letters, [*bases[first : first + 3], *bases[first + 3 * codons - 3 :][:3]])
    moved_ends = chance.random() < 0.2
    normal = mapped(exons, edit)
    aberrant = _aberrant(chance, normal, exons, moved_ends)
    is_spliced = aberrant != tuple((left, right) for left, right in normal if right > left)
    return Case(sequence, strand, exons, (first, first + 3 * codons), edit, aberrant, is_spliced)


def _edit(
    chance: random.Random, genome: str, exons: Intervals, letters: str, special: list[int]
) -> tuple[int, int, str]:
    """A variant near an exon's edge, near the start or stop codon, or anywhere."""
    around = [edge for exon in exons for edge in exon] + special
    at = chance.choice(around) + chance.randint(-4, 4) if chance.random() < 0.7 else chance.randrange(len(genome))
    at = min(max(at, exons[0][0]), exons[-1][1] - 1)
    deleted = chance.choice([0, 1, 1, 1, 2, 3, 3, 4, 7, 12])
    end = min(at + deleted, len(genome))
    alt = "".join(chance.choice(letters) for _ in range(chance.choice([0, 1, 1, 1, 2, 3, 3, 6])))
    if chance.random() < 0.2:  # a copy, as in a duplication
        alt = genome[at:end] * 2
    if chance.random() < 0.3 and at > 0:  # padded, as in a VCF
        return at - 1, end, genome[at - 1] + alt
    return at, end, alt


def _aberrant(chance: random.Random, exons: list[list[int]], normal: Intervals, moved_ends: bool) -> Intervals:
    exons = [list(exon) for exon in exons]
    for _ in range(chance.choice([0, 1, 1, 1, 2])):
        kind = chance.choice(["skip", "retain", "shift", "shift", "pseudo"])
        at = chance.randrange(len(exons))
        if kind == "skip" and len(exons) > 1:
            last = min(at + chance.choice([1, 1, 2]), len(exons))
            exons[at:last] = [] if last - at < len(exons) else exons[at:last]
        elif kind == "retain" and at + 1 < len(exons):
            exons[at : at + 2] = [[exons[at][0], exons[at + 1][1]]]
        elif kind == "shift":
            side = chance.randrange(2)
            if not moved_ends and (at, side) in ((0, 0), (len(exons) - 1, 1)):
                continue
            low = exons[at - 1][1] + 1 if at and side == 0 else (exons[at][0] if side else exons[0][0])
            high = exons[at][1] if side == 0 else (exons[at + 1][0] - 1 if at + 1 < len(exons) else exons[at][1])
            exons[at][side] = min(max(exons[at][side] + chance.randint(-12, 12), low), max(low, high))
        elif kind == "pseudo" and at + 1 < len(exons) and exons[at + 1][0] - exons[at][1] > 4:
            left = chance.randint(exons[at][1] + 1, exons[at + 1][0] - 3)
            exons.insert(at + 1, [left, chance.randint(left + 1, exons[at + 1][0] - 1)])
    kept = [(left, right) for left, right in exons if right > left]
    return tuple(kept) or ((normal[0][0], normal[0][0] + 1),)

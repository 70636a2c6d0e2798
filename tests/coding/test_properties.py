"""Random transcripts, written in every dialect, in any order of rows, are read as what they were made of."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from genoscore.inputs.gene import Coding
from tests.coding.writing import coded, gff3, gtf


@dataclass(frozen=True)
class Made:
    """A transcript: its exons, and what is translated as indices of `bases`.

    Attributes:
        bases: 1-based genomic places of the mRNA's bases, in reading direction.
        begin, end: of the CDS with its stop codon.
        codons: index of the first base of every selenocysteine.
    """

    strand: str
    exons: list[tuple[int, int]]
    bases: list[int]
    begin: int
    end: int
    skipped: int
    codons: list[int]


@st.composite
def made(draw: st.DrawFn) -> Made:
    strand = draw(st.sampled_from("+-"))
    at, exons = draw(st.integers(1, 50)), []
    for length in [*draw(st.lists(st.integers(1, 12), min_size=1, max_size=8)), 9]:
        exons.append((at, at + length - 1))
        at += length + draw(st.integers(1, 20))
    bases = [base for start, end in exons for base in range(start, end + 1)]
    bases = bases if strand == "+" else bases[::-1]
    skipped = draw(st.integers(0, 2))
    most = (len(bases) - skipped) // 3
    codons = draw(st.integers(2, most))
    begin = draw(st.integers(0, len(bases) - skipped - 3 * codons))
    chosen = draw(st.sets(st.integers(0, codons - 2), max_size=3))  # not the stop
    first = begin + skipped
    return Made(strand, exons, bases, begin, first + 3 * codons, skipped, sorted(first + 3 * codon for codon in chosen))


def _pieces(one: Made, begin: int, end: int) -> list[tuple[int, int, int]]:
    """(start, end, phase), 1-based and inclusive, of the mRNA's bases [begin, end), exon by exon."""
    pieces = []
    for low, high in one.exons:
        inside = [index for index in range(begin, end) if low <= one.bases[index] <= high]
        if inside:
            places = [one.bases[index] for index in inside]
            phase = (one.begin + one.skipped - inside[0]) % 3
            pieces.append((min(places), max(places), phase))
    return pieces


def _expected(one: Made, holds_stop: bool | None) -> Coding:
    parts = sorted(_pieces(one, one.begin, one.end))
    return Coding(
        tuple(start - 1 for start, _, _ in parts),
        tuple(end for _, end, _ in parts),
        one.skipped,
        holds_stop,
        starts_late=one.skipped > 0,
        selenocysteines=tuple(sorted(one.bases[codon] - 1 for codon in one.codons)),
    )


def _shuffled(lines: list[str], seed: int) -> list[str]:
    return random.Random(seed).sample(lines, len(lines))


@settings(max_examples=150, deadline=None)
@given(made(), st.integers(0, 99), st.booleans())
def test_a_gtf(one: Made, seed: int, stop_inside: bool) -> None:
    s = one.strand
    lines = [f"exon {start} {end} {s} ." for start, end in one.exons]
    last = one.end if stop_inside else one.end - 3
    lines += [f"CDS {start} {end} {s} {phase}" for start, end, phase in _pieces(one, one.begin, last)]
    lines += [f"stop_codon {start} {end} {s} {phase}" for start, end, phase in _pieces(one, one.end - 3, one.end)]
    for codon in one.codons:
        lines += [f"Selenocysteine {start} {end} {s} ." for start, end, _ in _pieces(one, codon, codon + 3)]
    with tempfile.TemporaryDirectory() as folder:
        assert coded(Path(folder), gtf(*_shuffled(lines, seed))) == _expected(one, True)


@settings(max_examples=150, deadline=None)
@given(made(), st.integers(0, 99), st.booleans())
def test_a_gff3(one: Made, seed: int, joined: bool) -> None:
    s = one.strand
    said = ""
    for codon in one.codons:
        pieces = [(start, end) for start, end, _ in _pieces(one, codon, codon + 3)]
        spans = pieces if joined else [(pieces[0][0], pieces[-1][1])]
        place = ",".join(f"{start}..{end}" if start < end else f"{start}" for start, end in spans)
        place = f"join({place})" if len(spans) > 1 else place
        said += f"(pos:{f'complement({place})' if s == '-' else place}%2Caa:Sec),"
    note = f"transl_except={said.rstrip(',')};" if said else ""
    lines = [f"exon {start} {end} {s} . Parent=t" for start, end in one.exons]
    lines += [
        f"CDS {start} {end} {s} {phase} ID=c;{note}Parent=t" for start, end, phase in _pieces(one, one.begin, one.end)
    ]
    with tempfile.TemporaryDirectory() as folder:
        assert coded(Path(folder), gff3(*_shuffled(lines, seed))) == _expected(one, None)

"""An indel in a repeat has one event, whatever its spelling and its strand: through the whole engine."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import genoscore
from genoscore.predictors import registry
from tests.consequences.hgvs_reader import opposite
from tests.consequences.oracle import STANDARD
from tests.consequences.transcripts import coding_parts

EXONS = ((200, 320), (520, 610), (810, 930), (1130, 1280))
SIZE = 1_480
SAME = (
    "STATUS EVENT EVENT_EXON EVENT_NT FRAME PTC NMD HGVS_R HGVS_P EVENT_REASON EVENT2 EVENT2_EXON EVENT2_NT "
    "EVENT2_HGVS_R"
).split()
SHARES = ("EVENT_P", "EVENT2_P")
UNITS = ("A", "C", "G", "T", "AG", "GT", "CAG", "GTA", "TTC", "AGG", "GGTAAG", "TTTCAG")


@dataclass(frozen=True)
class Case:
    """A gene on a contig of its own, and an indel: [start, end) replaced by ALT, on the forward strand."""

    genome: str
    edit: tuple[int, int, str]

    @property
    def haplotype(self) -> str:
        start, end, alt = self.edit
        return self.genome[:start] + alt + self.genome[end:]

    def records(self, mirrored: bool) -> list[tuple[int, str, str]]:
        """POS, REF and ALT in every spelling, also padded; those of the other strand. A few, if there are many."""
        genome, haplotype = self.genome, self.haplotype
        if mirrored:
            genome, haplotype = opposite(genome), opposite(haplotype)
        gain = len(haplotype) - len(genome)
        found = []
        for at in range(150, SIZE - 150):
            new = haplotype[at : at + max(gain, 0)]
            if genome[:at] + new + genome[at + max(-gain, 0) :] == haplotype:
                end = at + max(-gain, 0)
                found.append((at, genome[at - 1 : end], genome[at - 1] + new))
                found.append((at - 2, genome[at - 3 : end + 2], genome[at - 3 : at] + new + genome[end : end + 2]))
        return found if len(found) < 30 else [*found[:4], *found[4:-4:40], *found[-4:]]


def gene_bases(chance: random.Random) -> str:
    """A contig with a coding gene whose sites are strong."""
    genome = chance.choices("ACGT", k=SIZE)
    bases = [base for start, end in EXONS for base in range(start, end)]
    codons = [codon for codon, residue in STANDARD.items() if residue != "*"]
    text = "ATG" + "".join(chance.choices(codons, k=148)) + "TAA"
    for base, letter in zip(bases[15:], text, strict=False):
        genome[base] = letter
    for start, _ in EXONS[1:]:
        genome[start - 18 : start] = [*chance.choices("CT", k=15), *"CAG"]
    for _, end in EXONS[:-1]:
        genome[end - 2 : end + 6] = "AGGTAAGT"
    return "".join(genome)


def cases(count: int, seed: int) -> list[Case]:
    """Repeats at the edges of exons, and anywhere; some bases more or less of them."""
    chance = random.Random(seed)
    edges = [start for start, _ in EXONS[1:]] + [end for _, end in EXONS[:-1]]
    found = []
    for number in range(count):
        genome, unit = gene_bases(chance), UNITS[number % len(UNITS)]
        copies = chance.randint(2, 5)
        at = chance.choice(edges) + chance.randint(-len(unit) * copies - 3, 3)
        if number % 5:
            genome = genome[:at] + unit * copies + genome[at + len(unit) * copies :]
        at += chance.randrange(len(unit) * copies)
        size = len(unit) * chance.randint(1, 2)
        copy = (at, at, genome[at : at + size])
        found.append(Case(genome, copy if chance.random() < 0.5 else (at, at + size, "")))
    return found


@pytest.fixture(scope="module")
def scorer_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Scorer for contigs with such a gene, each also on the other strand."""
    opened = []

    def make(genomes: list[str]) -> genoscore.Scorer:
        folder = tmp_path_factory.mktemp("contigs")
        contigs = {f"{number}{strand}": genome if strand == "+" else opposite(genome)
                   for number, genome in enumerate(genomes) for strand in "+-"}  # fmt: skip
        (folder / "g.fa").write_text("".join(f">{name}\n{bases}\n" for name, bases in contigs.items()))
        (folder / "g.gtf").write_text("".join(_gtf(name) for name in contigs))
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(registry._BUILT_IN, "motif", "tests.consequences.motif_network:MOTIF")
            opened.append(
                genoscore.Scorer("motif", reference=folder / "g.fa", annotation=folder / "g.gtf", distance=1_100)
            )
        return opened[-1]

    yield make
    for scorer in opened:
        scorer.close()


def _gtf(contig: str) -> str:
    strand = contig[-1]
    exons = EXONS if strand == "+" else tuple((SIZE - end, SIZE - start) for start, end in EXONS[::-1])
    ids = f'gene_id "G{contig}"; transcript_id "T{contig}";'
    rows = [("exon", *exon) for exon in exons]
    rows += [("CDS", *part) for part in coding_parts(exons, strand, 15, 15 + 3 * 149)]
    return "".join(f"{contig}\tx\t{kind}\t{start + 1}\t{end}\t.\t{strand}\t{'.' if kind == 'exon' else 0}\t{ids}\n"
                   for kind, start, end in rows)  # fmt: skip


def _told(scorer: genoscore.Scorer, all_cases: list[Case]) -> list[dict[str, list[dict[str, Any]]]]:
    """What is said of each case, by strand, for every spelling."""
    given = [(f"{number}{strand}", *record) for number, case in enumerate(all_cases) for strand in "+-"
             for record in case.records(strand == "-")]  # fmt: skip
    found: list[dict[str, list[dict[str, Any]]]] = [{"+": [], "-": []} for _ in all_cases]
    for row in scorer.consequences(given):
        number, strand = row["GENE"][1:-1], row["GENE"][-1]
        found[int(number)][strand].append(row)
    return found


@pytest.mark.parametrize(("count", "seed"), [(10, 1), pytest.param(100, 2, marks=pytest.mark.slow)])
def test_every_spelling_on_both_strands(scorer_of: Any, count: int, seed: int) -> None:
    all_cases = cases(count, seed)
    events, frames = [], []
    for case, told in zip(all_cases, _told(scorer_of([case.genome for case in all_cases]), all_cases), strict=True):
        first = told["+"][0]
        assert len(told["+"]) == len(told["-"]) >= 2
        for rows in told.values():
            for row in rows:
                assert [row[key] for key in SAME] == [first[key] for key in SAME], case.edit
                assert [row[key] or 0 for key in SHARES] == pytest.approx([first[key] or 0 for key in SHARES])
                assert (row["EVENT_START"], row["EVENT_END"]) == (rows[0]["EVENT_START"], rows[0]["EVENT_END"])
        if first["EVENT_START"] is not None:
            other = told["-"][0]
            assert (other["EVENT_START"], other["EVENT_END"]) == (
                SIZE + 1 - first["EVENT_END"],
                SIZE + 1 - first["EVENT_START"],
            )
        events.append(first["EVENT"])
        frames.append(first["FRAME"])
    assert {"none", "donor_shift", "acceptor_shift"} <= {*events}
    assert {"frameshift", "in_frame"} <= {*frames}


ACCEPTOR, DONOR = EXONS[1][0], EXONS[1][1]


def _duplication(start: int, end: int) -> Case:
    genome = gene_bases(random.Random(5))
    return Case(genome, (start, start, genome[start:end]))


def _once(start: int, end: int) -> Case:
    """The reference has the bases twice, the first time instead of what comes before them."""
    genome, size = gene_bases(random.Random(5)), end - start
    return Case(genome[: start - size] + genome[start:end] + genome[start:], (start - size, start, ""))


MOVED: dict[str, tuple[Case, tuple[str, int | None]]] = {
    # a case; its event and the bases that the mRNA gains
    "a base of the pyrimidines twice": (_duplication(ACCEPTOR - 8, ACCEPTOR - 7), ("none", None)),
    "ten of them twice": (_duplication(ACCEPTOR - 14, ACCEPTOR - 4), ("none", None)),
    "a part of the intron twice": (_duplication(ACCEPTOR - 120, ACCEPTOR - 60), ("none", None)),
    "the acceptor's region twice": (_duplication(ACCEPTOR - 22, ACCEPTOR), ("acceptor_shift", 22)),
    "the acceptor's region twice, with bases of the exon": (
        _duplication(ACCEPTOR - 22, ACCEPTOR + 8), ("acceptor_shift", 30),
    ),
    "the donor's region twice": (_duplication(DONOR - 4, DONOR + 20), ("donor_shift", 24)),
    "the exon twice, with its sites": (_duplication(ACCEPTOR - 80, DONOR + 80), ("pseudoexon", 90)),
    "a base of the pyrimidines once": (_once(ACCEPTOR - 8, ACCEPTOR - 7), ("none", None)),
    "ten of them once": (_once(ACCEPTOR - 14, ACCEPTOR - 4), ("none", None)),
    "a part of the intron once": (_once(ACCEPTOR - 100, ACCEPTOR - 60), ("none", None)),
    "the acceptor's region once": (_once(ACCEPTOR - 22, ACCEPTOR), ("unresolved", None)),
}  # fmt: skip


def test_what_merely_moves_is_neither_lost_nor_gained(scorer_of: Any) -> None:
    """A region twice, or once: the copy at the exon stays what it was. Another that can be used is told."""
    all_cases = [case for case, _ in MOVED.values()]
    found = _told(scorer_of([case.genome for case in all_cases]), all_cases)
    for name, told in zip(MOVED, found, strict=True):
        for rows in told.values():
            assert {(row["EVENT"], row["EVENT_NT"]) for row in rows} == {MOVED[name][1]}, name

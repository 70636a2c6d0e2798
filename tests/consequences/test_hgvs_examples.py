"""Descriptions against the HGVS recommendations' own examples (version 21), on transcripts made for them."""

from __future__ import annotations

import itertools
import random

import pytest

from genoscore.consequences.consequence import Product
from genoscore.consequences.product import product_of
from genoscore.consequences.transcript import TranscriptModel
from genoscore.core.edits import Edit
from genoscore.inputs.gene import Coding
from tests.consequences.hgvs_reader import opposite
from tests.consequences.oracle import STANDARD
from tests.consequences.transcripts import Intervals, coding_parts, mapped, model

PLAIN = sorted(codon for codon, residue in STANDARD.items() if residue != "*")


def one_exon(mrna: str, strand: str, cds: tuple[int, int] | None) -> TranscriptModel:
    genome = "CATCA" + (mrna if strand == "+" else opposite(mrna)) + "CATCA"
    coding = None
    if cds:
        left, right = cds if strand == "+" else (len(mrna) - cds[1], len(mrna) - cds[0])
        coding = Coding((5 + left,), (5 + right,))
    return model(genome, strand, ((5, 5 + len(mrna)),), coding)


def changed(of: TranscriptModel, start: int, end: int, new: str) -> Product:
    """Bases [start, end) of a one-exon mRNA, 0-based, replaced by others."""
    length = of.length
    if of.gene.strand == "+":
        edit = Edit(5 + start, 5 + end, new)
    else:
        edit = Edit(5 + length - end, 5 + length - start, opposite(new))
    return product_of(of, edit, [(5, 5 + length + len(new) - (end - start))])


@pytest.mark.parametrize("strand", "+-")
@pytest.mark.parametrize(
    ("mrna", "start", "end", "new", "text"),
    [
        ("ACUUACUGCC", 6, 6, "U", "r.(7dup)"),  # RNA/duplication.md
        ("ACUUACUGCC", 7, 7, "U", "r.(7dup)"),
        ("ACAAUUGCC", 5, 5, "UGC", "r.(6_8dup)"),
        ("ACAAUUGCC", 8, 8, "UGC", "r.(6_8dup)"),
        ("AGGCUGAUU", 3, 7, "UCAG", "r.(4_7inv)"),  # RNA/inversion.md
        ("AAGCAAGCAA", 4, 8, "UUCG", "r.(5_8delinsuucg)"),  # the complement is no inversion
        ("AAGCAAGCAA", 4, 8, "CGAA", "r.(5_8delinscgaa)"),  # nor is the reverse
        ("AGGCUCAUU", 4, 5, "GA", "r.(5delinsga)"),  # RNA/delins.md
        ("AGGCUCAUU", 4, 7, "C", "r.(5_7delinsc)"),
        ("AUGUGCCA", 3, 5, "GA", "r.(4_5delinsga)"),  # never 4ug>ga
        ("ACGUACGUAC", 4, 7, "", "r.(5_7del)"),
        ("AGUUGUUGCC", 1, 4, "", "r.(6_8del)"),
        ("AAUUGUUGCC", 1, 2, "C", "r.(2a>c)"),
        ("ACGUA", 2, 2, "UC", "r.(2_3insuc)"),
        ("ACGUA", 1, 4, "UGA", "r.[(2c>u;4u>a)]"),
        ("ACGUA", 0, 0, "G", "r.?"),  # before the first base
        ("ACGUA", 5, 5, "G", "r.?"),
        ("ACGUA", 5, 5, "UA", "r.(4_5dup)"),
    ],
)
def test_rna(strand: str, mrna: str, start: int, end: int, new: str, text: str) -> None:
    """On a non-coding transcript, numbered from 1."""
    of = one_exon(mrna.replace("U", "T"), strand, None)
    product = changed(of, start, end, new.replace("U", "T"))
    assert product == Product(frame=product.frame, hgvs_r=text)
    assert product.frame == "noncoding"


@pytest.mark.parametrize("strand", "+-")
@pytest.mark.parametrize(
    ("coding", "start", "end", "new", "text"),
    [
        # Insertion and delins
        ("ATGAAAGGCCATCAACAGTGT", 12, 12, "GCT", "p.(His4_Gln5insAla)"),
        ("ATGAAAGGCCATCAACAGTGT", 6, 6, "CAATCTAAA", "p.(Lys2_Gly3insGlnSerLys)"),
        ("ATGAAAATGCATCAACAGTGT", 9, 9, "GGGTAG", "p.(Met3_His4insGlyTer)"),  # c.9_10insGGGTAG
        ("ATGAAACCTAATCAACAGTGT", 9, 9, "TCATCATGAGCTCCC", "p.(Pro3_Asn4insSerSerTer)"),  # c.138_139ins...
        ("ATGAAACCTAATCAACAGTGT", 9, 10, "TCATCATGAGCTG", "p.(Asn4delinsSerSerTer)"),  # c.139delins...
        ("ATGAAACCCAAGCAACAGTGT", 7, 9, "TT", "p.(Pro3Leu)"),
        ("ATGAAACCCAAGCAACAGTGT", 7, 10, "TTT", "p.(Pro3_Lys4delinsLeuTer)"),  # c.1733_1735delinsTTT
        ("ATGAAATGTAAGCAACAG", 6, 9, "TGGGTA", "p.(Cys3delinsTrpVal)"),
        ("ATGAAATGTAAGCAACAG", 6, 12, "TGG", "p.(Cys3_Lys4delinsTrp)"),
        ("ATGTGGGTACAA", 3, 9, "TGTCGT", "p.(Trp2_Val3delinsCysArg)"),
        ("ATGAGCGGGTGGCAA", 5, 10, "AGGGC", "p.[(Ser2Arg;Trp4Arg)]"),  # p.[Ser44Arg;Trp46Arg]
        # Deletion and duplication
        ("ATGCTTTGGTGGGAA", 6, 9, "", "p.(Trp4del)"),
        ("ATGTGGTCCAGTTCCCACGAT", 9, 12, "", "p.(Ser5del)"),
        ("ATGTGGTCCAGTTCCCACGAT", 9, 9, "AGT", "p.(Ser5dup)"),
        ("ATGAAAGTAGAACATGTAGAAGAACAA", 6, 15, "", "p.(His5_Glu7del)"),
        ("ATGGTACCACAACCAGGACCACCAGGAAAA", 12, 21, "", "p.(Pro7_Gly9del)"),  # Pro-Gly-Pro-Pro-Gly
        # Frameshift and nonsense
        ("ATGGATGCATACGTCACG", 11, 12, "", "p.(Tyr4Ter)"),  # c.12delC
        ("ATGGATGCATACGAGATGAGG", 13, 13, "TGCATACG", "p.(Glu5fs)"),  # c.6_13dup
        ("ATGCATCAAACATCC", 5, 6, "", "p.(Gln3fs)"),  # as p.Gln151Thrfs*9, not p.His150Hisfs*10
        ("ATGTGGCAA", 4, 5, "A", "p.(Trp2Ter)"),
        # No change
        ("ATGTGTCAA", 5, 6, "C", "p.(=)"),
    ],
)
def test_protein(strand: str, coding: str, start: int, end: int, new: str, text: str) -> None:
    of = one_exon("GCG" + coding + "TAAGCGCGAACGCG", strand, (3, 6 + len(coding)))
    assert of.reason == ""
    assert changed(of, 3 + start, 3 + end, new).hgvs_p == text


@pytest.mark.parametrize("strand", "+-")
@pytest.mark.parametrize(
    ("tail", "start", "end", "new", "text"),
    [
        ("TAAGCATAA", 9, 10, "C", "p.(Ter4GlnextTer2)"),
        ("TGACATGACC", 11, 11, "G", "p.(Ter4TrpextTer2)"),  # TGA to TGGA is an extension
        ("TGACATTTCC", 11, 11, "G", "p.(Ter4TrpextTer?)"),
        ("TAACATTAAC", 9, 9, "CAG", "p.(Ter4GlnextTer1)"),
        ("TAACATTAAC", 9, 9, "TTT", "p.(Ter4PheextTer1)"),  # a copy of the last residue, but an extension
        ("TAACATTAAC", 11, 12, "G", "p.(=)"),
        ("TAACATTAAC", 6, 12, "", "p.(Phe3fs)"),  # a deletion that begins before the stop codon
    ],
)
def test_lost_stop(strand: str, tail: str, start: int, end: int, new: str, text: str) -> None:
    of = one_exon("GCG" + "ATGGCATTT" + tail, strand, (3, 15))
    product = changed(of, 3 + start, 3 + end, new)
    assert product.hgvs_p == text
    assert product.frame == ("in_frame" if text == "p.(=)" or start == 9 == end else "stop_lost")
    assert product.nmd is False


def dmd_like(strand: str) -> tuple[TranscriptModel, str, Intervals]:
    """Exons r.1_649, r.650_831, r.832_960, as exons 7, 8 and 9 of DMD in HGVS's examples; introns of 3,000 bases.

    At the edges in question, nothing could as well stand one base farther.
    """
    for seed in itertools.count():
        chance = random.Random(seed)
        coding = "ATG" + "".join(chance.choice(PLAIN) for _ in range(318)) + "TAA"
        introns = ["".join(chance.choice("ACGT") for _ in range(3000)) for _ in range(2)]
        steps = [(649, 831), (649, 712), (777, 831)]
        if all(coding[start] != coding[end] for start, end in steps) and introns[0][-52] != introns[0][-50]:
            break
    introns = [introns[0][:-3] + "CAG", "GT" + introns[1][2:]]
    genome = coding[:649] + introns[0] + coding[649:831] + introns[1] + coding[831:]
    exons: Intervals = ((0, 649), (3649, 3831), (6831, 6960))
    if strand == "-":
        genome = opposite(genome)
        exons = tuple((6960 - end, 6960 - start) for start, end in reversed(exons))
    parts = coding_parts(exons, strand, 0, 960)
    coding_sequence = Coding(tuple(left for left, _ in parts), tuple(right for _, right in parts))
    return model(genome, strand, exons, coding_sequence), genome, exons


@pytest.mark.parametrize("strand", "+-")
@pytest.mark.parametrize(
    ("variant", "made", "text"),
    [
        ("650-1 c", [(0, 649), (6831, 6960)], "r.(650_831del)"),
        ("650-1 c", [(0, 649), (3712, 3831), (6831, 6960)], "r.(650_712del)"),
        ("650-1 c", [(0, 649), (3597, 3831), (6831, 6960)], "r.(649_650ins[650-52_650-2;c])"),
        ("831+2 a", [(0, 649), (6831, 6960)], "r.(650_831del)"),
        ("831+2 a", [(0, 649), (3649, 3776 + 1), (6831, 6960)], "r.(778_831del)"),
        ("831+2 a", [(0, 649), (3649, 3891), (6831, 6960)], "r.(831_832ins[ga;831+3_831+60])"),
        ("650-52_650-51del", [(0, 649), (3597, 3829), (6829, 6958)], "r.(649_650ins650-50_650-1)"),
        ("831+71 a", [(0, 649), (3649, 3898), (6831, 6960)], "r.(831_832ins831+1_831+67)"),
        ("650-1401 g", [(0, 649), (2249, 2382), (3649, 3831), (6831, 6960)], "r.(649_650ins650-1400_650-1268)"),
        ("650-11_650-5del", [(0, 649), (3619, 3824), (6824, 6953)], "r.(649_650ins[650-30_650-12;650-4_650-1])"),
        ("650-1 c", [(0, 649), (3649, 3831), (6831, 6960)], "r.(=)"),
        ("650-1 c", [(0, 3831), (6831, 6960)], "r.(649_650ins[649+1_650-2;c])"),
    ],
)
def test_splicing(strand: str, variant: str, made: list[tuple[int, int]], text: str) -> None:
    """RNA/splicing.md and RNA/insertion.md; positions and exons are given for the plus strand."""
    of, genome, _ = dmd_like(strand)
    forward = genome if strand == "+" else opposite(genome)
    edit = {
        "650-1 c": (3648, 3649, "C"),
        "831+2 a": (3832, 3833, "A"),
        "650-52_650-51del": (3597, 3599, ""),
        "831+71 a": (3901, 3902, "A" if forward[3901] != "A" else "C"),
        "650-1401 g": (2248, 2249, "G" if forward[2248] != "G" else "C"),
        "650-11_650-5del": (3638, 3645, ""),
    }[variant]
    start, end, alt = edit
    length = 6960 + len(alt) - (end - start)
    if strand == "-":
        start, end, alt = 6960 - end, 6960 - start, opposite(alt)
        made = [(length - right, length - left) for left, right in reversed(made)]
    assert of.reason == ""
    assert product_of(of, Edit(start, end, alt), made).hgvs_r == text


def test_two_changes_are_an_allele() -> None:
    """Parentheses are inside the brackets (RNA/alleles.md): r.[(578c>u;1339a>g)]."""
    of, genome, exons = dmd_like("+")
    edit = Edit(99, 100, "A" if genome[99] != "A" else "C")
    product = product_of(of, edit, [exons[0], exons[2]])
    letter = genome[99].lower().replace("t", "u")
    assert product.hgvs_r == f"r.[(100{letter}>{edit.alt.lower()};650_831del)]"
    assert product.hgvs_p.startswith("p.[(")


def test_a_codon_changed_twice_is_one_change() -> None:
    """r.142_144delinsugg, Arg48Trp: not two substitutions; but where there are no codons, it is two."""
    of = one_exon("ATGCGACGATAA", "+", (0, 12))
    product = changed(of, 3, 6, "TGG")
    assert (product.hgvs_r, product.hgvs_p) == ("r.(4_6delinsugg)", "p.(Arg2Trp)")
    of = one_exon("GATGCGACGATAA", "+", (1, 13))
    assert changed(of, 5, 8, "TAT").hgvs_r == "r.[(5g>u;7c>u)]"


def test_the_three_prime_rule_crosses_junctions() -> None:
    """RNA/deletion.md: r.1034_1036del across an intron, not 1033_1035del."""
    of = model("CCAGUUG".replace("U", "T") + "GTAAAG" + "TTGACC", "+", ((0, 7), (13, 19)))
    assert of.mrna == "CCAGTTGTTGACC"
    made = product_of(of, Edit(3, 6, ""), mapped_tuples(((0, 7), (13, 19)), (3, 6, "")))
    assert made.hgvs_r == "r.(8_10del)"


def mapped_tuples(exons: Intervals, edit: tuple[int, int, str]) -> list[tuple[int, int]]:
    return [(left, right) for left, right in mapped(exons, edit)]


def test_long_insertions_are_counted() -> None:
    coding = "ATGGATGCACAACATTAA"
    of = one_exon(coding, "+", (0, 18))
    product = changed(of, 9, 9, "GCTTCC" * 13)
    assert product.hgvs_p == "p.(Ala3_Gln4insXaa[26])"
    assert "ins" + "gcuucc" * 13 in product.hgvs_r
    product = changed(of, 9, 9, "GCTTCC" * 13 + "TAAGGG")
    assert (product.hgvs_p, product.ptc, product.frame) == ("p.(Ala3_Gln4insTer27)", 30, "in_frame")
    product = changed(of, 9, 9, "GCTTCC" * 17)
    assert product.hgvs_r == "r.(9_10insn[102])"

"""Numbers of bases, and which coding sequences are used."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings

from genoscore.consequences.consequence import Frame, Product
from genoscore.consequences.product import NMD_DISTANCE, product_of
from genoscore.consequences.transcript import TranscriptModel
from genoscore.core.edits import Edit
from genoscore.inputs.gene import Coding, Gene
from tests.consequences.hgvs_reader import numbers, opposite
from tests.consequences.oracle import Case, _spellings
from tests.consequences.transcripts import cases, model, model_of

#         0         1         2
#         0123456789012345678901234567
GENOME = "CCATGGCAGTAAGCCTTGCTAAGGCCCC"
EXONS = ((0, 8), (13, 26))  # CCATGGCA, CCTTGCTAAGGCC: ATG GCA CCT TGC TAA
CDS = Coding((2, 13), (8, 22))
NOTHING = Edit(0, 0, "")


@settings(max_examples=50, deadline=None)
@given(case=cases())
def test_every_base_has_its_number(case: Case) -> None:
    of = model_of(case)
    _, in_genome = numbers(list(case.exons), case.strand, case.cds)
    for text, base in in_genome.items():
        assert of.position(base) == text
    assert of.position(case.exons[0][0] - 1) == of.position(case.exons[-1][1]) == ""


# A deletion between two exons of one base, written with bases that stay.
SHORT_EXONS = Case(
    genome="GCGCTCCTTACGAATGGGAATTTATAAGAAGCTGGTACTAAACGGATTAGGTTAAAAAACCTTTCTCGCCCTGACCGGCTCTCCGG",
    strand="+",
    exons=((4, 6), (13, 20), (48, 50), (67, 68), (69, 76)),
    cds=(2, 17),
    edit=(68, 71, "TC"),
    aberrant=((4, 6), (13, 20), (48, 50), (67, 68), (69, 75)),
    is_spliced=True,
)


@settings(max_examples=150, deadline=None)
@given(case=cases())
@example(SHORT_EXONS)
def test_spelling_does_not_matter(case: Case) -> None:
    """However one indel is spelled, and on either strand, the result is one."""
    product = product_of(model_of(case), Edit(*case.edit), case.aberrant)
    for start, end, alt in _spellings(case):
        other = replace(case, edit=(start, end, alt))
        assert product_of(model_of(other), Edit(start, end, alt), case.aberrant) == product
        if start:
            padding = case.genome[start - 1]
            assert product_of(model_of(case), Edit(start - 1, end, padding + alt), case.aberrant) == product


@settings(max_examples=150, deadline=None)
@given(case=cases())
def test_strands_are_alike(case: Case) -> None:
    length = len(case.genome)
    start, end, alt = case.edit
    changed = length + len(alt) - (end - start)
    mirrored = Case(
        opposite(case.genome),
        "-" if case.strand == "+" else "+",
        tuple((length - right, length - left) for left, right in reversed(case.exons)),
        case.cds,
        (length - end, length - start, opposite(alt)),
        tuple((changed - right, changed - left) for left, right in reversed(case.aberrant)),
    )
    product = product_of(model_of(case), Edit(*case.edit), case.aberrant)
    assert product_of(model_of(mirrored), Edit(*mirrored.edit), mirrored.aberrant) == product


def test_exons_are_in_reading_direction() -> None:
    assert model(GENOME, "+", EXONS, CDS).exons == EXONS
    assert model(opposite(GENOME), "-", ((2, 15), (20, 28))).exons == ((20, 28), (2, 15))


@pytest.mark.parametrize(
    ("genome", "coding", "reason"),
    [
        (GENOME, CDS, ""),
        (GENOME, replace(CDS, holds_stop=True), ""),
        (GENOME, replace(CDS, ends=(8, 19)), ""),  # without the stop codon, which the bases tell
        (GENOME, replace(CDS, ends=(8, 19), holds_stop=False), ""),
        (GENOME, replace(CDS, holds_stop=False), "no_stop"),
        (GENOME, replace(CDS, ends=(8, 19), holds_stop=True), "no_stop"),
        (GENOME, replace(CDS, ends=(8, 16)), "no_stop"),
        (GENOME, replace(CDS, ends=(8, 21)), "cds_length"),
        (GENOME, replace(CDS, starts=(1, 13), ends=(8, 21)), "no_start"),
        (GENOME.replace("ATG", "CTG"), CDS, "no_start"),
        (GENOME.replace("GCCTTGC", "GCCTAGC"), CDS, ""),
        (GENOME.replace("CATGGCA", "CATGTAA"), CDS, "inner_stop"),
        (GENOME.replace("TTGC", "TNGC"), CDS, "off_reference"),
        (GENOME[:20], CDS, "off_reference"),
        (GENOME, replace(CDS, ends=(9, 22)), "cds_outside_exons"),
        (GENOME, replace(CDS, starts=(2, 12)), "cds_outside_exons"),
        (GENOME, replace(CDS, starts=(2,), ends=(22,)), "cds_outside_exons"),
        (GENOME, replace(CDS, starts=(2, 14)), "cds_gap"),
        (GENOME, Coding((), ()), "no_cds"),
        (GENOME, replace(CDS, genetic_code=4), "genetic_code"),
        (GENOME, replace(CDS, starts=(3, 13), starts_late=True, skipped=2), ""),
        (GENOME, replace(CDS, ends=(8, 18), ends_early=True), ""),
    ],
)
def test_which_cds_is_used(genome: str, coding: Coding, reason: str) -> None:
    assert model(genome, "+", EXONS, coding).reason == reason
    if reason:
        product = product_of(model(genome, "+", EXONS, coding), NOTHING, EXONS[:1])
        assert product == Product(hgvs_r=product.hgvs_r, reason=reason)
        assert (product.hgvs_r == "") == (reason in ("cds_outside_exons", "cds_gap", "no_cds"))


def test_overlapping_exons() -> None:
    of = model(GENOME, "+", ((0, 8), (7, 26)), CDS)
    assert product_of(of, NOTHING, [(0, 8)]) == Product(reason="overlapping_exons")


def test_without_cds() -> None:
    """Non-coding where other transcripts have a CDS, numbered from 1; else nobody knows, and there are no numbers."""
    skipped = [EXONS[0]]
    assert product_of(model(GENOME, "+", EXONS), NOTHING, skipped) == Product(Frame.NONCODING, hgvs_r="r.(9_21del)")
    unknown = model(GENOME, "+", EXONS, annotated_cds=False)
    assert product_of(unknown, NOTHING, skipped) == Product(reason="no_cds")


@pytest.mark.parametrize("exons", [[], [(3, 3)], [(13, 26), (0, 8)], [(0, 10), (9, 20)], [(8, 0)]])
def test_exons_that_are_none(exons: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match=r"in order|without exons"):
        product_of(model(GENOME, "+", EXONS, CDS), NOTHING, exons)


def test_unknown_bases() -> None:
    """N in a retained intron hides what is translated; the mRNA can still be described."""
    of = model(GENOME.replace("GTAAG", "GTNAG"), "+", EXONS, CDS)
    assert product_of(of, NOTHING, [(0, 26)]) == Product(hgvs_r="r.(6_7ins6+1_7-1)", reason="off_reference")


def test_selenocysteine() -> None:
    genome = "ATGTGAGCATGAC"
    assert model(genome, "+", ((0, 13),), Coding((0,), (12,))).reason == "inner_stop"
    of = model(genome, "+", ((0, 13),), Coding((0,), (12,), selenocysteines=(3,)))
    assert of.coding is not None
    assert of.coding.protein == "MUA"
    product = product_of(of, Edit(7, 8, "A"), [(0, 13)])
    assert (product.hgvs_p, product.ptc) == ("p.(Ala3Glu)", None)
    assert product_of(of, Edit(3, 3, "GCA"), [(0, 16)]).hgvs_p == "p.(Met1_Sec2insAla)"
    product = product_of(of, Edit(5, 6, "G"), [(0, 13)])
    assert product.hgvs_p == "p.(Sec2Trp)"


def test_mitochondria() -> None:
    """AUU starts, UGA is tryptophan, AUA methionine, and AGA a stop codon."""
    of = model("CATTTGAATAGCAAGACC", "+", ((0, 18),), Coding((1,), (16,), genetic_code=2))
    assert of.coding is not None
    assert (of.reason, of.coding.protein) == ("", "MWMA")
    product = product_of(of, Edit(10, 11, "A"), [(0, 18)])
    assert (product.hgvs_p, product.ptc) == ("p.(Ala4Thr)", None)
    assert product_of(of, Edit(7, 10, "AGG"), [(0, 18)]).hgvs_p == "p.(Met3Ter)"


def test_incomplete_beginning() -> None:
    """Numbered from the first base of the first codon, also if that is missing; what touches it is not judged."""
    of = model("TGGCACCTTAAGG", "+", ((0, 13),), Coding((0,), (11,), skipped=2, starts_late=True))
    assert of.coding is not None
    assert (of.reason, of.coding.protein, of.number(0), of.number(2)) == ("", "XAP", "2", "4")
    product = product_of(of, Edit(3, 4, "A"), [(0, 13)])
    assert (product.hgvs_r, product.hgvs_p, product.frame) == ("r.(5c>a)", "p.(Ala2Glu)", "in_frame")
    assert product_of(of, Edit(0, 1, "A"), [(0, 13)]) == Product(hgvs_r="r.(2u>a)", reason="starts_late")
    assert product_of(of, Edit(0, 0, "A"), [(0, 14)]) == Product(hgvs_r="r.?", reason="starts_late")


def test_incomplete_end() -> None:
    """There is no stop codon to lose; a new one is told."""
    of = model("CATGGCACCTTGCAA", "+", ((0, 15),), Coding((1,), (15,), ends_early=True))
    assert of.coding is not None
    assert (of.reason, of.coding.protein) == ("", "MAPC")
    assert product_of(of, Edit(5, 6, ""), [(0, 14)]).frame == "frameshift"
    product = product_of(of, Edit(12, 13, "A"), [(0, 15)])
    assert (product.hgvs_p, product.ptc, product.frame) == ("p.(Cys4Ter)", 4, "in_frame")
    product = product_of(of, Edit(5, 8, ""), [(0, 12)])
    assert (product.hgvs_p, product.frame, product.ptc) == ("p.(Pro3del)", "in_frame", None)


def test_start_and_stop_that_stand_twice() -> None:
    """The first copy of a start codon starts; a stop codon that can be found whole is not lost."""
    of = model("CCATGGCACCTTAAGG", "+", ((0, 16),), Coding((2,), (14,)))
    product = product_of(of, Edit(2, 2, "ATG"), [(0, 19)])
    assert (product.hgvs_r, product.hgvs_p, product.frame) == ("r.(1_3dup)", "p.(Met1dup)", "in_frame")
    product = product_of(of, Edit(14, 14, "TAA"), [(0, 19)])
    assert (product.hgvs_r, product.hgvs_p, product.frame) == ("r.(10_12dup)", "p.(=)", "utr")
    of = model("CCAATGGCACCTTAAGG", "+", ((0, 17),), Coding((3,), (15,)))
    product = product_of(of, Edit(2, 3, ""), [(0, 16)])
    assert (product.hgvs_r, product.hgvs_p, product.frame) == ("r.(1del)", "p.(=)", "utr")


@pytest.mark.parametrize("strand", "+-")
@pytest.mark.parametrize("beyond", [0, 1])
def test_decay_is_told_by_the_distance_to_the_last_junction(strand: str, beyond: int) -> None:
    """More than NMD_DISTANCE bases between the stop codon's last base and the junction."""
    first = "ATGGCATGG" + "GCA" * 20
    first = first[: 9 + NMD_DISTANCE + beyond]
    second = ("GCA" * 20)[len(first) % 3 :][:30]
    second += "G" * (-(len(first) + len(second)) % 3) + "TAA"
    genome = first + "GTCCAG" + second
    exons = ((0, len(first)), (len(first) + 6, len(genome)))
    edit, total = (8, 9, "A"), len(genome)
    if strand == "-":
        genome, edit = opposite(genome), (total - 9, total - 8, "T")
        exons = ((total - exons[1][1], total - exons[1][0]), (total - exons[0][1], total - exons[0][0]))
    of = model(genome, strand, exons, Coding(tuple(a for a, _ in exons), tuple(b for _, b in exons)))
    assert of.reason == ""
    product = product_of(of, Edit(*edit), exons)
    assert (product.hgvs_p, product.ptc, product.nmd) == ("p.(Trp3Ter)", 3, bool(beyond))
    assert product_of(of, Edit(*edit), [(0, total)]).nmd is False  # no junction left


def test_many_exons() -> None:
    """Ten thousand exons: each question is answered in a moment."""
    gene = Gene("G", "", "c", "+", 0, 200_000, tuple(range(0, 200_000, 20)), tuple(range(10, 200_000, 20)))
    of = TranscriptModel(gene, lambda start, end: ("ACGT" * 5)[start % 20 :][: end - start])
    exons = [*of.exons[:5000], *of.exons[5001:]]
    assert product_of(of, NOTHING, exons).hgvs_r.endswith("del)")

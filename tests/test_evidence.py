"""Evidence of a splicing score: the words, the canonical dinucleotides on both strands."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from genoscore.consequences.evidence import EvidenceRules, slide_of, touches_canonical
from genoscore.core.variants import Variant, left_aligned
from genoscore.inputs.gene import Gene

GENE = Gene("G", "", "1", "+", 10, 90, (10, 50), (20, 90))  # one intron, 0-based 20 to 49
RULES = EvidenceRules.for_predictor("spliceai", None)


@pytest.mark.parametrize(
    ("printed", "word"),
    [("0.00", "BP4"), ("0.10", "BP4"), ("0.11", "none"), ("0.19", "none"), ("0.20", "PP3"), ("1.00", "PP3"),
     ("nan", ".")],
)  # fmt: skip
def test_thresholds_of_clingen(printed: str, word: str) -> None:
    """Walker et al. 2023: 0.2 and more supports PP3, 0.1 and less BP4; the score is the one that is printed."""
    assert RULES is not None
    assert RULES.word(float(printed), Variant("1", 60, "A", "C"), GENE) == word


@pytest.mark.parametrize(("score", "word"), [(0.0, "none"), (0.1, "none"), (0.15, "none"), (0.2, "PP3")])
def test_a_low_score_says_nothing_where_a_site_beyond_its_distance_changes(score: float, word: str) -> None:
    """A long deletion, for example, whose far end is the one near a site."""
    assert RULES is not None
    assert RULES.word(score, Variant("1", 60, "A", "C"), GENE, is_beyond=True) == word
    assert RULES.word(score, Variant("1", 21, "G", "A"), GENE, is_beyond=True) == "PVS1_context"
    assert "none instead of BP4 where BEYOND names a site" in RULES.description


@pytest.mark.parametrize("score", [0.0, 0.15, 1.0])
def test_at_a_canonical_dinucleotide_the_score_does_not_count(score: float) -> None:
    assert RULES is not None
    assert RULES.word(score, Variant("1", 21, "G", "A"), GENE) == "PVS1_context"
    assert RULES.word(score, Variant("1", 21, "G", "A"), None) == ".", "without a transcript nobody knows where it lies"


@pytest.mark.parametrize(
    ("pos", "ref", "alt", "touches"),
    [
        (20, "A", "C", False),  # last base of the exon
        (21, "A", "C", True),
        (22, "A", "C", True),
        (23, "A", "C", False),
        (48, "A", "C", False),
        (49, "A", "C", True),
        (50, "A", "C", True),
        (51, "A", "C", False),  # first base of the next
        (20, "AG", "A", True),  # removes the first base of the intron
        (19, "CA", "C", False),  # removes the exon's last
        (20, "A", "ACC", False),  # inserts between exon and intron
        (21, "G", "GCC", True),  # inserts between the intron's first two
        (22, "T", "TCC", False),
        (48, "C", "CTT", False),
        (49, "A", "ATT", True),
        (50, "G", "GTT", False),
        (18, "CATG", "CATC", True),  # an untrimmed substitution of the intron's first base
        (18, "CATG", "GATG", False),
        (20, "AGTA", "CGTC", False),  # both sides of the dinucleotide, which stays
        (20, "AGTA", "CGCC", True),
        (20, "AGTA", "CC", True),
        (5, "A" * 90, "A", True),  # more than the transcript
        (30, "A" * 10, "A", False),
    ],
)
def test_places(pos: int, ref: str, alt: str, touches: bool) -> None:
    assert touches_canonical(Variant("1", pos, ref, alt), GENE) is touches


def test_outer_ends_of_a_transcript_and_gaps_are_no_introns() -> None:
    assert not touches_canonical(Variant("1", 9, "A", "C"), GENE)
    assert not touches_canonical(Variant("1", 91, "A", "C"), GENE)
    gap = Gene("G", "", "1", "+", 10, 90, (10, 21), (20, 90))  # one base, as annotations have for a frameshift
    assert not touches_canonical(Variant("1", 21, "A", "C"), gap)


DNA = st.text("AC", min_size=12, max_size=40).map("G{}G".format)  # few letters, so that repeats are common


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, int, str, str, Gene]:
    """A sequence, an edit of it (0-based start, REF, ALT), and a transcript."""
    bases = draw(DNA)
    start = draw(st.integers(1, len(bases) - 5))
    ref = bases[start : start + draw(st.integers(0, 3))]
    alt = draw(st.text("AC", max_size=3))
    assume(ref != alt)
    edges = sorted(draw(st.sets(st.integers(0, len(bases)), min_size=4, max_size=6)))
    edges = edges[: len(edges) // 2 * 2]
    strand = draw(st.sampled_from("+-"))
    gene = Gene("G", "", "1", strand, edges[0], edges[-1], tuple(edges[::2]), tuple(edges[1::2]))
    return bases, start, ref, alt, gene


def _variant(bases: str, start: int, ref: str, alt: str) -> Variant:
    """Left-aligned, with the base before it where an allele is empty."""
    if not (ref and alt):
        start, ref, alt = start - 1, bases[start - 1] + ref, bases[start - 1] + alt
    return left_aligned(Variant("1", start + 1, ref, alt).trimmed(), lambda first, last: bases[first:last])


def _fetch(bases: str, first: int, last: int) -> str:
    return "".join(bases[at] if at < len(bases) else "N" for at in range(first, last))


@given(cases())
def test_slide_is_what_leaves_the_haplotype_as_it_is(case: tuple[str, int, str, str, Gene]) -> None:
    bases, start, ref, alt, _ = case
    variant = _variant(bases, start, ref, alt)
    assume(len(variant.ref) != len(variant.alt) and min(len(variant.ref), len(variant.alt)) == 1)
    assume(variant.ref[0] == variant.alt[0])
    first, gone, new = variant.pos, len(variant.ref) - 1, variant.alt[1:]
    outcome = bases[:first] + new + bases[first + gone :]
    same = [first]
    for place in range(first + 1, len(bases) - gone + 1):
        added = outcome[place : place + len(new)]
        if bases[:place] + added + bases[place + gone :] == outcome:
            same.append(place)
    assert slide_of(variant, lambda a, b: _fetch(bases, a, b)) == len(same) - 1
    assert same == list(range(first, first + len(same))), "there is no gap between equal places"


@given(cases())
def test_both_strands_agree(case: tuple[str, int, str, str, Gene]) -> None:
    """Of the same molecule, read from its other end, the same is said."""
    bases, start, ref, alt, gene = case
    other, flip = bases[::-1].translate(str.maketrans("ACG", "TGC")), len(bases)
    flipped = Gene(
        "G", "", "1", "+-"[gene.strand == "+"], flip - gene.tx_end, flip - gene.tx_start,
        tuple(flip - end for end in gene.exon_ends[::-1]), tuple(flip - at for at in gene.exon_starts[::-1]),
    )  # fmt: skip
    turned = ref[::-1].translate(str.maketrans("AC", "TG")), alt[::-1].translate(str.maketrans("AC", "TG"))
    found = []
    for sequence, at, one, two, transcript in (
        (bases, start, ref, alt, gene),
        (other, flip - start - len(ref), *turned, flipped),
    ):
        variant = _variant(sequence, at, one, two)
        slide = slide_of(variant, lambda a, b, sequence=sequence: _fetch(sequence, a, b))  # type: ignore[misc]
        found.append(touches_canonical(variant, transcript, slide))
    assert found[0] == found[1]


@given(cases())
def test_touching_by_its_definition(case: tuple[str, int, str, str, Gene]) -> None:
    """Against a list of every base of every intron; substitutions base by base, the rest as an interval."""
    bases, start, ref, alt, gene = case
    dinucleotides = []
    for end, begin in zip(gene.exon_ends, gene.exon_starts[1:], strict=False):
        intron = list(range(end, begin))
        if len(intron) >= 2:
            dinucleotides += [intron[:2], intron[-2:]]
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        start, ref, alt = start + 1, ref[1:], alt[1:]
    if ref and len(ref) == len(alt):
        changed = {start + at for at in range(len(ref)) if ref[at] != alt[at]}
    else:
        changed = {*range(start, start + len(ref))}
    expected = any(changed & {*pair} or (not ref and start == pair[1]) for pair in dinucleotides)
    padded = bases[start - 1] if start else ""
    assume(padded)
    variant = Variant("1", start, padded + ref, padded + alt)
    assert touches_canonical(variant, gene) is expected


def test_real_names(shared: Path) -> None:
    """BRCA2: the names that the assays' authors gave say whether +-1 or +-2 is touched, 59 times."""
    with open(shared / "data" / "brca_pten.grch38.gtf") as file:
        lines = [line.split("\t") for line in file if 'gene_name "BRCA2"' in line]
    exons = sorted((int(cells[3]) - 1, int(cells[4])) for cells in lines if cells[2] == "exon")
    starts, ends = zip(*exons, strict=True)
    gene = Gene("BRCA2", "", "chr13", "+", starts[0], ends[-1], starts, ends)
    with open(shared / "data" / "splice_effects.BRCA2.grch38.tsv") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    count = 0
    for row in rows:
        offsets = [int(text or 0) for text in re.findall(r"[\d*]\d*([+-]\d+)?", row["hgvs"].partition(":c.")[2])]
        spans = len(offsets) == 2 and 0 in offsets and offsets != [0, 0]  # from exon to intron
        expected = spans or any(abs(offset) in (1, 2) for offset in offsets)
        variant = Variant("chr13", int(row["pos"]), row["ref"], row["alt"])
        assert touches_canonical(variant, gene) is expected, row["hgvs"]
        count += expected
    assert count == 59

"""BRCA1, BRCA2 and PTEN on GRCh38: numbers of bases, and what is known of their exons."""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from genoscore.consequences.product import product_of
from genoscore.consequences.transcript import TranscriptModel
from genoscore.core.edits import Edit
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.gene import Coding, Gene
from tests.consequences.hgvs_reader import opposite
from tests.consequences.oracle import translated

Models = dict[str, TranscriptModel]


@pytest.fixture(scope="module")
def models(shared: Path) -> Models:
    reference = ReferenceGenome(shared / "data" / "grch38.slices.fa.gz")
    rows: dict[str, list[list[str]]] = {}
    for line in (shared / "data" / "brca_pten.grch38.gtf").read_text().splitlines():
        columns = line.split("\t")
        rows.setdefault(re.findall('gene_name "(.*?)"', columns[8])[0], []).append(columns)
    made = {}
    for name, lines in rows.items():
        of = {kind: sorted((int(f[3]) - 1, int(f[4])) for f in lines if f[2] == kind) for kind in ("exon", "CDS")}
        starts, ends = zip(*of["exon"], strict=True)
        first, last = zip(*of["CDS"], strict=True)
        contig, strand = lines[0][0], lines[0][6]
        coding = Coding(first, last, holds_stop=False)
        gene = Gene(name, "", contig, strand, starts[0], ends[-1], starts, ends, "", coding)
        made[name] = TranscriptModel(gene, partial(reference.fetch, contig))
    return made


def without(of: TranscriptModel, *numbers: int) -> list[tuple[int, int]]:
    """Exons in genomic order without those with these numbers, counted from 1 in reading direction."""
    return sorted(exon for number, exon in enumerate(of.exons, start=1) if number not in numbers)


def base_of(of: TranscriptModel, number: str) -> int:
    """0-based genomic base of a c. number, found by looking at them all."""
    near = [base for exon in of.exons for base in range(exon[0] - 700, exon[1] + 700)]
    return next(base for base in near if of.position(base) == number)


def variant(of: TranscriptModel, text: str) -> Edit:
    """`475G>A` as an edit of the forward strand."""
    parsed = re.fullmatch(r"(.*?)([ACGT])>([ACGT])", text)
    assert parsed
    number, ref, alt = parsed.groups()
    base = base_of(of, number)
    assert of.bases(base, base + 1) == ref
    return Edit(base, base + 1, alt if of.gene.strand == "+" else opposite(alt))


@pytest.mark.parametrize(("name", "residues"), [("BRCA1", 1863), ("BRCA2", 3418), ("PTEN", 403)])
def test_proteins(models: Models, name: str, residues: int) -> None:
    coding = models[name].coding
    assert models[name].reason == ""
    assert coding is not None
    assert len(coding.protein) == residues


def test_numbers_of_published_variants(models: Models, shared: Path) -> None:
    """The first position of every HGVS description in the table, from the record's own POS, REF and ALT.

    One description is not as far 3' as it goes: TAAAAG before TAAAT is c.9052_9057del.
    """
    of, count = models["BRCA2"], 0
    with open(shared / "data" / "splice_effects.BRCA2.grch38.tsv") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            start, ref, alt = int(row["pos"]) - 1, row["ref"], row["alt"]
            description = row["hgvs"].split(":c.")[1].replace("9048_9053del", "9052_9057del")
            assert of.position(_first_base(of, start, ref, alt)) == _first_position(description), row["hgvs"]
            count += 1
    assert count == 280


def _first_position(description: str) -> str:
    found = re.match(r"[-*]?\d+(?:[+-]\d+)?", description)
    assert found
    return found[0]


def _first_base(of: TranscriptModel, start: int, ref: str, alt: str) -> int:
    """The base that HGVS names first (the strand is +)."""
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        start, ref, alt = start + 1, ref[1:], alt[1:]
    if ref and alt:
        return start
    unit = ref or alt
    moved = 0
    while of.fetch(start + len(ref) + moved, start + len(ref) + moved + 1) == unit[moved % len(unit)]:
        moved += 1
    start, turned = start + moved, unit[moved % len(unit) :] + unit[: moved % len(unit)]
    if ref:
        return start
    return start - len(unit) if of.fetch(start - len(unit), start) == turned else start - 1


@pytest.mark.parametrize(
    ("name", "text", "skipped", "described", "protein", "frame"),
    [
        ("BRCA2", "316+5G>C", (3,), "r.(68_316del)", "p.(Asp23_Leu105del)", "in_frame"),
        # Exon 2 is -39_67 and exon 5 is 426_475; the 3' rule of r. goes one base farther, across the junction.
        ("BRCA2", "67+1G>A", (2,), "r.(-39_67del)", "p.?", "start_lost"),
        ("BRCA2", "475G>A", (5,), "r.(426_475del)", "p.(Pro143fs)", "frameshift"),
        ("BRCA2", "7976G>A", (17,), "r.(7806_7976del)", "p.(Ala2603_Arg2659del)", "in_frame"),
        ("BRCA1", "5467+5G>C", (22,), "r.(5407_5467del)", "p.(Gly1803fs)", "frameshift"),
    ],
)
def test_skipped_exons(
    models: Models, name: str, text: str, skipped: tuple[int, ...], described: str, protein: str, frame: str
) -> None:
    of = models[name]
    product = product_of(of, variant(of, text), without(of, *skipped))
    assert (product.hgvs_r, product.hgvs_p, product.frame) == (described, protein, frame)


def test_stops_by_plain_translation(models: Models) -> None:
    """Every exon of each gene skipped, and every intron up to 3,000 bases retained: frame and stop by translation."""
    for of in models.values():
        coding = of.coding
        assert coding is not None
        exons = without(of)
        nothing = Edit(exons[0][0], exons[0][0], "")
        made: list[Sequence[tuple[int, int]]] = [without(of, number) for number in range(1, len(exons) + 1)]
        for at in range(len(exons) - 1):
            if exons[at + 1][0] - exons[at][1] <= 3000:
                made.append([*exons[:at], (exons[at][0], exons[at + 1][1]), *exons[at + 2 :]])
        for aberrant in made:
            forward = "".join(of.fetch(*exon) for exon in aberrant)
            mrna = forward if of.gene.strand == "+" else opposite(forward)
            product = product_of(of, nothing, aberrant)
            start = mrna.find(of.mrna[coding.start : coding.start + 30])
            if product.frame == "start_lost":
                assert mrna[: coding.start + 3] != of.mrna[: coding.start + 3]
                continue
            residues, stop = translated(mrna, start)
            is_normal = stop is None or mrna[stop:] == of.mrna[coding.end - 3 :]
            assert product.ptc == (None if is_normal else len(residues) + 1)
            lost_stop = of.mrna[coding.end - 30 : coding.end] not in mrna
            assert (product.frame == "stop_lost") == (stop is None or lost_stop)
            assert (product.frame == "frameshift") <= (product.ptc is not None)


def test_pseudoexon(models: Models) -> None:
    """BRCA2 c.6937+594T>G: a donor at +593/+594 closes an exon of 95 bases."""
    of = models["BRCA2"]
    edit = variant(of, "6937+594T>G")
    exons = without(of)
    product = product_of(of, edit, sorted([*exons, (edit.start - 95, edit.start)]))
    assert product.hgvs_r == "r.(6937_6938ins6937+499_6937+593)"
    assert (product.hgvs_p, product.frame, product.ptc, product.nmd) == ("p.(Gly2313fs)", "frameshift", 2347, True)


def test_variants_that_stay_in_the_mrna(models: Models) -> None:
    of = models["BRCA2"]
    exons = without(of)
    fourth, fifth, sixth = exons[4], exons[5], exons[6]
    product = product_of(of, variant(of, "475+1G>A"), [*exons[:4], (fourth[0], fifth[1]), *exons[6:]])
    assert product.hgvs_r == "r.(475_476ins[a;475+2_476-1])"
    product = product_of(of, variant(of, "467A>G"), [*exons[:4], (fourth[0], fourth[1] - 9), *exons[5:]])
    assert product.hgvs_r == "r.(467_475del)"
    product = product_of(of, variant(of, "475G>A"), exons)
    assert (product.hgvs_r, product.hgvs_p) == ("r.(475g>a)", "p.(Val159Met)")
    product = product_of(of, variant(of, "467A>G"), [*exons[:5], *exons[6:]])
    assert sixth[0] > fifth[0]
    assert (product.hgvs_r, product.hgvs_p) == ("r.[(467a>g;476_516del)]", "p.[(Asp156Gly;Val159fs)]")


def test_time(models: Models) -> None:
    """About half a millisecond for an mRNA of 11,000 bases; ten times the limit is allowed for a busy machine."""
    of = models["BRCA2"]
    edit, aberrant = variant(of, "316+5G>C"), without(of, 3)
    product_of(of, edit, aberrant)
    began = time.perf_counter()
    for _ in range(20):
        product_of(of, edit, aberrant)
    assert (time.perf_counter() - began) / 20 < 0.03

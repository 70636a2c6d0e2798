"""The BRCA2 data of test_data/ are what its README says: real bases in their places, real genes, real assays."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from genoscore.consequences.transcript import TranscriptModel
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.genes import load_gene_models
from tests.conftest import TEST_DATA
from tests.small import info, records

FIRST, LAST = 32_310_001, 32_405_000  # 1-based, inclusive
PSEUDOEXON = ("32345247", "T", "G")  # not of the collection: a paper of its own


@pytest.fixture(scope="module")
def genome() -> ReferenceGenome:
    """The slice."""
    return ReferenceGenome(TEST_DATA / "brca2.fa.gz")


def test_bases_are_those_of_grch38(genome: ReferenceGenome, shared: Path) -> None:
    assert dict(genome.lengths) == {"chr13": LAST}
    whole = ReferenceGenome(shared / "data" / "grch38.slices.fa.gz")
    assert genome.fetch("chr13", FIRST - 1, LAST) == whole.fetch("chr13", FIRST - 1, LAST)
    assert set(genome.fetch("chr13", FIRST - 100_001, FIRST - 1)) == {"N"}


def test_genes_are_brca2s(shared: Path) -> None:
    lines = (shared / "data" / "brca_pten.grch38.gtf").read_text().splitlines()
    assert (TEST_DATA / "brca2.gtf").read_text().splitlines() == [line for line in lines if '"BRCA2"' in line]


def test_the_coding_sequence_is_brca2s(genome: ReferenceGenome) -> None:
    (gene,) = load_gene_models(TEST_DATA / "brca2.gtf")
    model = TranscriptModel(gene, lambda start, end: genome.fetch("chr13", start, end))
    assert model.coding is not None
    assert model.reason == ""
    assert len(model.coding.protein) == 3418
    assert model.coding.protein.startswith("MPIGSKERPTFFEIFKTRCNKADLGPISLNWFEELSSEAPPYNSEPAEESE")


def test_variants_fit_the_bases(genome: ReferenceGenome) -> None:
    for _, pos, name, ref, *_ in records(TEST_DATA / "brca2_splice.vcf"):
        assert genome.fetch("chr13", int(pos) - 1, int(pos) - 1 + len(ref)) == ref, name


def test_variants_are_of_the_collection(shared: Path) -> None:
    with open(shared / "data" / "splice_effects.BRCA2.grch38.tsv", encoding="utf-8") as table:
        rows = {(row["pos"], row["ref"], row["alt"]): row for row in csv.DictReader(table, delimiter="\t")}
    names = []
    for line in records(TEST_DATA / "brca2_splice.vcf"):
        place = line[1], line[3], line[4]
        accession, name = line[2].split(":")
        assert accession == "NM_000059.4"
        names.append(name)
        if place == PSEUDOEXON:
            assert (name, info(line)["IN_RNA"]) == ("c.6937+594T>G", "pseudoexon")
        else:
            assert name == rows[place]["hgvs"].split(":")[1]
            assert info(line)["IN_RNA"] == rows[place]["effect"].replace(" ", "_")
    assert len(set(names)) == 12
    notice = (TEST_DATA / "README.md").read_text(encoding="utf-8").split("## BRCA2")[1]
    assert all(name in notice for name in names), "each has its source there"

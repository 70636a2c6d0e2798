"""Coding sequences of real annotations, against a plain reading of the files and against the sequence."""

from __future__ import annotations

import gzip
from collections import defaultdict
from pathlib import Path

import pysam
import pytest

from genoscore.inputs.gene import Coding, Gene
from genoscore.inputs.genes import GeneModels, load_gene_models

_BASES = "TCAG"
CODE = dict(
    zip(
        (a + b + c for a in _BASES for b in _BASES for c in _BASES),
        "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
        strict=True,
    )
)  # NCBI's table 1


def translated(gene: Gene, reference: pysam.FastaFile) -> str:
    """The protein of a gene without oddities."""
    coding = gene.coding
    assert coding is not None
    parts = [reference.fetch(gene.contig, *part).upper() for part in zip(coding.starts, coding.ends, strict=True)]
    bases = "".join(parts)
    if gene.strand == "-":
        bases = bases[::-1].translate(str.maketrans("ACGT", "TGCA"))
    bases = bases[coding.skipped :]
    return "".join(CODE[bases[at : at + 3]] for at in range(0, len(bases), 3))


@pytest.fixture(scope="module")
def chr22(shared: Path) -> GeneModels:
    return load_gene_models(shared / "data" / "refseq_mane.chr22.grch38.gff3.gz", "all")


def test_every_cds_row_of_chr22(shared: Path, chr22: GeneModels) -> None:
    expected: dict[str, list[tuple[int, int]]] = defaultdict(list)
    first_phases: dict[str, str] = {}
    selenocysteines: dict[str, set[int]] = defaultdict(set)
    n = 0
    with gzip.open(shared / "data" / "refseq_mane.chr22.grch38.gff3.gz", "rt") as lines:
        for line in lines:
            cells = line.rstrip("\n").split("\t")
            if len(cells) < 9 or cells[2] != "CDS":
                continue
            n += 1
            attributes = dict(pair.split("=", 1) for pair in cells[8].split(";"))
            name = attributes["Parent"].removeprefix("rna-")
            expected[name].append((int(cells[3]) - 1, int(cells[4])))
            first_phases.setdefault(name, cells[7])  # rows are in reading direction
            said = attributes.get("transl_except", "")
            if "Sec" in said:
                first, last = said.removeprefix("(pos:").removeprefix("complement(").split("%2C")[0].split("..")
                selenocysteines[name].add(int(first if cells[6] == "+" else last.rstrip(")")) - 1)
                assert (said.count("pos:"), "complement" in said) == (1, cells[6] == "-")
    assert (n, len(expected)) == (3983, 423)
    assert (len(chr22), chr22.warnings) == (423, ())
    for gene in chr22:
        parts = sorted(expected[gene.transcript_id])
        assert first_phases[gene.transcript_id] == "0"
        assert gene.coding == Coding(
            tuple(start for start, _ in parts),
            tuple(end for _, end in parts),
            selenocysteines=tuple(sorted(selenocysteines[gene.transcript_id])),
        )
    assert sum(bool(gene.coding.selenocysteines) for gene in chr22 if gene.coding) == 3


def test_proteins_of_chr22_where_there_is_sequence(shared: Path, chr22: GeneModels) -> None:
    with pysam.FastaFile(str(shared / "data" / "grch38.slices.fa.gz")) as reference:
        if "chr22" not in reference.references:
            pytest.skip("no sequence of chr22")
        length = reference.get_reference_length("chr22")
        read = 0
        for gene in chr22:
            if gene.tx_end > length or "N" in reference.fetch("chr22", gene.tx_start, gene.tx_end).upper():
                continue
            protein = translated(gene, reference)
            read += 1
            assert gene.coding is not None
            assert protein[0] == "M" or gene.transcript_id == "NM_020831.6"  # begins with CTG, says the file
            assert protein[-1] == "*", "the GFF3 includes the stop codon"
            assert protein[:-1].count("*") == len(gene.coding.selenocysteines)
        assert read


def test_brca1_brca2_and_pten_are_translated(shared: Path) -> None:
    models = load_gene_models(shared / "data" / "brca_pten.grch38.gtf")
    assert models.warnings == ()
    lengths = {}
    with pysam.FastaFile(str(shared / "data" / "grch38.slices.fa.gz")) as reference:
        for gene in models:
            assert gene.coding is not None
            assert (gene.coding.holds_stop, gene.coding.skipped, gene.coding.exception) == (True, 0, "")
            protein = translated(gene, reference)
            assert protein.startswith("M")
            assert protein.index("*") == len(protein) - 1
            lengths[gene.symbol] = len(protein)
    assert lengths == {"BRCA1": 1863 + 1, "BRCA2": 3418 + 1, "PTEN": 403 + 1}


def _transcript(line: str) -> str:
    return line.split('transcript_id "')[1].split('"')[0]


def test_both_ways_of_writing_the_stop_codon_are_read_alike(shared: Path, tmp_path: Path) -> None:
    """The same three genes with the stop codon inside their CDS, as other tools write a GTF."""
    source = (shared / "data" / "brca_pten.grch38.gtf").read_text().splitlines()
    stops = {
        line.split('transcript_id "')[1].split('"')[0]: line.split("\t") for line in source if "stop_codon" in line
    }
    lines = []
    for line in source:
        cells = line.split("\t")
        if cells[2] == "CDS":
            stop = stops[line.split('transcript_id "')[1].split('"')[0]]
            if int(cells[4]) + 1 == int(stop[3]) and cells[6] == "+":
                cells[4] = stop[4]
            if int(cells[3]) - 1 == int(stop[4]) and cells[6] == "-":
                cells[3] = stop[3]
        lines.append("\t".join(cells))
    (tmp_path / "whole.gtf").write_text("\n".join(lines) + "\n")
    whole, split = load_gene_models(tmp_path / "whole.gtf"), load_gene_models(shared / "data" / "brca_pten.grch38.gtf")
    assert [gene.coding for gene in whole] == [gene.coding for gene in split]
    assert whole.digest == split.digest

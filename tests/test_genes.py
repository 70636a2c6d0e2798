"""Which genes lie over an interval, and the same genes from a table, GTF and GFF3."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genoscore.inputs.gene import Gene
from genoscore.inputs.genes import GeneModels, load_gene_models
from tests.small import GENES, SmallGenome


def _gene(number: int, contig: str, start: int, length: int, strand: str = "+") -> Gene:
    return Gene(f"G{number}", f"G{number}", contig, strand, start, start + length, (start,), (start + length,))


@settings(max_examples=300, deadline=None)
@given(
    spans=st.lists(st.tuples(st.sampled_from(["1", "chr1", "2"]), st.integers(0, 60), st.integers(1, 40)), max_size=25),
    contig=st.sampled_from(["1", "chr1", "2", "chr2", "3"]),
    start=st.integers(-5, 110),
    length=st.integers(0, 50),
)
def test_overlapping_equals_brute_force(
    spans: list[tuple[str, int, int]], contig: str, start: int, length: int
) -> None:
    genes = [_gene(number, *span) for number, span in enumerate(spans)]
    end = start + length
    wanted = tuple(
        gene
        for gene in genes
        if gene.contig.removeprefix("chr") == contig.removeprefix("chr")
        and any(gene.tx_start <= base < gene.tx_end for base in range(start, end))
    )
    if length == 0:
        return  # no base, nothing asked: REF has at least one
    assert GeneModels(genes, "").overlapping(contig, start, end) == wanted


@settings(max_examples=200, deadline=None)
@given(
    edges=st.lists(st.integers(0, 200), min_size=2, max_size=12, unique=True).filter(lambda found: len(found) % 2 == 0),
    place=st.integers(-20, 220),
    strand=st.sampled_from("+-"),
)
def test_sites_and_nearest_boundary(edges: list[int], place: int, strand: str) -> None:
    edges = sorted(edges)
    starts, ends = tuple(edges[::2]), tuple(edges[1::2])
    gene = Gene("G", "G", "1", strand, starts[0], ends[-1], starts, ends)
    bases = sorted({*starts, *(end - 1 for end in ends)})
    assert gene.nearest_boundary(place) == min(bases, key=lambda base: (abs(base - place), base))
    left_of_introns, right_of_introns = {end - 1 for end in ends[:-1]}, set(starts[1:])
    wanted = (left_of_introns, right_of_introns) if strand == "+" else (right_of_introns, left_of_introns)
    assert (gene.donors, gene.acceptors) == wanted


def _gtf() -> str:
    lines = ["##provider: nobody"]
    for name, contig, strand, start, end, starts, ends in GENES:
        common = f'gene_id "{name}"; gene_name "{name}";'
        lines.append(f"{contig}\tx\tgene\t{start + 1}\t{end}\t.\t{strand}\t.\t{common}")
        of_transcript = f'{common} transcript_id "{name}.t";'
        lines.append(f"{contig}\tx\ttranscript\t{start + 1}\t{end}\t.\t{strand}\t.\t{of_transcript}")
        for left, right in list(zip(starts, ends, strict=True))[:: 1 if strand == "+" else -1]:
            lines.append(f"{contig}\tx\texon\t{left + 1}\t{right}\t.\t{strand}\t.\t{of_transcript}")
            lines.append(f"{contig}\tx\tCDS\t{left + 2}\t{right}\t.\t{strand}\t0\t{of_transcript}")
    return "\n".join(lines) + "\n"


def _gff3() -> str:
    lines = ["##gff-version 3", "##sequence-region 1 1 1200", "1\tx\tchromosome\t1\t1200\t.\t.\t.\tID=chromosome:1"]
    for name, contig, strand, start, end, starts, ends in GENES:
        lines.append(
            f"{contig}\tx\tgene\t{start + 1}\t{end}\t.\t{strand}\t.\tID=gene:{name};Name={name};gene_id={name}"
        )
        of_transcript = f"ID=transcript:{name}.t;Parent=gene:{name};transcript_id={name}.t"
        lines.append(f"{contig}\tx\tmRNA\t{start + 1}\t{end}\t.\t{strand}\t.\t{of_transcript}")
        for left, right in zip(starts, ends, strict=True):
            lines.append(f"{contig}\tx\texon\t{left + 1}\t{right}\t.\t{strand}\t.\tParent=transcript:{name}.t")
    lines += ["###", "##FASTA", ">1", "ACGT"]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize(("name", "text"), [("a.gtf", _gtf()), ("a.gff3", _gff3())])
def test_formats_give_the_same_genes(small: SmallGenome, tmp_path: Path, name: str, text: str, suffix: str) -> None:
    path = tmp_path / (name + suffix)
    path.write_bytes(gzip.compress(text.encode()) if suffix else text.encode())
    from_table, found = load_gene_models(str(small.genes)), load_gene_models(str(path))
    assert len(from_table) == len(found) == len(GENES)
    for contig in ("1", "2"):
        genes = found.overlapping(contig, 0, 1200)
        assert from_table.overlapping(contig, 0, 1200) == tuple(
            replace(gene, gene_id="", transcript_id="") for gene in genes
        )
        assert [gene.transcript_id for gene in genes] == [f"{gene.symbol}.t" for gene in genes]
        assert all(gene.gene_id for gene in genes), "only the table has none"


def _two_transcripts(tags: tuple[str, str]) -> str:
    """A gene with a long transcript (exons of 100 + 100 bases) and a short one (20 + 20), tagged."""
    lines = []
    for number, (tag, exons) in enumerate(zip(tags, (((101, 200), (301, 400)), ((111, 130), (351, 370))), strict=True)):
        attributes = f'gene_id "E1"; gene_name "ONE"; transcript_id "T{number}"; tag "basic"; {tag}'
        lines.append(f"1\tx\ttranscript\t{exons[0][0]}\t{exons[-1][1]}\t.\t+\t.\t{attributes}")
        lines += [f"1\tx\texon\t{start}\t{end}\t.\t+\t.\t{attributes}" for start, end in exons]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("tags", "start"),
    [
        (("", ""), 100),
        (("", 'tag "Ensembl_canonical";'), 110),
        (('tag "Ensembl_canonical";', 'tag "MANE_Select";'), 110),
        (('tag "MANE_Select";', 'tag "Ensembl_canonical";'), 100),
        (('tag "MANE_Plus_Clinical";', 'tag "Ensembl_canonical";'), 110),
    ],
    ids=["longest", "canonical", "mane over canonical", "mane first", "plus clinical is not select"],
)
def test_choice_of_transcript(tmp_path: Path, tags: tuple[str, str], start: int) -> None:
    path = tmp_path / "a.gtf"
    path.write_text(_two_transcripts(tags))
    (gene,) = load_gene_models(str(path)).overlapping("chr1", 0, 1000)
    assert (gene.symbol, gene.gene_id, gene.tx_start) == ("ONE", "E1", start)
    assert len(gene.exon_starts) == 2


@pytest.mark.parametrize("kind", ["gene", "ncRNA_gene", "pseudogene"])
def test_kinds_of_genes_in_gff3(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.gff3"
    rows = [
        (kind, "ID=gene:E1;Name=ONE;gene_id=E1"),
        ("pseudogenic_transcript", "ID=transcript:T1;Parent=gene:E1;Name=ONE-201;transcript_id=T1"),
        ("exon", "Parent=transcript:T1;exon_id=X1"),
    ]
    lines = [f"1\tx\t{feature}\t101\t200\t.\t+\t.\t{attributes}" for feature, attributes in rows]
    path.write_text("##gff-version 3\n" + "\n".join(lines) + "\n")
    (gene,) = load_gene_models(str(path)).overlapping("1", 0, 1000)
    assert (gene.symbol, gene.gene_id) == ("ONE", "E1")


@pytest.mark.parametrize(
    ("build", "symbol", "inside"), [("grch37", "BRCA1", 41_250_000), ("grch38", "BRCA1", 43_100_000)]
)
def test_built_in_tables(spliceai_weights: Path, build: str, symbol: str, inside: int) -> None:
    genes = load_gene_models(build)
    assert len(genes) > 15_000
    found = {gene.symbol: gene for gene in genes.overlapping("chr17", inside, inside + 1)}
    assert found[symbol].strand == "-"
    assert found[symbol].tx_start < inside < found[symbol].tx_end
    assert len(found[symbol].exon_starts) > 20
    assert {"1", "22", "X"} <= genes.contigs

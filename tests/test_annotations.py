"""GTF and GFF3 as GENCODE, Ensembl, RefSeq and MANE write them: hand-made lines in their dialects."""

from __future__ import annotations

import gzip
import os
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, InputError
from genoscore.inputs import gene_cache
from genoscore.inputs.gene import Gene
from genoscore.inputs.genes import GeneModels, load_gene_models
from genoscore.predictors import registry
from genoscore.scoring.opening import open_inputs
from tests.small import SmallGenome, vcf_text


def _rows(*rows: str) -> str:
    """`contig kind start end strand attributes` to lines of nine columns; comments as they are."""
    made = []
    for row in rows:
        if row.startswith("#"):
            made.append(row)
            continue
        contig, kind, start, end, strand, attributes = row.split(" ", 5)
        made.append("\t".join([contig, "made", kind, start, end, ".", strand, ".", attributes]))
    return "\n".join(made) + "\n"


_GENCODE = 'gene_id "ENSG01.5"; gene_type "protein_coding"; gene_name "ONE"; '
GENCODE_GTF = _rows(
    "##description: evidence-based annotation of the human genome (GRCh38), version 99 (Ensembl 999)",
    f"chr1 gene 101 900 + {_GENCODE}",
    f'chr1 transcript 101 900 + {_GENCODE}transcript_id "ENST01.3"; tag "basic";',
    f'chr1 exon 101 200 + {_GENCODE}transcript_id "ENST01.3"; exon_number 1; tag "basic";',
    f'chr1 CDS 151 200 + {_GENCODE}transcript_id "ENST01.3"; exon_number 1; tag "basic";',
    f'chr1 Selenocysteine 160 162 + {_GENCODE}transcript_id "ENST01.3";',
    f'chr1 exon 701 900 + {_GENCODE}transcript_id "ENST01.3"; exon_number 2; tag "basic";',
    f'chr1 transcript 101 400 + {_GENCODE}transcript_id "ENST02.1"; tag "Ensembl_canonical"; tag "MANE_Select";',
    f'chr1 exon 101 200 + {_GENCODE}transcript_id "ENST02.1"; exon_number 1; tag "MANE_Select";',
    f'chr1 exon 301 400 + {_GENCODE}transcript_id "ENST02.1"; exon_number 2; tag "MANE_Select";',
    'chrX transcript 51 90 - gene_id "ENSG09.2"; gene_name "PAR"; transcript_id "ENST09.7";',
    'chrX exon 51 90 - gene_id "ENSG09.2"; gene_name "PAR"; transcript_id "ENST09.7";',
    'chrY transcript 11 50 - gene_id "ENSG09.2_PAR_Y"; gene_name "PAR"; transcript_id "ENST09.7_PAR_Y";',
    'chrY exon 11 50 - gene_id "ENSG09.2_PAR_Y"; gene_name "PAR"; transcript_id "ENST09.7_PAR_Y";',
)
GENCODE_ALL = [
    ("ONE", "ENSG01.5", "ENST02.1", "1", "+", ((100, 200), (300, 400))),
    ("ONE", "ENSG01.5", "ENST01.3", "1", "+", ((100, 200), (700, 900))),
    ("PAR", "ENSG09.2", "ENST09.7", "X", "-", ((50, 90),)),
    ("PAR", "ENSG09.2_PAR_Y", "ENST09.7_PAR_Y", "Y", "-", ((10, 50),)),
]

_ONE, _PAR = "gene_id=ENSG01.5;gene_name=ONE", "gene_id=ENSG09.2;gene_name=PAR"
GENCODE_GFF3 = _rows(
    "##gff-version 3",
    f"chr1 gene 101 900 + ID=ENSG01.5;{_ONE}",
    f"chr1 transcript 101 900 + ID=ENST01.3;Parent=ENSG01.5;{_ONE};transcript_id=ENST01.3;tag=basic",
    f"chr1 exon 101 200 + ID=exon:ENST01.3:1;Parent=ENST01.3;{_ONE};transcript_id=ENST01.3;tag=basic",
    f"chr1 stop_codon_redefined_as_selenocysteine 160 162 + ID=sec:1;Parent=ENST01.3;{_ONE};transcript_id=ENST01.3",
    f"chr1 exon 701 900 + ID=exon:ENST01.3:2;Parent=ENST01.3;{_ONE};transcript_id=ENST01.3;tag=basic",
    f"chr1 transcript 101 400 + ID=ENST02.1;Parent=ENSG01.5;{_ONE};transcript_id=ENST02.1;tag=basic,MANE_Select",
    f"chr1 exon 101 200 + ID=exon:ENST02.1:1;Parent=ENST02.1;{_ONE};transcript_id=ENST02.1",
    f"chr1 exon 301 400 + ID=exon:ENST02.1:2;Parent=ENST02.1;{_ONE};transcript_id=ENST02.1",
    f"chrX gene 51 90 - ID=ENSG09.2;{_PAR}",
    f"chrX transcript 51 90 - ID=ENST09.7;Parent=ENSG09.2;{_PAR};transcript_id=ENST09.7",
    f"chrX exon 51 90 - ID=exon:ENST09.7:1;Parent=ENST09.7;{_PAR};transcript_id=ENST09.7",
    f"chrY gene 11 50 - ID=ENSG09.2_PAR_Y;{_PAR}",
    f"chrY transcript 11 50 - ID=ENST09.7_PAR_Y;Parent=ENSG09.2_PAR_Y;{_PAR};transcript_id=ENST09.7",
    f"chrY exon 11 50 - ID=exon:ENST09.7_PAR_Y:1;Parent=ENST09.7_PAR_Y;{_PAR};transcript_id=ENST09.7",
)
# Its GFF3 tells the copy on Y from that on X in the rows' own IDs alone.
GENCODE_GFF3_ALL = [*GENCODE_ALL[:3], ("PAR", "ENSG09.2", "ENST09.7", "Y", "-", ((10, 50),))]

_ENSEMBL = 'gene_id "ENSG01"; gene_version "5"; gene_name "ONE"; '
ENSEMBL_GTF = _rows(
    "#!genome-build GRCh38.p14",
    f'1 gene 101 900 + {_ENSEMBL}gene_biotype "protein_coding";',
    f'1 transcript 101 900 + {_ENSEMBL}transcript_id "ENST01"; transcript_version "3"; tag "basic";',
    f'1 exon 101 200 + {_ENSEMBL}transcript_id "ENST01"; transcript_version "3"; exon_id "E1"; exon_version "8";',
    f'1 exon 701 900 + {_ENSEMBL}transcript_id "ENST01"; transcript_version "3"; exon_id "E2"; exon_version "8";',
    f'1 transcript 101 400 + {_ENSEMBL}transcript_id "ENST02"; transcript_version "1"; tag "Ensembl_canonical";',
    f'1 exon 101 200 + {_ENSEMBL}transcript_id "ENST02"; transcript_version "1"; exon_id "E1"; exon_version "8";',
    f'1 exon 301 400 + {_ENSEMBL}transcript_id "ENST02"; transcript_version "1"; exon_id "E3"; exon_version "8";',
)
ENSEMBL_GFF3 = _rows(
    "##gff-version 3",
    "#!genome-build Genome Reference Consortium GRCh38.p14",
    "1 chromosome 1 248956422 . ID=chromosome:1;Alias=CM000663.2,chr1,NC_000001.11",
    "1 gene 101 900 + ID=gene:ENSG01;Name=ONE;biotype=protein_coding;gene_id=ENSG01;version=5",
    "1 mRNA 101 900 + ID=transcript:ENST01;Parent=gene:ENSG01;Name=ONE-201;tag=basic;transcript_id=ENST01;version=3",
    "1 five_prime_UTR 101 150 + Parent=transcript:ENST01",
    "1 exon 101 200 + Parent=transcript:ENST01,transcript:ENST02;Name=E1;exon_id=E1;rank=1;version=8",
    "1 exon 701 900 + Parent=transcript:ENST01;Name=E2;exon_id=E2;rank=2;version=8",
    "1 CDS 151 200 + ID=CDS:ENSP01;Parent=transcript:ENST01;protein_id=ENSP01",
    "1 lnc_RNA 101 400 + ID=transcript:ENST02;Parent=gene:ENSG01;Name=ONE-202;"
    "tag=basic,Ensembl_canonical,MANE_Select;transcript_id=ENST02;version=1",
    "1 exon 301 400 + Parent=transcript:ENST02;Name=E3;exon_id=E3;rank=2;version=8",
    "###",
    "1 ncRNA_gene 2001 2080 - ID=gene:ENSG03;biotype=miRNA;gene_id=ENSG03;version=2",
    "1 miRNA 2001 2080 - ID=transcript:ENST03;Parent=gene:ENSG03;biotype=miRNA;transcript_id=ENST03;version=4",
    "1 exon 2001 2080 - Parent=transcript:ENST03;Name=E4;exon_id=E4;rank=1;version=1",
)
ENSEMBL_ALL = GENCODE_ALL[:2]
ENSEMBL_GFF3_ALL = [*ENSEMBL_ALL, ("ENSG03", "ENSG03.2", "ENST03.4", "1", "-", ((2000, 2080),))]

REFSEQ_GFF3 = _rows(
    "##gff-version 3",
    "#!genome-build GRCh38.p14",
    "NC_000001.11 region 1 248956422 + ID=NC_000001.11:1..248956422;Dbxref=taxon:9606;Name=1;gbkey=Src",
    "NC_000001.11 pseudogene 1 80 + ID=gene-PS1;Dbxref=GeneID:100,HGNC:HGNC:1;Name=PS1;gbkey=Gene;gene=PS1;pseudo=true",
    "NC_000001.11 exon 1 30 + ID=id-PS1;Parent=gene-PS1;Dbxref=GeneID:100,HGNC:HGNC:1;gbkey=exon;gene=PS1;number=1",
    "NC_000001.11 exon 51 80 + ID=id-PS1-2;Parent=gene-PS1;Dbxref=GeneID:100,HGNC:HGNC:1;gbkey=exon;gene=PS1;number=2",
    "NC_000001.11 gene 101 900 + ID=gene-ONE;Dbxref=GeneID:201,HGNC:HGNC:2;Name=ONE;gbkey=Gene;gene=ONE",
    "NC_000001.11 mRNA 101 900 + ID=rna-NM_1.3;Parent=gene-ONE;Dbxref=GeneID:201,GenBank:NM_1.3;Name=NM_1.3;gene=ONE;"
    "product=one%2C transcript variant 1;transcript_id=NM_1.3",
    "NC_000001.11 exon 101 200 + ID=exon-NM_1.3-1;Parent=rna-NM_1.3;Dbxref=GeneID:201;gene=ONE;transcript_id=NM_1.3",
    "NC_000001.11 exon 701 900 + ID=exon-NM_1.3-2;transcript_id=NM_1.3;Parent=rna-NM_1.3;Dbxref=GeneID:201;gene=ONE",
    "NC_000001.11 mRNA 101 400 + ID=rna-NM_2.1;Parent=gene-ONE;Dbxref=GeneID:201;Name=NM_2.1;gene=ONE;"
    "tag=MANE Select;transcript_id=NM_2.1",
    "NC_000001.11 exon 101 200 + ID=exon-NM_2.1-1;Parent=rna-NM_2.1;gene=ONE;tag=MANE Select;transcript_id=NM_2.1",
    "NC_000001.11 exon 301 400 + ID=exon-NM_2.1-2;Parent=rna-NM_2.1;gene=ONE;tag=MANE Select;transcript_id=NM_2.1",
    "NC_000001.11 CDS 151 200 + ID=cds-NP_2.1;Parent=rna-NM_2.1;Name=NP_2.1;gene=ONE;protein_id=NP_2.1",
    "NC_000001.11 cDNA_match 101 400 + ID=aln1;Target=NM_2.1 1 200 +;gap_count=0",
    "NC_000001.11 gene 2001 2068 - ID=gene-MIR1;Dbxref=GeneID:300,miRBase:MI1;Name=MIR1;gbkey=Gene;gene=MIR1",
    "NC_000001.11 primary_transcript 2001 2068 - ID=rna-NR_3.1;Parent=gene-MIR1;gene=MIR1;transcript_id=NR_3.1",
    "NC_000001.11 exon 2001 2068 - ID=exon-NR_3.1-1;Parent=rna-NR_3.1;gene=MIR1;transcript_id=NR_3.1",
    "NC_000001.11 miRNA 2001 2023 - ID=rna-MIR1;Parent=rna-NR_3.1;gbkey=ncRNA;gene=MIR1;product=hsa-miR-1-3p",
    "NC_000001.11 exon 2001 2023 - ID=exon-MIR1-1;Parent=rna-MIR1;gbkey=ncRNA;gene=MIR1",
    "NC_000001.11 enhancer 3001 3100 . ID=id-LOC1;Dbxref=GeneID:400;gbkey=regulatory",
    "NC_000023.11 gene 51 90 - ID=gene-PAR;Dbxref=GeneID:500;Name=PAR;gbkey=Gene;gene=PAR",
    "NC_000023.11 tRNA 51 90 - ID=rna-PAR;Parent=gene-PAR;Dbxref=GeneID:500;gene=PAR;product=tRNA-Ser",
    "NC_000023.11 exon 51 90 - ID=exon-PAR-1;Parent=rna-PAR;Dbxref=GeneID:500;gene=PAR",
    "NC_000024.10 gene 11 50 - ID=gene-PAR-2;Dbxref=GeneID:500;Name=PAR;gbkey=Gene;gene=PAR",
    "NC_000024.10 mRNA 11 50 - ID=rna-NM_5.1-2;Parent=gene-PAR-2;Dbxref=GeneID:500;gene=PAR;transcript_id=NM_5.1",
    "NC_000024.10 exon 11 50 - ID=exon-NM_5.1-2-1;Parent=rna-NM_5.1-2;gene=PAR;transcript_id=NM_5.1",
    "NC_000024.10 exon 11 40 - ID=id-PAR-9;Parent=gene-PAR-2;gene=PAR",
)
REFSEQ_ALL = [
    ("PS1", "GeneID:100", "", "1", "+", ((0, 30), (50, 80))),
    ("ONE", "GeneID:201", "NM_2.1", "1", "+", ((100, 200), (300, 400))),
    ("ONE", "GeneID:201", "NM_1.3", "1", "+", ((100, 200), (700, 900))),
    ("MIR1", "GeneID:300", "NR_3.1", "1", "-", ((2000, 2068),)),
    ("PAR", "GeneID:500", "PAR", "X", "-", ((50, 90),)),
    ("PAR", "GeneID:500", "NM_5.1", "Y", "-", ((10, 50),)),
]

_REFSEQ = 'gene_id "ONE"; transcript_id "{}"; db_xref "GeneID:201"; db_xref "HGNC:2"; gbkey "mRNA"; gene "ONE"; '
REFSEQ_GTF = _rows(
    "#!genome-build GRCh37.p13",
    'NC_000001.10 gene 101 900 + gene_id "ONE"; transcript_id ""; db_xref "GeneID:201"; gbkey "Gene"; gene "ONE";',
    "NC_000001.10 transcript 101 900 + " + _REFSEQ.format("NM_1.3") + 'product "one; long";',
    "NC_000001.10 exon 101 200 + " + _REFSEQ.format("NM_1.3") + 'exon_number "1";',
    "NC_000001.10 exon 701 900 + " + _REFSEQ.format("NM_1.3") + 'exon_number "2";',
    "NC_000001.10 transcript 101 400 + " + _REFSEQ.format("NM_2.1") + 'tag "RefSeq Select";',
    "NC_000001.10 exon 101 200 + " + _REFSEQ.format("NM_2.1") + 'tag "RefSeq Select"; exon_number "1";',
    "NC_000001.10 exon 301 400 + " + _REFSEQ.format("NM_2.1") + 'tag "RefSeq Select"; exon_number "2";',
)

_MANE = "gene_id=ENSG01.5;gene_type=protein_coding;gene_name=ONE"
MANE_GFF3 = _rows(
    "##gff-version 3",
    f"chr1 gene 101 900 + ID=ENSG01.5;{_MANE}",
    f"chr1 transcript 101 900 + ID=ENST01.3;Parent=ENSG01.5;{_MANE};transcript_id=ENST01.3;tag=MANE_Plus_Clinical;"
    "Dbxref=RefSeq:NM_1.3",
    f"chr1 exon 101 200 + ID=exon:ENST01.3:1;Parent=ENST01.3;{_MANE};transcript_id=ENST01.3;Dbxref=RefSeq:NM_1.3",
    f"chr1 exon 701 900 + ID=exon:ENST01.3:2;Parent=ENST01.3;{_MANE};transcript_id=ENST01.3;Dbxref=RefSeq:NM_1.3",
    f"chr1 transcript 101 400 + ID=ENST02.1;Parent=ENSG01.5;{_MANE};transcript_id=ENST02.1;tag=MANE_Select;"
    "Dbxref=RefSeq:NM_2.1",
    f"chr1 exon 101 200 + ID=exon:ENST02.1:1;Parent=ENST02.1;{_MANE};transcript_id=ENST02.1;Dbxref=RefSeq:NM_2.1",
    f"chr1 exon 301 400 + ID=exon:ENST02.1:2;Parent=ENST02.1;{_MANE};transcript_id=ENST02.1;Dbxref=RefSeq:NM_2.1",
)

DIALECTS = {
    "GENCODE GTF": (GENCODE_GTF, GENCODE_ALL, "GRCh38"),
    "GENCODE GFF3": (GENCODE_GFF3, GENCODE_GFF3_ALL, ""),
    "Ensembl GTF": (ENSEMBL_GTF, ENSEMBL_ALL, "GRCh38"),
    "Ensembl GFF3": (ENSEMBL_GFF3, ENSEMBL_GFF3_ALL, "GRCh38"),
    "RefSeq GFF3": (REFSEQ_GFF3, REFSEQ_ALL, "GRCh38"),
    "RefSeq GTF": (REFSEQ_GTF, REFSEQ_ALL[1:3], "GRCh37"),
    "MANE GFF3": (MANE_GFF3, GENCODE_ALL[:2], ""),
}


def _facts(models: GeneModels) -> list[tuple[object, ...]]:
    genes = [gene for contig in sorted(models.contigs) for gene in models.overlapping(contig, 0, 1 << 30)]
    return [_fact(gene) for gene in genes]


def _fact(gene: Gene) -> tuple[object, ...]:
    exons = tuple(zip(gene.exon_starts, gene.exon_ends, strict=True))
    assert (gene.tx_start, gene.tx_end) == (exons[0][0], exons[-1][1])
    contig = {"NC_000001.11": "1", "NC_000001.10": "1", "NC_000023.11": "X", "NC_000024.10": "Y"}.get(gene.contig)
    contig = contig or gene.contig.removeprefix("chr")
    return gene.symbol, gene.gene_id, gene.transcript_id, contig, gene.strand, exons


def _write(tmp_path: Path, text: str, name: str = "a.annotation") -> str:
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return str(path)


@pytest.mark.parametrize("name", ["a", "a.gz"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects(tmp_path: Path, dialect: str, name: str) -> None:
    text, wanted, build = DIALECTS[dialect]
    path = _write(tmp_path, text, name)
    everything, canonical = load_gene_models(path, "all"), load_gene_models(path)
    assert _facts(everything) == wanted
    assert (everything.build, everything.has_ids) == (build, True)
    first_of_gene = {row[:2] + row[3:4]: row for row in reversed(wanted)}
    assert sorted(_facts(canonical)) == sorted(first_of_gene.values())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_order_of_lines_is_free(tmp_path: Path, dialect: str) -> None:
    """Exons may come before their transcript, and transcripts before their gene."""
    text, wanted, _ = DIALECTS[dialect]
    lines = text.splitlines(keepends=True)
    comments = [line for line in lines if line.startswith("#")]
    found = _facts(load_gene_models(_write(tmp_path, "".join([*comments, *reversed(lines)])), "all"))
    assert sorted(found) == sorted(wanted)


def test_lifted_annotations_are_of_the_build_they_were_lifted_to(tmp_path: Path) -> None:
    comment = (
        "##description: annotation of the human genome (GRCh38), version 49, mapped to GRCh37 with gencode-backmap"
    )
    lines = GENCODE_GTF.splitlines(keepends=True)
    assert load_gene_models(_write(tmp_path, comment + "\n" + "".join(lines[1:]))).build == "GRCh37"


def test_genes_are_found_under_every_name_of_their_contig(tmp_path: Path) -> None:
    models = load_gene_models(_write(tmp_path, REFSEQ_GFF3))
    for contig in ("1", "chr1", "NC_000001.11"):
        assert [gene.symbol for gene in models.overlapping(contig, 150, 151)] == ["ONE"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("ENST01.3", ["ENST01.3"]),
        ("ENST01", ["ENST01.3"]),
        ("ENST02,ENST01.3,ENST01", ["ENST02.1", "ENST01.3"]),
        ("ENST09", ["ENST09.7", "ENST09.7_PAR_Y"]),
        ("ENST09.7", ["ENST09.7", "ENST09.7_PAR_Y"]),
        ("ENST09.7_PAR_Y", ["ENST09.7_PAR_Y"]),
    ],
)
def test_transcripts_by_name(tmp_path: Path, wanted: str, found: list[str]) -> None:
    path = _write(tmp_path, GENCODE_GTF)
    names = tmp_path / "names.txt"
    names.write_text("# of interest\n\n" + "".join(f"{name}\tnote\n" for name in wanted.split(",")))
    for given in (wanted, str(names)):
        assert [fact[2] for fact in _facts(load_gene_models(path, given))] == found


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("ENST01.4", ("transcript ENST01.4", "it has ENST01.3")),
        ("a,b,ENST01,c,d,e", ("transcript a, b, c and 2 more", "--transcripts")),
        ("canonicl", ("canonicl", "canonical, all")),
        ("lists/mine.txt", ("lists/mine.txt does not exist",)),
        (",", ("names no transcript",)),
    ],
)
def test_transcripts_that_are_not_there(tmp_path: Path, wanted: str, words: tuple[str, ...]) -> None:
    with pytest.raises((InputError, ConfigError)) as error:
        load_gene_models(_write(tmp_path, GENCODE_GTF), wanted)
    assert all(word in error.value.one_line() for word in words), error.value.one_line()


@pytest.mark.parametrize("wanted", ["all", "ENST01"])
def test_a_table_has_no_transcripts_to_choose_from(small: SmallGenome, wanted: str) -> None:
    with pytest.raises(ConfigError, match="one transcript per gene"):
        load_gene_models(str(small.genes), wanted)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("chr1\tmade\texon\t1\t2\t.\t+\t.", "8 tab-separated columns"),
        ("chr1\tmade\texon\t9\t2\t.\t+\t.\tgene_id", "start '9' and end '2' are not an interval"),
        ("chr1\tmade\texon\t0\t2\t.\t+\t.\tgene_id", "start '0'"),
        ("chr1\tmade\texon\t1_0\t20\t.\t+\t.\tgene_id", "start '1_0'"),
        ("chr1\tmade\texon\t1\t²\t.\t+\t.\tgene_id", "end '²'"),
        (f"chr1\tmade\texon\t1\t{'9' * 30}\t.\t+\t.\tgene_id", "end '999"),
    ],
)
def test_malformed_lines_are_named(tmp_path: Path, line: str, words: str) -> None:
    path = _write(tmp_path, GENCODE_GTF + line + "\n")
    with pytest.raises(InputError) as error:
        load_gene_models(path)
    message = error.value.one_line()
    assert f"{path}, line {len(GENCODE_GTF.splitlines()) + 1}: " in message
    assert words in message
    assert "fix the gene annotation" in message


@pytest.mark.parametrize("accession", ["NC_000001.10", "NC_000001.11"])
@pytest.mark.parametrize("length", [249250621, 248956422])
def test_an_annotation_of_another_build_is_refused(tmp_path: Path, accession: str, length: int) -> None:
    """By RefSeq's names of the contigs, though both are chromosome 1."""
    fasta = tmp_path / "g.fa"
    with open(fasta, "wb") as out:  # a sparse file: one line of as many bases as the chromosome has
        out.write(b">chr1\n")
        out.truncate(6 + length)
        out.seek(6 + length - 1)
        out.write(b"A")
    Path(f"{fasta}.fai").write_text(f"chr1\t{length}\t6\t{length}\t{length + 1}\n")
    source = tmp_path / "in.vcf"
    source.write_text(vcf_text([]))
    annotation = _write(tmp_path, _rows(f"{accession} exon 101 200 + Parent=rna-1;gene=G;transcript_id=T.1"))
    config = RunConfig(str(source), fasta, annotation=annotation)
    specs = [registry.get("spliceai").spec(config)]
    with ExitStack() as stack:
        if (accession == "NC_000001.10") == (length == 249250621):
            assert len(open_inputs(config, specs, stack).genes or ()) == 1
        else:
            with pytest.raises(ConfigError, match="by its header or contig names"):
                open_inputs(config, specs, stack)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every annotation is kept, in a folder of this test."""
    monkeypatch.setenv("GENOSCORE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(gene_cache, "SMALLEST", 0)
    return tmp_path / "home" / "genes"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_kept_annotation_is_the_same(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    text, wanted, build = DIALECTS[dialect]
    path = _write(tmp_path, text)
    parsed = load_gene_models(path, "all")
    (entry,) = kept.iterdir()
    with np.load(entry, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "iu" for name in arrays)
    for module in ("gff3", "gtf"):
        monkeypatch.setattr(f"genoscore.inputs.{module}.read_annotation", _never)
    again = load_gene_models(path, "all")
    assert _facts(again) == _facts(parsed) == wanted
    assert (again.build, again.has_ids) == (build, True)
    copy = _write(tmp_path, text, "copy.gtf")
    assert _facts(load_gene_models(copy, "all")) == wanted


def _never(_: object) -> None:
    raise AssertionError("parsed again")


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "another's", "pickle"])
def test_a_damaged_entry_is_made_again(tmp_path: Path, kept: Path, damage: str) -> None:
    path = _write(tmp_path, GENCODE_GTF)
    before = _facts(load_gene_models(path, "all"))
    (entry,) = kept.iterdir()
    whole = entry.read_bytes()
    middle = len(whole) // 2
    if damage == "another's":
        np.savez(entry.with_suffix(""), ids=np.arange(3))
    elif damage == "pickle":
        with np.load(entry) as arrays:
            columns = {name: arrays[name] for name in arrays} | {"ids": np.array([_never], dtype=object)}
        np.savez(entry.with_suffix(""), **columns)
    else:
        flipped = whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :]
        entry.write_bytes({"cut": whole[:middle], "flipped": flipped, "empty": b""}[damage])
    assert _facts(load_gene_models(path, "all")) == before
    assert gene_cache.load(entry) is not None, "it was written anew"


def test_a_changed_annotation_is_read_again(tmp_path: Path, kept: Path) -> None:
    path = _write(tmp_path, GENCODE_GTF)
    assert "ONE" in {fact[0] for fact in _facts(load_gene_models(path))}
    stamp = os.stat(path).st_mtime_ns
    _write(tmp_path, GENCODE_GTF.replace("ONE", "TWO"))
    os.utime(path, ns=(stamp, stamp))
    assert "TWO" in {fact[0] for fact in _facts(load_gene_models(path))}, "the same size and time, other bytes"


def test_few_entries_are_kept(tmp_path: Path, kept: Path) -> None:
    load_gene_models(_write(tmp_path, GENCODE_GTF))
    (oldest,) = kept.iterdir()
    os.utime(oldest, (1, 1))
    for number in range(gene_cache.KEPT):
        load_gene_models(_write(tmp_path, GENCODE_GTF.replace("ONE", f"M{number}")))
    assert len(list(kept.iterdir())) == gene_cache.KEPT
    assert not oldest.exists()


def test_no_place_to_keep_is_no_error(tmp_path: Path, kept: Path) -> None:
    kept.parent.write_text("a file where the folder should be")
    assert len(load_gene_models(_write(tmp_path, GENCODE_GTF))) == 3


def test_pipes_and_small_files_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENOSCORE_HOME", str(tmp_path / "home"))
    load_gene_models(_write(tmp_path, GENCODE_GTF))
    monkeypatch.setattr(gene_cache, "SMALLEST", 0)
    out_fd, in_fd = os.pipe()
    os.write(in_fd, GENCODE_GTF.encode())
    os.close(in_fd)
    assert len(load_gene_models(f"/dev/fd/{out_fd}")) == 3
    os.close(out_fd)
    assert not (tmp_path / "home").exists()

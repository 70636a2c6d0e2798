"""Genes from GTF (2.2) and GFF3 files: one transcript per gene.

The transcript is the gene's MANE Select, else its Ensembl canonical one, else the one with the most exonic bases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from genoscore.errors import InputError
from genoscore.inputs.lines import LineReader

GeneRow = tuple[str, str, str, str, int, int, tuple[int, ...], tuple[int, ...]]
_GTF_PAIR = re.compile(r'(\w+)\s+(?:"([^"]*)"|([^;\s]+))')


@dataclass(slots=True)
class _Transcript:
    gene_id: str
    symbol: str
    contig: str
    strand: str
    rank: int
    exons: list[tuple[int, int]] = field(default_factory=list)

    @property
    def preference(self) -> tuple[int, int]:
        return self.rank, sum(end - start for start, end in self.exons)


def read_annotation(reader: LineReader) -> list[GeneRow]:
    """Rows for `Gene`, in the order in which the genes first appear. Coordinates 0-based, half-open.

    Raises:
        InputError: a line that is neither GTF nor GFF3, by its number; or exons without a transcript.
    """
    genes: dict[str, tuple[str, str]] = {}
    transcripts: dict[str, _Transcript] = {}
    for kind, contig, start, end, strand, attributes in _features(reader):
        if kind == "exon":
            for name in _parents(attributes):
                transcript = transcripts.get(name)
                if transcript is None:
                    transcript = transcripts[name] = _transcript(genes, attributes, contig, strand)
                transcript.exons.append((start, end))
        elif kind == "gene" or (kind.endswith("gene") and "Parent" not in attributes):  # ncRNA_gene, pseudogene
            gene_id = attributes.get("gene_id") or attributes.get("ID", "")
            genes[attributes.get("ID", gene_id)] = (gene_id, _symbol(attributes, gene_id))
        elif "transcript_id" in attributes or attributes.get("Parent") in genes:
            name = attributes.get("ID") or attributes["transcript_id"]
            made = _transcript(genes, attributes, contig, strand)
            made.exons = transcripts[name].exons if name in transcripts else []
            transcripts[name] = made
    return _choose(transcripts.values())


def _features(reader: LineReader) -> Iterator[tuple[str, str, int, int, str, dict[str, str]]]:
    """Feature type, contig, start, end (0-based, half-open), strand, attributes."""
    for line in reader:
        if line.startswith("##FASTA"):
            return
        if not line.strip() or line.startswith("#"):
            continue
        columns = line.split("\t")
        if len(columns) != 9:
            raise _malformed(reader, f"{len(columns)} tab-separated columns, 9 expected (GTF or GFF3)")
        kind = columns[2]
        if kind in ("CDS", "start_codon", "stop_codon") or "UTR" in kind or kind in ("chromosome", "region"):
            continue
        if not (columns[3].isdigit() and columns[4].isdigit() and 0 < int(columns[3]) <= int(columns[4])):
            raise _malformed(reader, f"start {columns[3]!r} and end {columns[4]!r} enclose nothing")
        if columns[6] not in ("+", "-"):
            continue  # no strand, no transcript
        yield kind, columns[0], int(columns[3]) - 1, int(columns[4]), columns[6], _attributes(columns[8])


def _malformed(reader: LineReader, why: str) -> InputError:
    return InputError(f"{reader.name}, line {reader.line_number}: {why}", "mend the gene annotation")


def _attributes(text: str) -> dict[str, str]:
    """Column 9 as a dictionary; repeated GTF keys (`tag`) are joined by commas.

    >>> _attributes('gene_id "G1"; tag "basic"; tag "Ensembl_canonical";')
    {'gene_id': 'G1', 'tag': 'basic,Ensembl_canonical'}
    >>> _attributes('ID=t1;Parent=g1;Note=a%3Bb')
    {'ID': 't1', 'Parent': 'g1', 'Note': 'a;b'}
    """
    found: dict[str, str] = {}
    if re.match(r"\s*\w+=", text):
        for pair in text.strip().strip(";").split(";"):
            key, _, value = pair.strip().partition("=")
            found[key] = unquote(value)
        return found
    for key, quoted, bare in _GTF_PAIR.findall(text):
        value = quoted or bare
        found[key] = f"{found[key]},{value}" if key in found else value
    return found


def _parents(attributes: dict[str, str]) -> list[str]:
    """Names of the transcripts an exon belongs to (GFF3 allows several)."""
    if "Parent" in attributes:
        return attributes["Parent"].split(",")
    return [attributes["transcript_id"]] if "transcript_id" in attributes else []


def _symbol(attributes: dict[str, str], fallback: str) -> str:
    for key in ("gene_name", "Name", "gene"):
        if attributes.get(key):
            return attributes[key]
    return fallback


def _transcript(genes: dict[str, tuple[str, str]], attributes: dict[str, str], contig: str, strand: str) -> _Transcript:
    parent = attributes.get("Parent", "")
    if parent in genes:
        gene_id, symbol = genes[parent]
    else:
        gene_id = attributes.get("gene_id") or parent or attributes.get("transcript_id", "")
        symbol = attributes.get("gene_name") or attributes.get("gene") or gene_id
    tags = attributes.get("tag", "").replace(" ", "_").split(",")
    rank = 2 if "MANE_Select" in tags else 1 if "Ensembl_canonical" in tags else 0
    return _Transcript(gene_id, symbol, contig, strand, rank)


def _choose(transcripts: Iterable[_Transcript]) -> list[GeneRow]:
    """One row per gene and contig (genes of the pseudo-autosomal regions stand on two)."""
    best: dict[tuple[str, str], _Transcript] = {}
    for transcript in transcripts:
        key = (transcript.gene_id, transcript.contig)
        if transcript.exons and (key not in best or transcript.preference > best[key].preference):
            best[key] = transcript
    rows: list[GeneRow] = []
    for (gene_id, contig), chosen in best.items():
        exons = sorted(set(chosen.exons))
        starts, ends = tuple(start for start, _ in exons), tuple(end for _, end in exons)
        rows.append((chosen.symbol, gene_id, contig, chosen.strand, starts[0], max(ends), starts, ends))
    return rows

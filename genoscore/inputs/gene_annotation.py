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
    """Attributes of its own row, or of its first exon where it has none (`declared` is False)."""

    attributes: dict[str, str]
    contig: str
    strand: str
    declared: bool
    exons: list[tuple[int, int]] = field(default_factory=list)

    @property
    def preference(self) -> tuple[int, int]:
        tags = self.attributes.get("tag", "").replace(" ", "_").split(",")
        rank = 2 if "MANE_Select" in tags else 1 if "Ensembl_canonical" in tags else 0
        return rank, sum(end - start for start, end in self.exons)


def read_annotation(reader: LineReader) -> list[GeneRow]:
    """Rows for `Gene`, in the order in which the genes first appear. Coordinates 0-based, half-open.

    Raises:
        InputError: a line that is neither GTF nor GFF3, by its number.
    """
    genes: dict[str, tuple[str, str]] = {}
    transcripts: list[_Transcript] = []
    current: dict[tuple[str, str, str], _Transcript] = {}  # one name may stand at several loci (PAR, duplicates)
    for kind, contig, start, end, strand, attributes in _features(reader):
        if kind == "exon":
            for name in _parents(attributes):
                key = (name, contig, strand)
                if key not in current:
                    current[key] = _Transcript(attributes, contig, strand, declared=False)
                    transcripts.append(current[key])
                current[key].exons.append((start, end))
        elif kind == "gene" or (kind.endswith("gene") and "Parent" not in attributes):  # ncRNA_gene, pseudogene
            gene_id = attributes.get("gene_id") or attributes.get("ID", "")
            genes[attributes.get("ID", gene_id)] = (gene_id, _symbol(attributes, gene_id))
        elif "transcript_id" in attributes or "Parent" in attributes:
            key = (attributes.get("ID") or attributes.get("transcript_id", ""), contig, strand)
            known = current.get(key)
            if known is not None and not known.declared:  # its exons came first
                known.attributes, known.declared = attributes, True
                continue
            current[key] = _Transcript(attributes, contig, strand, declared=True)
            transcripts.append(current[key])
    return _choose(transcripts, genes)


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


def _owner(attributes: dict[str, str], genes: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """Gene ID and symbol of a transcript."""
    parent = attributes.get("Parent", "")
    if parent in genes:
        return genes[parent]
    gene_id = attributes.get("gene_id") or parent or attributes.get("transcript_id", "")
    return gene_id, attributes.get("gene_name") or attributes.get("gene") or gene_id


def _choose(transcripts: Iterable[_Transcript], genes: dict[str, tuple[str, str]]) -> list[GeneRow]:
    """One row per gene and contig (genes of the pseudo-autosomal regions stand on two)."""
    best: dict[tuple[str, str], _Transcript] = {}
    symbols: dict[str, str] = {}
    for transcript in transcripts:
        gene_id, symbol = _owner(transcript.attributes, genes)
        symbols.setdefault(gene_id, symbol)
        key = (gene_id, transcript.contig)
        if transcript.exons and (key not in best or transcript.preference > best[key].preference):
            best[key] = transcript
    rows: list[GeneRow] = []
    for (gene_id, contig), chosen in best.items():
        exons = sorted(set(chosen.exons))
        starts, ends = tuple(start for start, _ in exons), tuple(end for _, end in exons)
        rows.append((symbols[gene_id], gene_id, contig, chosen.strand, starts[0], max(ends), starts, ends))
    return rows

"""Transcripts from GTF (2.2) and GFF3 files, as GENCODE, Ensembl, RefSeq and MANE write them.

The parser is genoscore's own, since it names the wrong line and knows the four dialects; docs/annotations.md compares
it with gffutils, pyranges and polars.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from genoscore.core.number_text import unsigned_number
from genoscore.inputs.annotation_oddities import NAMELESS, NO_TRANSCRIPT, STRANDLESS
from genoscore.inputs.annotation_rows import AnnotationRows
from genoscore.inputs.coding.rows import CODING, PHASES
from genoscore.inputs.gene_attributes import read_attributes
from genoscore.inputs.lines import LineReader
from genoscore.inputs.transcripts import Transcripts

_BUILD = re.compile(r"GRCh3[78]")
_BUILD_LINES = ("#!genome-build", "#!genome-version", "##description", "#description")
_PASSED_OVER = frozenset({"start_codon", "chromosome", "region"})
_SHOWN = 30  # characters of a cell in messages
_FIX = "fix the gene annotation"


def read_annotation(reader: LineReader) -> Transcripts:
    """All transcripts that have exons, with their coding sequences; their bounds are those of their exons.

    A child of a transcript that has exons itself (a mature miRNA of a primary transcript) is not a transcript. Exons
    directly below a gene are one, without an ID, only if the gene has no other.

    Raises:
        InputError: a line that is neither GTF nor GFF3; names the line.
    """
    rows = AnnotationRows()
    for kind, contig, start, end, strand, phase, text in _features(reader, rows):
        if kind == "exon":
            if not rows.add_exon(contig, start, end, strand, text):
                rows.oddities.note(NAMELESS, f"line {reader.line_number}")
            continue
        if kind in CODING:
            if not rows.coding.add(kind, contig, start, end, strand, phase, text):
                rows.oddities.note(NO_TRANSCRIPT, f"line {reader.line_number}")
            continue
        attributes = read_attributes(text)
        if kind.endswith("gene") and "Parent" not in attributes:  # also ncRNA_gene, pseudogene
            rows.add_gene(attributes)
        elif "ID" in attributes or kind == "transcript" or kind.endswith("RNA"):
            rows.add_transcript(contig, start, end, strand, attributes)
    return rows.table()


def first_feature(head: bytes) -> list[bytes]:
    """Columns of the first line that is neither empty nor a comment; [] if there is no such line."""
    for line in head.splitlines():
        if line.strip() and not line.startswith(b"#"):
            return line.split(b"\t")
    return []


def _features(reader: LineReader, rows: AnnotationRows) -> Iterator[tuple[str, str, int, int, str, str, str]]:
    """Feature type, contig, start, end (0-based, half-open), strand, phase, column 9."""
    for line in reader:
        if line.startswith("#"):
            if line.startswith("##FASTA"):
                return
            if line.startswith(_BUILD_LINES):
                rows.named_builds += _BUILD.findall(line)
            continue
        if not line.strip():
            continue
        columns = line.split("\t")
        if len(columns) != 9:
            raise reader.malformed(f"{len(columns)} tab-separated columns, 9 expected (GTF or GFF3)", _FIX)
        contig, _, kind, first, last, _, strand, phase, text = columns
        if kind in _PASSED_OVER or "UTR" in kind:
            continue
        start, end = unsigned_number(first), unsigned_number(last)
        if start is None or end is None or not 0 < start <= end:
            shown = f"start {first[:_SHOWN]!r} and end {last[:_SHOWN]!r}"
            raise reader.malformed(f"{shown} are not an interval", _FIX)
        if not contig:
            raise reader.malformed("the contig is empty", _FIX)
        if kind == "CDS" and phase not in PHASES:
            raise reader.malformed(f"phase {phase[:_SHOWN]!r} of a CDS is not 0, 1, 2 or .", _FIX)
        if strand in ("+", "-"):
            yield kind, contig, start - 1, end, strand, phase, text
        elif strand not in (".", "?"):
            raise reader.malformed(f"strand {strand[:_SHOWN]!r} is not +, -, . or ?", _FIX)
        elif kind == "exon" or kind in CODING:  # without a strand there is no transcript
            rows.oddities.note(STRANDLESS if kind == "exon" else NO_TRANSCRIPT, f"line {reader.line_number}")

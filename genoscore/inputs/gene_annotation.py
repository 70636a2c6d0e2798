"""Transcripts from GTF (2.2) and GFF3 files, as GENCODE, Ensembl, RefSeq and MANE write them.

The parser is genoscore's own, since it names the wrong line and knows the four dialects; docs/annotations.md compares
it with gffutils, pyranges and polars.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from genoscore.core.number_text import unsigned_number
from genoscore.inputs import gene_attributes
from genoscore.inputs.annotation_oddities import (
    ELSEWHERE,
    NAMELESS,
    OVERLAPPING,
    STRANDLESS,
    Oddities,
    note_bounds,
    overlapping_exons,
)
from genoscore.inputs.contigs import human_build
from genoscore.inputs.gene_attributes import Attributes, read_attributes, transcript_names, without_prefix
from genoscore.inputs.lines import LineReader
from genoscore.inputs.transcripts import Transcripts

_BUILD = re.compile(r"GRCh3[78]")
_BUILD_LINES = ("#!genome-build", "#!genome-version", "##description", "#description")
_NO_TRANSCRIPT = frozenset({"CDS", "start_codon", "stop_codon", "chromosome", "region"})
_NO_ROW = ""  # in place of a gene's key: no parent is the row of a gene
_SHOWN = 30  # characters of a cell in messages
_FIX = "fix the gene annotation"


@dataclass(frozen=True, slots=True)
class _Transcript:
    """A transcript's row, or, if it has none, the first of its exons.

    Attributes:
        name: what its exons call it: `ID`, or `transcript_id`.
        bounds: its row's start and end; None without a row.
        parent: its parent row, in GFF3.
        gene_key, gene_id, symbol: of its gene, if that has no row of its own.
    """

    name: str
    contig: str
    strand: str
    bounds: tuple[int, int] | None
    transcript_id: str
    rank: int
    parent: str
    gene_key: str
    gene_id: str
    symbol: str

    @property
    def declared(self) -> bool:
        """Whether it has a row of its own."""
        return self.bounds is not None


@dataclass(frozen=True, slots=True)
class _GeneRow:
    gene_id: str
    symbol: str


def read_annotation(reader: LineReader) -> Transcripts:
    """All transcripts that have exons; their bounds are those of their exons.

    A child of a transcript that has exons itself (a mature miRNA of a primary transcript) is not a transcript. Exons
    directly below a gene are one, without an ID, only if the gene has no other.

    Raises:
        InputError: a line that is neither GTF nor GFF3; names the line.
    """
    rows = _Rows()
    for kind, contig, start, end, strand, text in _features(reader, rows):
        if kind == "exon":
            if not rows.add_exon(contig, start, end, strand, text):
                rows.oddities.note(NAMELESS, f"line {reader.line_number}")
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


def _features(reader: LineReader, rows: _Rows) -> Iterator[tuple[str, str, int, int, str, str]]:
    """Feature type, contig, start, end (0-based, half-open), strand, column 9."""
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
        contig, _, kind, first, last, _, strand, _, text = columns
        if kind in _NO_TRANSCRIPT or "UTR" in kind:
            continue
        start, end = unsigned_number(first), unsigned_number(last)
        if start is None or end is None or not 0 < start <= end:
            shown = f"start {first[:_SHOWN]!r} and end {last[:_SHOWN]!r}"
            raise reader.malformed(f"{shown} are not an interval", _FIX)
        if not contig:
            raise reader.malformed("the contig is empty", _FIX)
        if strand in ("+", "-"):
            yield kind, contig, start - 1, end, strand, text
        elif strand not in (".", "?"):
            raise reader.malformed(f"strand {strand[:_SHOWN]!r} is not +, -, . or ?", _FIX)
        elif kind == "exon":  # without a strand there is no transcript
            rows.oddities.note(STRANDLESS, f"line {reader.line_number}")


class _Rows:
    """What has been read so far.

    Attributes:
        named_builds: human builds that the file's comments name.
    """

    def __init__(self) -> None:
        self.named_builds: list[str] = []
        self.oddities = Oddities()
        self._genes: dict[str, _GeneRow] = {}
        self._transcripts: list[_Transcript] = []
        # By name, contig and strand, since a name may occur at several loci (PAR, duplicates): its latest row.
        self._latest: dict[tuple[str, str, str], int] = {}
        self._exons = array("q"), array("q"), array("q")  # transcript, start, end
        # By name, contig and strand of a parent: the gene above it, None if a transcript with exons is, or _NO_ROW.
        self._above: dict[tuple[str, str, str], str | None] = {}

    def add_gene(self, attributes: Attributes) -> None:
        """A gene's row."""
        key = attributes.get("ID") or attributes.get("gene_id", "")
        version = attributes.get("gene_version") or attributes.get("version")
        shown_id = gene_attributes.gene_id(attributes, key, version)
        self._genes[key] = _GeneRow(shown_id, gene_attributes.symbol(attributes))

    def add_transcript(self, contig: str, start: int, end: int, strand: str, attributes: Attributes) -> None:
        """A row that may be a transcript's; without exons it is ignored."""
        parent = attributes.get("Parent", "")
        name = attributes.get("ID") or attributes.get("transcript_id", "")
        if not (name and (parent or "transcript_id" in attributes)):
            return
        version = attributes.get("transcript_version") or attributes.get("version")
        shown_id, rank = gene_attributes.transcript_id(attributes, name, version), gene_attributes.rank(attributes)
        transcript = _Transcript(
            name, contig, strand, (start, end), shown_id, rank, parent, *_owner(attributes, parent or name)
        )
        earlier = self._latest.get((name, contig, strand))
        if earlier is not None and not self._transcripts[earlier].declared:  # its exons came first
            self._transcripts[earlier] = transcript
        else:
            self._add(transcript)

    def add_exon(self, contig: str, start: int, end: int, strand: str, text: str) -> bool:
        """An exon of one transcript, or in GFF3 of several; False if it names none."""
        names = transcript_names(text)
        attributes: Attributes = {}
        transcripts, starts, ends = self._exons
        for name in names:
            transcript = self._latest.get((name, contig, strand))
            if transcript is None:
                attributes = attributes or read_attributes(text)
                transcript = self._add(_of_exon(name, contig, strand, attributes))
            transcripts.append(transcript)
            starts.append(start)
            ends.append(end)
        return bool(names)

    def _add(self, transcript: _Transcript) -> int:
        number = len(self._transcripts)
        self._latest[transcript.name, transcript.contig, transcript.strand] = number
        self._transcripts.append(transcript)
        return number

    def table(self) -> Transcripts:
        """Everything as columns."""
        exons = _distinct(np.array([np.asarray(column, dtype=np.int64) for column in self._exons]))
        self._note_oddities(exons)
        counts = np.bincount(exons[0], minlength=len(self._transcripts))
        bases = np.bincount(exons[0], exons[2] - exons[1], len(self._transcripts))
        genes = self._by_gene(counts)
        for members in genes.values():
            members.sort(key=lambda number: (self._transcripts[number].rank, bases[number]), reverse=True)
        order = np.array([number for members in genes.values() for number in members], dtype=np.int64)
        transcripts = [self._transcripts[number] for number in order.tolist()]
        firsts = [self._transcripts[members[0]] for members in genes.values()]
        rows = [self._genes.get(key) for key, _ in genes]
        ends = np.cumsum(counts)
        places = [np.arange(ends[number] - counts[number], ends[number]) for number in order.tolist()]
        kept = exons[:, np.concatenate(places)] if places else exons[:, :0]
        contigs = [contig for _, contig in genes]
        return Transcripts(
            build=human_build(dict.fromkeys(contigs)) or (self.named_builds[-1] if self.named_builds else ""),
            symbols=[(row and row.symbol) or first.symbol for row, first in zip(rows, firsts, strict=True)],
            gene_ids=[row.gene_id if row else first.gene_id for row, first in zip(rows, firsts, strict=True)],
            contigs=contigs,
            ids=["" if self._is_gene(transcript) else transcript.transcript_id for transcript in transcripts],
            strands=[transcript.strand for transcript in transcripts],
            genes=np.repeat(np.arange(len(genes)), [len(members) for members in genes.values()]),
            first_exons=np.concatenate([[0], np.cumsum(counts[order])]).astype(np.int64),
            exon_starts=kept[1],
            exon_ends=kept[2],
            warnings=self.oddities.messages(),
        )

    def _note_oddities(self, exons: np.ndarray) -> None:
        """Note what shows only once the whole file has been read."""
        ids = [transcript.transcript_id for transcript in self._transcripts]
        declared = {transcript.name for transcript in self._transcripts if transcript.declared}
        strands: dict[tuple[str, str], str] = {}
        for transcript in self._transcripts:
            other = strands.setdefault((transcript.name, transcript.contig), transcript.strand) != transcript.strand
            if not transcript.declared and (other or transcript.name in declared):
                self.oddities.note(ELSEWHERE, f"transcript {transcript.transcript_id}")
        rows = [transcript.bounds or (-1, -1) for transcript in self._transcripts]
        note_bounds(self.oddities, rows, exons, lambda number: f"transcript {ids[number]}")
        first_exons = np.searchsorted(exons[0], np.arange(len(self._transcripts) + 1))
        for number in overlapping_exons(first_exons, exons[1], exons[2]).tolist():
            self.oddities.note(OVERLAPPING, f"transcript {ids[number]}")

    def _by_gene(self, counts: np.ndarray) -> dict[tuple[str, str], list[int]]:
        """Gene and contig -> numbers of its transcripts, both in the file's order."""
        genes: dict[tuple[str, str], list[int]] = {}
        for number, transcript in enumerate(self._transcripts):
            if counts[number] and (key := self._gene_of(transcript, counts)) is not None:
                genes.setdefault((key, transcript.contig), []).append(number)
        for members in genes.values():
            named = [number for number in members if not self._is_gene(self._transcripts[number])]
            members[:] = named or members
        return genes

    def _is_gene(self, transcript: _Transcript) -> bool:
        """Whether it represents exons directly below a gene."""
        return not transcript.declared and transcript.name in self._genes

    def _gene_of(self, transcript: _Transcript, counts: np.ndarray) -> str | None:
        """The gene's key; None for a product of another transcript."""
        if not transcript.declared:
            return transcript.name if transcript.name in self._genes else transcript.gene_key
        passed = []
        parent = transcript.parent
        key: str | None = _NO_ROW
        while parent:
            place = parent, transcript.contig, transcript.strand
            if place in self._above:
                key = self._above[place]
                break
            if parent in self._genes:
                key = parent
                break
            self._above[place] = _NO_ROW  # where a circle ends
            passed.append(place)
            above = self._latest.get(place)
            if above is None:
                break
            if counts[above]:
                key = None
                break
            parent = self._transcripts[above].parent
        self._above |= dict.fromkeys(passed, key)
        return transcript.gene_key if key == _NO_ROW else key


def _owner(attributes: Attributes, fallback: str) -> tuple[str, str, str]:
    """Key, ID and name of a gene, from a row of its transcript or exon."""
    key = attributes.get("gene_id") or fallback
    name = attributes.get("gene_name") or attributes.get("gene") or without_prefix(key)
    return key, gene_attributes.gene_id(attributes, key, attributes.get("gene_version")), name


def _of_exon(name: str, contig: str, strand: str, attributes: Attributes) -> _Transcript:
    """A transcript without a row of its own, at least so far."""
    shown_id = gene_attributes.transcript_id(attributes, name, attributes.get("transcript_version"))
    rank = gene_attributes.rank(attributes)
    return _Transcript(name, contig, strand, None, shown_id, rank, "", *_owner(attributes, name))


def _distinct(exons: np.ndarray) -> np.ndarray:
    """Columns (transcript, start, end) in order, each once."""
    exons = exons[:, np.lexsort(exons[::-1])]
    return exons[:, np.diff(exons, axis=1, prepend=-1).any(axis=0)]

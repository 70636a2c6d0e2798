"""Rows of genes, transcripts and exons, as they are read, and the columns that they make."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np

from genoscore.inputs import gene_attributes
from genoscore.inputs.annotation_oddities import ELSEWHERE, OVERLAPPING, Oddities, note_bounds, overlapping_exons
from genoscore.inputs.coding.rows import CodingRows
from genoscore.inputs.coding.sequences import Owners, coding_sequences
from genoscore.inputs.coding.table import CodingTable, Integers, blocks
from genoscore.inputs.contigs import human_build, is_mitochondrial
from genoscore.inputs.gene_attributes import Attributes, read_attributes, transcript_names, without_prefix
from genoscore.inputs.transcripts import Transcripts

_NO_ROW = ""  # in place of a gene's key: no parent is the row of a gene


@dataclass(frozen=True, slots=True)
class _Transcript:
    """A transcript's row, or, if it has none, the first of its exons.

    Attributes:
        name: what its exons call it: `ID`, or `transcript_id`.
        bounds: its row's start and end; None without a row.
        parent: its parent row, in GFF3.
        incomplete: see `gene_attributes.incomplete`.
        gene_key, gene_id, symbol: of its gene, if that has no row of its own.
    """

    name: str
    contig: str
    strand: str
    bounds: tuple[int, int] | None
    transcript_id: str
    rank: int
    incomplete: tuple[str, ...]
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


class AnnotationRows:
    """What has been read so far.

    Attributes:
        named_builds: human builds that the file's comments name.
        coding: rows that say what is translated.
    """

    def __init__(self) -> None:
        self.named_builds: list[str] = []
        self.oddities = Oddities()
        self._genes: dict[str, _GeneRow] = {}
        self._transcripts: list[_Transcript] = []
        # By name, contig and strand, since a name may occur at several loci (PAR, duplicates): its latest row.
        self._latest: dict[tuple[str, str, str], int] = {}
        self.coding = CodingRows(self._latest)
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
        incomplete, owner = gene_attributes.incomplete(attributes), _owner(attributes, parent or name)
        transcript = _Transcript(name, contig, strand, (start, end), shown_id, rank, incomplete, parent, *owner)
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
        exons: Integers = _distinct(np.array([np.asarray(column, dtype=np.int64) for column in self._exons]))
        self._note_oddities(exons)
        coding = self._coding(exons)
        counts = np.bincount(exons[0], minlength=len(self._transcripts))
        bases = np.bincount(exons[0], exons[2] - exons[1], len(self._transcripts))
        genes = self._by_gene(counts)
        for members in genes.values():
            members.sort(key=lambda number: (self._transcripts[number].rank, bases[number]), reverse=True)
        order = np.array([number for members in genes.values() for number in members], dtype=np.int64)
        transcripts = [self._transcripts[number] for number in order.tolist()]
        firsts = [self._transcripts[members[0]] for members in genes.values()]
        rows = [self._genes.get(key) for key, _ in genes]
        first_exons, kept = blocks(np.concatenate([[0], np.cumsum(counts)]), order)
        contigs = [contig for _, contig in genes]
        return Transcripts(
            build=human_build(dict.fromkeys(contigs)) or (self.named_builds[-1] if self.named_builds else ""),
            symbols=[(row and row.symbol) or first.symbol for row, first in zip(rows, firsts, strict=True)],
            gene_ids=[row.gene_id if row else first.gene_id for row, first in zip(rows, firsts, strict=True)],
            contigs=contigs,
            ids=["" if self._is_gene(transcript) else transcript.transcript_id for transcript in transcripts],
            strands=[transcript.strand for transcript in transcripts],
            genes=np.repeat(np.arange(len(genes)), [len(members) for members in genes.values()]),
            first_exons=first_exons,
            exon_starts=exons[1][kept],
            exon_ends=exons[2][kept],
            warnings=self.oddities.messages(),
            coding=coding and coding.take(order),
        )

    def _coding(self, exons: np.ndarray) -> CodingTable | None:
        """The coding sequences of all transcripts, in the file's order."""
        owners = Owners(
            exons=exons,
            forward=np.array([transcript.strand == "+" for transcript in self._transcripts], dtype=bool),
            mitochondrial=np.array([is_mitochondrial(one.contig) for one in self._transcripts], dtype=bool),
            incomplete=[transcript.incomplete for transcript in self._transcripts],
            name=lambda number: self._transcripts[number].transcript_id,
        )
        rows, self.coding = self.coding, CodingRows(self._latest)  # their memory is needed soon
        return coding_sequences(rows, owners, self._genes.__contains__, self.oddities)

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
    rank, incomplete = gene_attributes.rank(attributes), gene_attributes.incomplete(attributes)
    return _Transcript(name, contig, strand, None, shown_id, rank, incomplete, "", *_owner(attributes, name))


def _distinct(exons: np.ndarray) -> np.ndarray:
    """Columns (transcript, start, end) in order, each once."""
    exons = exons[:, np.lexsort(exons[::-1])]
    return exons[:, np.diff(exons, axis=1, prepend=-1).any(axis=0)]

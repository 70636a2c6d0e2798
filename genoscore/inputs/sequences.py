"""Sequences for which tracks are predicted: those of a FASTA, or a region of the reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from genoscore.core.errors import ConfigError
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.fasta_lines import fold_bases, parse_fasta
from genoscore.inputs.indexed_fasta import IrregularError, is_plain_fasta, whole_sequences
from genoscore.inputs.lines import LineReader, Readable
from genoscore.inputs.regions import FOREVER, parse_region


class TrackSource(Protocol):
    """A sequence, and what surrounds it.

    Attributes:
        name: of the sequence, `chr1:1000-2000` for a region.
        contig: what its coordinates refer to: the sequence itself, or the contig of a region.
        start: its first base there, 0-based.
        length: bases.
    """

    @property
    def name(self) -> str: ...

    @property
    def contig(self) -> str: ...

    @property
    def start(self) -> int: ...

    @property
    def length(self) -> int: ...

    def cut(self, start: int, end: int) -> str:
        """Upper-case bases of [start, end), 0-based from the first base; N where nothing is known."""
        ...


@dataclass(frozen=True, slots=True)
class FastaSequence:
    """One sequence of a FASTA, surrounded by N."""

    name: str
    bases: str
    start: int = 0

    @property
    def contig(self) -> str:
        """Itself."""
        return self.name

    @property
    def length(self) -> int:
        """Bases."""
        return len(self.bases)

    def cut(self, start: int, end: int) -> str:
        """See TrackSource."""
        left, right = max(start, 0), max(min(end, self.length), 0)
        return "N" * (min(end, 0) - start) + self.bases[left:right] + "N" * (end - max(start, self.length))


@dataclass(frozen=True, slots=True)
class GenomeRegion:
    """A region of the reference, surrounded by its contig, and by N beyond the contig's ends."""

    genome: ReferenceGenome
    contig: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """1-based, inclusive."""
        return f"{self.contig}:{self.start + 1}-{self.end}"

    @property
    def length(self) -> int:
        """Bases."""
        return self.end - self.start

    def cut(self, start: int, end: int) -> str:
        """See TrackSource."""
        return self.genome.fetch(self.contig, self.start + start, self.start + end)


def open_region(genome: ReferenceGenome, text: str) -> GenomeRegion:
    """`chr1:1000-2000` (1-based, inclusive), `chr1:1000-` or `chr1`; `chr1` and `1` are the same contig.

    Raises:
        ConfigError: not understood, no such contig, or beyond its end.
    """
    contig, start, end = parse_region(text, genome.lengths)
    name = genome.resolve(contig)
    if name is None:
        examples = ", ".join(list(genome.lengths)[:3])
        raise ConfigError(f"region {text}: {genome.path} has no contig {contig}", f"it has {examples}, ...")
    length = genome.lengths[name]
    if start >= length or length < end < FOREVER:
        raise ConfigError(f"region {text} ends beyond contig {name}, which has {length:,} bases", "give a shorter one")
    return GenomeRegion(genome, name, start, min(end, length))


def read_sequences(source: Readable) -> Iterator[FastaSequence]:
    """Sequences of a FASTA, plain or gzipped, of standard input (`-`) or an open handle, one at a time, in order.

    The name is the header's first word. Lower case is folded, U is read as T, other letters of the nucleic acid code as
    N. Empty lines are skipped. A plain file is read by pyfaidx; streams, gzipped files and files with lines of unequal
    length are read line by line, and so are files in which something is wrong, to name the line.

    Raises:
        InputError: missing, damaged or not a FASTA; a sequence that is empty, has no name or one that occurred before;
            a character that is not a nucleotide code.
    """
    reader = LineReader(source, "sequences")
    count = 0
    try:
        if isinstance(source, str | Path) and is_plain_fasta(str(source)):
            try:
                for name, letters in whole_sequences(str(source)):
                    yield FastaSequence(name, fold_bases(letters))
                    count += 1
                return
            except IrregularError:
                pass  # the parser below takes over, after the sequences that were given already
        for name, bases in islice(parse_fasta(reader), count, None):
            yield FastaSequence(name, bases)
    finally:
        reader.close()

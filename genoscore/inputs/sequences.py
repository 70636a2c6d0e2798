"""Sequences whose tracks are wanted: of a FASTA, or a region of the reference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from genoscore.core.errors import ConfigError, InputError
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.lines import LineReader
from genoscore.inputs.regions import FOREVER, parse_region

# The letters of the nucleic acid code (IUPAC 1984), and X, which masks. U is T; all but A, C, G, T are read as N.
_FOREIGN = re.compile(r"[^ACGTUNRYSWKMBDHVXacgtunryswkmbdhvx]")
_FOLD = str.maketrans("acgtUuNRYSWKMBDHVXnryswkmbdhvx", "ACGTTT" + 24 * "N")


class TrackSource(Protocol):
    """A sequence, and what lies around it.

    Attributes:
        name: of the sequence, `chr1:1000-2000` for a region.
        contig: where its coordinates count: the sequence itself, or the contig of a region.
        start: of its first base there, 0-based.
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
    """One sequence of a FASTA; N lies around it."""

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
    """A region of the reference; the contig goes on around it, N beyond its ends."""

    genome: ReferenceGenome
    contig: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """1-based, inclusive, as it is given."""
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
    held = genome.resolve(contig)
    if held is None:
        some = ", ".join(list(genome.lengths)[:3])
        raise ConfigError(f"region {text}: {genome.path} has no contig {contig}", f"it has {some}, ...")
    length = genome.lengths[held]
    if start >= length or length < end < FOREVER:
        raise ConfigError(f"region {text} ends beyond contig {held}, which has {length:,} bases", "give a shorter one")
    return GenomeRegion(genome, held, start, min(end, length))


def read_sequences(path: str) -> Iterator[FastaSequence]:
    """Sequences of a FASTA, plain or gzipped, or of standard input (`-`), one at a time, in order.

    The name is the header's first word. Lower case is folded, U is read as T, other letters of the nucleic acid code as
    N. Empty lines are passed over.

    Raises:
        InputError: missing, damaged or no FASTA; a sequence that is empty, has no name, or one that came before; a
            character that stands for no base.
    """
    reader = LineReader(path, "sequences")
    try:
        yield from _Parser(reader).sequences()
    finally:
        reader.close()


def fold_bases(text: str, what: str) -> str:
    """Upper-case A, C, G, T and N: U is read as T, other letters of the nucleic acid code as N.

    Args:
        what: how a message calls the text.

    Raises:
        InputError: a character that stands for no base.

    >>> fold_bases("acguR", "x")
    'ACGTN'
    """
    foreign = _FOREIGN.search(text)
    if foreign:
        raise InputError(f"{what} holds {foreign[0]!r}, which stands for no base", "write A, C, G, T or N there")
    return text.translate(_FOLD)


class _Parser:
    def __init__(self, reader: LineReader) -> None:
        self._reader = reader
        self._seen: set[str] = set()
        self._header = 0  # line of the header that came last

    def sequences(self) -> Iterator[FastaSequence]:
        name, parts = "", list[str]()
        for line in self._reader:
            if line.startswith(">"):
                if name:
                    yield self._finish(name, parts)
                name, parts = self._name(line), []
            elif line.strip():
                parts.append(self._bases(line.strip(), name))
        if not name:
            raise InputError(f"{self._reader.name} holds no sequence", "give a FASTA")
        yield self._finish(name, parts)

    def _name(self, line: str) -> str:
        self._header = self._reader.line_number
        name = (line[1:].split() or [""])[0]
        if not name or line[1].isspace():
            raise InputError(f"{self._at(self._header)}: a sequence without a name", "write the name after the '>'")
        if not name.isprintable():
            raise InputError(f"{self._at(self._header)}: a name that is not plain text", "rename the sequence")
        if name in self._seen:
            raise InputError(
                f"{self._at(self._header)}: a second sequence {name}", "give every sequence a name of its own"
            )
        self._seen.add(name)
        return name

    def _bases(self, line: str, name: str) -> str:
        number = self._reader.line_number
        if not name:
            raise InputError(f"{self._at(number)}: not a FASTA: it does not begin with '>'", "give a FASTA")
        return fold_bases(line, f"{self._at(number)}: sequence {name}")

    def _finish(self, name: str, parts: list[str]) -> FastaSequence:
        bases = "".join(parts)
        if not bases:
            raise InputError(f"{self._at(self._header)}: sequence {name} is empty", "leave it out")
        return FastaSequence(name, bases)

    def _at(self, line: int) -> str:
        return f"{self._reader.name}, line {line}"

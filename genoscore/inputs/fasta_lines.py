"""FASTA read line by line: from any file or stream, with lines of any length; errors name the wrong line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from genoscore.core.errors import InputError
from genoscore.inputs.lines import LineReader

# The letters of the nucleic acid code (IUPAC 1984), and X, which masks. U is T; all but A, C, G, T are read as N.
NUCLEOTIDES = "ACGTUNRYSWKMBDHVX"
_FOREIGN = re.compile(f"[^{NUCLEOTIDES}{NUCLEOTIDES.lower()}]")
_FOLD = str.maketrans("acgtUuNRYSWKMBDHVXnryswkmbdhvx", "ACGTTT" + 24 * "N")


def foreign_letter(text: str) -> str:
    """The first character that is not a nucleotide code; '' if there is none.

    >>> foreign_letter("acguRX"), foreign_letter("AC-T!")
    ('', '-')
    """
    match = _FOREIGN.search(text)
    return match[0] if match else ""


def fold_bases(text: str) -> str:
    """Upper-case A, C, G, T and N: U is read as T, other letters of the nucleic acid code as N.

    >>> fold_bases("acguR")
    'ACGTN'
    """
    return text.translate(_FOLD)


def no_base(letter: str) -> tuple[str, str]:
    """What messages say about such a character, after `holds`, and the remedy."""
    return f"{letter!r}, which is not a nucleotide code", "write A, C, G, T or N there"


def parse_fasta(reader: LineReader) -> Iterator[tuple[str, str]]:
    """Name and bases (see `fold_bases`) of every sequence, in order. Empty lines are skipped.

    Raises:
        InputError: damaged or not a FASTA; a sequence that is empty, has no name or one that occurred before; a
            character that is not a nucleotide code.
    """
    return _Parser(reader).sequences()


class _Parser:
    def __init__(self, reader: LineReader) -> None:
        self._reader = reader
        self._seen: set[str] = set()
        self._header = 0  # line of the latest header

    def sequences(self) -> Iterator[tuple[str, str]]:
        name, parts = "", list[str]()
        for line in self._reader:
            if line.startswith(">"):
                if name:
                    yield self._finish(name, parts)
                name, parts = self._name(line), []
            elif line.strip():
                parts.append(self._bases(line.strip(), name))
        if not name:
            raise InputError(f"{self._reader.name} holds no sequence", "give a FASTA", path=self._reader.path)
        yield self._finish(name, parts)

    def _name(self, line: str) -> str:
        self._header = self._reader.line_number
        name = (line[1:].split() or [""])[0]
        if not name or line[1].isspace():
            raise self._reader.malformed("a sequence without a name", "write the name after the '>'")
        if not name.isprintable():
            raise self._reader.malformed("a name that is not plain text", "rename the sequence")
        if name in self._seen:
            raise self._reader.malformed(f"a second sequence {name}", "give every sequence a unique name")
        self._seen.add(name)
        return name

    def _bases(self, line: str, name: str) -> str:
        if not name:
            raise self._reader.malformed("not a FASTA: it does not begin with '>'", "give a FASTA")
        if letter := foreign_letter(line):
            why, hint = no_base(letter)
            raise self._reader.malformed(f"sequence {name} holds {why}", hint)
        return fold_bases(line)

    def _finish(self, name: str, parts: list[str]) -> tuple[str, str]:
        bases = "".join(parts)
        if not bases:
            raise self._reader.malformed(f"sequence {name} is empty", "leave it out", self._header)
        return name, bases

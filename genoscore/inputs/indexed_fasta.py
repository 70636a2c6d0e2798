"""Bases of a FASTA, plain or bgzipped, through pyfaidx (Shirley et al., PeerJ PrePrints 3:e1196, 2015).

pyfaidx trusts its index and gives wrong bases if the index is of another file: `fasta_check` compares it with the file
first, and every text that is read must have its line ends where the index says.
"""

from __future__ import annotations

import bisect
import contextlib
import os
import warnings
from collections.abc import Iterator
from typing import Any

import pyfaidx

from genoscore.core.errors import InputError
from genoscore.core.scratch import temporary_folder
from genoscore.inputs.fasta_check import DAMAGE, check_index, damaged, remedy
from genoscore.inputs.fasta_index import LARGEST_BLOCK, FastaIndex
from genoscore.inputs.fasta_lines import NUCLEOTIDES, foreign_letter, no_base
from genoscore.inputs.lines import BGZF_EOF, changed_while_read, file_state

_FOREIGN = 0  # stands for every byte that is not a nucleotide code
_UPPER = bytes(ord(upper) if (upper := chr(byte).upper()) in NUCLEOTIDES else _FOREIGN for byte in range(256))


class IndexedFasta:
    """Sequences by contig and 0-based, half-open interval. May be used by several threads: pyfaidx locks the file.

    Raises:
        InputError: it cannot be opened, is damaged, or the index is of another file.
    """

    def __init__(self, path: str, index: FastaIndex) -> None:
        self._path = path
        self._places = [place for place, _ in index.blocks]
        self._starts = [start for _, start in index.blocks]
        self._verified = {0}  # blocks whose start in the text is right
        try:
            self._faidx: Any = _opened(path, index)
        except (pyfaidx.FetchError, *DAMAGE) as error:
            raise InputError(f"reference {path} cannot be opened ({error})", remedy(path), path=path) from None
        self._before = self._state()
        try:
            check_index(path, index.rows, self._read)
        except InputError:
            self.close()
            raise

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Upper-case bases of [start, end), which must lie inside the contig.

        Raises:
            InputError: the file is damaged there, holds a character that is not a nucleotide code, or was changed after
                it had been opened.
        """
        if start >= end:
            return ""
        text, why, place = "", "", f"{contig}:{start + 1}-{end}"
        try:
            text, internals = self._faidx.from_file(contig, start + 1, end, internals=True)
            why = self._block_fault(internals["bstart"])
        except DAMAGE as error:
            why = str(error) or type(error).__name__
        if self._state() != self._before:
            raise changed_while_read(f"reference {self._path}", self._path, place)
        if why:
            raise damaged(self._path, place, why)
        bases = text.encode().translate(_UPPER, b"\r\n")
        if (at := bases.find(_FOREIGN)) >= 0:
            letter, _ = no_base(foreign_letter(text.replace("\r", "").replace("\n", "")))
            raise damaged(self._path, f"{contig}:{start + at + 1}", f"it holds {letter}")
        if len(bases) != end - start or not _ends_are_right(text, len(text) - len(bases), internals):
            raise damaged(self._path, place, "its lines are not as the index says")
        return bases.decode("ascii")

    def close(self) -> None:
        """Close the file."""
        self._faidx.close()

    def _read(self, start: int, end: int) -> bytes:
        """Bytes [start, end) of the (uncompressed) file, fewer at its end."""
        file = self._faidx.file
        if not self._starts:
            if start >= os.fstat(file.fileno()).st_size:
                return b""
            file.seek(start)
        else:
            number = bisect.bisect_right(self._starts, start) - 1
            within = start - self._starts[number]
            if within >= LARGEST_BLOCK:  # the .gzi ends too early
                return b""
            file.seek(self._places[number] << 16 | within)
        data: bytes = file.read(end - start)
        return data

    def _state(self) -> tuple[int, int] | None:
        return file_state(self._faidx.file.fileno())

    def _block_fault(self, start: int) -> str:
        """What is wrong with the .gzi where the bytes that were read start; a wrong number there shifts all bases."""
        number = bisect.bisect_right(self._starts, start) - 1
        if not self._starts or number in self._verified:
            return ""
        place, size = self._places[number], len(BGZF_EOF)
        while (before := os.pread(self._faidx.file.fileno(), size, place - size)) == BGZF_EOF:
            place -= size  # the files were concatenated
        previous = bisect.bisect_left(self._places, place) - 1
        if int.from_bytes(before[-4:], "little") != self._starts[number] - self._starts[previous]:
            return "the .gzi is of another file"
        self._verified.add(number)
        return ""


def _opened(path: str, index: FastaIndex) -> pyfaidx.Faidx:
    """pyfaidx's reader, with the index as genoscore has read it, which does not depend on the locale."""
    with _with_true_suffix(path, index.gzi is not None) as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about an older index: genoscore has its own warning
        faidx = pyfaidx.Faidx(
            name,
            indexname=os.devnull,
            gzi_indexname=str(index.gzi) if index.gzi else None,
            rebuild=False,
            build_index=False,
        )
    for row in index.rows:
        faidx.index[row.name] = pyfaidx.IndexRecord(
            row.length, row.offset, row.line_bases, row.line_bytes, bend=row.end, prev_bend=None
        )
    faidx.gzi_index = [_Block(place, None, start, None) for place, start in index.blocks]
    faidx.strict_bounds = False  # otherwise compressed files are read beyond the last base
    return faidx


def _ends_are_right(text: str, count: int, internals: dict[str, Any]) -> bool:
    """Whether a text has line ends where its contig's index says, and nowhere else.

    Args:
        count: how many carriage returns and line feeds it has.
        internals: pyfaidx's: `i`, the contig's row, and `bstart`, where the text begins in the file.
    """
    row = internals["i"]
    first = row.lenc - (internals["bstart"] - row.offset) % row.lenb
    line_end = {1: "\n", 2: "\r\n"}.get(row.lenb - row.lenc, "")
    columns = [text[first + at :: row.lenb] for at in range(len(line_end))]
    right = (column == letter * len(column) for letter, column in zip(line_end, columns, strict=True))
    return count == sum(map(len, columns)) and all(right)


class IrregularError(Exception):
    """pyfaidx cannot read this FASTA, or something in it is wrong; never leaves this package."""


def is_plain_fasta(path: str) -> bool:
    """Whether a file, not a pipe, begins as a FASTA that is not compressed."""
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as handle:
        return handle.read(1) == b">"


def whole_sequences(path: str) -> Iterator[tuple[str, str]]:
    """Name and upper-case letters of every sequence of a plain FASTA, in order.

    The index is made in a temporary folder: none is looked for, or left, beside a file of sequences.

    Raises:
        IrregularError: lines of unequal length; a name that is missing, not plain text or duplicate; a sequence that is
            empty or holds a character that is not a nucleotide code.
    """
    try:
        with temporary_folder() as folder, _with_true_suffix(path, False) as name:
            fai = os.path.join(folder, "fai")
            fasta = pyfaidx.Fasta(name, fai, as_raw=True, sequence_always_upper=True, rebuild=False)
    except (pyfaidx.FastaIndexingError, *DAMAGE) as error:
        raise IrregularError(str(error)) from None
    try:
        for record in fasta:
            yield record.name, _whole(record)
    except DAMAGE as error:
        raise IrregularError(str(error)) from None
    finally:
        fasta.close()


def _whole(record: Any) -> str:
    letters: str = record[:]
    name = record.name
    if not (name.isprintable() and record.long_name.startswith(name)):
        raise IrregularError("its name")
    if not letters or len(letters) != len(record) or foreign_letter(letters):
        raise IrregularError(name)
    return letters


class _Block(pyfaidx.BgzfBlock):  # type: ignore[misc]
    """A BGZF block that the search also finds for its own first byte.

    pyfaidx looks for the last block that begins before an offset. For the first byte of a block that is the byte after
    the previous one, which no virtual offset can express if that block is full (65,536 bytes, as Biopython writes
    them).
    """

    __slots__ = ()

    def __lt__(self, offset: object) -> bool:
        return bool(self.ustart <= offset)


@contextlib.contextmanager
def _with_true_suffix(path: str, bgzipped: bool) -> Iterator[str]:
    """A path whose suffix says whether the file is compressed, which is all that pyfaidx looks at."""
    if path.lower().endswith((".gz", ".bgz")) == bgzipped:
        yield path
        return
    with temporary_folder() as folder:
        link = os.path.join(folder, "sequences.fa" + (".gz" if bgzipped else ""))
        os.symlink(os.path.abspath(path), link)
        yield link

"""Bases of a FASTA, plain or bgzipped, through pyfaidx (Shirley et al., PeerJ PrePrints 3:e1196, 2015).

pyfaidx trusts its index and gives wrong bases if the index is of another file: `fasta_index` checks it first, or the
index is made on the spot.
"""

from __future__ import annotations

import contextlib
import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyfaidx

from genoscore.core.errors import InputError
from genoscore.core.scratch import temporary_folder
from genoscore.inputs.fasta_lines import foreign_letter

# What pyfaidx, and the BGZF reader that it uses, raise for a damaged file.
_DAMAGE = (OSError, ValueError, RuntimeError, AssertionError, EOFError, IndexError, struct.error, zlib.error)


class IndexedFasta:
    """Sequences by contig and 0-based, half-open interval. May be used by several threads: pyfaidx locks the file.

    Raises:
        InputError: it cannot be opened with this index.
    """

    def __init__(self, path: str, fai: Path, gzi: Path | None, hint: str) -> None:
        self._path, self._hint = path, hint
        try:
            with _with_true_suffix(path, gzi is not None) as name, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about an older index: genoscore has its own warning
                self._fasta: Any = pyfaidx.Fasta(
                    name,
                    indexname=str(fai),
                    gzi_indexname=str(gzi) if gzi else None,
                    as_raw=True,
                    sequence_always_upper=True,
                    rebuild=False,
                    build_index=False,
                )
        except (pyfaidx.FetchError, *_DAMAGE) as error:
            raise InputError(f"reference {path} cannot be opened ({error})", hint, path=path) from None
        if gzi:
            self._fasta.faidx.gzi_index = [_Block(*block) for block in self._fasta.faidx.gzi_index]

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Upper-case bases of [start, end), which must lie inside the contig.

        Raises:
            InputError: the file is damaged there.
        """
        if start >= end:
            return ""
        try:
            bases: str = self._fasta[contig][start:end]
        except _DAMAGE as error:
            raise self._damaged(contig, start, end, f": {error}") from None
        if len(bases) != end - start:
            raise self._damaged(contig, start, end, "")
        return bases

    def close(self) -> None:
        """Close the file."""
        self._fasta.close()

    def _damaged(self, contig: str, start: int, end: int, why: str) -> InputError:
        return InputError(
            f"reference {self._path} is damaged at {contig}:{start + 1}-{end}{why}", self._hint, path=self._path
        )


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
    except (pyfaidx.FastaIndexingError, *_DAMAGE) as error:
        raise IrregularError(str(error)) from None
    try:
        for record in fasta:
            yield record.name, _whole(record)
    except _DAMAGE as error:
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

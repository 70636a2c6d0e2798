"""Whether an index belongs to a FASTA: an index of another file, or of an earlier state of it, would give wrong bases.

A few short reads per contig, since a genome may lie on a network disk: the lines between its contigs, two line ends and
the last base of each. Lines of unequal length elsewhere are found where they are read (`indexed_fasta`).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence

from genoscore.core.errors import InputError
from genoscore.inputs.fasta_index import ContigRow, reindex

_LONGEST_GAP = 1 << 16  # bytes between two contigs: line ends, and headers of empty sequences, which have no row
_LINE_ENDS = (b"\n", b"\r\n")

# What pyfaidx, and the BGZF reader that it uses, raise for a damaged file.
DAMAGE = (OSError, ValueError, RuntimeError, AssertionError, EOFError, IndexError, struct.error, zlib.error)

Read = Callable[[int, int], bytes]


def check_index(path: str, rows: Sequence[ContigRow], read: Read) -> None:
    """Raise unless every contig lies where the index says, and nothing else does.

    Args:
        read: bytes [start, end) of the uncompressed FASTA, fewer at its end.

    Raises:
        InputError: the index is of another file, or this file is damaged; names the contig.
    """
    ordered = sorted(rows, key=lambda row: row.offset)
    previous: ContigRow | None = None
    for row in ordered:
        try:
            why = _gap_fault(previous, row, read) or _contig_fault(row, read)
            if not why and row is ordered[-1]:
                why = _end_fault(row, read)
        except DAMAGE as error:
            raise damaged(path, row.name, str(error)) from None
        if why:
            raise InputError(f"the index of {path} does not match it: {why}", remedy(path), path=path)
        previous = row


def damaged(path: str, place: str, why: str) -> InputError:
    """The error about a damaged FASTA; `place` is a contig, or an interval of it."""
    return InputError(f"reference {path} is damaged at {place}: {why}", remedy(path), path=path)


def remedy(path: str) -> str:
    """The remedy for a FASTA that does not match its index."""
    return f"copy the file again, or, if it was edited, {reindex(path)}"


def _gap_fault(previous: ContigRow | None, row: ContigRow, read: Read) -> str:
    """Between two contigs lie line ends and the second one's header, and nothing that the index leaves out."""
    start = previous.end if previous else 0
    if row.offset < start:
        return f"contig {row.name} begins inside another"
    if row.offset - start > _LONGEST_GAP:
        return f"the FASTA holds other contigs before {row.name}"
    gap = read(start, row.offset)
    if previous and previous.length and not gap.startswith(_LINE_ENDS):
        return _length_fault(previous)
    header = gap.rstrip(b"\r\n").rsplit(b"\n", 1)[-1]
    name = row.name.encode("utf-8", "surrogateescape")
    if not gap.endswith(b"\n") or header[:1] != b">" or (header[1:].split() or [b""])[0] != name:
        return f"contig {row.name} is not there"
    if not _sequence_lines(gap):
        return ""
    return f"the FASTA holds other text before contig {row.name}" if previous is None else _length_fault(previous)


def _contig_fault(row: ContigRow, read: Read) -> str:
    """Its first line, one in its middle and the last base are where they should be."""
    width = row.line_bytes - row.line_bases
    n_ends = max(row.length - 1, 0) // max(row.line_bases, 1)  # line ends between its bases
    for line in {0, n_ends // 2} if n_ends else ():
        at = row.offset + line * row.line_bytes + row.line_bases
        around = read(at - 1, at + width + 1) if width <= len(_LINE_ENDS[-1]) else b""
        if around[1:-1] not in _LINE_ENDS or around[:1] in b"\r\n" or around[-1:] in b"\r\n":
            return f"contig {row.name} does not have lines of {row.line_bases} bases"
    if row.length and not read(row.end - 1, row.end).isalpha():
        return _length_fault(row)
    return ""


def _end_fault(last: ContigRow, read: Read) -> str:
    """After the last contig there is nothing but line ends."""
    after = read(last.end, last.end + _LONGEST_GAP)
    if after and last.length and not after.startswith(_LINE_ENDS):
        return _length_fault(last)
    return f"the FASTA holds other contigs after {last.name}" if after.strip() else ""


def _sequence_lines(text: bytes) -> bool:
    """Whether there are lines other than headers and empty ones."""
    return any(line.strip() and not line.startswith(b">") for line in text.split(b"\n"))


def _length_fault(row: ContigRow) -> str:
    return f"contig {row.name} does not have {row.length} bases"

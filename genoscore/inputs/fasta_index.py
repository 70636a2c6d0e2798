"""The index of a FASTA: found or made, and checked, since an index of another file would give wrong bases."""

from __future__ import annotations

import bisect
import contextlib
import gzip
import hashlib
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pysam

from genoscore.core.errors import InputError
from genoscore.core.home import home_folder
from genoscore.core.scratch import replacing
from genoscore.inputs.htslib import paths_of_any_bytes
from genoscore.inputs.lines import GZIP_MAGIC, is_bgzf, open_binary

_LARGEST_BLOCK = 0xFFFF  # last byte of an uncompressed BGZF block


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a .fai: where a contig's sequence lies in the (uncompressed) FASTA, in bytes."""

    name: str
    length: int
    offset: int
    line_bases: int
    line_bytes: int

    @property
    def end(self) -> int:
        """Byte after the contig's last base."""
        if self.length == 0:
            return self.offset
        lines, rest = divmod(self.length - 1, self.line_bases)
        return self.offset + lines * self.line_bytes + rest + 1


@dataclass(frozen=True, slots=True)
class FastaIndex:
    """Index files that belong to a FASTA.

    Attributes:
        gzi: None for a plain FASTA.
        lengths: bases of every contig, in the FASTA's order.
        warnings: what users should know about an index that can still be used.
    """

    fai: Path
    gzi: Path | None
    lengths: dict[str, int]
    warnings: list[str]


def open_index(path: str, cache: Path | None = None) -> FastaIndex:
    """Find the index of a FASTA, or make it beside the file, or in `cache` if that folder is not writable.

    Raises:
        InputError: missing, not a FASTA, gzipped but not bgzipped, or an index that belongs to another file.
    """
    with open_binary(path, "reference", seekable=True) as handle:
        bgzipped = _check_is_fasta(path, handle)
    fai, gzi, warnings = _find_or_make(path, bgzipped, cache)
    rows = _read_fai(path, fai)
    _check(path, rows, gzi)
    return FastaIndex(fai, gzi, {row.name: row.length for row in rows}, warnings)


def reindex(path: str) -> str:
    """The remedy for an index that does not match."""
    return f"run: samtools faidx {path}"


def _find_or_make(path: str, bgzipped: bool, cache: Path | None) -> tuple[Path, Path | None, list[str]]:
    fai, gzi, warnings = Path(path + ".fai"), Path(path + ".gzi"), []
    if not (fai.exists() and (gzi.exists() or not bgzipped)):
        folder = fai.parent
        if not os.access(folder, os.W_OK):
            folder = cache or home_folder() / "fasta"
            # A file of the same name elsewhere must not share an index.
            digest = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:16]
            stem = f"{Path(path).name}.{digest}"
            fai, gzi = folder / f"{stem}.fai", folder / f"{stem}.gzi"
        if not _is_newer(fai, path) or (bgzipped and not gzi.exists()):
            _make(path, fai, gzi if bgzipped else None)
    elif os.path.getmtime(fai) < os.path.getmtime(path):
        warnings.append(f"{fai} is older than {path}; its contigs were checked and agree")
    return fai, gzi if bgzipped else None, warnings


def _is_newer(index: Path, fasta: str) -> bool:
    return index.exists() and index.stat().st_mtime >= os.path.getmtime(fasta)


def _check_is_fasta(path: str, handle: BinaryIO) -> bool:
    """Whether the file is bgzipped; raises if it cannot be an indexed FASTA."""
    head = handle.read(18)
    if not head:
        raise InputError(f"reference {path} is empty", "give a FASTA", path=path)
    if is_bgzf(head):
        return True
    if head[:2] == GZIP_MAGIC:
        raise InputError(
            f"reference {path} is gzipped, which does not allow access by position",
            "gunzip it, then bgzip it",
            path=path,
        )
    if head[:1] != b">":
        raise InputError(f"reference {path} is not a FASTA: it does not begin with '>'", "give a FASTA", path=path)
    return False


def _make(path: str, fai: Path, gzi: Path | None) -> None:
    """Under temporary names first: another run may be reading, or making, the same index."""
    try:
        fai.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:  # the .fai comes last
            options = ["--fai-idx", str(stack.enter_context(replacing(fai)))]
            options += ["--gzi-idx", str(stack.enter_context(replacing(gzi)))] if gzi else []
            with paths_of_any_bytes():
                pysam.faidx(*options, path)
    except (pysam.utils.SamtoolsError, OSError) as error:
        raise InputError(
            f"reference {path} has no index and none could be made ({_last_line(error)})", reindex(path), path=path
        ) from None


def _last_line(error: Exception) -> str:
    lines = [line for line in str(error).replace("\\n", "\n").splitlines() if line.strip(" '\"")]
    return lines[-1] if lines else type(error).__name__


def _read_fai(path: str, fai: Path) -> list[_Row]:
    rows: dict[str, _Row] = {}
    number = 0
    try:
        for number, line in enumerate(fai.read_text().splitlines(), 1):
            name, *numbers = line.split("\t")
            length, offset, line_bases, line_bytes = (int(value) for value in numbers)
            if min(length, offset, line_bases) < 0 or line_bytes < line_bases or (length and not line_bases):
                raise ValueError
            if name in rows:
                why = f"index {fai}, line {number}: contig {name} occurs twice"
                raise InputError(why, "give every sequence a unique name", path=str(fai), line=number)
            rows[name] = _Row(name, length, offset, line_bases, line_bytes)
    except OSError as error:
        why, hint = f"index {fai} cannot be read ({error.strerror})", "check its permissions"
        raise InputError(why, hint, path=str(fai)) from None
    except ValueError:
        raise InputError(f"index {fai}, line {number}, is damaged", reindex(path), path=str(fai), line=number) from None
    if not rows:
        raise InputError(f"index {fai} is empty", reindex(path), path=str(fai))
    return [*rows.values()]


def _check(path: str, rows: list[_Row], gzi: Path | None) -> None:
    """Every contig of the index must be where the index says, with its name and length."""
    with open(path, "rb") as handle:
        read = _through_blocks(path, handle, gzi) if gzi else _through_bytes(handle)
        for row in rows:
            head = read(max(0, row.offset - len(row.name) - 512), row.offset)
            header = head.rstrip(b"\r\n").rsplit(b"\n", 1)[-1]
            if header[:1] != b">" or (header[1:].split() or [b""])[0] != row.name.encode():
                raise _other_file(path, f"contig {row.name} is not there")
            around = read(max(row.end - 1, row.offset), row.end + 3)
            if row.length and (not around[:1].isalpha() or not _is_end(around[1:])):
                raise _other_file(path, f"contig {row.name} does not have {row.length} bases")
        last = max(rows, key=lambda row: row.offset)
        if read(last.end, last.end + 64).strip():
            raise _other_file(path, "the FASTA holds more contigs")


def _other_file(path: str, why: str) -> InputError:
    return InputError(f"the index of {path} does not match it: {why}", reindex(path), path=path)


def _is_end(after: bytes) -> bool:
    """After a contig's last base comes the end of the file, or a line end and then a header or a blank line."""
    rest = after.lstrip(b"\r\n")
    return not after or (rest != after and (not rest or rest[:1] == b">"))


def _through_bytes(handle: BinaryIO) -> Callable[[int, int], bytes]:
    def read(start: int, end: int) -> bytes:
        handle.seek(start)
        return handle.read(end - start)

    return read


def _through_blocks(path: str, handle: BinaryIO, gzi: Path) -> Callable[[int, int], bytes]:
    """Bytes by uncompressed offset, through the .gzi (pairs of compressed and uncompressed block offsets)."""
    try:
        raw = gzi.read_bytes()
        (count,) = struct.unpack_from("<Q", raw)
        numbers = struct.unpack_from(f"<{2 * count}Q", raw, 8)
    except (OSError, struct.error, OverflowError, MemoryError):
        raise InputError(f"index {gzi} is damaged", reindex(path), path=str(gzi)) from None
    compressed, uncompressed = (0, *numbers[::2]), (0, *numbers[1::2])

    def read(start: int, end: int) -> bytes:
        block = bisect.bisect_right(uncompressed, start) - 1
        skipped = start - uncompressed[block]
        if skipped > _LARGEST_BLOCK:  # the index ends too early
            return b""
        handle.seek(compressed[block])
        try:
            with gzip.GzipFile(fileobj=handle) as blocks:
                blocks.read(skipped)
                return blocks.read(end - start)
        except (OSError, EOFError, zlib.error):
            why = f"{path} is damaged or truncated, or its index is of another file"
            raise InputError(why, reindex(path), path=path) from None

    return read

"""The index of a FASTA: found or made, and read; `fasta_check` compares it with the file."""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import pysam

from genoscore.core.errors import InputError
from genoscore.core.home import home_folder
from genoscore.core.number_text import unsigned_number
from genoscore.core.scratch import replacing
from genoscore.inputs.htslib import paths_of_any_bytes
from genoscore.inputs.lines import GZIP_MAGIC, is_bgzf, open_binary

LARGEST_BLOCK = 1 << 16  # bytes of a BGZF block, compressed or not, at most


@dataclass(frozen=True, slots=True)
class ContigRow:
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
        rows: of the .fai, in its order.
        blocks: where every BGZF block begins, in the file and in the uncompressed text; empty for a plain FASTA.
        warnings: what users should know about an index that can still be used.
    """

    fai: Path
    gzi: Path | None
    rows: list[ContigRow]
    blocks: list[tuple[int, int]]
    warnings: list[str]


def open_index(path: str, cache: Path | None = None) -> FastaIndex:
    """Find the index of a FASTA, or make it beside the file, or in `cache` if that folder is not writable.

    `fasta_check` decides whether it belongs to the file.

    Raises:
        InputError: missing, not a FASTA, gzipped but not bgzipped, or a damaged index.
    """
    with open_binary(path, "reference", seekable=True) as handle:
        bgzipped = _check_is_fasta(path, handle)
    fai, gzi, warnings = _find_or_make(path, bgzipped, cache)
    return FastaIndex(fai, gzi, _read_fai(path, fai), _read_gzi(path, gzi) if gzi else [], warnings)


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


def _content(index: Path) -> bytes:
    """The bytes of an index; raises InputError if it is not a regular file or cannot be read."""
    with open_binary(str(index), "index", seekable=True) as handle:
        try:
            return handle.read()
        except OSError as error:
            why, hint = f"index {index} cannot be read ({error.strerror})", "check the file"
            raise InputError(why, hint, path=str(index)) from None


def _read_fai(path: str, fai: Path) -> list[ContigRow]:
    lines = _content(fai).split(b"\n")
    rows: dict[str, ContigRow] = {}
    for number, line in enumerate(lines, 1):
        if not line.rstrip(b"\r"):
            continue
        row = _row(line.rstrip(b"\r").decode("utf-8", "surrogateescape"))
        if row is None:
            why = f"index {fai}, line {number}, is damaged"
            raise InputError(why, reindex(path), path=str(fai), line=number)
        if row.name in rows:
            why = f"index {fai}, line {number}: contig {row.name} occurs twice"
            raise InputError(why, "give every sequence a unique name", path=str(fai), line=number)
        rows[row.name] = row
    if not rows:
        raise InputError(f"index {fai} is empty", reindex(path), path=str(fai))
    return [*rows.values()]


def _row(line: str) -> ContigRow | None:
    """A line of a .fai; None if it is not one, or its numbers contradict each other."""
    name, *cells = line.split("\t")
    numbers = [number for cell in cells if (number := unsigned_number(cell)) is not None]
    if len(cells) != 4 or len(numbers) != 4:
        return None
    length, offset, line_bases, line_bytes = numbers
    if line_bytes < line_bases or (length and not line_bases):
        return None
    return ContigRow(name, length, offset, line_bases, line_bytes)


def _read_gzi(path: str, gzi: Path) -> list[tuple[int, int]]:
    """Where every BGZF block begins, in the file and in the uncompressed text; the first is not in the .gzi."""
    raw = _content(gzi)
    count = int.from_bytes(raw[:8], "little")
    damaged = InputError(f"index {gzi} is damaged", reindex(path), path=str(gzi))
    if len(raw) != 8 + 16 * count:
        raise damaged
    numbers = struct.unpack_from(f"<{2 * count}Q", raw, 8)
    blocks = [(0, 0), *zip(numbers[::2], numbers[1::2], strict=True)]
    for (place, start), (next_place, next_start) in pairwise(blocks):
        if not (place < next_place and start <= next_start <= start + LARGEST_BLOCK):
            raise damaged
    if blocks[-1][0] >= os.path.getsize(path):
        raise damaged
    return blocks

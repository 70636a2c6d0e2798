"""The reference genome: indexed FASTA, plain or bgzipped."""

from __future__ import annotations

import bisect
import contextlib
import gzip
import hashlib
import os
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pysam

from genoscore.core.errors import InputError
from genoscore.core.home import home_folder
from genoscore.inputs.contigs import find_alias
from genoscore.inputs.lines import GZIP_MAGIC, is_bgzf, open_binary


@dataclass(frozen=True, slots=True)
class _FaiRow:
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


_AHEAD = 1 << 15  # bases read at once


class ReferenceGenome:
    """Sequence by contig and 0-based half-open interval: upper-case, N beyond a contig's ends.

    A missing index is made beside the FASTA, or in `cache` where that folder cannot be written.

    Attributes:
        lengths: bases of every contig, in the FASTA's order.

    Raises:
        InputError: missing, not a FASTA, gzipped but not bgzipped, or an index that belongs to another file.
    """

    def __init__(self, path: str | Path, cache: Path | None = None) -> None:
        self.path = str(path)
        self.warnings: list[str] = []
        self._aliases: dict[tuple[str, int | None], str | None] = {}
        with open_binary(self.path, "reference") as handle:
            self._bgzipped = _check_is_fasta(self.path, handle)
        fai, gzi = self._find_or_make_index(cache)
        rows = _read_fai(self.path, fai)
        _check_index(self.path, rows, gzi)
        self.lengths = {row.name: row.length for row in rows}
        self._fasta = _open_fasta(self.path, fai, gzi)
        self._contig, self._start, self._end, self._bases = "", 0, 0, ""  # read last

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Upper-case bases of [start, end), 0-based; positions outside the contig are N.

        Raises:
            KeyError: the FASTA has no such contig (see `resolve`).
        """
        if contig == self._contig and self._start <= start and end <= self._end:
            return self._bases[start - self._start : end - self._start]
        length = self.lengths[contig]
        left, right = max(start, 0), min(end, length)
        if left >= right:
            return "N" * (end - start)
        if end - start < _AHEAD:  # the alleles of sorted records lie close together
            right = min(start + _AHEAD, length)
        bases = self._fasta.fetch(contig, left, right).upper()
        self._contig, self._start, self._end, self._bases = contig, left, right, bases
        return "N" * (left - start) + bases[: end - left] + "N" * (end - right)

    def resolve(self, contig: str, declared_length: int | None = None) -> str | None:
        """The FASTA's own spelling of a contig, or None.

        `chr1` and `1` are the same; `chrM`, `M` and `MT` only where the lengths agree, since two different
        mitochondrial sequences (16,571 and 16,569 bases) go by these names.

        Args:
            declared_length: the length that the VCF's header gives for it.
        """
        key = (contig, declared_length)
        if key not in self._aliases:
            self._aliases[key] = find_alias(contig, self.lengths, declared_length)
        return self._aliases[key]

    def close(self) -> None:
        """Close the file."""
        self._fasta.close()

    def _find_or_make_index(self, cache: Path | None) -> tuple[Path, Path | None]:
        fai, gzi = Path(self.path + ".fai"), Path(self.path + ".gzi")
        if not (fai.exists() and (gzi.exists() or not self._bgzipped)):
            folder = fai.parent
            if not os.access(folder, os.W_OK):
                folder = cache or home_folder() / "fasta"
                # A file of the same name elsewhere must not share an index.
                place = hashlib.sha256(os.path.realpath(self.path).encode()).hexdigest()[:16]
                stem = f"{Path(self.path).name}.{place}"
                fai, gzi = folder / f"{stem}.fai", folder / f"{stem}.gzi"
            if not _is_newer(fai, self.path) or (self._bgzipped and not gzi.exists()):
                _make_index(self.path, fai, gzi if self._bgzipped else None)
        elif os.path.getmtime(fai) < os.path.getmtime(self.path):
            self.warnings.append(f"{fai} is older than {self.path}; its contigs were checked and agree")
        return fai, gzi if self._bgzipped else None


def _is_newer(index: Path, fasta: str) -> bool:
    return index.exists() and index.stat().st_mtime >= os.path.getmtime(fasta)


def _check_is_fasta(path: str, handle: BinaryIO) -> bool:
    """True where bgzipped; raises where the file cannot be an indexed FASTA."""
    head = handle.read(18)
    if not head:
        raise InputError(f"reference {path} is empty", "give a FASTA")
    if is_bgzf(head):
        return True
    if head[:2] == GZIP_MAGIC:
        raise InputError(
            f"reference {path} is gzipped, which gives no access by position", "run: gunzip it, then bgzip it"
        )
    if head[:1] != b">":
        raise InputError(f"reference {path} is not a FASTA: it does not begin with '>'", "give a FASTA")
    return False


def _make_index(path: str, fai: Path, gzi: Path | None) -> None:
    """Under temporary names first: another run may be reading, or making the same."""
    made = {target: target.with_name(f".{target.name}.{os.getpid()}") for target in (fai, gzi) if target}
    options = ["--fai-idx", str(made[fai])] + (["--gzi-idx", str(made[gzi])] if gzi else [])
    try:
        fai.parent.mkdir(parents=True, exist_ok=True)
        pysam.faidx(*options, path)
        for target, temporary in reversed(made.items()):
            os.replace(temporary, target)
    except (pysam.utils.SamtoolsError, OSError) as error:
        raise InputError(
            f"reference {path} has no index and none could be made ({_last_line(error)})",
            f"run: samtools faidx {path}",
        ) from None
    finally:
        for temporary in made.values():
            with contextlib.suppress(OSError):
                temporary.unlink()


def _last_line(error: Exception) -> str:
    lines = [line for line in str(error).replace("\\n", "\n").splitlines() if line.strip(" '\"")]
    return lines[-1] if lines else type(error).__name__


def _read_fai(path: str, fai: Path) -> list[_FaiRow]:
    rows: list[_FaiRow] = []
    number = 0
    try:
        for number, line in enumerate(fai.read_text().splitlines(), 1):  # noqa: B007
            name, *numbers = line.split("\t")
            length, offset, line_bases, line_bytes = (int(value) for value in numbers[:4])
            if min(length, offset, line_bases) < 0 or line_bytes < line_bases or (length and not line_bases):
                raise ValueError
            rows.append(_FaiRow(name, length, offset, line_bases, line_bytes))
    except OSError as error:
        raise InputError(f"index {fai} cannot be read ({error.strerror})", "check its permissions") from None
    except ValueError:
        raise InputError(f"index {fai}, line {number}, is damaged", _reindex(path)) from None
    if not rows:
        raise InputError(f"index {fai} is empty", _reindex(path))
    return rows


def _reindex(path: str) -> str:
    return f"run: samtools faidx {path}"


def _check_index(path: str, rows: list[_FaiRow], gzi: Path | None) -> None:
    """Every contig of the index must stand where it says, under its name and with its length."""
    with open(path, "rb") as handle:
        read = _bgzf_reader(path, handle, gzi) if gzi else _plain_reader(handle)
        for row in rows:
            head = read(max(0, row.offset - len(row.name) - 512), row.offset)
            header = head.rstrip(b"\r\n").rsplit(b"\n", 1)[-1]
            if header[:1] != b">" or (header[1:].split() or [b""])[0] != row.name.encode():
                raise InputError(f"the index of {path} does not fit it: contig {row.name} is not there", _reindex(path))
            around = read(max(row.end - 1, row.offset), row.end + 3)
            if row.length and (not around[:1].isalpha() or not _is_end(around[1:])):
                raise InputError(
                    f"the index of {path} does not fit it: contig {row.name} has not {row.length} bases", _reindex(path)
                )
        last = max(rows, key=lambda row: row.offset)
        if read(last.end, last.end + 64).strip():
            raise InputError(f"the index of {path} does not fit it: the FASTA holds more contigs", _reindex(path))


def _is_end(after: bytes) -> bool:
    """After a contig's last base comes the end of the file, or a line end and then a header or blank line."""
    rest = after.lstrip(b"\r\n")
    return not after or (rest != after and (not rest or rest[:1] == b">"))


class _plain_reader:
    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle

    def __call__(self, start: int, end: int) -> bytes:
        self._handle.seek(start)
        return self._handle.read(end - start)


class _bgzf_reader:
    """Bytes by uncompressed offset, through the .gzi (pairs of compressed and uncompressed block offsets)."""

    def __init__(self, path: str, handle: BinaryIO, gzi: Path) -> None:
        try:
            raw = gzi.read_bytes()
            (count,) = struct.unpack_from("<Q", raw)
            numbers = struct.unpack_from(f"<{2 * count}Q", raw, 8)
        except (OSError, struct.error):
            raise InputError(f"index {gzi} is damaged", _reindex(path)) from None
        self._path, self._handle = path, handle
        self._compressed = (0, *numbers[::2])
        self._uncompressed = (0, *numbers[1::2])

    def __call__(self, start: int, end: int) -> bytes:
        block = bisect.bisect_right(self._uncompressed, start) - 1
        skipped = start - self._uncompressed[block]
        if skipped > 0xFFFF:  # blocks hold at most 64 KiB: the index ends too early
            return b""
        self._handle.seek(self._compressed[block])
        try:
            with gzip.GzipFile(fileobj=self._handle) as blocks:
                blocks.read(skipped)
                return blocks.read(end - start)
        except (OSError, EOFError, zlib.error):
            raise InputError(
                f"{self._path} is damaged or truncated, or its index is not its own", _reindex(self._path)
            ) from None


def _open_fasta(path: str, fai: Path, gzi: Path | None) -> pysam.FastaFile:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pysam.FastaFile(path, filepath_index=str(fai), filepath_index_compressed=str(gzi) if gzi else None)
    except (OSError, ValueError) as error:
        raise InputError(f"reference {path} cannot be opened ({error})", _reindex(path)) from None

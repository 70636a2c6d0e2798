"""Lines of a plain, gzipped or bgzipped text file, an open handle or standard input.

Damage is an error, never an early end.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from genoscore.core.errors import InputError
from genoscore.core.special_files import is_endless, special_kind

STDIN = "-"
_LONGEST_LINE = 1 << 29  # bytes: ten times those of a record with 500,000 samples; a gzip of 1 MB may hold 1 GB
Readable = str | Path | BinaryIO  # what readers accept: a path (`-` is standard input) or a handle open for bytes
GZIP_MAGIC = b"\x1f\x8b"
# The empty block that ends every complete BGZF file (SAM specification, 4.1.2).
BGZF_EOF = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


class _Source(io.RawIOBase):
    """A raw reader that can be filled ahead and remembers the last bytes it read.

    A pipe may deliver a single byte at first; the type of a file must not be guessed from that.
    """

    def __init__(self, source: Any) -> None:
        self._read = getattr(source, "read1", source.read)  # what a pipe holds now, without waiting for more
        self._ahead = b""
        self.last = b""

    def readable(self) -> bool:
        return True

    def fill(self, size: int) -> bytes:
        """The first `size` bytes, or fewer if the source ends before; they remain to be read."""
        while len(self._ahead) < size:
            data = self._take(size)
            if not data:
                break
            self._ahead += data
        return self._ahead

    def readinto(self, buffer: Any) -> int:
        data = self._ahead[: len(buffer)]
        self._ahead = self._ahead[len(data) :]
        data = data or self._take(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _take(self, size: int) -> bytes:
        data: bytes = self._read(size)
        self.last = (self.last + data)[-len(BGZF_EOF) :]
        return data


def open_binary(path: str, noun: str, seekable: bool = False) -> BinaryIO:
    """Open a file (`-` is standard input) or say in one line why it cannot be read.

    Args:
        noun: what messages call the file, before its path.
        seekable: whether it is read by position, so that a pipe will not do.

    Raises:
        InputError: missing, a directory, a device, a pipe if it must be seekable, or not readable.
    """
    if path == STDIN:
        if sys.stdin is None:
            raise InputError("standard input is closed", "give a file", path=path)
        # Not sys.stdin itself: a thread that still waits for it must not hold up the end of the process.
        return open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)
    if Path(path).is_dir():
        raise InputError(f"{noun} {path} is a directory", "give a file", path=path)
    kind = special_kind(path) if seekable or is_endless(path) else ""
    if kind:
        hint = "give a regular file, as it is read by position" if seekable else "give a file"
        raise InputError(f"{noun} {path} is {kind}, not a regular file", hint, path=path)
    try:
        return open(path, "rb", buffering=0 if os.path.isfile(path) else -1)
    except FileNotFoundError:
        raise InputError(f"{noun} {path} does not exist", "check the path", path=path) from None
    except PermissionError:
        hint = "check its permissions"
        raise InputError(f"{noun} {path} cannot be read (permission denied)", hint, path=path) from None
    except OSError as error:
        raise InputError(f"{noun} {path} cannot be read ({error.strerror})", "check the path", path=path) from None


def file_state(file: int | Path) -> tuple[int, int] | None:
    """Size in bytes, and time of the last change, of a regular file; None for a pipe, a device or a missing file."""
    try:
        state = os.stat(file)
    except OSError:
        return None
    return (state.st_size, state.st_mtime_ns) if stat.S_ISREG(state.st_mode) else None


def changed_while_read(title: str, path: str, place: str = "") -> InputError:
    """The error for a file that changed during a run.

    Args:
        title: what messages call the file. place: the interval of it that was being read, if known.
    """
    noticed = f" (noticed at {place})" if place else ""
    return InputError(
        f"{title} was changed while it was being read{noticed}",
        "do not change it during a run, and run again",
        path=path,
    )


def name_of(source: Readable) -> str:
    """The path of a source; for a handle, the path it was opened with, or `open handle` if it has none.

    >>> name_of("a.vcf"), name_of(io.BytesIO())
    ('a.vcf', 'open handle')
    """
    if isinstance(source, str | Path):
        return str(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) and name else "open handle"


def is_bgzf(head: bytes) -> bool:
    """Whether a file's first 18 bytes are those of a BGZF block."""
    return head[:4] == b"\x1f\x8b\x08\x04" and head[12:14] == b"BC"


def has_end_block(path: Path) -> bool:
    """Whether a BGZF file ends with the end-of-file block of a complete one."""
    with open(path, "rb") as handle:
        handle.seek(max(0, path.stat().st_size - len(BGZF_EOF)))
        return handle.read() == BGZF_EOF


class LineReader:
    """Iterates over the lines of a text file as `str` without their line ends.

    Bytes that are not UTF-8 survive a round trip (surrogateescape). A handle is read from its current position, and
    stays open; a file that was opened here is closed by `close`.

    Attributes:
        path: as given; `-` is standard input; the name of a handle.
        is_handle: whether an open handle was given.
        line_number: 1-based number of the line returned last.

    Raises:
        InputError: missing, a directory, not readable, damaged, a line too long to hold in memory, or a handle that is
            open as text.
    """

    def __init__(self, source: Readable, noun: str) -> None:
        self.path = name_of(source)
        self.is_handle = not isinstance(source, str | Path)
        self.line_number = 0
        self.carriage_returns = False
        self._noun = noun
        if isinstance(source, io.TextIOBase):
            raise InputError(f"{noun} {self.path} is open as text", "open it in binary mode ('rb')", path=self.path)
        self._source = open_binary(self.path, noun) if isinstance(source, str | Path) else source
        self._before = None if self.is_handle or self.path == STDIN else file_state(self._source.fileno())
        self._compressed = self._text = _Source(self._source)
        with self._damage_named():
            head = self._compressed.fill(18)
        self._bgzf = is_bgzf(head)
        if head[:2] == GZIP_MAGIC:
            buffer = io.BufferedReader(self._compressed, 1 << 18)
            self._text = _Source(gzip.GzipFile(fileobj=buffer))
        self._lines = io.BufferedReader(self._text, 1 << 18)

    @property
    def is_stream(self) -> bool:
        """Whether its bytes can only be read in sequence: a handle, a pipe, gzip without BGZF's blocks."""
        return (
            self.is_handle or (self._text is not self._compressed and not self._bgzf) or not os.path.isfile(self.path)
        )

    @property
    def name(self) -> str:
        """The file's path, or `standard input`."""
        return "standard input" if self.path == STDIN else self.path

    @property
    def title(self) -> str:
        """What messages about a line call this file."""
        return self.name if self.path == STDIN else f"{self._noun} {self.path}"

    def malformed(self, why: str, hint: str, line: int | None = None, text: str = "") -> InputError:
        """An error about a line: the one returned last unless another is given."""
        number = self.line_number if line is None else line
        return InputError.at(self.title, why, hint, path=self.path, line=number, text=text)

    def peek(self, size: int) -> bytes:
        """The first (decompressed) bytes; they remain to be read."""
        with self._damage_named():
            return self._text.fill(size)[:size]

    def read(self, size: int) -> bytes:
        """The next decompressed bytes, for formats without lines."""
        with self._damage_named():
            data = self._lines.read1(size)
        if not data:
            self._check_end()
        return data

    def __iter__(self) -> Iterator[str]:
        with self._damage_named():
            for raw in iter(partial(self._lines.readline, _LONGEST_LINE), b""):
                self.line_number += 1
                line = raw.rstrip(b"\n")
                if len(line) >= _LONGEST_LINE:
                    why = f"is longer than {_LONGEST_LINE - 1:,} bytes"
                    raise self.malformed(why, "leave it out, or break a sequence into lines")
                if line.endswith(b"\r"):
                    self.carriage_returns = True
                    line = line[:-1]
                yield line.decode("utf-8", "surrogateescape")
        self._check_end()

    def close(self) -> None:
        """Close what was opened here; standard input and handles stay open."""
        if self.path != STDIN and not self.is_handle:
            self._source.close()

    def check_unchanged(self) -> None:
        """Raise if the file has changed since it was opened: what was read may be part old, part new, or cut short."""
        if self._before is not None and file_state(self._source.fileno()) != self._before:
            raise changed_while_read(f"{self._noun} {self.path}", self.path)

    def _check_end(self) -> None:
        self.check_unchanged()
        if self._bgzf and self._compressed.last != BGZF_EOF:
            raise self._truncated("its end-of-file block is missing")

    def _truncated(self, why: str) -> InputError:
        return InputError(
            f"{self._noun} {self.name} is truncated{self._after()} ({why})",
            "copy or make the file again",
            path=self.path,
            line=self.line_number or None,
        )

    def _after(self) -> str:
        return f" after line {self.line_number}" if self.line_number else ""

    def _damage_named(self) -> _DamageNamed:
        return _DamageNamed(self)


class _DamageNamed:
    """Turns decompression errors into an InputError that names file and line."""

    def __init__(self, reader: LineReader) -> None:
        self._reader = reader

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        reader = self._reader
        if isinstance(error, EOFError):
            raise reader._truncated("the compressed data end too early") from None
        if isinstance(error, (gzip.BadGzipFile, zlib.error)):
            raise InputError(
                f"{reader._noun} {reader.name} is damaged{reader._after()} ({error})",
                "copy or make the file again",
                path=reader.path,
                line=reader.line_number or None,
            ) from None
        if isinstance(error, OSError):
            raise InputError(
                f"{reader._noun} {reader.name} cannot be read ({error.strerror or error})",
                "check the file",
                path=reader.path,
            ) from None

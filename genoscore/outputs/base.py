"""The seam of an output format, and files that appear only when they are complete."""

from __future__ import annotations

import contextlib
import os
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from genoscore.engine.results import RecordResult
from genoscore.errors import OutputError

STDOUT = "-"


class Writer(Protocol):
    """Writes results in input order. `commit` makes the output appear; without it nothing is left behind."""

    target: str
    note: str  # for the user, after `commit`; '' for nothing

    def write(self, result: RecordResult) -> None:
        """Add one record."""
        ...

    def commit(self) -> None:
        """Finish the output and put it under its name."""
        ...

    def discard(self) -> None:
        """Remove whatever was written; harmless after `commit`."""
        ...


@contextlib.contextmanager
def writing(target: str) -> Iterator[None]:
    """Name the output in whatever the operating system objects to.

    Raises:
        OutputError: disk full, permission denied, reader gone.
    """
    try:
        yield
    except BrokenPipeError:
        raise OutputError(f"{_name(target)} was closed by its reader", "let it read to the end") from None
    except OSError as error:
        raise OutputError(
            f"{_name(target)} cannot be written ({error.strerror or error})",
            "check the folder, its permissions and space",
        ) from None


def _name(target: str) -> str:
    return "standard output" if target == STDOUT else f"output {target}"


def temporary_beside(target: str) -> Path:
    """A name in the target's folder (a rename is atomic) with the target's suffix (indexers go by it)."""
    path = Path(target)
    return path.parent / f".genoscore-{os.getpid()}-{path.name}"


class TextFile:
    """Text to a plain or bgzipped file under a temporary name, or to standard output.

    Raises:
        OutputError: cannot be written.
    """

    def __init__(self, target: str, bgzip: bool) -> None:
        self.target = target
        self.path = None if target == STDOUT else temporary_beside(target)
        with writing(target):
            self._raw: BinaryIO = sys.stdout.buffer if self.path is None else open(self.path, "wb", 1 << 18)  # noqa: SIM115
        self._file: BinaryIO | BgzfWriter = BgzfWriter(self._raw) if bgzip else self._raw

    def write(self, text: str) -> None:
        """Append text."""
        with writing(self.target):
            self._file.write(text.encode("utf-8", "surrogateescape"))

    def finish(self) -> None:
        """Flush and close; the file keeps its temporary name."""
        with writing(self.target):
            if self.path is None:
                self._file.flush()
            else:
                self._file.close()

    def commit(self) -> None:
        """Give the finished file its name."""
        if self.path is not None:
            with writing(self.target):
                os.replace(self.path, self.target)

    def discard(self) -> None:
        """Close and remove the temporary file."""
        if self.path is None:
            return
        with contextlib.suppress(OSError):
            self._raw.close()
        self.path.unlink(missing_ok=True)


class BgzfWriter:
    """BGZF (SAM specification, 4.1): gzip members of at most 64 KiB that say their own size.

    htslib's writer is not used because it reports a full disk on standard error and not to its caller.
    """

    _BLOCK = 0xFF00  # bytes of text a block; leaves room for incompressible data

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._pending = bytearray()

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._pending += data
        while len(self._pending) >= self._BLOCK:
            self._emit(bytes(self._pending[: self._BLOCK]))
            del self._pending[: self._BLOCK]

    def flush(self) -> None:
        """Write what is pending."""
        if self._pending:
            self._emit(bytes(self._pending))
            self._pending.clear()
        self._raw.flush()

    def close(self) -> None:
        """Write what is pending and the empty block that marks the end."""
        try:
            self.flush()
            self._emit(b"")
        finally:
            self._raw.close()

    def _emit(self, data: bytes) -> None:
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(data) + packer.flush()
        size = len(packed) + 25  # of the whole block, minus one
        head = b"\x1f\x8b\x08\x04" + struct.pack("<IBBHBBHH", 0, 0, 255, 6, 66, 67, 2, size)
        self._raw.write(head + packed + struct.pack("<II", zlib.crc32(data), len(data)))


class WriterGroup:
    """Several outputs that appear together, or not at all."""

    def __init__(self) -> None:
        self._writers: list[Writer] = []

    def add(self, writer: Writer) -> None:
        """Take over a writer."""
        self._writers.append(writer)

    def write(self, result: RecordResult) -> None:
        """Pass a record to every output."""
        for writer in self._writers:
            writer.write(result)

    def commit(self) -> list[str]:
        """Finish every output; what the user should know of them."""
        for writer in self._writers:
            writer.commit()
        return [writer.note for writer in self._writers if writer.note]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers:
            writer.discard()

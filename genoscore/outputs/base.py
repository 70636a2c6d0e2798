"""The seam of an output format, and files that appear only when they are complete."""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import sys
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Generic, Protocol, Self, TypeVar

from genoscore.engine.results import RecordResult
from genoscore.errors import OutputError
from genoscore.scores.base import Scorer

if TYPE_CHECKING:
    from genoscore.outputs.vcf import VcfText

STDOUT = "-"
_PENDING = 1 << 16  # characters gathered before they are passed on
Item = TypeVar("Item", contravariant=True)


class Output(Protocol[Item]):
    """Writes what it is given, in order. `commit` makes the output appear; without it nothing is left behind.

    `prepare` comes first and does all that can fail, so that several outputs appear together or not at all.
    """

    target: str

    @property
    def note(self) -> str:
        """For the user, at the end; '' for nothing."""
        ...

    def write(self, item: Item, /) -> None:
        """Add one."""
        ...

    def prepare(self) -> None:
        """Finish the output under its temporary name."""
        ...

    def commit(self) -> None:
        """Put the prepared output under its name."""
        ...

    def discard(self) -> None:
        """Remove whatever was written; harmless after `commit`."""
        ...


Writer = Output[RecordResult]  # the formats of `genoscore score`


@dataclass(frozen=True, slots=True)
class WriterContext:
    """What a writer may need of a run; every format is opened as `format(target, context)`.

    Attributes:
        text: the lines of the annotated VCF, and its header.
        scorers: predictor -> scorer, in the order of `-p`.
        provenance: predictor -> the values of its `##genoscore` header line.
        contig_lengths: of the FASTA, in its order.
        sourced: tables have the column SOURCE, for scores some of which come from files.
    """

    text: VcfText
    scorers: Mapping[str, Scorer]
    provenance: Mapping[str, Mapping[str, str]]
    contig_lengths: Mapping[str, int]
    sourced: bool = False


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


def temporary_beside(target: str, kind: str = "") -> Path:
    """A short name in the folder of the target (a rename is atomic) with its suffix (indexers go by it).

    A target that is a symbolic link is written through: the file that it points to is replaced.
    """
    path = Path(os.path.realpath(target))
    digest = hashlib.sha256(path.name.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    suffix = kind or "".join(path.suffixes[-2:])
    return path.parent / f".genoscore-{os.getpid()}-{digest}{suffix}"


class TextFile:
    """Text to a plain or bgzipped file under a temporary name, or to standard output.

    Args:
        head: written at once.
        path: another temporary name than the usual one.

    Raises:
        OutputError: cannot be written.
    """

    def __init__(self, target: str, bgzip: bool, head: str = "", path: Path | None = None) -> None:
        self.target = target
        self.path = None if target == STDOUT else path or temporary_beside(target)
        if self.path is None and sys.stdout is None:
            raise OutputError("standard output is closed", "give -o FILE")
        self._pending: list[str] = []
        self._size = 0
        with writing(target):
            self._raw: BinaryIO = sys.stdout.buffer if self.path is None else open(self.path, "wb", 1 << 18)  # noqa: SIM115
        self._file: BinaryIO | BgzfWriter = BgzfWriter(self._raw) if bgzip else self._raw
        try:
            self.write(head)
            self._pass_on()
        except BaseException:
            self.discard()
            raise

    def write(self, text: str) -> None:
        """Append text."""
        self._pending.append(text)
        self._size += len(text)
        if self._size > _PENDING:
            self._pass_on()

    def _pass_on(self) -> None:
        data = "".join(self._pending).encode("utf-8", "surrogateescape")
        self._pending, self._size = [], 0
        with writing(self.target):
            self._file.write(data)

    def finish(self) -> None:
        """Flush and close; the file keeps its temporary name."""
        self._pass_on()
        with writing(self.target):
            if self.path is None:
                self._file.flush()
            else:
                self._file.close()

    def commit(self) -> None:
        """Give the finished file its name."""
        if self.path is not None:
            with writing(self.target):
                os.replace(self.path, os.path.realpath(self.target))

    def discard(self) -> None:
        """Close and remove the temporary file."""
        if isinstance(self._file, BgzfWriter):
            self._file.abandon()
        if self.path is None:
            return
        with contextlib.suppress(OSError):
            self._raw.close()
        self.path.unlink(missing_ok=True)


class BgzfWriter:
    """BGZF (SAM specification, 4.1): gzip members of at most 64 KiB that say their own size, packed in a thread.

    htslib's writer is not used because it reports a full disk on standard error and not to its caller.
    """

    _BLOCK = 0xFF00  # bytes of text a block; leaves room for incompressible data

    _AHEAD = 8  # blocks that may be in the making

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._pending = bytearray()
        self._packer = ThreadPoolExecutor(1, thread_name_prefix="bgzf")
        self._blocks: deque[Future[bytes]] = deque()

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
        self._drain(0)
        self._raw.flush()

    def close(self) -> None:
        """Write what is pending and the empty block that marks the end."""
        try:
            self.flush()
            self._raw.write(_bgzf_block(b""))
        finally:
            self.abandon()
            self._raw.close()

    def abandon(self) -> None:
        """Stop packing; harmless after `close`."""
        self._packer.shutdown(cancel_futures=True)

    def _emit(self, data: bytes) -> None:
        self._blocks.append(self._packer.submit(_bgzf_block, data))
        self._drain(self._AHEAD)

    def _drain(self, left: int) -> None:
        while len(self._blocks) > left:
            self._raw.write(self._blocks.popleft().result())


def _bgzf_block(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    size = len(packed) + 25  # of the whole block, minus one
    head = b"\x1f\x8b\x08\x04" + struct.pack("<IBBHBBHH", 0, 0, 255, 6, 66, 67, 2, size)
    return head + packed + struct.pack("<II", zlib.crc32(data), len(data))


class OutputGroup(Generic[Item]):
    """Several outputs that appear together, or not at all."""

    def __init__(self) -> None:
        self._writers: list[Output[Item]] = []

    def add(self, writer: Output[Item]) -> None:
        """Take over a writer."""
        self._writers.append(writer)

    def write(self, item: Item) -> None:
        """Pass it to every output."""
        for writer in self._writers:
            writer.write(item)

    def commit(self) -> list[str]:
        """Finish every output, then let all appear; what the user should know of them."""
        for writer in self._writers:
            writer.prepare()
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


WriterGroup = OutputGroup[RecordResult]

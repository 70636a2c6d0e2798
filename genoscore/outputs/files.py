"""The files of an output, which appear only when they are complete, and text in them, plain or bgzipped."""

from __future__ import annotations

import contextlib
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import pysam

from genoscore.core.errors import OutputError
from genoscore.core.pending import STDOUT, PendingFile, publish_all, writing
from genoscore.core.scratch import Scratch

_PENDING = 1 << 16  # characters gathered before they are passed on
_PROBE = b"\0" * (1 << 16)


class FileOutput(ABC):
    """One output of one or several files: under temporary names until `commit`, removed by `discard`.

    A subclass opens its files in `_open`, completes them in `_finish` and releases them in `_close`, which may be
    called at any stage and more than once.

    Args:
        names: names of the files; by default the target alone, or no file for standard output.

    Attributes:
        scratch: where all temporary files of this output lie.
        files: the files that appear on `commit`.

    Raises:
        OutputError: from all methods, if a file cannot be written.
    """

    def __init__(self, target: str, names: Iterable[str] | None = None) -> None:
        self.target = target
        self.scratch = Scratch()
        names = ([] if target == STDOUT else [target]) if names is None else names
        try:
            with writing(target):
                self.files = [PendingFile(name, self.scratch) for name in names]
                self._first = self.files[:1]
                self._open()
        except BaseException:
            self.discard()
            raise

    @property
    def path(self) -> Path:
        """The temporary name of the first file."""
        return self._first[0].path

    @property
    def note(self) -> str:
        """A message for the user at the end; '' for none."""
        return ""

    @property
    def lost_values(self) -> int:
        """Number of values of the input that the prepared output cannot hold."""
        return 0

    @abstractmethod
    def _open(self) -> None:
        """Open the files under their temporary names."""

    @abstractmethod
    def _finish(self) -> None:
        """Complete and close the files."""

    @abstractmethod
    def _close(self) -> None:
        """Close the files."""

    def prepare(self) -> None:
        """Complete the files under their temporary names: does everything that is likely to fail."""
        with writing(self.target):
            self._finish()

    def commit(self) -> None:
        """Give the completed files their final names, irreversibly."""
        publish_all(self.files)
        self.discard()

    def discard(self) -> None:
        """Remove unpublished files, and those kept aside; harmless after `commit`."""
        self._close()
        self.scratch.close()


class TextOutput(FileOutput):
    """An output of one text file, plain or bgzipped, or on standard output.

    Args:
        head: text that is written at once.
    """

    _text: TextStream | None = None

    def __init__(self, target: str, bgzip: bool, head: str = "") -> None:
        self.bgzip = bgzip
        self._head = head
        super().__init__(target)

    def add(self, text: str) -> None:
        """Append text."""
        assert self._text is not None
        self._text.write(text)

    def _open(self) -> None:
        self._text = TextStream(self.target, self.path if self._first else None, self.bgzip, self._head)

    def _finish(self) -> None:
        assert self._text is not None
        self._text.finish()

    def _close(self) -> None:
        if self._text is not None:
            self._text.abandon()


class TextStream:
    """Text to a plain or bgzipped file, or to standard output.

    Args:
        name: the output's name in messages.
        path: path of the file; None for standard output.
        head: text that is written at once.
        level: of compression, 0 to 9; None is the library's default.

    Raises:
        OutputError: from all methods except `abandon`, if it cannot be written.
    """

    def __init__(self, name: str, path: Path | None, bgzip: bool, head: str = "", level: int | None = None) -> None:
        if path is None and getattr(sys.stdout, "buffer", None) is None:
            raise OutputError("standard output is closed", "give -o FILE")
        self.name = name
        self._path = path
        self._pending: list[str] = []
        self._size = 0
        with writing(name):
            self._file = _open_binary(path, bgzip, level)
        try:
            self.write(head)
            self._pass_on()
        except BaseException:
            self.abandon()
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
        with writing(self.name):
            self._file.write(data)

    def finish(self) -> None:
        """Flush and close."""
        self._pass_on()
        with writing(self.name):
            if self._path is None:
                self._file.flush()
            else:
                self._file.close()

    def abandon(self) -> None:
        """Close the file, ignoring errors."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._file.close()


def _open_binary(path: Path | None, bgzip: bool, level: int | None) -> BinaryIO | BgzipFile:
    if path is None:
        return sys.stdout.buffer
    return BgzipFile(path, level) if bgzip else open(path, "wb", 1 << 18)


class BgzipFile:
    """`pysam.BGZFile` for writing, with errors that give the reason.

    pysam 0.24 reports that a write failed but not why, and crashes if the file cannot be opened; in both cases Python
    gets the reason from the operating system.
    """

    def __init__(self, path: Path, level: int | None = None) -> None:
        open(path, "wb").close()
        self._path = path
        mode: Any = "wb" if level is None else f"wb{level}"  # htslib's own notation
        self._file = pysam.BGZFile(str(path), mode, index=None)

    def write(self, data: bytes) -> None:
        """Append bytes."""
        try:
            self._file.write(data)
        except OSError:
            why_not_written(self._path)
            raise

    def flush(self) -> None:
        """Write what is pending."""
        try:
            self._file.flush()
        except OSError:
            why_not_written(self._path)
            raise

    def close(self) -> None:
        """Write what is pending and the empty block that marks the end; harmless if already closed."""
        try:
            self._file.close()
        except OSError:
            why_not_written(self._path)
            raise


def why_not_written(path: Path) -> None:
    """Write to a file that a library failed to write, so that the operating system gives the reason; spoils the file.

    Raises:
        OSError: disk full, quota, ...; nothing is raised if the file can be written.
    """
    with open(path, "ab", buffering=0) as file:
        for _ in range(4):  # the first may succeed in part if a little space is left
            file.write(_PROBE)

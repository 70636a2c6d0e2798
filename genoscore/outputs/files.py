"""The files of an output, which appear only when they are complete, and text in them, plain or bgzipped."""

from __future__ import annotations

import contextlib
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import pysam

from genoscore.core.errors import OutputError
from genoscore.core.pending import STDOUT, PendingFile, publish_all, restore_all, writing

_PENDING = 1 << 16  # characters gathered before they are passed on
_PROBE = b"\0" * (1 << 16)


class FileOutput(ABC):
    """One output of one or several files: under temporary names until `commit`, gone after `discard`.

    A subclass opens its files in `_open`, completes them in `_finish` and lets go of them in `_close`, at any stage
    and as often as it is asked to.

    Args:
        names: of the files; one, called as the target, unless told otherwise; none on standard output.

    Raises:
        OutputError: by all methods, where a file cannot be written.
    """

    def __init__(self, target: str, names: Iterable[str] | None = None) -> None:
        self.target = target
        names = ([] if target == STDOUT else [target]) if names is None else names
        self.files = [PendingFile(name) for name in names]
        self._first = self.files[:1]
        try:
            with writing(target):
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
        """For the user, at the end; '' for nothing."""
        return ""

    @abstractmethod
    def _open(self) -> None:
        """Open the files under their temporary names."""

    @abstractmethod
    def _finish(self) -> None:
        """Complete and close them."""

    @abstractmethod
    def _close(self) -> None:
        """Close them, and remove what else lies on disk."""

    def prepare(self) -> None:
        """Complete the files under their temporary names: all that is likely to fail."""
        with writing(self.target):
            self._finish()

    def publish(self) -> None:
        """Give the completed files their names, all or none; what had them is kept aside until `discard`."""
        publish_all(self.files)

    def restore(self) -> None:
        """Undo `publish`."""
        restore_all(self.files)

    def commit(self) -> None:
        """Give the completed files their names, for good."""
        self.publish()
        self.discard()

    def discard(self) -> None:
        """Remove what has no name yet, and what was kept aside; harmless after `commit`."""
        self._close()
        for file in self.files:
            file.discard()


class TextOutput(FileOutput):
    """An output of one file of text, plain or bgzipped, or on standard output.

    Args:
        head: written at once.
    """

    _text: TextStream | None = None

    def __init__(self, target: str, bgzip: bool, head: str = "") -> None:
        self._bgzip = bgzip
        self._head = head
        super().__init__(target)

    def add(self, text: str) -> None:
        """Append text."""
        assert self._text is not None
        self._text.write(text)

    def _open(self) -> None:
        self._text = TextStream(self.target, self.path if self._first else None, self._bgzip, self._head)

    def _finish(self) -> None:
        assert self._text is not None
        self._text.finish()

    def _close(self) -> None:
        if self._text is not None:
            self._text.abandon()


class TextStream:
    """Text to a plain or bgzipped file, or to standard output.

    Args:
        name: how messages call it.
        path: of the file; None is standard output.
        head: written at once.

    Raises:
        OutputError: by all methods but `abandon`, where it cannot be written.
    """

    def __init__(self, name: str, path: Path | None, bgzip: bool, head: str = "") -> None:
        if path is None and sys.stdout is None:
            raise OutputError("standard output is closed", "give -o FILE")
        self.name = name
        self._path = path
        self._pending: list[str] = []
        self._size = 0
        with writing(name):
            self._file = _open_binary(path, bgzip)
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
        """Close the file, whatever comes of it."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._file.close()


def _open_binary(path: Path | None, bgzip: bool) -> BinaryIO | BgzipFile:
    if path is None:
        return sys.stdout.buffer
    return BgzipFile(path) if bgzip else open(path, "wb", 1 << 18)


class BgzipFile:
    """`pysam.BGZFile` for writing, whose errors say why.

    pysam 0.24 reports that a write failed but not for which reason, and crashes where the file cannot be opened; in
    both cases Python asks the operating system.
    """

    def __init__(self, path: Path) -> None:
        open(path, "wb").close()
        self._path = path
        self._file = pysam.BGZFile(str(path), "wb", index=None)

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
        """Write what is pending and the empty block that marks the end; harmless when it was closed."""
        try:
            self._file.close()
        except OSError:
            why_not_written(self._path)
            raise


def why_not_written(path: Path) -> None:
    """Write to a file to which a library failed to, so that the operating system says why; the file is spoilt.

    Raises:
        OSError: disk full, quota, ...; nothing is raised where it can be written.
    """
    with open(path, "ab", buffering=0) as file:
        for _ in range(4):  # a first one may be cut short where a little space is left
            file.write(_PROBE)

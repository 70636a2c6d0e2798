"""Standard error, and text on standard output.

All text passes through here, whichever library prints it. Names in it may hold terminal escapes, or characters that
the locale cannot encode: both are shown escaped. Data (`-o -`) go to `sys.stdout.buffer` unchanged.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TextIO

from genoscore.core.errors import OutputError
from genoscore.core.pending import STDOUT, not_written
from genoscore.core.printable import printable


class EscapedStream(io.TextIOBase):
    """A text stream that escapes unprintable characters.

    Args:
        stream: where the text goes; None if it is closed.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self.stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the stream."""
        return getattr(self.stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write text."""
        self.write_controls(printable(text))
        return len(text)

    def write_controls(self, text: str) -> None:
        """Write text whose control codes are intended."""
        if not text.isascii():  # the locale may lack a character
            text = text.encode(self.encoding, "backslashreplace").decode(self.encoding)
        self._attempt(lambda stream: stream.write(text))

    def flush(self) -> None:
        """Flush the stream."""
        if self.stream is not None:
            self._attempt(lambda stream: stream.flush())

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self.stream is not None and self.stream.isatty()

    def fileno(self) -> int:
        """The stream's descriptor."""
        if self.stream is None:
            raise io.UnsupportedOperation("closed")
        return self.stream.fileno()

    def writable(self) -> bool:
        """Always true."""
        return True

    def _attempt(self, action: Callable[[TextIO], Any]) -> None:
        raise NotImplementedError


class ControlStream(io.TextIOBase):
    """The same stream for rich, which writes control codes of its own."""

    def __init__(self, stream: EscapedStream) -> None:
        self._stream = stream
        self.isatty, self.fileno, self.flush = stream.isatty, stream.fileno, stream.flush  # type: ignore[method-assign]

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the stream."""
        return self._stream.encoding

    def write(self, text: str) -> int:
        """Write text."""
        self._stream.write_controls(text)
        return len(text)


class _Errors(EscapedStream):
    """Standard error. A message that cannot be written, because the disk is full or the terminal closed, is lost: it
    must not end a run whose outputs are sound."""

    def _attempt(self, action: Callable[[TextIO], Any]) -> None:
        if self.stream is not None:
            with contextlib.suppress(OSError, ValueError):
                action(self.stream)


class _Output(EscapedStream):
    """Standard output. After a failure, nothing more is written.

    Attributes:
        failure: the first one.

    Raises:
        OutputError: it is closed, or the disk is full.
        BrokenPipeError: its reader has gone.
    """

    failure: OutputError | BrokenPipeError | None = None

    @property
    def buffer(self) -> Any:
        """The binary stream below, for data; None if standard output is closed."""
        return getattr(self.stream, "buffer", None)

    def _attempt(self, action: Callable[[TextIO], Any]) -> None:
        if self.failure is not None:
            return
        try:
            if self.stream is None:
                self._fail(OutputError("standard output is closed", "send it to a file, or to /dev/null"))
            action(self.stream)
        except BrokenPipeError as error:
            self._fail(error)
        except OSError as error:
            self._fail(not_written(STDOUT, error))

    def _fail(self, failure: OutputError | BrokenPipeError) -> NoReturn:
        self.failure = failure
        self._discard_rest()
        raise failure from None

    def finish(self) -> None:
        """Flush; raise an earlier failure again, in case a library ignored it."""
        self.flush()
        if self.failure is not None:
            raise self.failure

    def _discard_rest(self) -> None:
        """Drop what could not be written: the interpreter must not try again when it exits."""
        with contextlib.suppress(OSError, ValueError):
            if self.fileno() == 1:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


@contextlib.contextmanager
def escaped_streams() -> Iterator[None]:
    """Pass everything printed in the block through these streams, and flush them at its end.

    Raises:
        OutputError: standard output cannot be written.
        BrokenPipeError: its reader has gone.
    """
    before = sys.stdout, sys.stderr
    output = _Output(sys.stdout)
    sys.stdout, sys.stderr = output, _Errors(sys.stderr)
    try:
        yield
    except SystemExit as ended:
        if ended.code:  # the reason has been printed
            with contextlib.suppress(OutputError, BrokenPipeError):
                output.flush()
            raise
        output.finish()
        raise
    else:
        output.finish()
    finally:
        sys.stderr.flush()
        sys.stdout, sys.stderr = before


def hold_standard_streams() -> None:
    """Occupy the descriptors 0, 1 and 2 if the caller has closed them.

    Otherwise the next file opened would get such a number, and whatever a C library prints would end up in that file.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number

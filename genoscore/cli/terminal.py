"""The streams on which the program speaks: standard error, and text on standard output.

All text passes through here, whoever prints it: names in it may hold terminal escapes or bytes that the locale cannot
show, so both are shown escaped. Data (`-o -`) go to `sys.stdout.buffer` and are not touched.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from genoscore.core.errors import OutputError
from genoscore.core.pending import STDOUT, writing
from genoscore.core.printable import printable


class TextStream(io.TextIOBase):
    """A text stream that escapes what cannot be seen.

    Args:
        stream: where the text goes; None if that is closed.
        escaped: False for text with control codes that are meant, from a console.
    """

    def __init__(self, stream: TextIO | None, escaped: bool = True) -> None:
        self.stream = stream
        self._escaped = escaped

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the stream."""
        return getattr(self.stream, "encoding", None) or "utf-8"

    def raw(self) -> TextStream:
        """The same stream for text with control codes."""
        return type(self)(self.stream, escaped=False)

    def write(self, text: str) -> int:
        """Write text."""
        shown = printable(text) if self._escaped else text
        if not shown.isascii():  # the locale may lack a character
            shown = shown.encode(self.encoding, "backslashreplace").decode(self.encoding)
        self._attempt(lambda stream: stream.write(shown))
        return len(text)

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
        """Always."""
        return True

    def _attempt(self, action: Callable[[TextIO], Any]) -> None:
        raise NotImplementedError


class _Errors(TextStream):
    """Standard error. A message that cannot be shown, on a full disk or after the terminal has gone, is lost: it must
    not end a run whose outputs are sound."""

    def _attempt(self, action: Callable[[TextIO], Any]) -> None:
        if self.stream is not None:
            with contextlib.suppress(OSError, ValueError):
                action(self.stream)


class _Output(TextStream):
    """Standard output.

    Raises:
        OutputError: it is closed, or the disk is full.
        BrokenPipeError: its reader has gone.
    """

    @property
    def buffer(self) -> Any:
        """The binary stream below, for data; None if standard output is closed."""
        return getattr(self.stream, "buffer", None)

    def _attempt(self, action: Callable[[TextIO], Any]) -> None:
        if self.stream is None:
            raise OutputError("standard output is closed", "send it to a file, or to /dev/null")
        try:
            action(self.stream)
        except BrokenPipeError:
            raise
        except OSError:
            with writing(STDOUT):
                raise

    def give_up(self) -> None:
        """Discard what could not be written, so that the interpreter does not try again at its end."""
        with contextlib.suppress(OSError, ValueError):
            if self.fileno() == 1:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


@contextlib.contextmanager
def on_terminal() -> Iterator[None]:
    """Let everything that is printed inside pass through these streams, and end only once it has been written.

    Raises:
        OutputError: standard output cannot be written.
        BrokenPipeError: its reader has gone.
    """
    before = sys.stdout, sys.stderr
    output = _Output(sys.stdout)
    sys.stdout, sys.stderr = output, _Errors(sys.stderr)
    try:
        try:
            yield
        finally:
            output.flush()
    except (OutputError, BrokenPipeError):
        output.give_up()
        raise
    finally:
        sys.stderr.flush()
        sys.stdout, sys.stderr = before


def hold_standard_streams() -> None:
    """Occupy the descriptors 0, 1 and 2 if the caller has closed them.

    Else the next file that is opened gets such a number, and what a C library prints there ends in that file.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number

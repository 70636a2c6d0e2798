"""Files that appear only when they are complete."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from genoscore.core.errors import OutputError
from genoscore.outputs.bgzf import BgzfWriter

STDOUT = "-"


_PENDING = 1 << 16  # characters gathered before they are passed on


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

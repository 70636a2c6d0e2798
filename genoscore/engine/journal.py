"""The journal of a run: the scores of every complete chunk, so that `--resume` need not compute them again.

A resumed run reads the input and writes the outputs from the beginning, but takes the scores of journalled chunks from
here, so its outputs are byte-identical to those of an uninterrupted run. One JSON object per line; a last line that a
crash cut short is ignored.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from genoscore.core.errors import InputError, OutputError
from genoscore.planning.chunks import Chunk

FORMAT = 1
Row = tuple[float, ...] | NDArray[np.float32] | None  # scores of one job, (T, F) with tracks; None if not finite
Rows = dict[str, list[Row]]  # predictor -> rows, in the order of the chunk's jobs


class Journal:
    """Rows of complete chunks on disk.

    Args:
        path: of the journal; created if missing.
        run: settings that must match for the scores to be the same: name -> value.

    Raises:
        InputError: the journal belongs to another run; names the difference.
        OutputError: the journal cannot be written.
    """

    def __init__(self, path: Path, run: Mapping[str, str]) -> None:
        self.path = path
        try:
            self._file = open(path, "a+b")  # noqa: SIM115
            self._whole = _end_of_whole_lines(self._file)
            self._file.truncate(self._whole)
            self._file.seek(0)
        except OSError as error:
            raise _cannot_write(path, error) from None
        if self._whole:
            self._compare(self._next(), run)
        else:
            self._append({"format": FORMAT, "run": dict(run)})

    def rows(self, chunk: Chunk) -> Rows | None:
        """The rows of the next chunk if it was complete before, else None; chunks must be requested in order.

        Raises:
            InputError: the chunk's records differ from those that were scored.
        """
        if self._file.tell() >= self._whole:
            return None
        known = self._next()
        if known.get("records") != digest(chunk):
            first = chunk.records[0]
            raise InputError(
                f"--resume: the input differs from the earlier run's at or after {first.contig}:{first.pos}",
                f"give the same input, or delete {self.path}",
                path=str(self.path),
            )
        try:
            return {name: [_row(row) for row in rows] for name, rows in known["rows"].items()}
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._damaged() from None

    def add(self, chunk: Chunk, rows: Rows) -> None:
        """Write a chunk's rows so that they survive a crash.

        Raises:
            OutputError: the disk is full.
        """
        try:
            self._append({"records": digest(chunk), "rows": rows})
        except OSError as error:
            raise _cannot_write(self.path, error) from None

    def close(self) -> None:
        """Close the file but keep it, for another attempt."""
        self._file.close()

    def delete(self) -> None:
        """Delete the file, once the run is finished."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _next(self) -> dict[str, Any]:
        try:
            item = json.loads(self._file.readline())
        except (ValueError, RecursionError):
            item = None
        if not isinstance(item, dict):
            raise self._damaged()
        return item

    def _damaged(self) -> InputError:
        return InputError(f"--resume: {self.path} is damaged", "delete it and start again", path=str(self.path))

    def _append(self, item: Mapping[str, Any]) -> None:
        self._file.seek(0, os.SEEK_END)
        self._file.write(json.dumps(item, separators=(",", ":"), default=_words).encode() + b"\n")
        self._file.flush()
        self._whole = 0  # nothing is left to read
        os.fsync(self._file.fileno())

    def _compare(self, head: Mapping[str, Any], run: Mapping[str, str]) -> None:
        if head.get("format") != FORMAT:
            raise InputError(
                f"--resume: {self.path} was written by another version of genoscore",
                "delete it and start again",
                path=str(self.path),
            )
        earlier = head.get("run")
        if not isinstance(earlier, dict):
            raise self._damaged()
        for name in dict.fromkeys([*run, *earlier]):
            before, now = earlier.get(name), run.get(name)
            if before != now:
                raise InputError(
                    f"--resume: {name} was {before!r} in the interrupted run and is {now!r} now",
                    f"give the same options and files, or delete {self.path}",
                    path=str(self.path),
                )


def digest(chunk: Chunk) -> str:
    """SHA-256 of a chunk's text."""
    sha256 = hashlib.sha256()
    for record in chunk.records:
        sha256.update(record.line.encode("utf-8", "surrogateescape") + b"\n")
    return sha256.hexdigest()


def _words(table: NDArray[np.float32]) -> dict[str, Any]:
    """A table in a form for JSON, bit for bit."""
    return {"shape": table.shape, "float32": base64.b64encode(table.astype("<f4").tobytes()).decode()}


def _row(known: list[float] | dict[str, Any] | None) -> Row:
    if isinstance(known, dict):
        return np.frombuffer(base64.b64decode(known["float32"]), "<f4").reshape(known["shape"])
    return tuple(known) if known else None


def _end_of_whole_lines(file: BinaryIO) -> int:
    """Number of bytes up to the last line end; what follows was cut short."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - (1 << 16))
        file.seek(start)
        at = file.read(end - start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0


def _cannot_write(path: Path, error: OSError) -> OutputError:
    return OutputError(f"journal {path} cannot be written ({error.strerror})", "check the folder and its free space")

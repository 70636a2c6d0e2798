"""The journal of a run: the scores of every complete chunk, so that `--resume` need not compute them again.

A resumed run reads the input and writes the outputs from the beginning, but takes the scores of journalled chunks from
here, so its outputs are byte-identical to those of an uninterrupted run. One JSON object per line, with its checksum; a
last line that a crash cut short is ignored.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import json
import os
import stat
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from genoscore.consequences.sites import FoundSites, Spot
from genoscore.core.errors import InputError, OutputError
from genoscore.planning.chunks import Chunk

FORMAT = 2
_HEAD = b'{"format":'  # how a journal begins
Row = tuple[float, ...] | NDArray[np.float32] | None  # scores of one job, (T, F) with tracks; None if not finite
Rows = dict[str, list[Row]]  # predictor -> rows, in the order of the chunk's jobs
Sites = dict[str, list[FoundSites | None]]  # the same for splice sites; only for predictors with a search


@dataclass(frozen=True, slots=True)
class ChunkRows:
    """All that is computed of a chunk."""

    scores: Rows = field(default_factory=dict)
    sites: Sites = field(default_factory=dict)


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
            self._file = _open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
            with contextlib.ExitStack() as unless_complete:
                unless_complete.callback(self._file.close)
                self._begin(run)
                unless_complete.pop_all()
        except OSError as error:
            raise _cannot_write(path, error) from None

    def _begin(self, run: Mapping[str, str]) -> None:
        """Compare the first line, or write it; drop a last line that was cut short."""
        self._whole = _end_of_whole_lines(self._file)
        self._file.seek(0)
        head = self._file.read(len(_HEAD))
        if not (head == _HEAD if self._whole else _HEAD.startswith(head)):
            raise _not_a_journal(self.path)
        self._file.seek(0)
        if self._whole:
            _compare(self.path, self._next(), run)
        after_head = self._file.tell()
        self._file.truncate(self._whole)
        self._file.seek(after_head)
        if not self._whole:
            self._append({"format": FORMAT, "run": dict(run)})

    def rows(self, chunk: Chunk) -> ChunkRows | None:
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
            rows = {name: [_row(row) for row in of_jobs] for name, of_jobs in known["rows"].items()}
            sites = {name: [_sites(found) for found in of_jobs] for name, of_jobs in known["sites"].items()}
            if any(len(of_jobs) != len(rows[name]) for name, of_jobs in sites.items()):
                raise self._damaged()
            return ChunkRows(rows, sites)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._damaged() from None

    def add(self, chunk: Chunk, rows: ChunkRows) -> None:
        """Write a chunk's rows so that they survive a crash.

        Raises:
            OutputError: the disk is full.
        """
        try:
            sites = {name: [found and _plain(found) for found in of_jobs] for name, of_jobs in rows.sites.items()}
            self._append({"records": digest(chunk), "rows": rows.scores, "sites": sites})
        except OSError as error:
            raise _cannot_write(self.path, error) from None

    def close(self) -> None:
        """Close the file but keep it, for another attempt."""
        self._file.close()

    def delete(self) -> None:
        """Delete the file, once the run is finished.

        Raises:
            OSError: the folder cannot be written.
        """
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _next(self) -> dict[str, Any]:
        item = _item(self._file.readline())
        if item is None:
            raise self._damaged()
        return item

    def _damaged(self) -> InputError:
        return InputError(f"--resume: {self.path} is damaged", "delete it and start again", path=str(self.path))

    def _append(self, item: Mapping[str, Any]) -> None:
        self._file.seek(0, os.SEEK_END)
        text = json.dumps(item, separators=(",", ":"), default=_words).encode()
        self._file.write(b"%b\t%08x\n" % (text, zlib.crc32(text)))
        self._file.flush()
        self._whole = 0  # nothing is left to read
        os.fsync(self._file.fileno())


def _item(line: bytes) -> dict[str, Any] | None:
    """The object on a line; None if its checksum does not match: no score may come from a damaged journal."""
    text, _, checksum = line.rstrip(b"\n").rpartition(b"\t")
    try:
        item = json.loads(text) if int(checksum, 16) == zlib.crc32(text) else None
    except (ValueError, RecursionError):
        return None
    return item if isinstance(item, dict) else None


def is_of_run(path: Path, run: Mapping[str, str]) -> bool:
    """Whether a path holds a journal of this run that no other run is using."""
    try:
        with _open(path, os.O_RDWR) as file:
            _compare(path, _item(file.readline()), run)
    except (OSError, InputError):
        return False
    return True


def _open(path: Path, flags: int) -> BinaryIO:
    """Open and lock a journal.

    Raises:
        InputError: another run is using it, or it is not a regular file.
        OSError: it cannot be opened.
    """
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW, 0o666)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InputError(f"--resume: {path} is not a regular file", "delete it and start again", path=str(path))
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            hint = "wait for it, or give another -o"
            raise InputError(f"--resume: {path} is in use by another run", hint, path=str(path)) from None
        except OSError:
            pass  # the file system has no locks
        return os.fdopen(descriptor, "r+b" if not flags & os.O_APPEND else "a+b")
    except BaseException:
        os.close(descriptor)
        raise


def _compare(path: Path, head: Any, run: Mapping[str, str]) -> None:
    """Raise InputError if a journal's first line is not of this run; names the difference."""
    if not isinstance(head, dict) or not isinstance(head.get("run"), dict):
        raise _not_a_journal(path)
    if head.get("format") != FORMAT:
        message = f"--resume: {path} was written by another version of genoscore"
        raise InputError(message, "delete it and start again", path=str(path))
    earlier = head["run"]
    for name in dict.fromkeys([*run, *earlier]):
        before, now = earlier.get(name), run.get(name)
        if before != now:
            raise InputError(
                f"--resume: {name} was {before!r} in the interrupted run and is {now!r} now",
                f"give the same options and files, or delete {path}",
                path=str(path),
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


def _plain(found: FoundSites) -> list[Any]:
    return [found.start, found.end, found.ref, found.alt]


def _sites(known: list[Any] | None) -> FoundSites | None:
    if known is None:
        return None
    start, end, *sides = known
    ref, alt = (tuple(_spot(spot) for spot in side) for side in sides)
    return FoundSites(int(start), int(end), ref, alt)


def _spot(known: list[Any]) -> Spot:
    place, probabilities = known
    return int(place), tuple(map(float, probabilities))


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


def _not_a_journal(path: Path) -> InputError:
    return InputError(f"--resume: {path} is not a journal", "move it away", path=str(path))


def _cannot_write(path: Path, error: OSError) -> OutputError:
    return OutputError(f"journal {path} cannot be written ({error.strerror})", "check the folder and its free space")

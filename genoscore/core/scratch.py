"""Temporary folders with random names, beside what is written; those that killed runs left are removed.

A folder belongs to its writer while that holds the lock on the file `lock` in it, which the system releases when the
writer ends, however it ends. The next writer in the same place removes folders of its own user that it can lock. Locks
are reliable within one kernel, and so between containers. A folder made under another kernel (on another host, or
before a restart) must also be a week old, since some network file systems do not pass locks on.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

_NAME = re.compile(r"\.genoscore-[0-9a-f]{8}-[a-z0-9_]+")
_UNLOCKED = ".genoscore-unlocked-"  # where the file system has no locks; such a folder is never removed by others
_LOCK, _OLD, _GONE = "lock", "old", "gone"
_UNKNOWN = "0" * 8
_WEEK = 7 * 24 * 3600.0  # seconds


class Scratch:
    """Temporary paths for one output: a folder in each folder that it writes to, so that a rename is atomic.

    Raises:
        OSError: by all methods except `close`.
    """

    def __init__(self) -> None:
        self._folders: dict[Path, _Folder] = {}

    def beside(self, target: Path, kind: str = "") -> Path:
        """A new short path with the suffix of `target`, which indexers look at, or with the suffix `kind`."""
        return self._folder_beside(target).path_for(kind or "".join(target.suffixes[-2:]))

    def aside(self, target: Path, replaced: bool = True) -> Path:
        """The path under which `target` is kept while another file takes its place.

        Args:
            replaced: if this run is killed, the next one puts it back, unless its name is taken. False: nothing takes
                its place, as with an index of the old file.
        """
        folder = self._folder_beside(target).path / (_OLD if replaced else _GONE)
        folder.mkdir(exist_ok=True)
        return folder / target.name

    def keep(self, path: Path) -> None:
        """Leave the folder that holds a path where it is, for good."""
        for folder in self._folders.values():
            folder.kept |= path.is_relative_to(folder.path)

    def close(self) -> None:
        """Remove the folders with all that is left in them."""
        while self._folders:
            self._folders.popitem()[1].close()

    def _folder_beside(self, target: Path) -> _Folder:
        parent = target.parent
        if parent not in self._folders:
            self._folders[parent] = _Folder(parent)
        return self._folders[parent]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Folder:
    """A locked folder, mode 0700."""

    def __init__(self, parent: Path) -> None:
        _remove_abandoned(parent)
        self.kept = False
        self._count = 0
        self.path, self._lock = _make_locked(parent)

    def path_for(self, suffix: str) -> Path:
        self._count += 1
        return self.path / f"{self._count}{suffix}"

    def close(self) -> None:
        with contextlib.suppress(OSError):
            if self.kept:
                (self.path / _LOCK).unlink(missing_ok=True)  # a folder without a lock file is not removed
        if self._lock is not None:
            os.close(self._lock)  # first: removing takes a descriptor, and there may be no other
        with contextlib.suppress(OSError):
            if not self.kept:
                _remove(self.path)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path for a file that takes the place of `path` after the block, unless that raises.

    Raises:
        OSError: the folder cannot be written.
    """
    with Scratch() as scratch:
        temporary = scratch.beside(path)
        yield temporary
        os.replace(temporary, path)


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """An empty folder where the system keeps temporary files (TMPDIR), removed after the block.

    Raises:
        OSError: it cannot be made.
    """
    with Scratch() as scratch:
        folder = scratch.beside(Path(tempfile.gettempdir()) / "folder")
        folder.mkdir()
        yield folder


@functools.cache
def _kernel() -> str:
    """An identifier of the running kernel, the same in all its containers; zeros if it cannot be identified."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_bytes()
    except OSError:
        return _UNKNOWN
    return hashlib.sha256(boot).hexdigest()[:8]


def _make_locked(parent: Path) -> tuple[Path, int | None]:
    """A new folder and the descriptor that holds its lock; None where the file system has no locks."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=f".genoscore-{_kernel()}-", dir=parent))
        try:
            lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except BaseException:
            path.rmdir()
            raise
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(lock), os.lstat(path / _LOCK)):
                return path, lock
        except (BlockingIOError, FileNotFoundError):  # another run has just taken it for abandoned, and removes it
            pass
        except OSError:
            os.close(lock)
            _remove(path)
            return Path(tempfile.mkdtemp(prefix=_UNLOCKED, dir=parent)), None
        os.close(lock)


def _remove_abandoned(parent: Path) -> None:
    """Remove the temporary folders in `parent` whose writers are dead, as far as that is certain."""
    try:
        with os.scandir(parent) as entries:
            names = [entry.name for entry in entries if _NAME.fullmatch(entry.name)]
    except OSError:
        return
    for name in names:
        with contextlib.suppress(OSError):
            _remove_if_abandoned(parent / name)


def _remove_if_abandoned(path: Path) -> None:
    status = os.lstat(path)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        return
    elsewhere = _kernel() == _UNKNOWN or not path.name.startswith(f".genoscore-{_kernel()}-")
    if elsewhere and _is_recent(path):
        return
    lock = os.open(path / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(lock), os.lstat(path / _LOCK)):
            _put_back(path)
            _remove(path)
    finally:
        os.close(lock)


def _remove(path: Path) -> None:
    """Remove a folder, its lock last: a folder without one would be left for good."""
    for name in os.listdir(path):
        entry = path / name
        if stat.S_ISDIR(os.lstat(entry).st_mode):
            shutil.rmtree(entry)
        elif name != _LOCK:
            entry.unlink()
    (path / _LOCK).unlink(missing_ok=True)
    path.rmdir()


def _is_recent(path: Path) -> bool:
    """Whether anything in a folder was written within a week."""
    times = [os.lstat(path).st_mtime]
    times += [os.lstat(os.path.join(folder, name)).st_mtime for folder, _, names in os.walk(path) for name in names]
    return time.time() - max(times) < _WEEK


def _put_back(path: Path) -> None:
    """Give files that a killed run had set aside their names back, unless these are taken."""
    old = path / _OLD
    for name in os.listdir(old) if old.is_dir() else ():
        target = path.parent / name
        if not os.path.lexists(target):
            os.rename(old / name, target)

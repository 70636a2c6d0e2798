"""Files and folders that appear under their names only once they are complete."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from genoscore.core.errors import OutputError

STDOUT = "-"


@contextlib.contextmanager
def writing(target: str) -> Iterator[None]:
    """Name the output in errors of the operating system.

    Raises:
        OutputError: disk full, permission denied, reader closed.
    """
    try:
        yield
    except BrokenPipeError:
        raise OutputError(f"{_name(target)} was closed by its reader", "let it read to the end") from None
    except OSError as error:
        raise not_written(target, error) from None


def not_written(target: str, error: OSError) -> OutputError:
    """The error for an output that the operating system refuses to write."""
    why = error.strerror or error
    return OutputError(f"{_name(target)} cannot be written ({why})", "check the folder, its permissions and space")


def _name(target: str) -> str:
    return "standard output" if target == STDOUT else f"output {target}"


def temporary_beside(target: str | Path, kind: str = "", through: bool = True) -> Path:
    """A short name in the target's folder (so that a rename is atomic) with its suffix (which indexers look at).

    Args:
        kind: another suffix.
        through: if the target is a symbolic link, beside the file that it points to.
    """
    path = resolved(target, through)
    digest = hashlib.sha256(path.name.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    suffix = kind or "".join(path.suffixes[-2:])
    return path.parent / f".genoscore-{os.getpid()}-{digest}{suffix}"


def resolved(target: str | Path, through: bool = True) -> Path:
    """The real path of a file; without `through`, a symbolic link is not followed itself."""
    if through:
        return Path(os.path.realpath(target))
    return Path(os.path.realpath(os.path.dirname(target))) / os.path.basename(target)


class PendingFile:
    """A file under a temporary name, until `publish` gives it its final one.

    An earlier file of that name is kept aside until `discard`, so that `restore` can put it back. A pending file that
    was never written removes it.

    Args:
        path: a temporary name other than the usual one, in the same folder.
        through: if `target` is a symbolic link, replace the file that it points to, not the link.

    Attributes:
        target: its final name, as in messages. path: the temporary one.
    """

    def __init__(self, target: str | Path, path: Path | None = None, through: bool = True) -> None:
        self.target = str(target)
        self.path = path or temporary_beside(target, through=through)
        self._real = resolved(target, through)
        self._aside: Path | None = None
        self._published = False

    def publish(self) -> None:
        """Take the final name.

        Raises:
            OutputError: the file system refuses.
        """
        with writing(self.target):
            self._set_aside()
            self._published = True
            if os.path.lexists(self.path):
                os.replace(self.path, self._real)
            else:
                self._real.unlink(missing_ok=True)

    def restore(self) -> None:
        """Undo `publish`, even if it failed: the earlier file, if any, is back under its name."""
        if not self._published:
            return
        self._published = False
        aside, self._aside = self._aside, None  # if it cannot be put back, `discard` leaves it in place
        if aside is None:
            self._real.unlink(missing_ok=True)
        else:
            os.replace(aside, self._real)
            aside.unlink(missing_ok=True)  # a rename between two names of one file leaves both

    def discard(self) -> None:
        """Remove files under temporary names: this one, unless it was published, and the one that it replaced."""
        self.path.unlink(missing_ok=True)
        if self._aside is not None:
            self._aside.unlink(missing_ok=True)
            self._aside = None

    def _set_aside(self) -> None:
        if not os.path.lexists(self._real):
            return
        aside = self.path.with_name(f"{self.path.name}.old")
        aside.unlink(missing_ok=True)
        try:
            os.link(self._real, aside, follow_symlinks=False)  # the name is never without a file
        except OSError:  # hard links are not supported or not permitted
            os.replace(self._real, aside)
        self._aside = aside


def publish_all(files: Sequence[PendingFile]) -> None:
    """Give all files their final names, in order, or none.

    Raises:
        OutputError: the file system refuses; the earlier files are back.
    """
    try:
        for file in files:
            file.publish()
    except BaseException:
        restore_all(files)
        raise


def restore_all(files: Sequence[PendingFile]) -> None:
    """Undo `publish_all`, in reverse order, as far as the file system allows."""
    for file in reversed(files):
        with contextlib.suppress(OSError):
            file.restore()


class FolderOutput:
    """A folder whose files appear together, or not at all: a context that leaves nothing behind without `commit`.

    Args:
        replaces: an earlier folder of that name is removed with all that it holds; otherwise files are added to it,
            replacing those of the same names.

    Attributes:
        target: its final path. path: where it is until then.

    Raises:
        OSError: by all methods.
    """

    def __init__(self, target: str | Path, replaces: bool) -> None:
        self.target = Path(os.path.realpath(target))
        self._merges = self.target.is_dir() and not replaces
        beside = temporary_beside(self.target, ".folder")
        self.path = self.target / beside.name if self._merges else beside

    def __enter__(self) -> Self:
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file of the folder, flushed to disk; folders in its name are created."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())

    def commit(self) -> None:
        """Give the folder, or its files, their final names."""
        if self._merges:
            self._merge()
            return
        old = temporary_beside(self.target, ".old")
        if self.target.is_dir():
            os.replace(self.target, old)
        try:
            os.replace(self.path, self.target)
        except OSError:
            if old.is_dir():
                os.replace(old, self.target)
            raise
        shutil.rmtree(old, ignore_errors=True)

    def _merge(self) -> None:
        paths = sorted(path for path in self.path.rglob("*") if path.is_file())
        files = [PendingFile(self.target / path.relative_to(self.path), path=path, through=False) for path in paths]
        try:
            publish_all(files)
        finally:
            for file in files:
                file.discard()

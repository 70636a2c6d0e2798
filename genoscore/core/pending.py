"""Files and folders that appear under their names only once they are complete."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from genoscore.core.errors import OutputError
from genoscore.core.scratch import Scratch

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


def resolved(target: str | Path, through: bool = True) -> Path:
    """The real path of a file; without `through`, a symbolic link is not followed itself."""
    if through:
        return Path(os.path.realpath(target))
    return Path(os.path.realpath(os.path.dirname(target))) / os.path.basename(target)


class PendingFile:
    """A file under a temporary name, until `publish` gives it its final one.

    An earlier file of that name is kept aside, so that `restore` can put it back, until the scratch folder is closed.

    Args:
        scratch: where the temporary files of this output lie.
        path: its temporary path, if it has one there already.
        through: if `target` is a symbolic link, replace the file that it points to, not the link.
        removes: there is no new file; publishing removes the earlier one.

    Attributes:
        target: its final name, as in messages. path: the temporary one.

    Raises:
        OSError: the folder cannot be written.
    """

    def __init__(
        self,
        target: str | Path,
        scratch: Scratch,
        path: Path | None = None,
        through: bool = True,
        removes: bool = False,
    ) -> None:
        self.target = str(target)
        self._real = resolved(target, through)
        self._scratch = scratch
        self._removes = removes
        self.path = self._real if removes else path or scratch.beside(self._real)
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
            if self._removes:
                self._real.unlink(missing_ok=True)
            else:
                os.replace(self.path, self._real)

    def restore(self) -> str:
        """Undo `publish`, even if it failed: the earlier file, if any, is back under its name.

        Returns:
            Words that say where the earlier file is, if it cannot be put back; '' otherwise.
        """
        published, self._published = self._published, False
        aside, self._aside = self._aside, None
        try:
            if aside is None and published:
                self._real.unlink(missing_ok=True)
            elif aside is not None and os.path.lexists(aside):
                os.replace(aside, self._real)
                aside.unlink(missing_ok=True)  # a rename between two names of one file leaves both
        except OSError:
            if aside is not None:
                self._scratch.keep(aside)
                return f"the earlier {self.target} is now {aside}"
        return ""

    def _set_aside(self) -> None:
        if not os.path.lexists(self._real):
            return
        if self._real.is_dir() and not self._real.is_symlink():  # made during the run: what is in it is not ours
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        aside = self._scratch.aside(self._real, replaced=not self._removes)
        aside.unlink(missing_ok=True)
        self._aside = aside  # before anything is moved: a signal may come at once
        try:
            os.link(self._real, aside, follow_symlinks=False)  # the name is never without a file
        except OSError:  # hard links are not supported or not permitted
            os.replace(self._real, aside)


@contextlib.contextmanager
def restoring(files: Sequence[PendingFile]) -> Iterator[None]:
    """If the block raises, undo what it has published, in reverse order; the error says what could not be undone."""
    try:
        yield
    except BaseException as error:
        kept = [words for words in [file.restore() for file in reversed(files)] if words]
        if isinstance(error, OutputError):
            error.hint = "; ".join([error.hint, *kept])
        raise


def publish_all(files: Sequence[PendingFile]) -> None:
    """Give all files their final names, in order, or none.

    Raises:
        OutputError: the file system refuses; the earlier files are back.
    """
    with restoring(files):
        for file in files:
            file.publish()


class FolderOutput:
    """A folder whose files appear together, or not at all: a context that leaves nothing behind without `commit`.

    Args:
        replaces: an earlier folder of that name is removed with all that it holds; otherwise files are added to it,
            replacing those of the same names.

    Attributes:
        target: its final path. path: where it is until then, inside the context.

    Raises:
        OSError: by all methods.
    """

    path: Path

    def __init__(self, target: str | Path, replaces: bool) -> None:
        self.target = Path(os.path.realpath(target))
        self._merges = self.target.is_dir() and not replaces
        self._scratch = Scratch()

    def __enter__(self) -> Self:
        self.path = self._scratch.beside(self.target / "files" if self._merges else self.target, ".folder")
        self.path.mkdir()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scratch.close()

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
            paths = sorted(path for path in self.path.rglob("*") if path.is_file())
            places = [(self.target / path.relative_to(self.path), path) for path in paths]
            publish_all([PendingFile(place, self._scratch, path, through=False) for place, path in places])
            return
        old = self._scratch.aside(self.target)
        try:
            if self.target.is_dir():
                os.replace(self.target, old)
            os.replace(self.path, self.target)
        except BaseException:
            if old.is_dir():
                self._put_back(old)
            raise

    def _put_back(self, old: Path) -> None:
        try:
            os.replace(old, self.target)
        except OSError:
            self._scratch.keep(old)
            raise OutputError(
                f"output {self.target} cannot be written", f"the earlier folder is now {old}: rename it"
            ) from None

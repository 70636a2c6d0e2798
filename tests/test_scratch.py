"""Temporary folders: names that cannot be guessed, and what killed runs leave is removed, and nothing else is."""

from __future__ import annotations

import fcntl
import os
import re
import time
from pathlib import Path

import pytest

from genoscore.core import scratch as module
from genoscore.core.pending import FolderOutput, PendingFile, publish_all
from genoscore.core.scratch import Scratch, replacing, temporary_folder
from genoscore.outputs.files import TextOutput

OTHER_KERNEL = ".genoscore-01234567-abcdefgh"
LONG_AGO = 30 * 24 * 3600


def _folder(scratch: Scratch) -> Path:
    (folder,) = scratch._folders.values()
    return folder.path


def _kill(scratch: Scratch) -> Path:
    """What SIGKILL does to a writer: its lock is released, its files stay."""
    (folder,) = scratch._folders.values()
    assert folder._lock is not None
    os.close(folder._lock)
    scratch._folders.clear()
    return folder.path


def _left_by_another(tmp_path: Path, name: str, age: float) -> Path:
    folder = tmp_path / name
    folder.mkdir(mode=0o700)
    for file in ("lock", "1.vcf.gz"):
        (folder / file).write_text("x")
        os.utime(folder / file, (time.time() - age,) * 2)
    os.utime(folder, (time.time() - age,) * 2)
    return folder


def _next_run(tmp_path: Path) -> None:
    with Scratch() as scratch:
        scratch.beside(tmp_path / "next.txt")


def test_names_cannot_be_guessed(tmp_path: Path) -> None:
    names = set()
    for _ in range(8):
        with Scratch() as scratch:
            path = scratch.beside(tmp_path / "out.vcf.gz")
            assert path.name == "1.vcf.gz"
            assert path.parent.parent == tmp_path
            assert path.parent.stat().st_mode & 0o777 == 0o700
            assert re.fullmatch(r"\.genoscore-[0-9a-f]{8}-[a-z0-9_]{8}", path.parent.name)
            assert str(os.getpid()) != path.parent.name.rpartition("-")[2]
            names.add(path.parent.name)
        assert list(tmp_path.iterdir()) == []
    assert len(names) == 8


def test_what_lies_at_a_temporary_name_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even one who guesses the name gains nothing: it is made, never opened."""
    guesses = iter(["guessed", "another"])
    monkeypatch.setattr("tempfile._get_candidate_names", lambda: guesses)
    victim = tmp_path / "victim"
    victim.mkdir()
    planted = tmp_path / f".genoscore-{module._kernel()}-guessed"
    planted.symlink_to(victim)
    with Scratch() as scratch:
        assert scratch.beside(tmp_path / "o.tsv").parent.name.endswith("-another")
    assert list(victim.iterdir()) == []
    assert planted.is_symlink()


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    killed = TextOutput(str(tmp_path / "o.vcf.gz"), bgzip=True, head="x")
    left = _kill(killed.scratch)
    (left / "sub").mkdir()
    assert (left / "1.vcf.gz").exists()
    output = TextOutput(str(tmp_path / "other.tsv"), bgzip=False, head="y")
    assert not left.exists()
    output.prepare()
    output.commit()
    assert [path.name for path in tmp_path.iterdir()] == ["other.tsv"]


def test_folders_of_killed_runs_are_removed(tmp_path: Path) -> None:
    """Inside the folder to which files are added, and beside the one that is replaced."""
    for replaces in (False, True):
        (tmp_path / "made").mkdir(exist_ok=True)
        killed = FolderOutput(tmp_path / "made", replaces)
        killed.__enter__()
        killed.write("a.txt", "half")
        left = _kill(killed._scratch)
        with FolderOutput(tmp_path / "made", replaces) as folder:
            assert not left.exists()
            folder.write("b.txt", "whole")
            folder.commit()
        assert [path.name for path in tmp_path.rglob("*")] == ["made", "b.txt"]


def test_a_live_writer_loses_nothing(tmp_path: Path) -> None:
    with Scratch() as first, Scratch() as second:
        path = first.beside(tmp_path / "a.txt")
        path.write_text("live")
        second.beside(tmp_path / "b.txt")
        assert path.read_text() == "live"
    assert list(tmp_path.iterdir()) == []


def test_foreign_files_stay(tmp_path: Path) -> None:
    """What only looks like ours: a file, a link, a folder without our lock, names of other programs."""
    kernel = module._kernel()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lock").write_text("")
    (tmp_path / f".genoscore-{kernel}-linkxxxx").symlink_to(elsewhere)
    (tmp_path / f".genoscore-{kernel}-filexxxx").write_text("x")
    (tmp_path / f".genoscore-{kernel}-nolockxx").mkdir()
    (tmp_path / ".genoscore-notes").mkdir()
    (tmp_path / "o.vcf.gz.genoscore-journal").write_text("x")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    _next_run(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_folders_of_other_users_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = Scratch()
    scratch.beside(tmp_path / "o.txt")
    left = _kill(scratch)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    _next_run(tmp_path)
    assert left.exists()


@pytest.mark.parametrize("locked", [True, False])
@pytest.mark.parametrize("age", [3600.0, LONG_AGO])
def test_writers_under_another_kernel(tmp_path: Path, locked: bool, age: float) -> None:
    """Another host, whose locks may not be seen here: its folder must be a week old, and unlocked."""
    left = _left_by_another(tmp_path, OTHER_KERNEL, age)
    with open(left / "lock") as lock:
        if locked:
            fcntl.flock(lock, fcntl.LOCK_EX)
        _next_run(tmp_path)
    assert left.exists() is (locked or age < LONG_AGO)


def test_an_old_folder_with_a_new_file_is_of_a_live_writer(tmp_path: Path) -> None:
    left = _left_by_another(tmp_path, OTHER_KERNEL, LONG_AGO)
    (left / "sub").mkdir()
    (left / "sub" / "2.tsv").write_text("just written")
    os.utime(left, (time.time() - LONG_AGO,) * 2)
    _next_run(tmp_path)
    assert left.exists()


def test_without_a_word_for_the_kernel_a_week_must_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_kernel", lambda: "0" * 8)
    scratch = Scratch()
    scratch.beside(tmp_path / "o.txt")
    left = _kill(scratch)
    _next_run(tmp_path)
    assert left.exists()


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything works but for the removal of what killed runs leave: nobody can tell that they are dead."""

    def no_locks(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    killed = Scratch()
    left = killed.beside(tmp_path / "o.txt").parent
    with replacing(tmp_path / "a.txt") as path:
        path.write_text("new")
    monkeypatch.undo()
    _next_run(tmp_path)
    assert left.exists()
    killed.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_lock_that_was_lost_at_once_is_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run takes the folder for abandoned between its making and its locking."""
    flock = fcntl.flock
    taken: list[Path] = []

    def too_late(lock: int, operation: int) -> None:
        if not taken:
            (folder,) = tmp_path.iterdir()
            taken.append(folder)
            (folder / "lock").unlink()
            folder.rmdir()
        flock(lock, operation)

    monkeypatch.setattr(fcntl, "flock", too_late)
    with Scratch() as scratch:
        path = scratch.beside(tmp_path / "a.txt")
        assert path.parent not in taken
        path.write_text("x")


def test_what_a_killed_run_had_set_aside_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are no hard links, a file has no name for a moment; its stale index must not come back."""
    data, index = tmp_path / "o.vcf.gz", tmp_path / "o.vcf.gz.tbi"
    data.write_text("old")
    index.write_text("old")

    def no_links(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    scratch = Scratch()
    PendingFile(index, scratch, removes=True).publish()
    PendingFile(data, scratch)._set_aside()
    assert not data.exists()
    _kill(scratch)
    _next_run(tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("o.vcf.gz", "old")]


def test_a_folder_that_was_set_aside_is_put_back(tmp_path: Path) -> None:
    """Killed between the two renames that put the new folder in the place of the old one."""
    target = tmp_path / "made"
    target.mkdir()
    (target / "index.html").write_text("old")
    folder = FolderOutput(target, replaces=True)
    folder.__enter__()
    folder.write("index.html", "new")
    os.replace(target, folder._scratch.aside(target))
    _kill(folder._scratch)
    _next_run(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["made"]
    assert (target / "index.html").read_text() == "old"


def test_only_the_temporary_folder_is_private(tmp_path: Path) -> None:
    """Outputs have the permissions that the user's umask gives them."""
    before = os.umask(0o027)
    try:
        output = TextOutput(str(tmp_path / "o.vcf.gz"), bgzip=True, head="x")
        output.prepare()
        output.commit()
        with FolderOutput(tmp_path / "made", replaces=False) as folder:
            folder.write("a.txt", "x")
            folder.commit()
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert modes == {"o.vcf.gz": 0o640, "made": 0o750, "a.txt": 0o640}


def test_a_newer_file_is_not_replaced_by_what_was_set_aside(tmp_path: Path) -> None:
    (tmp_path / "o.txt").write_text("old")
    scratch = Scratch()
    PendingFile(tmp_path / "o.txt", scratch)._set_aside()
    (tmp_path / "o.txt").unlink()
    (tmp_path / "o.txt").write_text("newer")
    _kill(scratch)
    _next_run(tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("o.txt", "newer")]


def test_an_earlier_file_that_cannot_be_put_back_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rename fails, and so does the one that would undo the rename before: nothing is deleted."""
    from genoscore.core.errors import OutputError

    replace = os.replace
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("old")

    def failing(source: str | Path, target: str | Path) -> None:
        if Path(target).name == "b.txt" or Path(source).parent.name == "old":
            raise OSError(5, "Input/output error")
        replace(source, target)

    with Scratch() as scratch:
        files = [PendingFile(tmp_path / name, scratch) for name in ("a.txt", "b.txt")]
        for file in files:
            file.path.write_text("new")
        monkeypatch.setattr(os, "replace", failing)
        with pytest.raises(OutputError, match=r"b\.txt cannot be written \(Input/output error\)") as error:
            publish_all(files)
    match = re.search(r"the earlier \S*a\.txt is now (\S*)", error.value.one_line())
    assert match
    _next_run(tmp_path)
    assert Path(match[1].rstrip(";")).read_text() == "old"


def test_temporary_folders_of_the_system_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    killed = Scratch()
    left = killed.beside(tmp_path / "folder").parent
    _kill(killed)
    with temporary_folder() as folder:
        assert not left.exists()
        assert folder.parent.parent == tmp_path
        assert list(folder.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_no_name_holds_a_process_number() -> None:
    """The fault was `.genoscore-PID-...`: containers share numbers."""
    package = Path(module.__file__).parent.parent
    users = {path.name for path in package.rglob("*.py") if "getpid" in path.read_text(encoding="utf-8")}
    assert users == {"errors.py"}  # which sends a signal again

"""Outputs appear together or not at all, wherever they lie, and an index never belongs to another file."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pysam
import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import OutputError
from genoscore.core.pending import FolderOutput, PendingFile, publish_all
from genoscore.core.scratch import Scratch
from genoscore.engine.results import RecordResult
from genoscore.outputs.base import OutputGroup
from genoscore.outputs.files import BgzipFile, TextOutput
from genoscore.scoring.run import score_vcf
from tests.conftest import ROOT
from tests.small import SmallGenome, vcf_text

SHM = Path("/dev/shm")  # another file system than the tests' own folder


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system."""
    if not SHM.is_dir() or SHM.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("/dev/shm is not another file system here")
    folder = SHM / f"genoscore-test-{os.getpid()}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def _score(small: SmallGenome, tmp_path: Path, *targets: Path, unsorted: bool = False) -> None:
    source = tmp_path / "in.vcf"
    places = [121, 480, 901]
    rows = [f"chr1 {pos} {small.sequences['chr1'][pos - 1]} <DEL>" for pos in (places[::-1] if unsorted else places)]
    source.write_text(vcf_text(rows))
    outputs = tuple(map(str, targets))
    score_vcf(RunConfig(str(source), small.fasta, outputs, ("toy",), annotation=str(small.genes)))


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(("name", "suffix", "stale"), [("o.vcf.gz", ".tbi", ".csi"), ("o.bcf", ".csi", ".tbi")])
def test_a_link_onto_another_file_system(
    small: SmallGenome, tmp_path: Path, other_disk: Path, name: str, suffix: str, stale: str
) -> None:
    real, link = other_disk / f"real.{name.partition('.')[2]}", tmp_path / name
    link.symlink_to(real)
    for folder, stem in ((other_disk, real.name), (tmp_path, name)):
        (folder / (stem + stale)).write_text("of an older file")
    for _ in range(2):  # the second time over what the first has left
        _score(small, tmp_path, link)
        assert link.is_symlink()
        assert {path.name for path in other_disk.iterdir()} == {real.name, real.name + suffix}
        assert {path.name for path in tmp_path.iterdir()} == {"in.vcf", name, name + suffix}
        for path in (real, link):  # programs look for the index beside the name that they were given
            with pysam.VariantFile(str(path)) as file:
                assert [record.pos for record in file.fetch("chr1", 400, 500)] == [480]


@pytest.mark.usefixtures("toy")
def test_a_link_whose_file_cannot_be_made(small: SmallGenome, tmp_path: Path) -> None:
    link = tmp_path / "o.vcf.gz"
    link.symlink_to(tmp_path / "missing" / "o.vcf.gz")
    with pytest.raises(OutputError, match=r"o\.vcf\.gz: its folder does not exist") as refused:
        _score(small, tmp_path, link)
    assert refused.value.hint == f"run: mkdir -p {tmp_path / 'missing'}"


@pytest.mark.usefixtures("toy")
def test_no_old_index_beside_an_unsorted_file(small: SmallGenome, tmp_path: Path) -> None:
    target = tmp_path / "o.vcf.gz"
    _score(small, tmp_path, target)
    assert (tmp_path / "o.vcf.gz.tbi").exists()
    _score(small, tmp_path, target, unsorted=True)
    assert {path.name for path in tmp_path.iterdir()} == {"in.vcf", "o.vcf.gz"}


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_a_rename_that_fails_restores_what_was_there(
    small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """The last of four renames fails: of the new files none is there, of the old ones all, index and all."""
    first, last = tmp_path / "a.vcf.gz", tmp_path / "z.tsv"
    _score(small, tmp_path, first, last)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name != "in.vcf"}
    replace = os.replace

    def failing(source: str | Path, target: str | Path) -> None:
        if Path(target) == last and Path(source).parent.name != "old":
            raise OSError(28, "No space left on device")
        replace(source, target)

    def no_links(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "replace", failing)
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(OutputError, match=r"z\.tsv cannot be written \(No space left on device\)"):
        _score(small, tmp_path, first, last, unsorted=True)
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name != "in.vcf"}
    assert after == before


class _Stubborn:
    """An output of another distribution that cannot appear."""

    target, note = "x", ""

    def write(self, item: RecordResult) -> None:
        """Nothing."""

    def prepare(self) -> None:
        """Nothing."""

    def commit(self) -> None:
        """Not today."""
        raise OutputError("output x cannot be written")

    def discard(self) -> None:
        """Nothing."""


def test_what_has_appeared_is_taken_back_where_a_plug_in_fails(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("old")
    with OutputGroup[RecordResult]() as group:
        group.add(_Stubborn())
        for name in ("old.txt", "new.txt"):
            output = TextOutput(str(tmp_path / name), bgzip=False, head="new")
            group.add(output)  # type: ignore[arg-type]
        group.prepare()
        with pytest.raises(OutputError):
            group.commit()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"old.txt": "old"}


def test_files_of_a_folder_appear_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "made"
    target.mkdir()
    (target / "a.txt").write_text("old")
    (target / "other.txt").write_text("stays")
    with FolderOutput(target, replaces=False) as folder:
        folder.write("a.txt", "new")
        folder.write("sub/b.txt", "new")
        (target / "sub").mkdir()
        publish = PendingFile.publish

        def failing(file: PendingFile) -> None:
            if file.target.endswith("b.txt"):
                raise OSError("no")
            publish(file)

        monkeypatch.setattr(PendingFile, "publish", failing)
        with pytest.raises(OSError, match="no"):
            folder.commit()
    assert {path.name: path.read_text() for path in target.glob("*.txt")} == {"a.txt": "old", "other.txt": "stays"}
    monkeypatch.undo()
    with FolderOutput(target, replaces=False) as folder:
        folder.write("a.txt", "new")
        folder.commit()
    assert (target / "a.txt").read_text() == "new"
    with FolderOutput(target, replaces=True) as folder:
        folder.write("c/d.txt", "alone")
        folder.commit()
    assert [path.name for path in tmp_path.iterdir()] == ["made"]
    assert [str(path.relative_to(target)) for path in target.rglob("*.txt")] == ["c/d.txt"]


def test_nothing_is_lost_where_a_file_appears_twice(tmp_path: Path) -> None:
    """`publish`, `restore`, `publish`: the temporary file is gone, so the second one must not remove the old file."""
    target = tmp_path / "a.txt"
    target.write_text("old")
    with Scratch() as scratch:
        file = PendingFile(target, scratch)
        file.path.write_text("new")
        publish_all([file])
        assert target.read_text() == "new"
        file.restore()
        assert target.read_text() == "old"
        with pytest.raises(OutputError):
            publish_all([file])
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
@pytest.mark.parametrize("step", range(8))
def test_a_signal_at_any_step_of_a_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, links: bool
) -> None:
    """Ctrl-C before or after any call that moves a file: all outputs are the new ones, or all the old ones."""
    names = ("a.txt", "b.txt")
    for name in names:
        (tmp_path / name).write_text("old")
    calls = 0

    def interrupted(function: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: object, **options: object) -> None:
            nonlocal calls
            calls += 1
            if calls == step // 2 + 1 and step % 2 == 0:
                raise KeyboardInterrupt
            function(*arguments, **options)
            if calls == step // 2 + 1:
                raise KeyboardInterrupt

        return call

    def no_links(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    with OutputGroup[RecordResult]() as group:
        for name in names:
            group.add(TextOutput(str(tmp_path / name), bgzip=False, head="new"))  # type: ignore[arg-type]
        group.prepare()
        monkeypatch.setattr(os, "link", interrupted(os.link) if links else no_links)
        monkeypatch.setattr(os, "replace", interrupted(os.replace))
        with pytest.raises(KeyboardInterrupt):
            group.commit()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(names, "old")


_WRITES = """
import os, resource, sys
from pathlib import Path
import pysam
from genoscore.core.errors import OutputError
from genoscore.outputs.files import TextOutput
pysam.set_verbosity(0)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
output = TextOutput(sys.argv[1], bgzip=True)
try:
    for _ in range(int(sys.argv[2])):
        output.add(os.urandom(1000).hex())
    output.prepare()
except OutputError as error:
    print(error.one_line())
finally:
    output.discard()
"""


@pytest.mark.parametrize("kilobytes", [300, 126], ids=["at a write", "at the end"])
def test_the_reason_of_a_failed_write_is_kept(tmp_path: Path, kilobytes: int) -> None:
    """A file that may not grow beyond 100,000 bytes: htslib says only that it failed."""
    import sys

    done = subprocess.run(
        [sys.executable, "-c", _WRITES, str(tmp_path / "o.tsv.gz"), str(kilobytes)],
        capture_output=True, text=True, cwd=ROOT, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "o.tsv.gz cannot be written (File too large)" in done.stdout
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_a_bgzipped_file_that_cannot_be_opened(tmp_path: Path) -> None:
    """pysam 0.24 crashes in its constructor."""
    with pytest.raises(FileNotFoundError):
        BgzipFile(tmp_path / "missing" / "a.gz")


@pytest.mark.parametrize("spare", [8, 9, 10])
def test_file_handles_run_out(tmp_path: Path, spare: int) -> None:
    """A limit that the system sets is an error like any other."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 64
    outputs: list[TextOutput] = []

    def open_all() -> None:
        for number in range(64):
            outputs.append(TextOutput(str(tmp_path / f"{number}.gz"), bgzip=True))

    resource.setrlimit(resource.RLIMIT_NOFILE, (used + spare, hard))
    try:
        with pytest.raises(OutputError, match="Too many open files"):
            open_all()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for output in outputs:
            output.discard()
    assert list(tmp_path.iterdir()) == []

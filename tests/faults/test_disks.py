"""A disk that is full after any number of bytes: by the limit on a file's size, and on a small file system."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.jobs import KINDS, Job, contents, hidden, job_of, one_error, run, score_job, write_variants
from tests.small import SmallGenome

# As `ulimit -f`, but in bytes; set before the run writes anything.
_LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"


def _check_full(job: Job, folder: Path, before: dict[str, bytes], size: int) -> bool:
    """Whether a run failed for want of space; if so, nothing has changed."""
    done = run(job, folder, fault=_LIMIT.format(size=size))
    if done.returncode == 0:
        return False
    assert "File too large" in one_error(done)
    assert contents(folder) == before
    assert hidden(folder) == []
    return True


def test_no_room_for_one_of_the_outputs(small: SmallGenome, tmp_path: Path) -> None:
    job = score_job(small, write_variants(small, tmp_path / "in.vcf", 120), ("o.vcf", "o.bcf", "o.tsv"))
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "o.tsv").write_text("of an earlier run")
    before = contents(folder)
    for size in (200, 12_000):
        assert _check_full(job, folder, before, size)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_full_after_any_number_of_bytes(kind: str, small: SmallGenome, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    job = job_of(kind, small, tmp_path, 200)
    run(job, folder, *job.earlier)
    before = contents(folder)
    size = 64  # with less, a library that evaluate uses complains about its semaphores
    while _check_full(job, folder, before, size):
        size = int(size * 1.7)
    assert size > 1000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 192 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.slow
def test_a_file_system_that_fills_up(small: SmallGenome, tmp_path: Path, small_disk: Path) -> None:
    """Several outputs at once: it is full before they can appear, whichever comes first."""
    job = score_job(small, write_variants(small, tmp_path / "in.vcf", 900))
    for taken in (0, 60_000, 120_000, 160_000, 185_000):
        (small_disk / "taken").write_bytes(bytes(taken))
        before = contents(small_disk)
        for more in ((), ("--resume",)):
            done = run(job, small_disk, *more)
            assert "space" in one_error(done)
            (small_disk / "o.vcf.genoscore-journal").unlink(missing_ok=True)
            assert contents(small_disk) == before
            assert hidden(small_disk) == []

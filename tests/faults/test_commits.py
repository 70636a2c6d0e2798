"""A kill, or an error of the file system, at every rename by which outputs appear."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.jobs import KINDS, Job, contents, hidden, job_of, one_error, run, score_job, write_variants
from tests.small import SmallGenome

FEW = ("o.vcf.gz", "o.bcf", "o.tsv")
# The rename after the first {renames} never happens: the process is gone, or the file system says no.
_AT_RENAME = """
import os, signal
_replace, _done = os.replace, []
def _counted(source, target, **options):
    if {countable}:
        _done.append(target)
        if len(_done) > {renames}:
            {fault}
    return _replace(source, target, **options)
os.replace = _counted
"""
_KILL = "os.kill(os.getpid(), signal.SIGKILL)"
_REFUSE = "raise OSError(5, 'Input/output error')"


def _fault(action: str, renames: int) -> str:
    """Code that makes one rename fail. _REFUSE refuses only that one, so that the old files can be put back."""
    countable = "True" if action == _KILL else f"not str(source).endswith('.old') and len(_done) <= {renames}"
    return _AT_RENAME.format(fault=action, renames=renames, countable=countable)


@pytest.fixture(params=KINDS)
def any_job(request: pytest.FixtureRequest, small: SmallGenome, tmp_path: Path) -> Job:
    """A job of each kind."""
    return job_of(request.param, small, tmp_path, 60)


def _old_and_new(job: Job, tmp_path: Path) -> tuple[Path, dict[str, bytes], dict[str, bytes]]:
    """A folder with the files of an earlier run, these, and what another run makes of them."""
    other, folder = tmp_path / "other", tmp_path / "runs"
    for path, more in ((other, ()), (folder, job.earlier)):
        path.mkdir()
        done = run(job, path, *more)
        assert done.returncode == 0, done.stderr
    old, new = contents(folder), contents(other)
    assert old != new
    assert old.keys() == new.keys()
    return folder, old, new


def _check_killed(job: Job, folder: Path, old: dict[str, bytes], new: dict[str, bytes], renames: int) -> bool:
    """Kill before one rename: every file is whole, and the next run leaves nothing of it. Whether it was killed."""
    done = run(job, folder, fault=_fault(_KILL, renames))
    if done.returncode == 0:
        return False
    assert done.returncode == -9
    left = {name: data for name, data in contents(folder).items() if not Path(name).name.startswith(".")}
    visible = {name: data for name, data in left.items() if "/." not in name and not name.startswith(".")}
    for name, data in visible.items():
        assert data in (old[name], new[name]), name
        for suffix in (".tbi", ".csi"):  # an index is that of its file, or missing
            if data != old[name] and name + suffix in visible:
                assert visible[name + suffix] == new[name + suffix]
    done = run(job, folder)
    assert done.returncode == 0, done.stderr
    assert contents(folder) == new
    assert hidden(folder) == []
    done = run(job, folder, *job.earlier)
    assert contents(folder) == old
    return True


def _check_refused(job: Job, folder: Path, old: dict[str, bytes], renames: int) -> bool:
    """Refuse one rename: all is as it was. Whether there was such a rename."""
    done = run(job, folder, fault=_fault(_REFUSE, renames))
    if done.returncode == 0:
        return False
    assert "Input/output error" in one_error(done)
    assert contents(folder) == old
    assert hidden(folder) == []
    return True


def test_killed_or_refused_at_two_renames(small: SmallGenome, tmp_path: Path) -> None:
    job = score_job(small, write_variants(small, tmp_path / "in.vcf", 40), FEW)
    folder, old, new = _old_and_new(job, tmp_path)
    assert _check_killed(job, folder, old, new, 2)
    assert _check_refused(job, folder, old, 4)


@pytest.mark.slow
def test_killed_at_every_rename(any_job: Job, tmp_path: Path) -> None:
    folder, old, new = _old_and_new(any_job, tmp_path)
    renames = 0
    while _check_killed(any_job, folder, old, new, renames):
        renames += 1
    assert renames > 0


@pytest.mark.slow
def test_refused_at_every_rename(any_job: Job, tmp_path: Path) -> None:
    folder, old, _ = _old_and_new(any_job, tmp_path)
    renames = 0
    while _check_refused(any_job, folder, old, renames):
        renames += 1
    assert renames > 0

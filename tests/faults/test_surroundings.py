"""A clock that goes backwards, too little memory, and other runs in the same folder."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.jobs import command, contents, environment, hidden, one_error, run, score_job, write_variants
from tests.small import SmallGenome

# Each look at the clock finds it an hour earlier.
_BACKWARDS = """
import itertools, time
_now, _hours = time.time(), itertools.count()
time.time = lambda: _now - 3600 * next(_hours)
time.time_ns = lambda: int(1e9 * time.time())
"""
# So many bytes more than are in use when the run begins, torch included.
_MEMORY = """
import resource, torch
with open("/proc/self/statm") as _statm:
    _used = int(_statm.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (_used + {more}, _used + {more}))
"""
# What Python itself says of a destructor or callback that had no memory.
_OF_PYTHON = re.compile(r"^(Exception ignored in.*|MemoryError:? ?)\n", re.MULTILINE)
FEW = ("o.vcf.gz", "o.tsv")


def test_a_clock_that_goes_backwards(small: SmallGenome, tmp_path: Path) -> None:
    source = write_variants(small, tmp_path / "in.vcf", 80)
    job = score_job(small, source, FEW)
    usual, odd = tmp_path / "usual", tmp_path / "odd"
    usual.mkdir()
    odd.mkdir()
    assert run(job, usual).returncode == 0
    future = time.time() + 10 * 24 * 3600
    os.utime(source, (future, future))
    done = run(job, odd, fault=_BACKWARDS)
    assert done.returncode == 0, done.stderr
    assert contents(odd) == contents(usual)


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", [4, 8, 12, 16, 20, 32, 40, 48, 64, 96, 128, 192])
def test_any_amount_of_memory(small: SmallGenome, tmp_path: Path, megabytes: int) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    job = score_job(small, write_variants(small, tmp_path / "in.vcf", 300), FEW)
    try:
        done = run(job, folder, fault=_MEMORY.format(more=megabytes << 20), seconds=60)
    except subprocess.TimeoutExpired:
        pytest.xfail("Python's Thread.start waits forever for a thread that had no memory to begin with")
    if done.returncode != 0:
        done.stderr = _OF_PYTHON.sub("", done.stderr)
        error = one_error(done)
        assert "memory" in error or "no more threads" in error  # whose stacks need memory
        assert contents(folder) == {}
        assert hidden(folder) == []


def test_runs_side_by_side(small: SmallGenome, tmp_path: Path) -> None:
    """Two write the same files, one writes others; the reference's index is made by whichever is first."""
    folder = tmp_path / "runs"
    folder.mkdir()
    small.fasta.with_name(small.fasta.name + ".fai").unlink(missing_ok=True)
    source = write_variants(small, tmp_path / "in.vcf", 60)
    same, other = score_job(small, source, FEW), score_job(small, source, ("p.bcf",))
    calls = [command(same), command(same, *same.earlier), command(other)]
    processes = [
        subprocess.Popen(call, cwd=folder, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for call in calls
    ]
    for process in processes:
        _, stderr = process.communicate(timeout=200)
        assert process.returncode == 0, stderr
    left = contents(folder)
    assert hidden(folder) == []
    alone = []
    for at, (job, more) in enumerate(((same, ()), (same, same.earlier), (other, ()))):
        path = tmp_path / f"alone{at}"
        path.mkdir()
        assert run(job, path, *more).returncode == 0
        alone.append(contents(path))
    assert left["p.bcf"] == alone[2]["p.bcf"]
    for name in FEW:
        assert left[name] in (alone[0][name], alone[1][name])

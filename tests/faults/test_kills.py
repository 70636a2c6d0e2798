"""SIGKILL at random moments of runs with `--resume`: in the end, the bytes of a run that nothing happened to."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.jobs import command, contents, environment, hidden, run, score_job, write_variants
from tests.small import SmallGenome


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_five_kills(small: SmallGenome, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    job = score_job(small, write_variants(small, tmp_path / "in.vcf", 1200, seed))
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()
    begun = time.monotonic()
    done = run(job, whole, "--resume")  # the header holds the command
    seconds = time.monotonic() - begun
    assert done.returncode == 0, done.stderr
    new = contents(whole)
    kills = 0
    while kills < 5:
        arguments = command(job, "--resume")
        process = subprocess.Popen(
            arguments, cwd=broken, env=environment(broken), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(rng.uniform(0.3, 1) * seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            time.sleep(0.3)  # until its child processes have ended too
            kills += 1
        for name, data in contents(broken).items():
            if name in new:
                assert data == new[name], name
    done = run(job, broken, "--resume")
    assert done.returncode == 0, done.stderr
    assert contents(broken) == new
    assert hidden(broken) == []

"""`models fetch` onto full disks and into folders that cannot be written."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from genoscore.core.errors import WeightsError
from genoscore.weights.fetch import fetch
from genoscore.weights.files import fetched_folder
from genoscore.weights.sources import UrlSource
from tests.conftest import ROOT, Run
from tests.fetch.fetching import CARD, LARGE, PROGRAM, fetch_small, is_complete, part_of, refusal
from tests.local_servers import FileServer


def test_too_little_room_is_told_before_anything_is_written(
    home: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(ROOT)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100_000))
    line = refusal(server)
    assert "has 100,000 bytes free, 300,000 are needed" in line
    assert "GENOSCORE_HOME" in line
    assert not (fetched_folder("fetched") / LARGE).exists()


def _limited(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_disk_that_fills_up(run_program: Run, home: Path, server: FileServer) -> None:
    """A write that fails in the middle; the next run goes on."""
    server.lengths = False
    command = ("models", "fetch", "fetched", "--from", f"{server.address}/v1", "--accept-licence")
    done = run_program(*command, preload=False, preexec_fn=lambda: _limited(200_000))
    assert done.returncode == 1
    (line,) = [one for one in done.stderr.splitlines() if "error" in one]
    assert f"{part_of()} cannot be written (File too large)" in line
    assert "Traceback" not in done.stderr
    assert 0 < part_of().stat().st_size <= 200_000
    server.lengths = True
    fetch_small(server)
    assert server.asked[-1].range is not None
    assert is_complete()


@pytest.mark.parametrize("lengths", [True, False])
def test_a_full_file_system(home: Path, server: FileServer, lengths: bool) -> None:
    """A file system of 200 kB, in a mount namespace of its own."""
    server.lengths = lengths
    home.mkdir()
    inside = f'mount -t tmpfs -o size=200k tmpfs "{home}" && exec "$@"'
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("mount namespaces are not allowed here")
    arguments = ("models", "fetch", "fetched", "--from", f"{server.address}/v1", "--accept-licence")
    command = ["unshare", "-rm", "sh", "-c", inside, "sh", sys.executable, "-c", PROGRAM, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    (line,) = [one for one in done.stderr.splitlines() if "error" in one]
    assert ("bytes free" if lengths else "cannot be written (No space left on device)") in line
    assert "GENOSCORE_HOME" in line


@pytest.mark.parametrize("place", ["/proc/nowhere", "file"])
def test_a_home_that_cannot_be_written(
    place: str, server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GENOSCORE_HOME", str(tmp_path / place))
    assert "set GENOSCORE_HOME to another folder" in refusal(server)
    monkeypatch.setattr("genoscore.weights.fetch.accepted_on", lambda _: "today")
    with pytest.raises(WeightsError, match="cannot be written"):
        fetch(CARD, UrlSource(f"{server.address}/v1"))

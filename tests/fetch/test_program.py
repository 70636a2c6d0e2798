"""`models fetch` on the command line."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from genoscore.weights.sources import UrlSource
from tests.conftest import ROOT, Invoke, Run
from tests.fetch.fetching import CARD, LARGE, PROGRAM, SMALL, is_complete
from tests.local_servers import FileServer


def test_the_program(run_program: Run, home: Path, server: FileServer) -> None:
    command = ("models", "fetch", "fetched", "--from", f"{server.address}/v1")
    done = run_program(*command)
    assert (done.returncode, done.stdout) == (1, "")
    assert "licence of the weights of fetched: Test Licence 1.0 (allows commercial use)" in done.stderr
    assert "https://example.org/licence" in done.stderr
    assert "is not accepted; nothing was fetched; read it, and give --accept-licence" in done.stderr
    assert server.asked == []
    done = run_program(*command, "--accept-licence")
    assert done.returncode == 0, done.stderr
    verdicts = [line.split("\t")[:2] for line in done.stdout.splitlines()]
    assert verdicts == [["fetched", digest] for digest in CARD.sha256.values()]
    assert f"{LARGE}: 300.0 kB from {server.address}/v1/{LARGE}" in done.stderr
    assert "\x1b" not in done.stderr
    done = run_program(*command, "-q", "--offline")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), "the licence is remembered"


def test_the_program_offline(home: Path, server: FileServer, called: Invoke) -> None:
    command = ("models", "fetch", "fetched", "--from", f"{server.address}/v1", "--accept-licence")
    for more, environment in (((), {"HF_HUB_OFFLINE": "1"}), (("--offline",), {})):
        done = called(*command, *more, env=environment)
        assert done.exit_code == 1
        assert f"offline, and the weights of fetched lack {SMALL}, {LARGE}" in done.stderr
    assert server.asked == []


def test_an_unknown_name(home: Path, called: Invoke) -> None:
    done = called("models", "fetch", "nonsense")
    assert done.exit_code == 1
    assert "'nonsense' is unknown" in done.stderr


def test_interrupted(home: Path, server: FileServer, called: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(UrlSource, "bring", interrupt)
    done = called("models", "fetch", "fetched", "--from", f"{server.address}/v1", "--accept-licence")
    assert done.exit_code == 130
    assert "interrupted; run the same command again" in done.stderr


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("", 1)])
def test_a_terminal_is_asked(home: Path, server: FileServer, answer: str, code: int) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    command = [sys.executable, "-c", PROGRAM, "models", "fetch", "fetched", "--from", f"{server.address}/v1"]
    done = subprocess.run(
        command, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, cwd=ROOT, timeout=60, check=False
    )
    os.close(theirs)
    said = b""
    try:
        while block := os.read(ours, 1 << 16):
            said += block
    except OSError:
        pass  # the other end is closed
    os.close(ours)
    assert b"Do you accept it? [y/N]" in said
    assert done.returncode == code, said
    assert is_complete() is (code == 0)

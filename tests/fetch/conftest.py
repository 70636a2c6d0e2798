"""A home, a server of the two small files, and the program that fetches them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from genoscore.predictors import registry
from genoscore.weights import transfer
from tests.conftest import ROOT, Invoke, Run
from tests.fetch.fetching import PROGRAM
from tests.fetched import CONTENTS
from tests.local_servers import FileServer


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder; no waiting between tries."""
    monkeypatch.setenv("GENOSCORE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(transfer, "PAUSE", 0.0)
    return tmp_path / "home"


@pytest.fixture
def server() -> Iterator[FileServer]:
    """The published files, below /v1."""
    with FileServer({f"/v1/{name}": content for name, content in CONTENTS.items()}) as one:
        yield one


@pytest.fixture
def run_program(genoscore: Run) -> Run:
    """The program, in a process of its own, with predictor `fetched` registered."""
    return partial(genoscore, code=PROGRAM, cwd=ROOT)


@pytest.fixture
def called(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """The program, in this process."""
    monkeypatch.setitem(registry._BUILT_IN, "fetched", "tests.fetched:FETCHED")
    return invoke

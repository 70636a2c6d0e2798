"""`models fetch` from a Hugging Face hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from genoscore.weights.sources import open_source
from tests.conftest import Run
from tests.fetch.fetching import is_complete, refusal
from tests.fetched import CONTENTS
from tests.local_servers import FileServer, HubServer


@pytest.fixture
def hub() -> Iterator[tuple[HubServer, FileServer]]:
    """A hub, and the storage that it redirects to."""
    with (
        FileServer({f"/{name}": content for name, content in CONTENTS.items()}) as storage,
        HubServer(dict(CONTENTS), storage=storage.address.replace("127.0.0.1", "localhost")) as one,
    ):
        yield one, storage


def _hub_environment(hub: HubServer) -> dict[str, str]:
    return {**os.environ, "HF_ENDPOINT": hub.address, "HF_TOKEN": "hf_secret", "HF_HUB_OFFLINE": "0"}


def test_a_hub(run_program: Run, home: Path, hub: tuple[HubServer, FileServer]) -> None:
    server, storage = hub
    storage.cut, storage.cuts = 120_000, 2
    command = ("models", "fetch", "fetched", "--from", "hf:lab/weights", "--accept-licence")
    done = run_program(*command, env=_hub_environment(server))
    assert done.returncode == 0, done.stderr
    assert is_complete()
    got = [one.path.removeprefix("/lab/weights/resolve/") for one in server.asked if one.method == "GET"]
    assert set(got) == {f"{server.commit}/{name}" for name in CONTENTS}, "all files are of one commit"
    assert {one.authorization for one in server.asked} == {"Bearer hf_secret"}
    assert {one.authorization for one in storage.asked} == {None}, "the token stays with the hub"
    assert storage.asked[-1].range == "bytes=120000-"


@pytest.mark.parametrize(
    ("place", "word"),
    [
        ("hf:lab/other", "RepositoryNotFoundError"),
        ("hf:lab/weights@v9", "RevisionNotFoundError"),
        ("hf:lab/weights", "EntryNotFoundError"),
    ],
)
def test_what_a_hub_lacks_is_named(
    home: Path, hub: tuple[HubServer, FileServer], place: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    server, _ = hub
    server.files.clear()
    template = server.address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    line = refusal(open_source(place))
    assert word in line
    assert "check repository, revision and file name" in line


def test_what_is_no_hub_is_named(run_program: Run, home: Path, server: FileServer) -> None:
    files = {f"/lab/weights/resolve/main/{name}": content for name, content in CONTENTS.items()}
    server.files.update(files)
    command = ("models", "fetch", "fetched", "--from", "hf:lab/weights", "--accept-licence")
    done = run_program(*command, env={**os.environ, "HF_ENDPOINT": server.address, "HF_HUB_OFFLINE": "0"})
    assert done.returncode == 1
    assert "not a Hugging Face hub; check HF_ENDPOINT" in done.stderr

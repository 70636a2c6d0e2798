"""`models fetch` against a server on this machine: whole, broken and wrong transfers; offline."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from genoscore.core.errors import ConfigError
from genoscore.weights import transfer
from genoscore.weights.fetch import is_offline
from genoscore.weights.files import fetched_files, fetched_folder
from genoscore.weights.sources import FolderSource, UrlSource, open_source
from tests.fetch.fetching import CARD, LARGE, SMALL, Notes, fetch_small, is_complete, part_of, refusal
from tests.fetched import CONTENTS
from tests.local_servers import FileServer


def test_fetches_and_verifies(home: Path, server: FileServer) -> None:
    watch = Notes()
    done = fetch_small(server, watch)
    assert is_complete()
    assert [one.verdict for one in done] == ["fetched", "fetched"]
    assert {str(one.path.relative_to(home / "weights" / "fetched")): one.digest for one in done} == CARD.sha256
    assert watch.begun == [(name, 0, len(content)) for name, content in CONTENTS.items()]
    assert watch.bytes == sum(map(len, CONTENTS.values()))
    assert fetched_files("fetched", CONTENTS) == dict(zip(CONTENTS, (one.path for one in done), strict=True))


def test_what_is_there_and_right_is_kept(home: Path, server: FileServer) -> None:
    fetch_small(server)
    assert fetched_files("fetched", [*CONTENTS, "third.bin"]) is None
    (fetched_folder("fetched") / SMALL).write_bytes(b"damaged")
    server.asked.clear()
    assert [one.verdict for one in fetch_small(server)] == ["fetched", "kept"]
    assert [one.path for one in server.asked] == [f"/v1/{SMALL}"]
    assert is_complete()


def test_a_broken_transfer_goes_on_by_itself(home: Path, server: FileServer) -> None:
    server.cut, server.cuts = 70_000, 3  # the first cut is of the small file, and beyond its end
    watch = Notes()
    fetch_small(server, watch)
    assert is_complete()
    assert [one.range for one in server.asked] == [None, None, "bytes=70000-", "bytes=140000-"]
    assert [done for _, done, _ in watch.begun] == [0, 0, 70_000, 140_000]
    assert watch.bytes == sum(map(len, CONTENTS.values()))
    assert len(watch.notes) == 2


def test_a_transfer_that_stays_broken_is_told_and_goes_on_later(
    home: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "TRIES", 1)
    server.cut, server.cuts = 100_000, 2  # the small file comes whole
    line = refusal(server)
    assert f"{server.address}/v1/{LARGE} broke off after 100,000 bytes" in line
    assert "it resumes from there" in line
    assert not (fetched_folder("fetched") / LARGE).exists()
    assert part_of().stat().st_size == 100_000
    server.asked.clear()
    fetch_small(server)
    assert [one.range for one in server.asked] == ["bytes=100000-"]
    assert is_complete()


@pytest.mark.parametrize("faults", [[503], [503, 429]])
def test_a_server_that_recovers_is_asked_again(home: Path, server: FileServer, faults: list[int]) -> None:
    server.failures = faults
    fetch_small(server)
    assert is_complete()


def test_a_server_that_does_not_recover_is_named(home: Path, server: FileServer) -> None:
    server.failures = [503] * 9
    assert "503" in refusal(server)
    assert len(server.asked) == transfer.TRIES


def test_a_server_without_ranges_starts_anew(home: Path, server: FileServer) -> None:
    server.ranges = False
    part_of().parent.mkdir(parents=True)
    part_of().write_bytes(CONTENTS[LARGE][:1234])
    watch = Notes()
    fetch_small(server, watch)
    assert is_complete()
    assert server.asked[-1].range == "bytes=1234-"
    assert watch.begun[-1] == (LARGE, 0, len(CONTENTS[LARGE]))


@pytest.mark.parametrize("left", [b"of another file", CONTENTS[LARGE] + b"longer", CONTENTS[LARGE]])
def test_what_an_earlier_transfer_left_is_checked(home: Path, server: FileServer, left: bytes) -> None:
    part_of().parent.mkdir(parents=True)
    part_of().write_bytes(left)
    fetch_small(server)
    assert is_complete()
    asked = [one for one in server.asked if one.path.endswith(LARGE)]
    assert len(asked) == (0 if left == CONTENTS[LARGE] else 2)


def test_a_wrong_file_is_refused_and_deleted(home: Path, server: FileServer) -> None:
    server.files[f"/v1/{LARGE}"] = CONTENTS[LARGE][:-1] + b"x"
    line = refusal(server)
    assert f"{server.address}/v1/{LARGE} is not the published file" in line
    assert CARD.sha256[LARGE] in line
    assert len(set(re.findall(r"[0-9a-f]{64}", line))) == 2, "both digests"
    assert not part_of().exists()
    assert not (fetched_folder("fetched") / LARGE).exists()
    assert (fetched_folder("fetched") / SMALL).read_bytes() == CONTENTS[SMALL]


def test_what_is_not_there_is_named(home: Path, server: FileServer) -> None:
    del server.files[f"/v1/{LARGE}"]
    assert f"{server.address}/v1/{LARGE}: 404" in refusal(server)
    assert len([one for one in server.asked if one.path.endswith(LARGE)]) == 1, "no second try"
    assert "cannot be fetched" in refusal(UrlSource("http://127.0.0.1:9"))
    assert "cannot be fetched" in refusal(UrlSource("http://[oops"))


def test_files_without_pinned_digests(home: Path, server: FileServer) -> None:
    card = dataclasses.replace(CARD, sha256=dict.fromkeys(CONTENTS, ""))
    part_of().parent.mkdir(parents=True)
    part_of().write_bytes(b"left over")
    watch = Notes()
    done = fetch_small(server, watch, card)
    assert is_complete(), "nothing was added to what lay there"
    assert [one.verdict for one in done] == ["fetched, not pinned"] * 2
    assert [one.digest for one in done] == list(CARD.sha256.values())
    assert all("no digest is pinned" in note for note in watch.notes)
    assert len(watch.notes) == 2
    assert [one.verdict for one in fetch_small(server, card=card, offline=True)] == ["kept, not pinned"] * 2
    assert "no weight files" in refusal(server, card=dataclasses.replace(CARD, sha256={}))


def test_a_folder(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "small").mkdir(parents=True)
    (source / SMALL).write_bytes(CONTENTS[SMALL])
    assert f"{source / LARGE} cannot be read (No such file" in refusal(FolderSource(source))
    (source / LARGE).write_bytes(CONTENTS[LARGE][:-1])
    assert "is not the published file" in refusal(FolderSource(source))
    assert (source / LARGE).exists()
    (source / LARGE).write_bytes(CONTENTS[LARGE])
    assert [one.verdict for one in fetch_small(FolderSource(source), offline=True)] == ["kept", "fetched"]
    assert is_complete()


def test_one_process_at_a_time(home: Path, server: FileServer) -> None:
    from filelock import FileLock

    (home / "weights").mkdir(parents=True)
    with FileLock(home / "weights" / ".fetched.lock"):
        assert "another process is fetching" in refusal(server)


@pytest.mark.parametrize("text", ["nowhere", "hf:owner", "ftp://host/x", "hf:a/b/c"])
def test_what_from_cannot_be(text: str) -> None:
    with pytest.raises(ConfigError, match="neither a folder nor an address"):
        open_source(text)


def test_offline(home: Path, server: FileServer) -> None:
    line = refusal(server, offline=True)
    assert f"lack {SMALL}, {LARGE}" in line
    assert server.asked == []
    fetch_small(server)
    server.asked.clear()
    assert [one.verdict for one in fetch_small(server, offline=True)] == ["kept", "kept"]
    assert server.asked == []


@pytest.mark.parametrize(
    ("name", "value", "offline"),
    [
        ("GENOSCORE_OFFLINE", "1", True),
        ("HF_HUB_OFFLINE", "1", True),
        ("GENOSCORE_OFFLINE", "0", False),
        ("GENOSCORE_OFFLINE", "", False),
    ],
)
def test_offline_by_environment(name: str, value: str, offline: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert is_offline() is offline

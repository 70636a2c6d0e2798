"""`models fetch` from servers and folders that mean harm, or are broken in the same ways."""

from __future__ import annotations

import dataclasses
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from genoscore.cli.call import Call
from genoscore.core.addresses import without_credentials
from genoscore.core.errors import ConfigError, InputError, WeightsError
from genoscore.predictors import registry
from genoscore.weights import pace, sources, transfer
from genoscore.weights.files import fetched_folder
from genoscore.weights.sources import FolderSource, UrlSource, open_source
from tests.conftest import Invoke
from tests.fetch.fetching import CARD, LARGE, SMALL, Notes, fetch_small, is_complete, part_of, refusal
from tests.fetch.raw_server import RawServer
from tests.fetched import CONTENTS
from tests.local_servers import FileServer

PINNED = dataclasses.replace(CARD, sizes={name: len(content) for name, content in CONTENTS.items()})
UNKNOWN = dataclasses.replace(CARD, sha256=dict.fromkeys(CONTENTS, ""))
SECRET = "s3cr3t"


def _endless(head: bytes) -> Callable[[str], Iterator[bytes]]:
    return lambda _: itertools.chain([head], itertools.repeat(bytes(1 << 16)))


def _raw(server: RawServer) -> UrlSource:
    return UrlSource(server.address)


def _nothing_left() -> bool:
    return not [path for path in fetched_folder("fetched").rglob("*") if not path.is_dir()]


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"])
def test_an_endless_body_ends_at_the_pinned_size(home: Path, head: bytes) -> None:
    def answer(_: str) -> Iterator[bytes]:
        yield head
        block = b"10000\r\n" + bytes(1 << 16) + b"\r\n" if b"chunked" in head else bytes(1 << 16)
        yield from itertools.repeat(block)

    with RawServer(answer) as server:
        line = refusal(_raw(server), card=PINNED)
    assert "is not the published file: it has more than 1,000 bytes, the published one 1,000" in line
    assert server.sent < 10_000_000
    assert _nothing_left()


def test_an_endless_body_of_unknown_size_ends_at_the_limit(home: Path) -> None:
    with RawServer(_endless(b"HTTP/1.1 200 OK\r\n\r\n")) as server:
        for card in (UNKNOWN, CARD):
            line = refusal(_raw(server), card=card, largest=1_000_000)
            assert "has more than 1,000,000 bytes; if it should be that large, give --max-size GB" in line
    assert _nothing_left()


def test_a_larger_file_is_fetched_if_the_limit_is_raised(home: Path, server: FileServer, called: Invoke) -> None:
    assert "has more than 200,000 bytes" in refusal(server, card=UNKNOWN, largest=200_000)
    assert fetch_small(server, card=UNKNOWN, largest=300_000)
    help_text = called("models", "fetch", "--help", env={"COLUMNS": "200"}).stdout
    assert "--max-size" in help_text


@pytest.mark.parametrize("change", [-1, 1])
def test_a_file_of_another_size_is_refused_before_it_is_fetched(home: Path, server: FileServer, change: int) -> None:
    content = CONTENTS[SMALL]
    server.files[f"/v1/{SMALL}"] = content[:-1] if change < 0 else content + b"x"
    watch = Notes()
    line = refusal(server, watch=watch, card=PINNED)
    assert f"it has {1_000 + change:,} bytes, the published one 1,000" in line
    assert watch.begun == []
    server.files[f"/v1/{SMALL}"] = content
    fetch_small(server, card=PINNED)
    assert is_complete()


def test_pinned_sizes_are_those_of_the_published_files(shared: Path, spliceai_weights: Path) -> None:
    folders = {
        "openspliceai": shared / "models" / "openspliceai-mane",
        "pangolin": shared / "models" / "pangolin",
        "spliceai": spliceai_weights,
    }
    for name, folder in folders.items():
        card = registry.get(name).card
        assert card.sizes.keys() == card.sha256.keys()
        assert card.sizes == {file: (folder / file).stat().st_size for file in card.sizes}


@pytest.mark.parametrize("kind", ["device", "pipe", "folder"])
def test_only_regular_files_are_copied(home: Path, tmp_path: Path, kind: str) -> None:
    place = tmp_path / "from" / SMALL
    place.parent.mkdir(parents=True)
    if kind == "device":
        place.symlink_to("/dev/zero")
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.mkdir()
    line = refusal(FolderSource(tmp_path / "from"))
    assert str(place) in line
    assert {"device": "is a device", "pipe": "is a pipe (FIFO)", "folder": "Is a directory"}[kind] in line


@pytest.mark.parametrize("resumed", [True, False], ids=["pinned", "not pinned"])
@pytest.mark.parametrize("link", ["symbolic", "hard", "dangling", "pipe"])
def test_a_part_that_is_not_ours_is_not_written_through(
    home: Path, server: FileServer, tmp_path: Path, link: str, resumed: bool
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(CONTENTS[LARGE][:5_000])  # what could be resumed
    part = part_of()
    part.parent.mkdir(parents=True)
    if link == "hard":
        part.hardlink_to(victim)
    elif link == "pipe":
        os.mkfifo(part)
    else:
        part.symlink_to(victim if link == "symbolic" else tmp_path / "made")
    watch = Notes()
    fetch_small(server, watch, card=CARD if resumed else UNKNOWN)
    assert is_complete()
    assert victim.read_bytes() == CONTENTS[LARGE][:5_000]
    assert not (tmp_path / "made").exists()
    assert not (fetched_folder("fetched") / LARGE).is_symlink()
    assert [one.range for one in server.asked] == [None, None]
    if resumed:
        assert any("is not from an earlier transfer of yours" in note for note in watch.notes)


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_redirects_out_of_the_web_are_refused(home: Path, target: str) -> None:
    head = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()
    with RawServer(lambda _: [head]) as server:
        line = refusal(_raw(server))
    assert f"redirects to an address that begins with {target.partition(':')[0]}:, which is refused" in line
    assert len(server.heads) == 1, "no second try"


def test_a_redirect_to_what_is_not_an_address(home: Path) -> None:
    with RawServer(lambda _: [b"HTTP/1.1 302 Found\r\nLocation: data:,x\r\nContent-Length: 0\r\n\r\n"]) as server:
        assert f"{server.address}/{SMALL} redirects to an address that is not valid" in refusal(_raw(server))


def test_redirects_to_an_unencrypted_address_are_refused() -> None:
    with transfer._client("https://host/file", {}) as client:
        (check,) = client.event_hooks["request"]
        check(httpx.Request("GET", "https://other/file"))
        with pytest.raises(WeightsError, match="begins with http:, which is refused"):
            check(httpx.Request("GET", "http://other/file"))


DIGITS = b"9" * 5_000


@pytest.mark.parametrize(
    "head",
    [
        b"206 Partial Content\r\nContent-Range: bytes " + DIGITS + b"-" + DIGITS + b"/" + DIGITS,
        b"206 Partial Content\r\nContent-Range: bytes 0-1/" + DIGITS,
        b"200 OK\r\nContent-Length: " + DIGITS,
        b"200 OK\r\nContent-Length: 18446744073709551616",
        b"200 OK\r\nContent-Length: -1",
    ],
)
def test_absurd_numbers_in_headers(home: Path, head: bytes) -> None:
    part_of(SMALL).parent.mkdir(parents=True)
    part_of(SMALL).write_bytes(b"begun")
    with RawServer(lambda _: [b"HTTP/1.1 " + head + b"\r\n\r\nabc"]) as server:
        assert len(refusal(_raw(server))) < 600


@pytest.mark.parametrize("where", ["headers", "chunks", "body"])
def test_a_server_that_sends_a_byte_now_and_then_is_given_up(
    home: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "WINDOW", 0.3)

    def answer(_: str) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n"
        if where != "headers":
            yield b"Transfer-Encoding: chunked\r\n\r\n" if where == "chunks" else b"\r\n"
        for number in itertools.count():
            time.sleep(0.02)
            yield b"X: y\r\n"[number % 6 : number % 6 + 1] if where == "headers" else b"0"

    began = time.monotonic()
    with RawServer(answer) as server:
        line = refusal(_raw(server))
        assert "less than 60,000 bytes in 0 seconds" in line
        assert time.monotonic() - began < 3
    assert len(server.heads) == 1


def test_endless_headers(home: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\n"
    with RawServer(lambda _: itertools.chain([head], itertools.repeat(b"X: " + b"y" * 997 + b"\r\n"))) as server:
        assert "cannot be fetched" in refusal(_raw(server))
    assert server.sent < 100_000_000


def test_a_reason_is_not_repeated(home: Path) -> None:
    with RawServer(lambda _: [b"HTTP/1.1 403 \x1b[2JGo to evil.example\r\nContent-Length: 0\r\n\r\n"]) as server:
        line = refusal(_raw(server))
    assert ": 403 Forbidden;" in line
    assert "evil" not in line
    assert "\x1b" not in line


def _with_password(address: str) -> str:
    return address.replace("://", f"://user:{SECRET}@")


def test_a_password_in_an_address_is_not_repeated(home: Path, server: FileServer, called: Invoke) -> None:
    server.cut, server.cuts = 70_000, 2
    address = _with_password(f"{server.address}/v1")
    command = ("models", "fetch", "fetched", "--accept-licence", "--from")
    done = called(*command, address)
    assert done.exit_code == 0, done.stderr
    assert f"from {server.address}/v1/{LARGE}" in done.stderr
    assert all(one.authorization and one.authorization.startswith("Basic ") for one in server.asked), "but it is used"
    kept = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert SECRET.encode() not in b"".join(kept)
    said = done.output
    server.files.clear()
    (fetched_folder("fetched") / SMALL).unlink()
    for place in (
        address,
        _with_password("http://127.0.0.1:9/x"),
        _with_password("ftp://host"),
        f"http://user:{SECRET}/{SECRET}@host",
    ):
        done = called(*command, place)
        assert done.exit_code == 1
        said += done.output
    done = called("models", "fetch", "regulatory", "--from", address)
    assert done.exit_code == 1
    assert SECRET not in said + done.output


def test_a_password_is_in_no_header_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    address = _with_password("https://host/folder@v1")
    monkeypatch.setattr(sys, "argv", ["genoscore", "score", "--weights", f"spliceai={address}"])
    command = Call("score", {"input": "-", "reference": "g.fa"}).values()["command"]
    assert command == "genoscore score --weights spliceai=https://host/folder@v1"
    assert "https:/host/folder@v1" in str(WeightsError(f"{Path(address)} is not a folder"))
    assert SECRET not in InputError.at("VCF", "bad", f"see {address}", line=1, text=address).one_line()


@pytest.mark.parametrize("text", ["a" * 1_000_000, "a:/" * 300_000, ":" * 1_000_000, "a://" + "b" * 1_000_000])
def test_passwords_are_searched_for_in_linear_time(text: str) -> None:
    began = time.process_time()
    assert without_credentials(text) == text
    assert without_credentials(f"{text} a://b:c@d") == f"{text} a://d"
    assert time.process_time() - began < 1


def test_a_proxy_that_cannot_be_used_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", _with_password("gopher://host"))
    line = refusal(UrlSource("https://host/v1"))
    assert "proxy that cannot be used; check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY" in line
    assert SECRET not in line


@pytest.mark.parametrize("place", ["hf:../..", "hf:a--b/c", f"hf:{'a' * 5_000}/b", "hf:.a/b"])
def test_what_is_not_a_repository(place: str) -> None:
    with pytest.raises(ConfigError, match="--from: ") as caught:
        open_source(place)
    assert "hf:owner/repository" in caught.value.hint


def test_a_hub_that_does_not_answer_is_given_up(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    monkeypatch.setattr(sources, "_PATIENCE", 0.05)
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", lambda _: time.sleep(0.5))
    assert "cannot be fetched (TimeoutError)" in refusal(open_source("hf:lab/weights"))


def test_a_commit_that_is_none_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    class Metadata:
        commit_hash = "../../other"

    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", lambda _: Metadata)
    assert "not a Hugging Face hub" in refusal(open_source("hf:lab/weights"))

"""`models fetch` against servers on this machine: broken transfers, wrong files, full disks, licences, no network."""

from __future__ import annotations

import dataclasses
import json
import os
import pty
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, WeightsError
from genoscore.predictors import registry
from genoscore.scoring.run import score_vcf
from genoscore.weights import licences, transfer
from genoscore.weights.card import ModelCard
from genoscore.weights.fetch import Fetched, fetch, is_offline
from genoscore.weights.files import combined_sha256, fetched_files, fetched_folder
from genoscore.weights.sources import FolderSource, Source, UrlSource, open_source
from genoscore.weights.transfer import Watch
from tests.conftest import ROOT, Invoke, Run, program
from tests.fetched import CONTENTS, FETCHED
from tests.local_servers import FileServer, HubServer
from tests.small import SmallGenome, vcf_text

CARD = FETCHED.card
SMALL, LARGE = CONTENTS
PROGRAM = program(fetched="tests.fetched:FETCHED")


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


class Notes(Watch):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int, int | None]] = []
        self.bytes = 0
        self.notes: list[str] = []

    def begin(self, name: str, place: str, done: int, total: int | None) -> None:
        self.begun.append((name, done, total))

    def advance(self, size: int) -> None:
        self.bytes += size

    def note(self, message: str) -> None:
        self.notes.append(message)


def _fetch(
    source: Source | FileServer, watch: Watch | None = None, card: ModelCard = CARD, offline: bool = False
) -> list[Fetched]:
    licences.accept(card)
    place = UrlSource(f"{source.address}/v1/") if isinstance(source, FileServer) else source
    return fetch(card, place, watch, offline)


def _refused(source: Source | FileServer, **more: object) -> str:
    with pytest.raises(WeightsError) as caught:
        _fetch(source, **more)  # type: ignore[arg-type]
    assert caught.value.hint
    return caught.value.one_line()


def _complete() -> bool:
    folder = fetched_folder("fetched")
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    } == CONTENTS


def _part(name: str = LARGE) -> Path:
    return fetched_folder("fetched") / f"{name}.part"


# Transfers.


def test_fetches_and_verifies(home: Path, server: FileServer) -> None:
    watch = Notes()
    done = _fetch(server, watch)
    assert _complete()
    assert [one.verdict for one in done] == ["fetched", "fetched"]
    assert {str(one.path.relative_to(home / "weights" / "fetched")): one.digest for one in done} == CARD.sha256
    assert watch.begun == [(name, 0, len(content)) for name, content in CONTENTS.items()]
    assert watch.bytes == sum(map(len, CONTENTS.values()))
    assert fetched_files("fetched", CONTENTS) == dict(zip(CONTENTS, (one.path for one in done), strict=True))


def test_what_is_there_and_right_is_kept(home: Path, server: FileServer) -> None:
    _fetch(server)
    assert fetched_files("fetched", [*CONTENTS, "third.bin"]) is None
    (fetched_folder("fetched") / SMALL).write_bytes(b"damaged")
    server.asked.clear()
    assert [one.verdict for one in _fetch(server)] == ["fetched", "kept"]
    assert [one.path for one in server.asked] == [f"/v1/{SMALL}"]
    assert _complete()


def test_a_broken_transfer_goes_on_by_itself(home: Path, server: FileServer) -> None:
    server.cut, server.cuts = 70_000, 3  # the first cut is of the small file, and beyond its end
    watch = Notes()
    _fetch(server, watch)
    assert _complete()
    assert [one.range for one in server.asked] == [None, None, "bytes=70000-", "bytes=140000-"]
    assert [done for _, done, _ in watch.begun] == [0, 0, 70_000, 140_000]
    assert watch.bytes == sum(map(len, CONTENTS.values()))
    assert len(watch.notes) == 2


def test_a_transfer_that_stays_broken_is_told_and_goes_on_later(
    home: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "TRIES", 1)
    server.cut, server.cuts = 100_000, 2  # the small file comes whole
    line = _refused(server)
    assert f"{server.address}/v1/{LARGE} broke off after 100,000 bytes" in line
    assert "it goes on from there" in line
    assert not (fetched_folder("fetched") / LARGE).exists()
    assert _part().stat().st_size == 100_000
    server.asked.clear()
    _fetch(server)
    assert [one.range for one in server.asked] == ["bytes=100000-"]
    assert _complete()


@pytest.mark.parametrize("faults", [[503], [503, 429]])
def test_a_server_that_recovers_is_asked_again(home: Path, server: FileServer, faults: list[int]) -> None:
    server.failures = faults
    _fetch(server)
    assert _complete()


def test_a_server_that_does_not_recover_is_named(home: Path, server: FileServer) -> None:
    server.failures = [503] * 9
    assert "503" in _refused(server)
    assert len(server.asked) == transfer.TRIES


def test_a_server_without_ranges_starts_anew(home: Path, server: FileServer) -> None:
    server.ranges = False
    _part().parent.mkdir(parents=True)
    _part().write_bytes(CONTENTS[LARGE][:1234])
    watch = Notes()
    _fetch(server, watch)
    assert _complete()
    assert server.asked[-1].range == "bytes=1234-"
    assert watch.begun[-1] == (LARGE, 0, len(CONTENTS[LARGE]))


@pytest.mark.parametrize("left", [b"of another file", CONTENTS[LARGE] + b"longer", CONTENTS[LARGE]])
def test_what_an_earlier_transfer_left_is_checked(home: Path, server: FileServer, left: bytes) -> None:
    _part().parent.mkdir(parents=True)
    _part().write_bytes(left)
    _fetch(server)
    assert _complete()
    asked = [one for one in server.asked if one.path.endswith(LARGE)]
    assert len(asked) == (0 if left == CONTENTS[LARGE] else 2)


def test_a_wrong_file_is_refused_and_deleted(home: Path, server: FileServer) -> None:
    server.files[f"/v1/{LARGE}"] = CONTENTS[LARGE][:-1] + b"x"
    line = _refused(server)
    assert f"{server.address}/v1/{LARGE} is not the published file" in line
    assert CARD.sha256[LARGE] in line
    assert len(set(re.findall(r"[0-9a-f]{64}", line))) == 2, "both digests"
    assert not _part().exists()
    assert not (fetched_folder("fetched") / LARGE).exists()
    assert (fetched_folder("fetched") / SMALL).read_bytes() == CONTENTS[SMALL]


def test_what_is_not_there_is_named(home: Path, server: FileServer) -> None:
    del server.files[f"/v1/{LARGE}"]
    assert f"{server.address}/v1/{LARGE}: 404" in _refused(server)
    assert len([one for one in server.asked if one.path.endswith(LARGE)]) == 1, "no second try"
    assert "cannot be fetched" in _refused(UrlSource("http://127.0.0.1:9"))
    assert "cannot be fetched" in _refused(UrlSource("http://[oops"))


def test_files_without_pinned_digests(home: Path, server: FileServer) -> None:
    card = dataclasses.replace(CARD, sha256=dict.fromkeys(CONTENTS, ""))
    _part().parent.mkdir(parents=True)
    _part().write_bytes(b"left over")
    watch = Notes()
    done = _fetch(server, watch, card)
    assert _complete(), "nothing was added to what lay there"
    assert [one.verdict for one in done] == ["fetched, not pinned"] * 2
    assert [one.digest for one in done] == list(CARD.sha256.values())
    assert all("no digest is pinned" in note for note in watch.notes)
    assert len(watch.notes) == 2
    assert [one.verdict for one in _fetch(server, card=card, offline=True)] == ["kept, not pinned"] * 2
    assert "no weight files" in _refused(server, card=dataclasses.replace(CARD, sha256={}))


def test_a_folder(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "small").mkdir(parents=True)
    (source / SMALL).write_bytes(CONTENTS[SMALL])
    assert f"{source / LARGE} cannot be read (No such file" in _refused(FolderSource(source))
    (source / LARGE).write_bytes(CONTENTS[LARGE][:-1])
    assert "is not the published file" in _refused(FolderSource(source))
    assert (source / LARGE).exists()
    (source / LARGE).write_bytes(CONTENTS[LARGE])
    assert [one.verdict for one in _fetch(FolderSource(source), offline=True)] == ["kept", "fetched"]
    assert _complete()


def test_one_process_at_a_time(home: Path, server: FileServer) -> None:
    from filelock import FileLock

    (home / "weights").mkdir(parents=True)
    with FileLock(home / "weights" / ".fetched.lock"):
        assert "another process is fetching" in _refused(server)


@pytest.mark.parametrize("text", ["nowhere", "hf:owner", "ftp://host/x", "hf:a/b/c"])
def test_what_from_cannot_be(text: str) -> None:
    with pytest.raises(ConfigError, match="neither a folder nor an address"):
        open_source(text)


# No network, no room.


def test_offline(home: Path, server: FileServer) -> None:
    line = _refused(server, offline=True)
    assert f"lack {SMALL}, {LARGE}" in line
    assert server.asked == []
    _fetch(server)
    server.asked.clear()
    assert [one.verdict for one in _fetch(server, offline=True)] == ["kept", "kept"]
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


def test_too_little_room_is_told_before_anything_is_written(
    home: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(ROOT)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100_000))
    line = _refused(server)
    assert "has room for 100,000 bytes, 300,000 are wanted" in line
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
    assert f"{_part()} cannot be written (File too large)" in line
    assert "Traceback" not in done.stderr
    assert 0 < _part().stat().st_size <= 200_000
    server.lengths = True
    _fetch(server)
    assert server.asked[-1].range is not None
    assert _complete()


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
    assert ("has room for" if lengths else "cannot be written (No space left on device)") in line
    assert "GENOSCORE_HOME" in line


@pytest.mark.parametrize("place", ["/proc/nowhere", "file"])
def test_a_home_that_cannot_be_written(
    place: str, server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GENOSCORE_HOME", str(tmp_path / place))
    assert "set GENOSCORE_HOME to another folder" in _refused(server)
    monkeypatch.setattr("genoscore.weights.fetch.accepted_on", lambda _: "today")
    with pytest.raises(WeightsError, match="cannot be written"):
        fetch(CARD, UrlSource(f"{server.address}/v1"))


# The program.


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


@pytest.fixture
def called(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """The program, in this process."""
    monkeypatch.setitem(registry._BUILT_IN, "fetched", "tests.fetched:FETCHED")
    return invoke


def test_the_program_offline(home: Path, server: FileServer, called: Invoke) -> None:
    command = ("models", "fetch", "fetched", "--from", f"{server.address}/v1", "--accept-licence")
    for more, environment in (((), {"HF_HUB_OFFLINE": "1"}), (("--offline",), {})):
        done = called(*command, *more, env=environment)
        assert done.exit_code == 1
        assert f"offline, and the weights of fetched lack {SMALL}, {LARGE}" in done.stderr
    assert server.asked == []


def test_nothing_to_fetch_from(home: Path, called: Invoke) -> None:
    done = called("models", "fetch", "fetched")
    assert done.exit_code == 1
    assert "published nowhere" in done.stderr
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
    assert _complete() is (code == 0)


# Licences.


def test_a_licence_is_remembered_until_it_changes(home: Path) -> None:
    assert licences.accepted_on(CARD) is None
    licences.accept(dataclasses.replace(CARD, name="other"))
    licences.accept(CARD)
    assert licences.accepted_on(CARD) is not None
    assert licences.accepted_on(dataclasses.replace(CARD, summary="a new one")) is not None
    for changed in ("licence", "licence_url", "licence_terms"):
        assert licences.accepted_on(dataclasses.replace(CARD, **{changed: "new"})) is None
    kept = json.loads((home / "licences.json").read_text())
    assert kept.keys() == {"fetched", "other"}
    assert kept["fetched"]["licence"] == "Test Licence 1.0"


def test_nothing_is_fetched_without_acceptance(home: Path, server: FileServer) -> None:
    with pytest.raises(WeightsError, match="is not accepted"):
        fetch(CARD, UrlSource(f"{server.address}/v1"))
    assert server.asked == []


@pytest.mark.parametrize("text", ["{", "[]", '{"fetched": 3}'])
def test_a_damaged_list_of_licences_is_named(home: Path, text: str) -> None:
    home.mkdir()
    (home / "licences.json").write_text(text)
    for act in (licences.accepted_on, licences.accept):
        with pytest.raises(WeightsError, match=r"licences\.json cannot be read"):
            act(CARD)
    assert (home / "licences.json").read_text() == text


# A Hugging Face hub.


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
    assert _complete()
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
    line = _refused(open_source(place))
    assert word in line
    assert "check repository, revision and file name" in line


def test_what_is_no_hub_is_named(run_program: Run, home: Path, server: FileServer) -> None:
    files = {f"/lab/weights/resolve/main/{name}": content for name, content in CONTENTS.items()}
    server.files.update(files)
    command = ("models", "fetch", "fetched", "--from", "hf:lab/weights", "--accept-licence")
    done = run_program(*command, env={**os.environ, "HF_ENDPOINT": server.address, "HF_HUB_OFFLINE": "0"})
    assert done.returncode == 1
    assert "no Hugging Face hub; check HF_ENDPOINT" in done.stderr


# What score does with what was fetched.


def test_spliceai_is_found_where_it_was_fetched(home: Path, spliceai_weights: Path) -> None:
    from genoscore.predictors.splicing.spliceai import SPLICEAI

    assert {path.parent for path in SPLICEAI.find_weights(None).values()} == {spliceai_weights}
    fetched = fetched_folder("spliceai")
    fetched.mkdir(parents=True)
    for path in sorted(spliceai_weights.glob("*.h5")):
        assert {one.parent for one in SPLICEAI.find_weights(None).values()} == {spliceai_weights}, "not complete yet"
        (fetched / path.name).symlink_to(path)
    assert {path.parent for path in SPLICEAI.find_weights(None).values()} == {fetched}
    assert {path.parent for path in SPLICEAI.find_weights(spliceai_weights).values()} == {spliceai_weights}


def test_fetched_weights_that_changed_are_refused(
    home: Path, spliceai_weights: Path, small: SmallGenome, tmp_path: Path
) -> None:
    fetched = fetched_folder("spliceai")
    fetched.mkdir(parents=True)
    for path in spliceai_weights.glob("*.h5"):
        (fetched / path.name).symlink_to(path)
    (fetched / "spliceai2.h5").unlink()
    (fetched / "spliceai2.h5").write_bytes(b"damaged")
    source, target = tmp_path / "in.vcf", tmp_path / "out.vcf"
    source.write_text(vcf_text(["chr1 121 A C"]))
    config = RunConfig(str(source), small.fasta, (str(target),), annotation=str(small.genes))
    with pytest.raises(WeightsError, match=r"spliceai2\.h5 is not the published file") as caught:
        score_vcf(config)
    assert "genoscore models fetch spliceai" in caught.value.hint
    assert not target.exists()
    own = dataclasses.replace(config, weights={"spliceai": fetched})
    with pytest.raises(WeightsError, match="does not hold a SpliceAI model"):  # found out by what is in it
        score_vcf(own)


def test_installed_weights_must_be_the_published_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"something")
    files = {"a.bin": path}
    free = combined_sha256(files)
    assert combined_sha256(files, {"a.bin": "", "b.bin": "0" * 64}) == free
    with pytest.raises(WeightsError, match=r"a\.bin is not the published file"):
        combined_sha256(files, {"a.bin": "0" * 64}, "fetch it")

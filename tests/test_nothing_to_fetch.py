"""`models fetch` of predictors whose weights it cannot bring, or that need none: says what is true, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from genoscore.cli.app import app
from genoscore.predictors import registry
from genoscore.weights.files import fetched_folder, sha256
from tests.installing import write_metadata


@pytest.fixture
def fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command, in this process, with an empty home."""
    monkeypatch.setenv("GENOSCORE_HOME", str(tmp_path / "home"))
    return lambda *arguments: CliRunner().invoke(app, ["models", "fetch", *map(str, arguments)])


def _error(done: Result) -> str:
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    return line.removeprefix("genoscore: error: ")


def test_a_plug_in_without_weights(
    fetch: Callable[..., Result], plugin_example: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(plugin_example))
    done = fetch("cpg")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "cpg needs no weights: there is nothing to fetch\n"
    assert _error(fetch("cpg", "--from", tmp_path)) == f"--from {tmp_path}: cpg needs no weights; leave it out"


def test_a_plug_in_that_ships_its_weights(
    fetch: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come with the plug-in, not with genoscore."""
    weights = tmp_path / "net.bin"
    weights.write_bytes(b"weights")
    (tmp_path / "shipping.py").write_text(
        "from pathlib import Path\n"
        "from genoscore.weights.card import ModelCard\n"
        "class Entry:\n"
        "    card = ModelCard('ships', '', '', 'MIT', 'in the package', '', {'net.bin': ''}, shipped=True)\n"
        "    spec = load = None\n"
        f"    def find_weights(self, given): return {{'net.bin': Path({str(weights)!r})}}\n"
        "ENTRY = Entry()\n"
    )
    write_metadata(tmp_path, "shipping-plugin", "3.1", {"genoscore.predictors": {"ships": "shipping:ENTRY"}})
    monkeypatch.syspath_prepend(str(tmp_path))
    done = fetch("ships")
    assert done.exit_code == 0
    assert done.stderr == "the weights of ships come with shipping-plugin 3.1 (MIT): there is nothing to fetch\n"
    assert done.stdout == f"shipped\t{sha256(weights)}\t{weights}\n"


def test_shipped_with_genoscore(fetch: Callable[..., Result], tmp_path: Path) -> None:
    done = fetch("regulatory")
    assert done.exit_code == 0
    assert done.stderr == "the weights of regulatory come with genoscore (MIT): there is nothing to fetch\n"
    assert _error(fetch("regulatory", "--from", tmp_path)) == (
        f"--from {tmp_path}: the weights of regulatory come with genoscore; "
        "give --weights regulatory=PATH to a run to use other weights"
    )


def test_an_archive(fetch: Callable[..., Result], tmp_path: Path) -> None:
    """Not a command to run, but what to do; and the same whatever --from says."""
    line = _error(fetch("sei"))
    assert line == (
        "the weights of sei are published as an archive, which models fetch cannot download; download the archive of "
        "Zenodo record 4906997 (licence: academic use only), unpack it, and give --weights sei=FOLDER"
    )
    assert "run:" not in line
    assert _error(fetch("sei", "--from", tmp_path)) == line


def test_an_archive_that_is_there(fetch: Callable[..., Result]) -> None:
    """Put into the cache by hand."""
    path = fetched_folder("sei") / "sei.pth"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    done = fetch("sei")
    assert done.exit_code == 0
    assert done.stderr == "the weights of sei are installed: there is nothing to fetch\n"
    assert done.stdout == f"installed\t{sha256(path)}\t{path}\n"


def test_weights_without_a_known_place(fetch: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._BUILT_IN, "fetched", "tests.fetched:FETCHED")
    assert _error(fetch("fetched")) == (
        "genoscore knows no source for the weights of fetched; give one with --from: a folder, "
        "https://... or hf:OWNER/REPOSITORY"
    )

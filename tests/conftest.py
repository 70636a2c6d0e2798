"""Fixtures: the shared folder, the real weights, a toy predictor, a small genome, the program."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from genoscore.predictors import registry
from tests import preloaded
from tests.installing import install
from tests.small import SmallGenome, write_small_genome

ROOT = Path(__file__).parent.parent
TEST_DATA = ROOT / "test_data"

Run = Callable[..., subprocess.CompletedProcess[str]]
collect_ignore = ["plugin_example"]  # a distribution of its own


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing that the user has fetched is used, and nothing is left in the user's cache."""
    os.environ["GENOSCORE_HOME"] = str(tmp_path_factory.mktemp("home"))
    os.environ["HF_HOME"] = str(tmp_path_factory.mktemp("hf_home"))
    for name in ("GENOSCORE_OFFLINE", "HF_HUB_OFFLINE"):
        os.environ.pop(name, None)


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    """A test that sets torch's threads leaves them as they were: two processes of two threads each are slow."""
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else None
    yield
    if torch and torch.get_num_threads() != before:
        torch.set_num_threads(before)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real sequence, variants and the peers' outputs: GENOSCORE_SHARED, or ../shared beside the repository."""
    folder = Path(os.environ.get("GENOSCORE_SHARED", ROOT.parent / "shared"))
    if not (folder / "parity").is_dir():
        pytest.skip("no shared folder: set GENOSCORE_SHARED")
    return folder


@pytest.fixture(scope="session")
def spliceai_weights() -> Path:
    """Folder of SpliceAI's weights."""
    try:
        distribution = importlib.metadata.distribution("spliceai")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("SpliceAI's weights are not installed: pip install --no-deps spliceai==1.3.1")
    return Path(str(distribution.locate_file("spliceai/models")))


@pytest.fixture(scope="session")
def spliceai_genes(spliceai_weights: Path) -> None:
    """SpliceAI's gene tables, which come with its weights."""


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Predictors `toy` and `tissue_toy` with a context of 40 bases and seeded weights."""
    monkeypatch.setitem(registry._BUILT_IN, "toy", "tests.toy:TOY")
    monkeypatch.setitem(registry._BUILT_IN, "tissue_toy", "tests.toy:TISSUE_TOY")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallGenome:
    """A genome of 2 x 1,200 random bases with five genes."""
    return write_small_genome(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def plugin_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which `tests/plugin_example` is installed: for PYTHONPATH, or `sys.path`."""
    return install(ROOT / "tests" / "plugin_example", tmp_path_factory)


@pytest.fixture(scope="session")
def test_genome() -> dict[str, str]:
    """The demo genome's sequences, upper case."""
    sequences: dict[str, str] = {}
    for part in (TEST_DATA / "genome.fa").read_text().split(">")[1:]:
        name, _, bases = part.partition("\n")
        sequences[name.split()[0]] = bases.replace("\n", "").upper()
    return sequences


@pytest.fixture(scope="session")
def genoscore() -> Run:
    """Run the program; returns the finished process with its text."""

    def run(
        *arguments: object, stdin: bytes | str | None = None, **options: object
    ) -> subprocess.CompletedProcess[str]:
        command = [*preloaded.command("from genoscore.cli.app import main; main()"), *map(str, arguments)]
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(command, input=data, capture_output=True, timeout=200, check=False, **options)  # type: ignore[call-overload]
        return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run

"""Fixtures: the shared folder, the real weights, a toy predictor, a small genome, the program."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import Result
from typer.testing import CliRunner

from genoscore.core.config import RunConfig
from genoscore.core.options.table import OPTIONS
from genoscore.core.settings import USER_FILE
from genoscore.predictors import registry
from tests import preloaded
from tests.installing import install
from tests.small import SmallGenome, infos, vcf_text, write_small_genome

if TYPE_CHECKING:
    from genoscore.engine.summary import RunSummary

ROOT = Path(__file__).parent.parent
TEST_DATA = ROOT / "test_data"

Run = Callable[..., subprocess.CompletedProcess[str]]
Invoke = Callable[..., Result]
Score = Callable[..., "Scored"]
collect_ignore = ["plugin_example", "fuzz/guided.py"]  # a distribution of its own; a program that needs atheris


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing that the user has fetched is used, and nothing is left in the user's cache."""
    os.environ["GENOSCORE_HOME"] = str(tmp_path_factory.mktemp("home"))
    os.environ["HF_HOME"] = str(tmp_path_factory.mktemp("hf_home"))
    os.environ[USER_FILE] = ""  # and no file of options of the user's
    for name in ("GENOSCORE_OFFLINE", "HF_HUB_OFFLINE", *(option.environment for option in OPTIONS)):
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


@dataclass(frozen=True)
class Scored:
    """What a run of `score` says of itself, and its outputs in the order in which they were named."""

    summary: RunSummary
    outputs: list[Path]

    @property
    def infos(self) -> list[dict[str, str]]:
        """INFO of every record of the first output, a plain VCF."""
        return infos(self.outputs[0])


@pytest.fixture
def score_options() -> dict[str, object]:
    """Options of `score_small` that a file of tests sets for all of its runs, by a fixture of the same name."""
    return {}


@pytest.fixture
def score_small(small: SmallGenome, tmp_path: Path, score_options: dict[str, object]) -> Score:
    """Score variants of the small genome, in this process; `toy` and the genome's genes unless the options differ.

    Takes a VCF's text or the rows of one (see `vcf_text`), which are left in tmp_path / "in.vcf", the names of the
    outputs in tmp_path, and options of RunConfig.
    """

    def run(variants: str | Iterable[str], *names: str, **options: object) -> Scored:
        from genoscore.scoring.run import score_vcf

        source, outputs = tmp_path / "in.vcf", [tmp_path / name for name in names]
        text = variants if isinstance(variants, str) else vcf_text(variants)
        source.write_text(text, encoding="utf-8", errors="surrogateescape")
        chosen = {"predictor": "toy", "annotation": str(small.genes)} | score_options | options
        config = RunConfig(str(source), small.fasta, tuple(map(str, outputs)), **chosen)  # type: ignore[arg-type]
        return Scored(score_vcf(config), outputs)

    return run


def program(**registered: str) -> str:
    """The program as code for `python -c`, with these predictors registered: name="module:ENTRY"."""
    return (
        f"from genoscore.predictors import registry; registry._BUILT_IN.update({registered!r});"
        "from genoscore.cli.app import main; main()"
    )


@pytest.fixture(scope="session")
def genoscore() -> Run:
    """Run the program; returns the finished process with its text.

    `code` is another program to run, `preload=False` starts a Python of its own (see `tests.preloaded`).
    """

    def run(
        *arguments: object,
        stdin: bytes | str | None = None,
        code: str = "from genoscore.cli.app import main; main()",
        preload: bool = True,
        **options: object,
    ) -> subprocess.CompletedProcess[str]:
        python = preloaded.command(code) if preload else [sys.executable, "-c", code]
        command = [*python, *map(str, arguments)]
        data = stdin.encode() if isinstance(stdin, str) else stdin
        options |= {"stdin": subprocess.DEVNULL} if data is None else {"input": data}
        done = subprocess.run(command, capture_output=True, timeout=200, check=False, **options)  # type: ignore[call-overload]
        return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture(scope="session")
def genoscore_with_toy(genoscore: Run) -> Run:
    """The same with the toy predictor registered, fast and free of weights; in the repository's folder."""
    return partial(genoscore, code=program(toy="tests.toy:TOY"), cwd=ROOT)


@pytest.fixture(scope="session")
def invoke() -> Invoke:
    """Run the program in this process, which sees what a test has patched; returns its exit code and its text."""
    from genoscore.cli.app import app

    return lambda *arguments, **options: CliRunner().invoke(app, [*map(str, arguments)], **options)

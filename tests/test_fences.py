"""What the house's picture promises (docs/architecture.md): who imports whom, and what stays out of where."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from genoscore.predictors import registry
from tests.conftest import ROOT, TEST_DATA

PACKAGE = ROOT / "genoscore"
# A room imports only rooms to its left.
ROOMS = (
    "core", "networks", "weights", "inputs", "predictors", "planning", "scores", "consequences", "engine", "outputs",
    "scoring", "training", "explaining", "interactive", "evaluation", "cli",
)  # fmt: skip
ALIAS = "api"  # of the public functions, for scripts; nothing in the package imports it
FREE = ("_version",)
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path not in (PACKAGE / "__init__.py", PACKAGE / "api.py"))


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Dotted names of the modules that a file imports anywhere, also under TYPE_CHECKING and inside functions."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            found.append(node.module)
            found += (f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(found)


def _rooms_used(path: Path) -> set[str]:
    names = {name.split(".")[1] for name in _imports(path) if name.startswith("genoscore.")}
    rooms = {name for name in names if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").exists()}
    return rooms - {*FREE}


def test_every_room_is_in_the_picture() -> None:
    assert {_room(path) for path in FILES} == {*ROOMS, *FREE}
    picture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    order = next(line for line in picture.splitlines() if line.startswith("`core"))
    assert order.strip("`").replace("->", ",").replace(" ", "").split(",") == list(ROOMS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    room = _room(path)
    if room in FREE:
        assert not _rooms_used(path)
        return
    allowed = {*ROOMS[: ROOMS.index(room) + 1]}
    assert _rooms_used(path) <= allowed


def test_nothing_imports_the_package_itself() -> None:
    """`genoscore/__init__.py` is for users: inside, the version comes from `_version`."""
    for path in FILES:
        assert not {"genoscore", "genoscore.api"} & {*_imports(path)}, path


def test_no_circles() -> None:
    """Between files, also for typing: what two files need of each other is a file of its own."""
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in FILES}
    uses = {name: {one for one in _imports(path) if one in modules} - {name} for name, path in modules.items()}
    while leaves := [name for name, used in uses.items() if not used & uses.keys()]:
        for name in leaves:
            del uses[name]
    assert not uses, f"these import each other, or what does: {sorted(uses)}"


def test_networks_know_no_vcf_gene_or_score() -> None:
    for path in FILES:
        if _room(path) == "networks":
            assert _rooms_used(path) <= {"networks"}, path


def test_training_never_loads_in_scoring() -> None:
    """Only its own commands of cli import it, and these only when they run."""
    for path in FILES:
        if "training" in _rooms_used(path) and _room(path) != "training":
            assert path.relative_to(PACKAGE).as_posix() in ("cli/train.py", "cli/training_report.py")
    at_top = ast.parse((PACKAGE / "cli" / "train.py").read_text(encoding="utf-8")).body
    names = [node.module or "" for node in at_top if isinstance(node, ast.ImportFrom)]
    assert "genoscore.cli.call" in names
    assert not [name for name in names if "training" in name]


def test_engine_and_outputs_name_no_model() -> None:
    for path in FILES:
        if _room(path) in ("engine", "outputs"):
            text = re.sub(r">>>.*", "", path.read_text(encoding="utf-8"))
            assert not re.search(rf"[\"'](?:{'|'.join(registry._BUILT_IN)})[\"']", text), path


@pytest.mark.parametrize(
    ("libraries", "rooms"),
    [
        ({"typer", "click", "rich"}, {"cli"}),
        ({"pysam", "cyvcf2"}, {"inputs", "outputs"}),
        ({"pyfaidx", "Bio"}, {"inputs"}),
        ({"h5py"}, {"predictors"}),
        ({"safetensors"}, {"predictors", "weights", "training"}),
        ({"httpx", "huggingface_hub", "filelock"}, {"weights"}),
        ({"platformdirs"}, {"core"}),
        ({"pyarrow", "pyBigWig"}, {"outputs"}),
        ({"sklearn", "scipy"}, {"evaluation"}),
        ({"matplotlib"}, {"evaluation", "explaining", "interactive"}),
        ({"logomaker"}, {"explaining"}),
        ({"pandas"}, {"explaining", "interactive"}),
        ({"polars"}, {"interactive"}),
        ({"tensorflow", "keras"}, set()),
    ],
)
def test_libraries_stay_in_their_rooms(libraries: set[str], rooms: set[str]) -> None:
    for path in FILES:
        if _room(path) not in rooms:
            used = {name.split(".")[0] for name in _imports(path)} & libraries
            assert not used, f"{path} imports {used}"


def test_no_drawer_for_odds_and_ends() -> None:
    names = {path.name for path in [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]}
    assert not names & {"utils.py", "helpers.py", "common.py", "misc.py"}
    standard = {"io.py", "types.py", "typing.py", "json.py", "logging.py", "statistics.py"}
    assert not {path.name for path in PACKAGE.rglob("*.py")} & standard


_BLOCKED = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ImportError(name + " must not be imported here")

sys.meta_path.insert(0, Blocker())
sys.argv = ["genoscore", *{arguments!r}]
from genoscore.cli.app import main
main()
"""


@pytest.mark.parametrize(
    ("arguments", "blocked"),
    [
        (("--help",), ("torch", "h5py", "pandas", "pyarrow", "sklearn", "scipy", "matplotlib")),
        (("evaluate", "--help"), ("torch", "h5py", "pandas", "pyarrow", "sklearn", "scipy", "matplotlib")),
        (("--version",), ("torch", "h5py", "pandas", "pyarrow")),
        (("predict", "--help"), ("torch", "h5py", "pandas", "pyarrow")),
        (("score", "--help"), ("torch", "h5py", "pandas", "pyarrow")),
        (("explain", "--help"), ("torch", "matplotlib", "logomaker", "pandas", "pyarrow")),
        (("train", "--help"), ("torch", "safetensors", "pyarrow", "sklearn", "scipy")),
        (("models", "list"), ("torch", "h5py", "pandas", "pyarrow")),
        (("models", "show", "spliceai"), ("torch", "h5py", "pandas", "pyarrow")),
        (("models", "fetch", "--help"), ("torch", "httpx", "huggingface_hub", "pyarrow")),
        (
            ("check", TEST_DATA / "variants.vcf", "-r", TEST_DATA / "genome.fa", "-a", TEST_DATA / "genes.tsv"),
            ("torch", "h5py", "pandas", "pyarrow"),
        ),
    ],
    ids=lambda value: " ".join(map(str, value[:2])) if value[0] != "torch" else "",
)
def test_light_commands_need_no_torch(arguments: tuple[object, ...], blocked: tuple[str, ...]) -> None:
    code = _BLOCKED.format(blocked=set(blocked), arguments=[str(one) for one in arguments])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_block_works() -> None:
    """So that the tests above mean something."""
    code = _BLOCKED.format(blocked={"torch"}, arguments=["--version"]).replace("main()", "import torch")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert "torch must not be imported here" in done.stderr


def test_importing_the_package_costs_nothing() -> None:
    code = "import sys, genoscore; print(sorted({'torch', 'numpy', 'pysam', 'typer', 'rich'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"

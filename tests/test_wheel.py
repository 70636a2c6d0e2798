"""The wheel holds what it should, and runs outside the checkout."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from genoscore import __version__
from tests.conftest import ROOT
from tests.installing import setuptools_is_recent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, so that nothing is left in the checkout."""
    if importlib.util.find_spec("build") is None:
        pytest.skip("the package `build` is not installed: pip install build")
    source = tmp_path_factory.mktemp("source")
    shutil.copytree(ROOT / "genoscore", source / "genoscore", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", "dist", "."]
    if setuptools_is_recent():
        command.append("--no-isolation")
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=200, check=False)
    if done.returncode and "--no-isolation" not in command:
        pytest.skip("setuptools is not installed and could not be fetched")
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = (source / "dist").glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel alone in a folder; what it needs comes from the environment of the tests."""
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel]
    subprocess.run([*map(str, command)], capture_output=True, timeout=100, check=True)
    return target


def _run(installed: Path, folder: Path, *command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_contents(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "genoscore/py.typed" in names
    assert {f"genoscore/networks/tf_gammas.{suffix}" for suffix in ("safetensors", "LICENSE")} <= set(names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert {name.split("/")[0] for name in names} == {"genoscore", f"genoscore-{__version__}.dist-info"}
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "genoscore").rglob("*.py")}
    assert sources <= set(names)


def test_metadata(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"genoscore-{__version__}.dist-info/METADATA").decode()
    assert f"Version: {__version__}\n" in text
    assert "License-Expression: MIT\n" in text
    assert "Requires-Python: >=3.11\n" in text


def test_runs_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = _run(installed, tmp_path, sys.executable, "-c", "import genoscore; print(genoscore.__file__)")
    assert Path(where.strip()).is_relative_to(installed)
    program = str(installed / "bin" / "genoscore")
    assert _run(installed, tmp_path, program, "--version") == f"genoscore {__version__}\n"
    assert "spliceai" in _run(installed, tmp_path, program, "models", "list")
    assert "Usage: genoscore score" in _run(installed, tmp_path, program, "score", "--help")

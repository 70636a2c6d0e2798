"""Distributions in folders of their own: installed from source by pip, or made of a few lines."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest


def install(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install a distribution, without a network and without a trace in its source; the folder it is in."""
    copy = tmp_path_factory.mktemp("source") / source.name
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    target = tmp_path_factory.mktemp("installed")
    if not setuptools_is_recent():  # lay out what pip would have
        project = tomllib.loads((copy / "pyproject.toml").read_text())
        shutil.copytree(copy, target, dirs_exist_ok=True)
        details = project["project"]
        write_metadata(target, details["name"], details["version"], details["entry-points"])
        return target
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(target)]
    command = [sys.executable, "-m", "pip", "install", *options, str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    return target


def setuptools_is_recent() -> bool:
    """Whether setuptools can build by itself what a pyproject.toml of these tests asks for."""
    try:
        return int(importlib.metadata.version("setuptools").split(".")[0]) >= 77
    except importlib.metadata.PackageNotFoundError:
        return False


def write_metadata(folder: Path, name: str, version: str, entry_points: Mapping[str, Mapping[str, str]]) -> None:
    """The `.dist-info` of a distribution, by hand."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = []
    for group, points in entry_points.items():
        lines += [f"[{group}]", *(f"{key} = {value}" for key, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")

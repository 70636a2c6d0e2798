"""Weights on disk: where they are, their digests, and errors for files that are missing or do not match."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from genoscore.core.errors import WeightsError
from genoscore.core.home import home_folder
from genoscore.core.special_files import special_kind

DIGESTS = {"sha256": "SHA-256", "md5": "MD5"}  # hashlib's name of an algorithm -> the one in messages


def fetched_folder(predictor: str) -> Path:
    """Where `models fetch` puts a predictor's weights; it may not exist."""
    return home_folder() / "weights" / predictor


def fetched_files(predictor: str, names: Iterable[str]) -> dict[str, Path] | None:
    """File name -> path of weights that `models fetch` has fetched; None unless all of them are there."""
    paths = {name: fetched_folder(predictor) / name for name in names}
    return paths if all(path.is_file() for path in paths.values()) else None


def require_files(folder: Path, names: Iterable[str], predictor: str, remedy: str) -> dict[str, Path]:
    """File name -> path.

    Raises:
        WeightsError: the folder or one of the files is missing, or one is not a regular file.
    """
    if not folder.is_dir():
        raise WeightsError(f"weights of {predictor}: {folder} is not a folder", remedy)
    paths = {name: folder / name for name in names}
    require_regular(*paths.values())
    missing = [name for name, path in paths.items() if not path.is_file()]
    if missing:
        raise WeightsError(f"weights of {predictor}: {folder} lacks {', '.join(missing)}", remedy)
    return paths


def require_regular(*paths: Path) -> None:
    """Refuse pipes and devices before they are opened: opening a pipe may block, and reading a device may never end.

    A missing file and a folder pass: opening them will say why they cannot be read.

    Raises:
        WeightsError: names the first such path, and what it is.
    """
    for path in paths:
        kind = special_kind(path)
        if kind:
            raise WeightsError(f"{path} is {kind}, not a regular file", "give the path of the file")


def read_json_object(path: Path) -> dict[str, Any]:
    """The keys and values of a JSON file.

    Raises:
        WeightsError: it cannot be read, or does not hold a JSON object.
    """
    require_regular(path)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror})", "check the path and its permissions") from None
    except (ValueError, RecursionError):  # nested too deeply
        values = None
    if not isinstance(values, dict):
        raise WeightsError(f"{path} is not a JSON object", "get the published file again")
    return values


def sha256(path: Path) -> str:
    """Hex SHA-256 of a file.

    Raises:
        WeightsError: it cannot be read, or is not a regular file.
    """
    return digest_of(path, "sha256")


def digest_of(path: Path, algorithm: str) -> str:
    """Hex digest of a file by one of DIGESTS; raises as `sha256` does."""
    require_regular(path)
    try:
        with open(path, "rb") as handle:
            return hashlib.file_digest(handle, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror})", "check its permissions") from None


def combined_sha256(files: Mapping[str, Path], pinned: Mapping[str, str] | None = None, remedy: str = "") -> str:
    """One digest for a set of weight files, of their names and digests, sorted by name.

    Args:
        pinned: file name -> the digest that it must have; others may have any.
        remedy: what to do about a file with a different digest.

    Raises:
        WeightsError: a file cannot be read, or its digest is not the pinned one.
    """
    digests = {name: sha256(path) for name, path in sorted(files.items())}
    for name, digest in digests.items():
        expected = (pinned or {}).get(name)
        if expected and digest != expected:
            raise WeightsError(
                f"{files[name]} is not the published file: its SHA-256 is {digest}, the published one's {expected}",
                remedy,
            )
    text = "".join(f"{name} {digest}\n" for name, digest in digests.items())
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()

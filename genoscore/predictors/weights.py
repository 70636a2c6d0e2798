"""Weights on disk: where they are, what they hash to, what to say when they are missing or do not fit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from genoscore.errors import WeightsError


def require_files(folder: Path, names: Iterable[str], predictor: str, remedy: str) -> dict[str, Path]:
    """File name -> path.

    Raises:
        WeightsError: the folder or one of the files is missing.
    """
    if not folder.is_dir():
        raise WeightsError(f"weights of {predictor}: {folder} is not a folder", remedy)
    found = {name: folder / name for name in names}
    missing = [name for name, path in found.items() if not path.is_file()]
    if missing:
        raise WeightsError(f"weights of {predictor}: {folder} lacks {', '.join(missing)}", remedy)
    return found


def sha256(path: Path) -> str:
    """Hex digest of a file.

    Raises:
        WeightsError: it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as handle:
            for block in iter(lambda: handle.read(1 << 20), b""):
                digest.update(block)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror})", "check its permissions") from None
    return digest.hexdigest()


def combined_sha256(files: dict[str, Path]) -> str:
    """One digest for a set of weight files: of their names and digests, in order of name."""
    text = "".join(f"{name} {sha256(path)}\n" for name, path in sorted(files.items()))
    return hashlib.sha256(text.encode()).hexdigest()

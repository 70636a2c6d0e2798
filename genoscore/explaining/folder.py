"""The output folder: made under a temporary name beside its own, and renamed when it is complete."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from genoscore.core.errors import ConfigError, OutputError
from genoscore.outputs.files import temporary_beside, writing

MARK = "explain.json"  # lies in every folder that `explain` made, and in no other


class OutputFolder:
    """Nothing appears before `commit`; without it nothing is left behind.

    Args:
        force: replace a folder, if it is one of an earlier run.

    Raises:
        ConfigError: the folder holds something.
        OutputError: it cannot be made.
    """

    def __init__(self, target: str, force: bool, inputs: list[str]) -> None:
        self.target = Path(os.path.realpath(target))
        if self.target.exists() and not self.target.is_dir():
            raise OutputError(f"output {target} is a file", "give a folder")
        if self.target.is_dir() and any(self.target.iterdir()):
            if not force:
                raise ConfigError(f"output {target} is not empty", "give another folder, or --force")
            if not (self.target / MARK).is_file():
                raise ConfigError(
                    f"output {target} is no folder that genoscore explain made, and --force replaces only those",
                    "give another folder",
                )
            within = [path for path in inputs if self.target in Path(os.path.realpath(path)).parents]
            if within:
                raise ConfigError(f"output {target} holds the input {within[0]}", "give another folder")
        if not self.target.parent.is_dir():
            raise OutputError(f"output {target}: its folder does not exist", f"run: mkdir -p {Path(target).parent}")
        self.path = temporary_beside(str(self.target), ".explain")

    def __enter__(self) -> Self:
        with writing(str(self.target)):
            shutil.rmtree(self.path, ignore_errors=True)
            self.path.mkdir()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self, name: str, content: str | bytes) -> None:
        """A file of the folder; folders in its name are made."""
        path = self.path / name
        with writing(str(self.target / name)):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)

    def commit(self, marked: dict[str, Any]) -> None:
        """Write the mark, and give the folder its name; an earlier run's goes."""
        self.write(MARK, json.dumps(marked, indent=1, ensure_ascii=True) + "\n")
        old = temporary_beside(str(self.target), ".old")
        with writing(str(self.target)):
            if self.target.is_dir():
                os.replace(self.target, old)
            try:
                os.replace(self.path, self.target)
            except OSError:
                if old.is_dir():
                    os.replace(old, self.target)
                raise
        shutil.rmtree(old, ignore_errors=True)

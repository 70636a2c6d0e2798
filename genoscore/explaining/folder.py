"""The output folder, which appears only when it is complete."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Self

from genoscore.core.errors import ConfigError, OutputError
from genoscore.core.pending import FolderOutput, writing

MARK = "explain.json"  # lies in every folder that `explain` made, and in no other


class OutputFolder(FolderOutput):
    """Nothing appears before `finish`; without it nothing is left behind.

    Args:
        force: replace a folder, if it is one of an earlier run.

    Raises:
        ConfigError: the folder holds something.
        OutputError: it cannot be made.
    """

    def __init__(self, target: str, force: bool, inputs: list[str]) -> None:
        real = Path(os.path.realpath(target))
        if real.exists() and not real.is_dir():
            raise OutputError(f"output {target} is a file", "give a folder")
        if real.is_dir() and any(real.iterdir()):
            if not force:
                raise ConfigError(f"output {target} is not empty", "give another folder, or --force")
            if not (real / MARK).is_file():
                raise ConfigError(
                    f"output {target} is no folder that genoscore explain made, and --force replaces only those",
                    "give another folder",
                )
            within = [path for path in inputs if real in Path(os.path.realpath(path)).parents]
            if within:
                raise ConfigError(f"output {target} holds the input {within[0]}", "give another folder")
        if not real.parent.is_dir():
            raise OutputError(f"output {target}: its folder does not exist", f"run: mkdir -p {Path(target).parent}")
        super().__init__(target, replaces=True)

    def __enter__(self) -> Self:
        with writing(str(self.target)):
            return super().__enter__()

    def write(self, name: str, content: str | bytes) -> None:
        """A file of the folder; folders in its name are made."""
        with writing(str(self.target / name)):
            super().write(name, content)

    def finish(self, marked: dict[str, Any]) -> None:
        """Write the mark, and give the folder its name; an earlier run's goes."""
        self.write(MARK, json.dumps(marked, indent=1, ensure_ascii=True) + "\n")
        with writing(str(self.target)):
            self.commit()

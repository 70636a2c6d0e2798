"""The output folder, which appears only when it is complete."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Self

from genoscore.core.errors import ConfigError, OutputError
from genoscore.core.pending import FolderOutput, writing

MARK = "explain.json"  # in every folder that `explain` created, and in no other


class OutputFolder(FolderOutput):
    """Nothing appears before `finish`; without it, nothing is left behind.

    Args:
        force: replace the folder of an earlier run.

    Raises:
        ConfigError: the folder is not empty, and may not be replaced.
        OutputError: it cannot be created.
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
                    f"output {target} was not created by genoscore explain, and --force replaces only such folders",
                    "give another folder",
                )
            within = [path for path in inputs if real in Path(os.path.realpath(path)).parents]
            if within:
                raise ConfigError(f"output {target} contains the input {within[0]}", "give another folder")
        if not real.parent.is_dir():
            raise OutputError(
                f"output {target}: its parent folder does not exist", f"run: mkdir -p {Path(target).parent}"
            )
        super().__init__(target, replaces=True)

    def __enter__(self) -> Self:
        with writing(str(self.target)):
            return super().__enter__()

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file of the folder; a subfolder in its name is created."""
        with writing(str(self.target / name)):
            super().write(name, content)

    def finish(self, mark: dict[str, Any]) -> None:
        """Write the mark, and give the folder its name, in place of an earlier run's folder."""
        self.write(MARK, json.dumps(mark, indent=1, ensure_ascii=True) + "\n")
        with writing(str(self.target)):
            self.commit()

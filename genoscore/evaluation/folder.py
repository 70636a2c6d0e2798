"""The folder of `-o`: numbers as JSON, what became of every row, plots. All of them appear, or none."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from genoscore.core.errors import OutputError
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.observations import Kind, Observations, Use
from genoscore.evaluation.plots import plot_names
from genoscore.evaluation.scoring import PredictorScores
from genoscore.outputs.files import writing
from genoscore.outputs.targets import check_targets
from genoscore.scoring.files import input_files

JSON = "evaluation.json"


def check_folder(config: EvaluateConfig, kind: Kind) -> list[str]:
    """Refuse, before any work, a folder that cannot be made or written; the paths of the files that will be in it.

    Raises:
        ConfigError: a file of it is an input of the run.
        OutputError: it cannot be written.
    """
    folder = config.output
    if folder is None:
        return []
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"output {folder} is a file", "give a folder")
    if not folder.exists() and not folder.absolute().parent.is_dir():
        raise OutputError(f"output {folder}: the folder around it does not exist", f"run: mkdir -p {folder.parent}")
    if not os.access(folder if folder.exists() else folder.absolute().parent, os.W_OK):
        raise OutputError(f"output {folder} cannot be written", "check the permissions")
    files = [str(folder / name) for name in (JSON, kind.file, *plot_names(config))]
    if folder.exists():
        check_targets(files, input_files(config.run))
    return files


@contextmanager
def filling(folder: Path) -> Iterator[Path]:
    """A temporary folder whose files are moved into place at the end; after an error nothing is left of them.

    Raises:
        OutputError: cannot be written.
    """
    made = not folder.exists()
    around = folder.absolute().parent if made else folder
    temporary = around / f".genoscore-{os.getpid()}-evaluation"
    with writing(str(folder)):
        try:
            temporary.mkdir()
            yield temporary
            if made:
                os.rename(temporary, folder)
            else:
                for path in sorted(temporary.iterdir()):
                    os.replace(path, folder / path.name)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def write_json(path: Path, answer: dict[str, object]) -> None:
    """Plain types; a number that does not exist is null."""
    path.write_text(json.dumps(answer, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def write_rows(
    path: Path, config: EvaluateConfig, observations: Observations, scored: Sequence[PredictorScores]
) -> None:
    """Every row of the table, in its order: what became of it, and each predictor's status and score."""
    head = ["LINE", *observations.kind.columns, "USE", "LABEL" if config.label is not None else "VALUE"]
    head += ["GROUP"] * (config.grouping is not None) + ["CLUSTER"] * (config.cluster is not None)
    for one in scored:
        head += [f"GS_{one.predictor.upper()}_STATUS", f"GS_{one.predictor.upper()}_{one.field}"]
    given = 0
    with open(path, "w", encoding="utf-8") as file:
        file.write("\t".join(head) + "\n")
        for observation in observations.rows:
            row = observation.row
            cells = [str(row.line), *row.told, observation.use, observation.said]
            cells += [observation.group] * (config.grouping is not None)
            cells += [observation.cluster] * (config.cluster is not None)
            for one in scored:
                cells += one.cells(given) if observation.use is Use.GIVEN else [".", "."]
            given += observation.use is Use.GIVEN
            file.write("\t".join(cell or "." for cell in cells) + "\n")

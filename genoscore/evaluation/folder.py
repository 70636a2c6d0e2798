"""The content of the folder of `-o`: results as JSON, and the outcome of every row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.observations import Observations, Use
from genoscore.evaluation.scoring import PredictorScores

JSON = "evaluation.json"


def write_json(path: Path, answer: dict[str, object]) -> None:
    """Plain types; an undefined number is null."""
    path.write_text(json.dumps(answer, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def write_rows(
    path: Path, config: EvaluateConfig, observations: Observations, scored: Sequence[PredictorScores]
) -> None:
    """Write every row of the table, in order: its outcome, and each predictor's status and score."""
    head = ["LINE", *observations.kind.columns, "USE", "LABEL" if config.label is not None else "VALUE"]
    head += ["GROUP"] * (config.grouping is not None) + ["CLUSTER"] * (config.cluster is not None)
    for scores in scored:
        head += [f"GS_{scores.predictor.upper()}_STATUS", f"GS_{scores.predictor.upper()}_{scores.field}"]
    index = 0
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write("\t".join(head) + "\n")
        for observation in observations.rows:
            row = observation.row
            cells = [str(row.line), *row.shown, observation.use, observation.text]
            cells += [observation.group] * (config.grouping is not None)
            cells += [observation.cluster] * (config.cluster is not None)
            for scores in scored:
                cells += scores.cells(index) if observation.use is Use.GIVEN else [".", "."]
            index += observation.use is Use.GIVEN
            file.write("\t".join(cell or "." for cell in cells) + "\n")

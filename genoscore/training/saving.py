"""What `genoscore train` leaves: weights, metrics, predictions of the test fold. All of them appear, or none."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import save

from genoscore.networks.regulatory import RegulatoryEnsemble
from genoscore.outputs.base import temporary_beside, writing
from genoscore.training.metrics import Numbers
from genoscore.training.table import Table

WEIGHTS, METRICS, PREDICTIONS = "weights.safetensors", "metrics.json", "predictions.tsv"
FORMAT = "genoscore-regulatory-1"


def weights_bytes(ensemble: RegulatoryEnsemble, metadata: Mapping[str, str]) -> bytes:
    """A safetensors file; the same weights and metadata give the same bytes."""
    tensors = {name: tensor.cpu().contiguous() for name, tensor in ensemble.state_dict().items()}
    raw = save(tensors, metadata=dict(metadata))
    end = 8 + int.from_bytes(raw[:8], "little")  # the library writes metadata in any order
    header = json.loads(raw[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + raw[end:]


def predictions_text(table: Table, rows: NDArray[np.int64], folds: NDArray[np.int64], predicted: Numbers) -> str:
    """A line per row that was not fitted: its name, fold, track, what was measured, the mean of both strands."""
    lines = ["ID\tFOLD\tTRACK\tMEASURED\tPREDICTED"]
    for at, row in enumerate(rows.tolist()):
        track = int(table.tracks[row])
        cells = table.ids[row], str(folds[row]), table.track_names[track]
        lines.append("\t".join([*cells, f"{table.values[row]:.6g}", f"{predicted[at, track]:.6f}"]))
    return "\n".join(lines) + "\n"


def metrics_text(metrics: Mapping[str, Any]) -> str:
    """Plain types; a number that does not exist is null."""
    return json.dumps(metrics, indent=2, allow_nan=False) + "\n"


def write_all(folder: Path, contents: Mapping[str, bytes | str]) -> None:
    """File name -> what it holds, into a folder that exists.

    Raises:
        OutputError: cannot be written.
    """
    temporaries = {name: temporary_beside(str(folder / name)) for name in contents}
    try:
        for name, content in contents.items():
            with writing(str(folder / name)), open(temporaries[name], "wb") as file:
                file.write(content.encode("utf-8") if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
        for name, temporary in temporaries.items():
            with writing(str(folder / name)):
                temporary.replace(folder / name)
    finally:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)

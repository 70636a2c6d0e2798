"""What `genoscore train` writes: weights, metrics, predictions for the test fold. All files appear, or none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save

from genoscore.core.correlation import Numbers
from genoscore.core.pending import FolderOutput, writing
from genoscore.networks.regulatory import RegulatoryEnsemble
from genoscore.training.rows import Rows

METRICS, PREDICTIONS = "metrics.json", "predictions.tsv"


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


def predictions_text(rows: Rows, predicted: Numbers) -> str:
    """A line per row of the test fold: ID, track, measured value, and predicted value, from (V, T) `predicted`."""
    table, lines = rows.table, ["ID\tTRACK\tMEASURED\tPREDICTED"]
    for at, row in enumerate(rows.held_out.tolist()):
        track = int(table.tracks[row])
        cells = table.ids[row], table.track_names[track]
        lines.append("\t".join([*cells, f"{table.values[row]:.6g}", f"{predicted[at, track]:.6f}"]))
    return "\n".join(lines) + "\n"


def metrics_text(metrics: Mapping[str, Any]) -> str:
    """JSON of plain types; an undefined number is null."""
    return json.dumps(metrics, indent=2, allow_nan=False) + "\n"


def write_all(folder: Path, contents: Mapping[str, bytes | str]) -> None:
    """Write files, by name, to a folder, which is created if its parent exists.

    Raises:
        OutputError: the folder or a file cannot be written.
    """
    with writing(str(folder)), FolderOutput(folder, replaces=False) as output:
        for name, content in contents.items():
            output.write(name, content)
        output.commit()

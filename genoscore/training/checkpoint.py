"""The state of a network's fitting, saved to disk after every epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from genoscore.core.errors import InputError, WeightsError
from genoscore.core.pending import writing
from genoscore.core.scratch import replacing
from genoscore.weights.checkpoints import read_torch

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The content of one file.

    Attributes:
        epochs: the number completed.
        states: of the network, its averaged weights, the optimizer, the schedule and the masking.
        history: a row per epoch.
    """

    epochs: int
    states: dict[str, Any]
    history: list[dict[str, Any]]


def write(path: Path, run: Mapping[str, str], checkpoint: Checkpoint) -> None:
    """Write a checkpoint, which appears complete or not at all; its folder is created if its parent exists.

    Args:
        run: what must be identical for another run to continue from it.

    Raises:
        OutputError: it cannot be written.
    """
    content = {
        "format": FORMAT,
        "run": dict(run),
        "epochs": checkpoint.epochs,
        "states": checkpoint.states,
        "history": checkpoint.history,
    }
    put(path, content)


def put(path: Path, content: dict[str, Any]) -> None:
    """Write numbers, texts and tensors to a file as `write` does."""
    with writing(str(path)):
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as temporary, open(temporary, "wb") as file:
            torch.save(content, file)


def read(path: Path, run: Mapping[str, str]) -> Checkpoint | None:
    """Read a checkpoint; None if the file does not exist.

    Raises:
        InputError: it is damaged, or belongs to another run; says what differs.
    """
    if not path.exists():
        return None
    try:
        content = read_torch(path)
        if content["format"] != FORMAT:
            raise InputError(
                f"checkpoint {path} was written by another version of genoscore",
                "delete it and start again",
                path=str(path),
            )
        previous = content["run"]
        saved = Checkpoint(content["epochs"], content["states"], content["history"])
        whole = isinstance(saved.epochs, int) and isinstance(saved.states, dict) and isinstance(saved.history, list)
        if not (whole and isinstance(previous, dict)):
            raise TypeError
    except (WeightsError, KeyError, TypeError, IndexError):
        raise InputError(f"checkpoint {path} is damaged", "delete it and start again", path=str(path)) from None
    for name in dict.fromkeys([*run, *previous]):
        if previous.get(name) != run.get(name):
            raise InputError(
                f"checkpoint {path}: {name} was {previous.get(name)!r} and is now {run.get(name)!r}",
                "use the same config and table, or another -o, or delete it",
                path=str(path),
            )
    return saved

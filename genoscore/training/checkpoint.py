"""What a network's fitting has come to, on disk after every epoch."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from genoscore.core.errors import InputError
from genoscore.core.pending import temporary_beside, writing

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One file.

    Attributes:
        epochs: that are done.
        states: of the network, its average, the optimizer, the schedule and the masking.
        history: a row per epoch.
    """

    epochs: int
    states: dict[str, Any]
    history: list[dict[str, Any]]


def write(path: Path, run: Mapping[str, str], checkpoint: Checkpoint) -> None:
    """Put it under its name at once, or not at all; its folder is made where its parent exists.

    Args:
        run: what must be the same for another run to go on.

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
    """Numbers, texts and tensors to a file, which appears at once or not at all; as `write`."""
    temporary = temporary_beside(str(path))
    with writing(str(path)):
        path.parent.mkdir(exist_ok=True)
        try:
            with open(temporary, "wb") as file:
                torch.save(content, file)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def read(path: Path, run: Mapping[str, str]) -> Checkpoint | None:
    """The checkpoint, None where there is none.

    Raises:
        InputError: it is damaged, or of another run; says what differs.
    """
    if not path.exists():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        if content["format"] != FORMAT:
            raise InputError(f"checkpoint {path} is of another version of genoscore", "delete it and start again")
        before = content["run"]
        found = Checkpoint(content["epochs"], content["states"], content["history"])
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError):
        raise InputError(f"checkpoint {path} is damaged", "delete it and start again") from None
    for name in dict.fromkeys([*run, *before]):
        if before.get(name) != run.get(name):
            raise InputError(
                f"checkpoint {path}: {name} was {before.get(name)!r} and is {run.get(name)!r} now",
                "give the same config and table, another -o, or delete it",
            )
    return found

"""The networks of an ensemble by number: reads their checkpoints, and fits those that are not complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch

from genoscore.core.errors import ConfigError
from genoscore.training import checkpoint
from genoscore.training.checkpoint import Checkpoint
from genoscore.training.config import TrainConfig
from genoscore.training.fitting import FitObserver, Member
from genoscore.training.material import Material
from genoscore.training.synthetic import Synthetic


def member_path(folder: Path, number: int) -> Path:
    """The path of a network's checkpoint."""
    return folder / f"member-{number}.pt"


def read_checkpoints(material: Material, config: TrainConfig, folder: Path) -> dict[int, Checkpoint]:
    """Checkpoints in the folder by network number, read before hours of work.

    Raises:
        InputError: one is damaged or belongs to another run.
    """
    checkpoints = {}
    for number in range(config.training.networks):
        content = checkpoint.read(member_path(folder, number), _made_of(material, config, number))
        if content is not None:
            checkpoints[number] = content
    return checkpoints


def unfinished(checkpoints: Mapping[int, Checkpoint], numbers: Iterable[int], config: TrainConfig) -> list[int]:
    """Numbers of the networks that are not completely fitted."""
    epochs = config.training.epochs
    return [number for number in numbers if number not in checkpoints or checkpoints[number].epochs < epochs]


def refuse_interrupted(checkpoints: Mapping[int, Checkpoint], numbers: Iterable[int], folder: Path) -> None:
    """Refuse to run if there are checkpoints of `numbers`, networks that are not completely fitted.

    Raises:
        ConfigError: there is one.
    """
    for number in numbers:
        if number in checkpoints:
            raise ConfigError(
                f"checkpoint {member_path(folder, number)} holds {checkpoints[number].epochs} epochs of an "
                "interrupted run",
                "give --resume to continue from it, or delete it",
            )


def fitted(
    number: int,
    material: Material,
    synthetic: Synthetic | None,
    begun: Checkpoint | None,
    config: TrainConfig,
    folder: Path,
    device: torch.device,
    observer: FitObserver,
) -> Member:
    """A completely fitted network.

    Args:
        synthetic: see `Member.fit`.
        begun: the checkpoint to continue from; None to start from the beginning.

    Raises:
        ConfigError, OutputError: see `Member.fit`.
    """
    member = Member(material, config, number, device)
    if begun is not None:
        member.restore(begun)
    if member.epochs < config.training.epochs:
        member.fit(synthetic, member_path(folder, number), _made_of(material, config, number), observer)
    return member


def _made_of(material: Material, config: TrainConfig, number: int) -> dict[str, str]:
    """What a network's weights depend on."""
    files = {"table": material.rows.table.sha256, "motifs": material.motifs.sha256}
    return config.decisive() | files | {"member": str(number)}

"""A run of `genoscore train`: the table, its folds, one network after the other, what they make together."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from genoscore.core.errors import ConfigError
from genoscore.outputs.targets import check_folder
from genoscore.predictors.device import choose_device, choose_threads
from genoscore.predictors.regulatory.weights import TRAINED
from genoscore.training import saving
from genoscore.training.config import TrainConfig
from genoscore.training.fitting import FitObserver
from genoscore.training.joining import joined
from genoscore.training.members import Members
from genoscore.training.motifs import read_motifs
from genoscore.training.rows import read_rows


@dataclass(frozen=True, slots=True)
class TrainSummary:
    """What came of a run.

    Attributes:
        members: networks that are fitted.
        accuracy: track -> measures of the ensemble on the test fold; None where the run was of one member,
            or nothing is held out.
        files: that were written.
    """

    members: int
    accuracy: dict[str, dict[str, Any]] | None
    files: list[Path]


def train(
    config: TrainConfig,
    folder: Path,
    member: int | None = None,
    resume: bool = False,
    observer: FitObserver | None = None,
) -> TrainSummary:
    """Fit networks to a table; what is fitted already is taken as it is.

    Args:
        folder: for weights, metrics and predictions; made where its parent exists. Checkpoints lie in it meanwhile.
        member: fit this network only, and leave it as a checkpoint for a run without `member`.
        resume: go on from checkpoints of networks that are not fitted to the end.

    Raises:
        ConfigError, InputError, OutputError: see what is called here; a checkpoint is there without `resume`.
    """
    observer = observer or FitObserver()
    wanted = config.training.networks
    if member is not None and not 0 <= member < wanted:
        raise ConfigError(f"member is {member}, and [training] networks is {wanted}", f"give 0 to {wanted - 1}")
    device = _set_up(config)
    names = TRAINED, saving.METRICS, saving.PREDICTIONS
    check_folder(folder, names, [config.data.table, config.data.motifs])
    rows, motifs = read_rows(config), read_motifs(config.data.motifs)
    observer.say(rows.described())
    members = Members(rows, motifs, config, folder, device, resume, observer)
    if member is not None:
        members.fitted(member)
        return TrainSummary(1, None, [members.path(member)])
    networks = [members.fitted(number) for number in range(wanted)]
    accuracy, contents = joined(networks, members.prepared().kernel, rows, motifs, config)
    saving.write_all(folder, contents)
    members.delete()
    return TrainSummary(wanted, accuracy, [folder / name for name in contents])


def checkpoints(folder: Path) -> list[Path]:
    """Those of networks that are fitted, wholly or in part, and not yet joined."""
    return sorted(folder.glob("member-*.pt"))


def _set_up(config: TrainConfig) -> torch.device:
    choose_threads(config.training.threads)
    device = choose_device(config.training.device)
    if device.type == "cuda":  # the same weights again, at some cost
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.benchmark = False
    return device

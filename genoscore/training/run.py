"""A run of `genoscore train`: the table, its folds, one network after the other, what they make together."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from genoscore.errors import ConfigError
from genoscore.predictors.device import choose_device, choose_threads
from genoscore.training import checkpoint, saving
from genoscore.training.config import TrainConfig
from genoscore.training.fitting import FitObserver, Member
from genoscore.training.joining import joined
from genoscore.training.motifs import read_motifs
from genoscore.training.rows import Rows, read_rows


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
    saving.check_folder(folder, [config.data.table, *filter(None, [config.training.motifs])])
    rows = read_rows(config)
    observer.say(rows.described())
    members = _Members(rows, config, folder, device, resume, observer)
    if member is not None:
        members.fitted(member)
        return TrainSummary(1, None, [members.path(member)])
    networks = [members.fitted(number) for number in range(wanted)]
    accuracy, contents = joined(networks, rows, config, members.motifs, device)
    saving.write_all(folder, contents)
    members.delete(wanted)
    return TrainSummary(wanted, accuracy, [folder / name for name in contents])


def checkpoints(folder: Path) -> list[Path]:
    """Those of networks that are fitted, wholly or in part, and not yet joined."""
    return sorted(folder.glob("member-*.pt"))


class _Members:
    """Networks by their number, from checkpoints or fitted now."""

    def __init__(
        self, rows: Rows, config: TrainConfig, folder: Path, device: torch.device, resume: bool, observer: FitObserver
    ) -> None:
        self._rows, self._config, self._folder, self._device = rows, config, folder, device
        self._resume, self._observer = resume, observer
        self.motifs = None if config.training.motifs is None else read_motifs(config.training.motifs)
        for number in range(config.training.networks):  # before hours of work
            self._checkpoint(number)

    def path(self, number: int) -> Path:
        """Of its checkpoint."""
        return self._folder / f"member-{number}.pt"

    def fitted(self, number: int) -> Member:
        """The network, fitted to the end.

        Raises:
            ConfigError: it was begun, and may not go on.
        """
        member = Member(self._rows, self._config, self.motifs, number, self._device)
        found = self._checkpoint(number)
        if found is not None and not (self._done(found) or self._resume):
            raise ConfigError(
                f"checkpoint {self.path(number)} holds {found.epochs} epochs of a run that was interrupted",
                "give --resume to go on from it, or delete it",
            )
        if found is not None:
            member.restore(found)
        if found is None or not self._done(found):
            member.fit(self.path(number), self._run(number), self._observer)
        return member

    def delete(self, count: int) -> None:
        """The checkpoints, and what is beside them: what they were for is written."""
        for path in [*map(self.path, range(count)), *self._folder.glob("occupancies-*.fp16")]:
            path.unlink(missing_ok=True)

    def _checkpoint(self, number: int) -> checkpoint.Checkpoint | None:
        return checkpoint.read(self.path(number), self._run(number))

    def _done(self, found: checkpoint.Checkpoint) -> bool:
        return found.epochs >= self._config.training.epochs

    def _run(self, number: int) -> dict[str, str]:
        motifs = "none" if self.motifs is None else self.motifs.sha256
        files = {"table": self._rows.table.sha256, "motifs": motifs}
        return self._config.decisive() | files | {"member": str(number)}


def _set_up(config: TrainConfig) -> torch.device:
    choose_threads(config.training.threads)
    device = choose_device(config.training.device)
    if device.type == "cuda":  # the same weights again, at some cost
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.benchmark = False
    return device

"""A run of `genoscore train`: the table, its folds, one network after the other, what they make together."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore import __version__
from genoscore.errors import ConfigError, OutputError
from genoscore.networks.regulatory import RegulatoryEnsemble
from genoscore.predictors.device import choose_device, choose_threads
from genoscore.training import checkpoint, saving
from genoscore.training.config import NO_FOLD, TrainConfig
from genoscore.training.fitting import FitObserver, Member, Rows, prepare_rows
from genoscore.training.folds import assign_folds, rows_to_fit
from genoscore.training.metrics import accuracy, predict
from genoscore.training.table import Table, read_table


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
    _check_folder(folder)
    table = read_table(config.data, config.network.length)
    folds, sets = assign_folds(table, config.data)
    watched = np.flatnonzero(folds == config.data.validation_fold)
    rows = prepare_rows(table, rows_to_fit(folds, config.data), watched, config.training.mix)
    observer.say(_described(table, rows, folds, config))
    members = _Members(rows, config, folder, device, resume, observer)
    if member is not None:
        members.fitted(member)
        return TrainSummary(1, None, [members.path(member)])
    networks = [members.fitted(number) for number in range(wanted)]
    return _join(networks, rows, folds, sets, config, folder, device, members)


class _Members:
    """Networks by their number, from checkpoints or fitted now."""

    def __init__(
        self, rows: Rows, config: TrainConfig, folder: Path, device: torch.device, resume: bool, observer: FitObserver
    ) -> None:
        self._rows, self._config, self._folder, self._device = rows, config, folder, device
        self._resume, self._observer = resume, observer
        for number in range(config.training.networks):  # before hours of work
            self._checkpoint(number)

    def path(self, number: int) -> Path:
        return self._folder / f"member-{number}.pt"

    def fitted(self, number: int) -> Member:
        member = Member(self._rows, self._config, number, self._device)
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
        """The checkpoints: what they were for is written."""
        for number in range(count):
            self.path(number).unlink(missing_ok=True)

    def _checkpoint(self, number: int) -> checkpoint.Checkpoint | None:
        return checkpoint.read(self.path(number), self._run(number))

    def _done(self, found: checkpoint.Checkpoint) -> bool:
        return found.epochs >= self._config.training.epochs

    def _run(self, number: int) -> dict[str, str]:
        table = {"table": self._rows.table.sha256, "member": str(number)}
        return self._config.decisive() | table


def _set_up(config: TrainConfig) -> torch.device:
    choose_threads(config.training.threads)
    device = choose_device(config.training.device)
    if device.type == "cuda":  # the same weights again, at some cost
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.benchmark = False
    return device


def _check_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"output {folder} is a file", "give a folder")
    if not folder.exists() and not folder.absolute().parent.is_dir():
        raise OutputError(f"output {folder}: the folder around it does not exist", f"run: mkdir -p {folder.parent}")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"output {folder} cannot be made ({error.strerror})", "check the permissions") from None
    if not os.access(folder, os.W_OK):
        raise OutputError(f"output {folder} cannot be written", "check its permissions")


def _described(table: Table, rows: Rows, folds: NDArray[np.int64], config: TrainConfig) -> str:
    held_out = int((folds == config.data.test_fold).sum())
    said = f"{len(table.ids):,} rows of {', '.join(table.track_names)}: {len(rows.fitted):,} to fit, "
    said += f"{len(rows.watched):,} watched, {held_out:,} held out"
    return said + (f"; {table.missing:,} without a value left out" if table.missing else "")


def _join(
    members: list[Member],
    rows: Rows,
    folds: NDArray[np.int64],
    sets: NDArray[np.int64],
    config: TrainConfig,
    folder: Path,
    device: torch.device,
    kept: _Members,
) -> TrainSummary:
    """Weights, metrics and predictions of the members together."""
    table = rows.table
    test = np.flatnonzero(folds == config.data.test_fold) if config.data.test_fold != NO_FOLD else rows.fitted[:0]
    shape = replace(config.network, tracks=len(table.track_names))
    ensemble = RegulatoryEnsemble(shape, len(members)).eval()
    for network, member in zip(ensemble.networks, members, strict=True):
        network.load_state_dict(member.averaged.state_dict())
    each, whole, metrics = [], None, None
    if len(test):
        each = [predict(member.averaged, table.codes[test], device) for member in members]
        whole = np.mean(each, axis=0)
        metrics = accuracy(table, test, sets, whole)
    trained = _trained(rows, config, len(test), metrics)
    metadata = {
        "format": saving.FORMAT,
        "config": json.dumps(asdict(shape)),
        "networks": str(len(members)),
        "tracks": json.dumps(table.track_names),
        "adaptors": json.dumps(config.data.adaptors),
        "units": config.data.units,
        "trained": json.dumps(trained),
    }
    told = {
        "trained": trained,
        "accuracy": metrics,
        "members": [
            {"member": member.number, "seed": config.training.seed + member.number}
            | ({"accuracy": accuracy(table, test, sets, each[at])} if each else {})
            | {"epochs": member.history}
            for at, member in enumerate(members)
        ],
    }
    contents: dict[str, bytes | str] = {
        saving.WEIGHTS: saving.weights_bytes(ensemble, metadata),
        saving.METRICS: saving.metrics_text(told),
    }
    if whole is not None:
        contents[saving.PREDICTIONS] = saving.predictions_text(table, test, folds, whole)
    saving.write_all(folder, contents)
    kept.delete(len(members))
    return TrainSummary(len(members), metrics, [folder / name for name in contents])


def _trained(
    rows: Rows, config: TrainConfig, held_out: int, metrics: Mapping[str, Mapping[str, Any]] | None
) -> dict[str, Any]:
    """What the weights were made of, for their header."""
    data, table = config.data, rows.table
    fit = asdict(config.training)
    for name in ("threads", "device"):
        del fit[name]
    return {
        "table": table.name,
        "table_sha256": table.sha256,
        "rows": len(table.ids),
        "rows_fitted": len(rows.fitted),
        "rows_held_out": held_out,
        "folds": data.folds,
        "test_fold": data.test_fold,
        "validation_fold": data.validation_fold,
        "shared": data.shared,
        "training": fit,
        "epochs": config.training.epochs,
        "seed": config.training.seed,
        "masking": asdict(config.masking),
        "genoscore": __version__,
        "torch": torch.__version__,
        "accuracy": metrics,
    }

"""A run of `genoscore train`, in this order:

1. read the table, divide it into folds, and read the motifs (`material`), and the checkpoints of an earlier run;
2. prepare the kernel regression and the synthetic rows (`prepared`), or read them if they exist;
3. fit one network after the other (`members`, `fitting`);
4. join them into an ensemble, and measure its accuracy on the test fold (`joining`);
5. save weights, metrics and predictions (`saving`), and delete the checkpoints and the prepared file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
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
from genoscore.training.material import read_material
from genoscore.training.members import fitted, member_path, read_checkpoints, refuse_interrupted, unfinished
from genoscore.training.prepared import Prepared, prepare, prepared_path


@dataclass(frozen=True, slots=True)
class TrainSummary:
    """The result of a run.

    Attributes:
        members: the number of networks fitted.
        accuracy: track -> measures of the ensemble on the test fold; None if only one member was fitted or nothing is
            held out.
        files: the files written.
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
    """Fit networks to a table; networks that are already fitted are used as they are.

    Args:
        folder: for weights, metrics and predictions, and for checkpoints meanwhile; created if its parent exists.
        member: fit this network only, and leave it as a checkpoint for a run without `member`.
        resume: continue from checkpoints of networks that are not completely fitted.

    Raises:
        ConfigError, InputError, OutputError: see the functions called; also if there is a checkpoint but no `resume`.
    """
    observer = observer or FitObserver()
    numbers = _numbers(config, member)
    device = _set_up(config)
    check_folder(folder, (TRAINED, saving.METRICS, saving.PREDICTIONS), [config.data.table, config.data.motifs])
    material = read_material(config)
    observer.say(material.rows.described())
    begun = read_checkpoints(material, config, folder)
    to_fit = unfinished(begun, numbers, config)
    if not resume:
        refuse_interrupted(begun, to_fit, folder)
    prepared = Prepared()
    if member is None or (to_fit and config.synthetic.rows):  # a single network needs only synthetic rows
        prepared = prepare(material, config, folder, device, observer.say)
    networks = [
        fitted(number, material, prepared.synthetic, begun.get(number), config, folder, device, observer)
        for number in numbers
    ]
    if member is not None:
        return TrainSummary(1, None, [member_path(folder, member)])
    accuracy, contents = joined(networks, prepared.kernel, material, config)
    saving.write_all(folder, contents)
    members = [member_path(folder, number) for number in numbers]
    delete([*members, prepared_path(material, config, folder)], observer.say)
    return TrainSummary(len(networks), accuracy, [folder / name for name in contents])


def delete(paths: Iterable[Path], say: Callable[[str], None]) -> None:
    """Delete files that a finished run no longer needs; a file that cannot be deleted is reported and left."""
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            say(f"{path} is no longer needed but cannot be deleted ({error.strerror}): delete it")


def _numbers(config: TrainConfig, member: int | None) -> list[int]:
    """Numbers of the networks that a run fits."""
    count = config.training.networks
    if member is None:
        return list(range(count))
    if not 0 <= member < count:
        raise ConfigError(f"member is {member}, but [training] networks is {count}", f"give 0 to {count - 1}")
    return [member]


def checkpoints(folder: Path) -> list[Path]:
    """Checkpoints of networks that are fitted, completely or in part, and not yet joined."""
    return sorted(folder.glob("member-*.pt"))


def _set_up(config: TrainConfig) -> torch.device:
    choose_threads(config.training.threads)
    device = choose_device(config.training.device)
    if device.type == "cuda":  # reproducible weights, at some cost in speed
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.benchmark = False
    return device

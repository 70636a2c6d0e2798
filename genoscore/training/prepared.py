"""What is computed once, before any network is fitted: the kernel regression, and sequences with its outputs.

One file next to the checkpoints, shared by processes that fit networks in parallel.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from genoscore.core.errors import WeightsError
from genoscore.networks.regulatory_kernel import Kernel
from genoscore.training import checkpoint
from genoscore.training.config import TrainConfig
from genoscore.training.kernel import fit_kernel
from genoscore.training.material import Material
from genoscore.training.synthetic import Synthetic, labelled, synthesized
from genoscore.weights.checkpoints import read_torch


@dataclass(frozen=True, slots=True)
class Prepared:
    """Attributes:
    kernel: None if there is none. synthetic: None if networks are fitted to the rows alone.
    """

    kernel: Kernel | None = None
    synthetic: Synthetic | None = None


def prepare(
    material: Material, config: TrainConfig, folder: Path, device: torch.device, say: Callable[[str], None]
) -> Prepared:
    """Read the prepared file, or compute and write it if there is none.

    Args:
        folder: for the file.
        say: called with a message before each long step.

    Raises:
        OutputError: it cannot be written.
    """
    if not material.shape.centres:
        return Prepared()
    path = prepared_path(material, config, folder)
    content = _read(path)
    if content is None:
        content = _make(material, config, device, say)
        checkpoint.put(path, content)
    kernel = Kernel(material.shape)
    kernel.load_state_dict(content["kernel"])
    kernel.share.fill_(config.kernel.share)
    if not len(content["codes"]):
        return Prepared(kernel)
    return Prepared(kernel, Synthetic(content["codes"].numpy(), content["targets"].numpy()))


def prepared_path(material: Material, config: TrainConfig, folder: Path) -> Path:
    """The path of the file; its name depends on everything that determines its content."""
    rows = material.rows
    inputs: list[Any] = [asdict(replace(config.kernel, share=0.0)), asdict(config.synthetic), config.training.seed]
    inputs += [rows.table.sha256, material.motifs.sha256, asdict(material.shape)]
    digest = hashlib.sha256(str(inputs).encode())
    for array in (rows.fitted, rows.targets, rows.table.codes):
        digest.update(array.tobytes())
    return folder / f"kernel-{digest.hexdigest()[:16]}.pt"


def _make(material: Material, config: TrainConfig, device: torch.device, say: Callable[[str], None]) -> dict[str, Any]:
    rows, shape = material.rows, material.shape
    say(f"fitting the kernel regression with {shape.centres:,} centres to the matches of {shape.motifs} motifs")
    seed, count = config.training.seed, config.synthetic.rows
    kernel = fit_kernel(material, config.kernel, seed, device)
    codes = synthesized(rows.table.codes[rows.fitted], count, np.random.default_rng(seed))
    targets = np.zeros((0, shape.tracks), np.float32)
    if count:
        say(f"computing its outputs for {count:,} synthetic sequences")
        targets = labelled(codes, kernel, device).targets
    return {"kernel": kernel.state_dict(), "codes": torch.from_numpy(codes), "targets": torch.from_numpy(targets)}


def _read(path: Path) -> dict[str, Any] | None:
    """Its content; None if the file is missing or damaged, so that it is computed again."""
    try:
        content = read_torch(path)
    except WeightsError:
        return None
    whole = isinstance(content, dict) and content.keys() >= {"kernel", "codes", "targets"}
    return content if whole else None

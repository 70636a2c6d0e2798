"""What is made once, before any network is fitted: the kernel regression, and sequences with its outputs.

One file beside the checkpoints, shared by processes that fit networks side by side.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from genoscore.networks.regulatory_kernel import Kernel
from genoscore.training import checkpoint
from genoscore.training.config import TrainConfig
from genoscore.training.kernel import fit_kernel
from genoscore.training.material import Material
from genoscore.training.synthetic import Synthetic, labelled, synthesized


@dataclass(frozen=True, slots=True)
class Prepared:
    """Attributes:
    kernel: None where there is none. synthetic: None where networks are fitted to the rows alone.
    """

    kernel: Kernel | None = None
    synthetic: Synthetic | None = None


def prepare(
    material: Material, config: TrainConfig, folder: Path, device: torch.device, say: Callable[[str], None]
) -> Prepared:
    """Read the file of what was prepared, or make it where there is none.

    Args:
        folder: for the file.
        say: is told of what takes long.

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
    """Of the file; its name follows from what it is made of."""
    rows = material.rows
    made_of: list[Any] = [asdict(replace(config.kernel, share=0.0)), asdict(config.synthetic), config.training.seed]
    made_of += [rows.table.sha256, material.motifs.sha256, asdict(material.shape)]
    digest = hashlib.sha256(str(made_of).encode())
    for array in (rows.fitted, rows.targets, rows.table.codes):
        digest.update(array.tobytes())
    return folder / f"kernel-{digest.hexdigest()[:16]}.pt"


def _make(material: Material, config: TrainConfig, device: torch.device, say: Callable[[str], None]) -> dict[str, Any]:
    rows, shape = material.rows, material.shape
    say(f"fitting the kernel regression with {shape.centres:,} centres to what {shape.motifs} motifs see")
    seed, count = config.training.seed, config.synthetic.rows
    kernel = fit_kernel(material, config.kernel, seed, device)
    codes = synthesized(rows.table.codes[rows.fitted], count, np.random.default_rng(seed))
    targets = np.zeros((0, shape.tracks), np.float32)
    if count:
        say(f"taking its outputs for {count:,} sequences that nobody measured")
        targets = labelled(codes, kernel, device).targets
    return {"kernel": kernel.state_dict(), "codes": torch.from_numpy(codes), "targets": torch.from_numpy(targets)}


def _read(path: Path) -> dict[str, Any] | None:
    """None where there is none, or a damaged one: it is made again."""
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError):
        return None
    return content

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

from genoscore.networks.regulatory_config import RegulatoryConfig
from genoscore.networks.regulatory_kernel import Kernel
from genoscore.training import checkpoint
from genoscore.training.config import TrainConfig
from genoscore.training.kernel import fit_kernel
from genoscore.training.motifs import Motifs
from genoscore.training.rows import Rows
from genoscore.training.synthetic import Synthetic, labelled, synthesized


@dataclass(frozen=True, slots=True)
class Prepared:
    """Attributes:
    kernel: None where there is none. synthetic: None where networks are fitted to the rows alone.
    """

    kernel: Kernel | None = None
    synthetic: Synthetic | None = None


@dataclass(frozen=True, slots=True)
class Preparation:
    """What it is made of.

    Attributes:
        folder: for the file. shape: of the networks and the regression.
    """

    folder: Path
    rows: Rows
    motifs: Motifs
    shape: RegulatoryConfig
    config: TrainConfig

    def path(self) -> Path:
        """Of the file; its name follows from what it is made of."""
        config = self.config
        made_of: list[Any] = [asdict(replace(config.kernel, share=0.0)), asdict(config.synthetic), config.training.seed]
        made_of += [self.rows.table.sha256, self.motifs.sha256, asdict(self.shape)]
        digest = hashlib.sha256(str(made_of).encode())
        for array in (self.rows.fitted, self.rows.targets, self.rows.table.codes):
            digest.update(array.tobytes())
        return self.folder / f"kernel-{digest.hexdigest()[:16]}.pt"

    def opened(self, device: torch.device, say: Callable[[str], None]) -> Prepared:
        """What is in the file, made where there is none.

        Args:
            say: is told of what takes long.

        Raises:
            OutputError: it cannot be written.
        """
        if not self.shape.centres:
            return Prepared()
        path = self.path()
        found = _read(path)
        if found is None:
            found = self._made(device, say)
            checkpoint.put(path, found)
        kernel = Kernel(self.shape)
        kernel.load_state_dict(found["kernel"])
        kernel.share.fill_(self.config.kernel.share)
        if not len(found["codes"]):
            return Prepared(kernel)
        return Prepared(kernel, Synthetic(found["codes"].numpy(), found["targets"].numpy()))

    def _made(self, device: torch.device, say: Callable[[str], None]) -> dict[str, Any]:
        rows, shape = self.rows, self.shape
        say(f"fitting the kernel regression with {shape.centres:,} centres to what {shape.motifs} motifs see")
        seed, count = self.config.training.seed, self.config.synthetic.rows
        kernel = fit_kernel(rows, self.motifs, shape, self.config.kernel, seed, device)
        codes = synthesized(rows.table.codes[rows.fitted], count, np.random.default_rng(seed))
        targets = np.zeros((0, shape.tracks), np.float32)
        if count:
            say(f"taking its outputs for {count:,} sequences that nobody measured")
            targets = labelled(codes, kernel, device).targets
        return {"kernel": kernel.state_dict(), "codes": torch.from_numpy(codes), "targets": torch.from_numpy(targets)}


def _read(path: Path) -> dict[str, Any] | None:
    """None where there is none, or a damaged one: it is made again."""
    try:
        found: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError):
        return None
    return found

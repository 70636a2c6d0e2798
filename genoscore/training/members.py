"""The networks of an ensemble by their number: from checkpoints, or fitted now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from genoscore.core.errors import ConfigError
from genoscore.networks.regulatory_kernel import POWERS
from genoscore.training import checkpoint
from genoscore.training.checkpoint import Checkpoint
from genoscore.training.config import TrainConfig
from genoscore.training.fitting import FitObserver, Member
from genoscore.training.motifs import Motifs
from genoscore.training.prepared import Preparation, Prepared
from genoscore.training.rows import Rows


class Members:
    """What is in a folder, and what is made of it.

    Attributes:
        shape: that of the config, with the tracks of the table and at most as many motifs as there are.

    Raises:
        InputError: a checkpoint is damaged or of another run.
    """

    def __init__(
        self,
        rows: Rows,
        motifs: Motifs,
        config: TrainConfig,
        folder: Path,
        device: torch.device,
        resume: bool,
        observer: FitObserver,
    ) -> None:
        self._rows, self._motifs, self._config, self._folder = rows, motifs, config, folder
        self._device, self._resume, self._observer = device, resume, observer
        count = min(config.network.motifs, len(motifs.matrices))
        self.shape = replace(
            config.network,
            tracks=len(rows.table.track_names),
            motifs=count,
            directions=min(config.network.directions, POWERS * count),
            centres=min(config.kernel.centres, len(rows.fitted)),
        )
        self._preparation = Preparation(folder, rows, motifs, self.shape, config)
        self._prepared: Prepared | None = None
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
        found = self._checkpoint(number)
        if found is not None and not (self._done(found) or self._resume):
            raise ConfigError(
                f"checkpoint {self.path(number)} holds {found.epochs} epochs of a run that was interrupted",
                "give --resume to go on from it, or delete it",
            )
        member = Member(self._rows, self._motifs, self.shape, self._config, number, self._device)
        if found is not None:
            member.restore(found)
        if found is None or not self._done(found):
            synthetic = self.prepared().synthetic if self._config.synthetic.rows else None
            member.fit(synthetic, self.path(number), self._run(number), self._observer)
        return member

    def prepared(self) -> Prepared:
        """The kernel regression, and what networks are fitted to beside the table."""
        if self._prepared is None:
            self._prepared = self._preparation.opened(self._device, self._observer.say)
        return self._prepared

    def delete(self) -> None:
        """Checkpoints and what was prepared: what they were for is written."""
        for path in [*map(self.path, range(self._config.training.networks)), self._preparation.path()]:
            path.unlink(missing_ok=True)

    def _checkpoint(self, number: int) -> Checkpoint | None:
        return checkpoint.read(self.path(number), self._run(number))

    def _done(self, found: Checkpoint) -> bool:
        return found.epochs >= self._config.training.epochs

    def _run(self, number: int) -> dict[str, str]:
        """What its weights depend on."""
        files = {"table": self._rows.table.sha256, "motifs": self._motifs.sha256}
        return self._config.decisive() | files | {"member": str(number)}

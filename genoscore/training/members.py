"""The networks of an ensemble by their number: from checkpoints, or fitted now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from genoscore.errors import ConfigError
from genoscore.networks.regulatory import MotifBank
from genoscore.training import checkpoint
from genoscore.training.checkpoint import Checkpoint
from genoscore.training.config import TrainConfig
from genoscore.training.fitting import FitObserver, Member
from genoscore.training.motifs import Motifs
from genoscore.training.rows import Rows
from genoscore.training.tokens import Tokens, fit_bank, open_tokens, tokens_path


class Members:
    """What is in a folder, and what is made of it.

    Attributes:
        shape: that of the config, with the tracks of the table and at most as many filters as there are motifs.

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
        filters = min(config.network.filters, len(motifs.matrices))
        self.shape = replace(config.network, tracks=len(rows.table.track_names), filters=filters)
        self._tokens_path = tokens_path(folder, rows, self.shape, motifs)
        self._tokens: Tokens | None = None
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
        tokens = None if found is not None and self._done(found) else self._open_tokens()
        member = Member(self._rows, self.shape, self._config, number, self._device)
        if found is not None:
            member.restore(found)
        if tokens is not None:
            member.fit(tokens, self.path(number), self._run(number), self._observer)
        return member

    def bank(self) -> MotifBank:
        """That which the networks read."""
        if self._tokens is None and not self._tokens_path.exists():
            return fit_bank(self._rows, self.shape, self._motifs, self._device)
        return self._open_tokens().bank

    def delete(self) -> None:
        """Checkpoints and tokens: what they were for is written."""
        self._tokens = None
        for path in [*map(self.path, range(self._config.training.networks)), self._tokens_path]:
            path.unlink(missing_ok=True)

    def _open_tokens(self) -> Tokens:
        if self._tokens is None:
            self._tokens = open_tokens(
                self._tokens_path, self._rows, self.shape, self._motifs, self._device, self._observer.say
            )
        return self._tokens

    def _checkpoint(self, number: int) -> Checkpoint | None:
        return checkpoint.read(self.path(number), self._run(number))

    def _done(self, found: Checkpoint) -> bool:
        return found.epochs >= self._config.training.epochs

    def _run(self, number: int) -> dict[str, str]:
        """What its weights depend on."""
        files = {"table": self._rows.table.sha256, "motifs": self._motifs.sha256}
        return self._config.decisive() | files | {"member": str(number)}

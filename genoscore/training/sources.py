"""What a network reads while it is fitted: inserts, or the occupancies of filters that stay as they are.

Both give the batches of an epoch, at random on the other strand and moved, with what masking suppresses unknown.
Occupancies are computed once, which is most of the work of an epoch: they are turned, moved and suppressed by whole
tokens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.networks.regulatory import RegulatoryNetwork
from genoscore.outputs.base import temporary_beside, writing
from genoscore.training import masking
from genoscore.training.batches import one_hot, varied
from genoscore.training.config import FitConfig
from genoscore.training.masking import Ranks
from genoscore.training.metrics import Numbers, predict
from genoscore.training.rows import Rows

_LEAST, _MOST = 6.1e-5, 65504.0  # of fp16, without losing digits
_READ, _PREDICTED = 64, 256  # rows at once


class Source(Protocol):
    """Where batches come from."""

    def batch(
        self, rows: NDArray[np.int64], ranks: Ranks | None, share: float, rng: np.random.Generator
    ) -> torch.Tensor:
        """What a network reads of rows of the table.

        Args:
            ranks: their positions, the least important first, of which `share` is suppressed; None for none.
        """
        ...

    def standard(self, network: RegulatoryNetwork, batch: torch.Tensor) -> torch.Tensor:
        """(B, T) in deviations from the mean."""
        ...

    def ranked(self, network: RegulatoryNetwork, rows: NDArray[np.int64]) -> Ranks:
        """(V, P) positions of rows, the least important first; equals in their order."""
        ...

    def predicted(self, network: RegulatoryNetwork, rows: NDArray[np.int64]) -> Numbers:
        """(V, T), the mean of both strands."""
        ...


class Inserts:
    """One-hot inserts."""

    def __init__(self, rows: Rows, config: FitConfig, device: torch.device) -> None:
        self._codes, self._config, self._device = rows.table.codes, config, device

    def batch(
        self, rows: NDArray[np.int64], ranks: Ranks | None, share: float, rng: np.random.Generator
    ) -> torch.Tensor:
        """(B, 4, L); see Source."""
        codes = self._codes[rows]
        if ranks is not None:
            codes = masking.suppressed(codes, ranks, share)
        return one_hot(varied(codes, self._config, rng)).to(self._device)

    def standard(self, network: RegulatoryNetwork, batch: torch.Tensor) -> torch.Tensor:
        """See Source."""
        return network.standard(batch)

    def ranked(self, network: RegulatoryNetwork, rows: NDArray[np.int64]) -> Ranks:
        """Positions are bases; see Source."""
        return masking.ranked(network, self._codes[rows], self._device)

    def predicted(self, network: RegulatoryNetwork, rows: NDArray[np.int64]) -> Numbers:
        """See Source."""
        return predict(network, self._codes[rows], self._device)


class Occupancies:
    """(N, n, F) fp16 occupancies of a network's filters, in a file."""

    def __init__(self, rows: Rows, config: FitConfig, network: RegulatoryNetwork, path: Path) -> None:
        shape = network.config
        self._config, self._device = config, network.filters.device
        self._most = config.shift // shape.token_size  # tokens
        tokens = shape.length // shape.token_size
        with torch.no_grad():
            unknown = _kept(network.occupancy(torch.zeros(1, 4, shape.length, device=self._device)))
        self._unknown = unknown[0]  # (n, F)
        self._whole = np.memmap(path, np.float16, "r", shape=(len(rows.table.ids), tokens, shape.filters))

    def batch(
        self, rows: NDArray[np.int64], ranks: Ranks | None, share: float, rng: np.random.Generator
    ) -> torch.Tensor:
        """(B, F, n); see Source."""
        tokens = self._whole.shape[1]
        flip = rng.random(len(rows)) < self._config.flip
        by = rng.integers(-self._most, self._most + 1, len(rows)) if self._most else np.zeros(len(rows), np.int64)
        source = np.arange(tokens) - by[:, None]  # the token that comes to lie here
        outside = (source < 0) | (source >= tokens)
        source = np.clip(np.where(flip[:, None], tokens - 1 - source, source), 0, tokens - 1)
        if ranks is not None:
            hidden = np.zeros((len(rows), tokens), bool)
            np.put_along_axis(hidden, ranks[:, : round(share * tokens)].astype(np.int64), True, axis=1)
            outside |= np.take_along_axis(hidden, source, axis=1)
        found = self._whole[rows[:, None], source]
        found[outside] = self._unknown[np.nonzero(outside)[1]]
        return self._read(found)

    def standard(self, network: RegulatoryNetwork, batch: torch.Tensor) -> torch.Tensor:
        """See Source."""
        return network.read(batch)

    @torch.no_grad()
    def ranked(self, network: RegulatoryNetwork, rows: NDArray[np.int64]) -> Ranks:
        """Positions are tokens; see Source."""
        network.eval()
        return np.concatenate([masking.order(network.reach(self._read(part))) for part in self._parts(rows)])

    @torch.no_grad()
    def predicted(self, network: RegulatoryNetwork, rows: NDArray[np.int64]) -> Numbers:
        """See Source."""
        network.eval()
        found = []
        for part in self._parts(rows):
            both = self._read(part), self._read(part[:, ::-1])
            standard = sum(network.read(one) for one in both) / 2
            found.append((standard * network.deviation + network.mean).double().cpu().numpy())
        return np.concatenate(found)

    def _parts(self, rows: NDArray[np.int64]) -> list[NDArray[np.float16]]:
        return [self._whole[rows[at : at + _PREDICTED]] for at in range(0, len(rows), _PREDICTED)]

    def _read(self, found: NDArray[np.float16]) -> torch.Tensor:
        """(B, n, F) to (B, F, n)."""
        return torch.from_numpy(np.ascontiguousarray(found)).to(self._device).float().transpose(1, 2)


def open_source(
    rows: Rows, config: FitConfig, network: RegulatoryNetwork, folder: Path, say: Callable[[str], None]
) -> Source:
    """What a network that is to be fitted reads.

    Args:
        folder: for the occupancies; another network of the same filters finds them there.
        say: told of what takes long.

    Raises:
        OutputError: they cannot be written.
    """
    if not config.freeze_filters:
        return Inserts(rows, config, network.filters.device)
    path = occupancies_path(folder, rows, network)
    if not path.exists():
        say(f"computing what the filters see of {len(rows.table.ids):,} rows, once")
        _compute(path, rows, network)
    return Occupancies(rows, config, network, path)


def occupancies_path(folder: Path, rows: Rows, network: RegulatoryNetwork) -> Path:
    """Of the file; its name follows from what it is made of."""
    made_of = hashlib.sha256(network.filters.detach().cpu().numpy().tobytes())
    made_of.update(f"{rows.table.sha256} {rows.table.codes.shape} {network.config}".encode())
    return folder / f"occupancies-{made_of.hexdigest()[:16]}.fp16"


def _compute(path: Path, rows: Rows, network: RegulatoryNetwork) -> None:
    codes, temporary = rows.table.codes, temporary_beside(str(path))
    with writing(str(path)):
        path.parent.mkdir(exist_ok=True)
        try:
            with open(temporary, "wb") as file, torch.no_grad():
                for at in range(0, len(codes), _READ):
                    x = one_hot(codes[at : at + _READ]).to(network.filters.device)
                    file.write(_kept(network.occupancy(x)).tobytes())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _kept(occupancy: torch.Tensor) -> NDArray[np.float16]:
    """(B, F, n) to (B, n, F) fp16."""
    found: NDArray[np.float16] = occupancy.clamp(_LEAST, _MOST).transpose(1, 2).half().cpu().numpy()
    return found

"""Fitting one network: AdamW, one cycle of learning rates, averaged weights, a checkpoint after every epoch."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from genoscore.core.encode import Codes, one_hot_codes
from genoscore.core.errors import ConfigError
from genoscore.networks.regulatory import RegulatoryNetwork
from genoscore.training import checkpoint, masking
from genoscore.training.batches import Places, batches, varied
from genoscore.training.checkpoint import Checkpoint
from genoscore.training.config import FitConfig, TrainConfig
from genoscore.training.masking import Ranks
from genoscore.training.material import Material
from genoscore.training.metrics import pearson_by_track, predict_network
from genoscore.training.motifs import Motifs
from genoscore.training.synthetic import Synthetic

_MAX_GRADIENT_NORM = 1.0
_FILTER_NORM = 0.87  # initial norm of a filter that is a motif, 1.5 times that of a random one
_EMA_WARM_UP = 10  # the average keeps at most (1 + step) / (_EMA_WARM_UP + step) of itself


class FitObserver:
    """Follows the progress of fitting; this one does nothing."""

    def begin(self, member: int, steps: int, done: int) -> None:
        """A network's fitting begins, or resumes after `done` of its steps."""

    def step(self) -> None:
        """A batch was fitted."""

    def epoch(self, member: int, row: Mapping[str, Any]) -> None:
        """An epoch is complete and its checkpoint written."""

    def say(self, message: str) -> None:
        """Report a one-line message."""


class Member:
    """Network number `member` of an ensemble while it is fitted; the same seed gives bit-identical weights.

    Attributes:
        averaged: the network with averaged weights, which is the result.
        epochs: the number completed.
        history: a row per epoch: `epoch`, `loss`, `masked` (share), `pearson` by track if there are validation rows,
            `seconds`.
    """

    def __init__(self, material: Material, config: TrainConfig, member: int, device: torch.device) -> None:
        rows = material.rows
        self._rows, self._config, self._device = rows, config, device
        self.number, self._seed = member, config.training.seed + member
        torch.manual_seed(self._seed)
        network = RegulatoryNetwork(material.shape)
        _initialize_filters(network, material.motifs)
        network.mean.copy_(torch.from_numpy(rows.means))
        network.deviation.copy_(torch.from_numpy(rows.deviations))
        self._network = network.to(device)
        self.averaged = copy.deepcopy(self._network).eval()
        self._size = min(config.training.batch, len(rows.fitted))
        self.steps = len(rows.fitted) // self._size  # per epoch
        self._optimizer = _optimizer(self._network, config.training)
        self._schedule = _schedule(self._optimizer, config.training, config.training.epochs * self.steps)
        self._ranks: Ranks | None = None
        self.epochs = 0
        self.history: list[dict[str, Any]] = []

    def fit(self, synthetic: Synthetic | None, path: Path, run: Mapping[str, str], observer: FitObserver) -> None:
        """Fit the remaining epochs, with a checkpoint at `path` after each.

        Args:
            synthetic: added to every batch, one sequence per row; None for none.

        Raises:
            ConfigError: the loss is no longer finite.
            OutputError: the checkpoint cannot be written.
        """
        epochs = self._config.training.epochs
        observer.begin(self.number, epochs * self.steps, self.epochs * self.steps)
        while self.epochs < epochs:
            self.history.append(self._epoch(synthetic, observer))
            self.epochs += 1
            checkpoint.write(path, run, self._checkpoint())
            observer.epoch(self.number, self.history[-1])

    def restore(self, saved: Checkpoint) -> None:
        """Continue from a checkpoint."""
        states = saved.states
        self._network.load_state_dict(states["network"])
        self.averaged.load_state_dict(states["averaged"])
        self._optimizer.load_state_dict(states["optimizer"])
        self._schedule.load_state_dict(states["schedule"])
        self._ranks = None if states["ranks"] is None else states["ranks"].numpy()
        self.epochs, self.history = saved.epochs, saved.history

    def _checkpoint(self) -> Checkpoint:
        states = {
            "network": self._network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "ranks": None if self._ranks is None else torch.from_numpy(self._ranks),
        }
        return Checkpoint(self.epochs, states, self.history)

    def _epoch(self, synthetic: Synthetic | None, observer: FitObserver) -> dict[str, Any]:
        """One pass. Its random numbers depend on seed and epoch alone, so that an interruption does not change them."""
        started, config, rows = time.monotonic(), self._config, self._rows
        seeds = np.random.SeedSequence([self._seed, self.epochs])
        rng = np.random.default_rng(seeds)
        torch.manual_seed(int(seeds.generate_state(1)[0]))
        share = masking.share_at(self.epochs, config.masking)
        if masking.is_due(self.epochs, config.masking):
            self._ranks = masking.ranked(self.averaged, rows.table.codes, rows.fitted)
        self._network.train()
        total = torch.zeros((), device=self._device)
        for places in batches(len(rows.fitted), self._size, rng):
            codes = rows.table.codes[rows.fitted[places]]
            if share and self._ranks is not None:
                codes = masking.without(codes, masking.suppressed(self._ranks[places], share))
            total += self._step(rows.fitted[places], codes, synthetic, rng)
            observer.step()
        loss = float(total) / self.steps
        if not np.isfinite(loss):
            raise ConfigError(f"the loss of epoch {self.epochs + 1} is not finite", "give a smaller learning_rate")
        row: dict[str, Any] = {"epoch": self.epochs + 1, "loss": loss, "masked": share}
        if len(rows.watched):
            predicted = predict_network(self.averaged, rows.table.codes[rows.watched])
            row["pearson"] = pearson_by_track(rows.table, rows.watched, predicted)
        return row | {"seconds": round(time.monotonic() - started, 2)}

    def _step(self, rows: Places, codes: Codes, synthetic: Synthetic | None, rng: np.random.Generator) -> torch.Tensor:
        """Fit one batch of (B,) rows with (B, L) codes; returns the rows' loss, in squared deviations."""
        targets, config = self._rows.targets[rows], self._config
        if synthetic is not None:
            chosen = rng.integers(0, len(synthetic.codes), len(rows))
            codes = np.concatenate([codes, synthetic.codes[chosen]])
        predicted = self._network.standard(one_hot_codes(varied(codes, config.training, rng)).to(self._device))
        tracks = torch.from_numpy(self._rows.table.tracks[rows]).to(self._device)
        row_values = predicted[: len(rows)].gather(1, tracks[:, None])[:, 0]
        loss = fitted = (row_values - torch.from_numpy(targets).to(self._device)).square().mean()
        if synthetic is not None:
            expected = torch.from_numpy(synthetic.targets[chosen]).to(self._device)
            loss = fitted + config.synthetic.weight * (predicted[len(rows) :] - expected).square().mean()
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._network.parameters(), _MAX_GRADIENT_NORM)
        self._optimizer.step()
        self._schedule.step()
        self._average()
        return fitted.detach()

    @torch.no_grad()
    def _average(self) -> None:
        """Update the average, quickly at first, while weights still change much."""
        step = self._schedule.last_epoch
        kept = min(self._config.training.ema, (1 + step) / (_EMA_WARM_UP + step))
        averages, states = [], []
        for average, state in zip(
            self.averaged.state_dict().values(), self._network.state_dict().values(), strict=True
        ):
            if average.is_floating_point():
                averages.append(average)
                states.append(state)
            else:  # number of batches that a norm has seen
                average.copy_(state)
        torch._foreach_lerp_(averages, states, 1 - kept)


@torch.no_grad()
def _initialize_filters(network: RegulatoryNetwork, motifs: Motifs) -> None:
    """Set the first filters to motifs."""
    weight = network.filters.weight
    filters = torch.from_numpy(motifs.filters(len(weight), weight.shape[2]))
    norms = filters.flatten(1).norm(dim=1)[:, None, None]
    weight[: len(filters)] = filters / norms * _FILTER_NORM


def _optimizer(network: RegulatoryNetwork, config: FitConfig) -> torch.optim.Optimizer:
    """AdamW without weight decay for biases and norms."""
    matrices = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in network.parameters() if parameter.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.learning_rate)


def _schedule(optimizer: torch.optim.Optimizer, config: FitConfig, steps: int) -> torch.optim.lr_scheduler.OneCycleLR:
    """One cycle over all steps; torch requires some in each half of it."""
    least = math.ceil(3 / min(config.warmup, 1 - config.warmup))
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.learning_rate, total_steps=max(steps + 1, least), pct_start=config.warmup
    )

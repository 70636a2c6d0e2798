"""Sei's tower without computing twice what two windows share: the reference once, then what an alternative changes.

A window that differs from the reference between two bases differs, at each layer, only within the receptive field grown
so far. So the reference's activations are kept, and for an alternative only the changed positions of every convolution
are computed, with what lies around them taken from the reference, pooled at the same phases, and padded with zeros at
the window's ends as the whole window is. Nothing is approximated: the result is that of whole windows, up to the
rounding of float32.

Notation: B windows, A alternatives of them, L positions of a layer, C channels, M and S as in sei.py. Activations
are (B, L, C).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from genoscore.networks.padded import ChainedConv, PaddedConv
from genoscore.networks.sei import POOL, Sei, Stage


@dataclass(frozen=True, slots=True)
class _KeptStage:
    """A stage's activations of B reference windows, (B, L, C) each.

    Attributes:
        input: of the stage. between: after the first linear convolution. linear: after the second. middle, rectified:
            after the two with ReLU. total: linear + rectified, before the pooling.
    """

    input: torch.Tensor
    between: torch.Tensor
    linear: torch.Tensor
    middle: torch.Tensor
    rectified: torch.Tensor
    total: torch.Tensor


@dataclass(frozen=True, slots=True)
class SeiReference:
    """What the reference pass keeps of B windows.

    Attributes:
        stages: every stage's activations. dilated: what each dilated convolution but the first reads, and the end.
        features: spline features, (B, C * S).
    """

    stages: tuple[_KeptStage, ...]
    dilated: tuple[torch.Tensor, ...]
    features: torch.Tensor


@dataclass(frozen=True, slots=True)
class _Changed:
    """Positions [first, last) of a layer, of A alternatives: (A, last - first, C).

    Attributes:
        rows: which of the reference windows each is an alternative of, (A,).
    """

    values: torch.Tensor
    first: int
    rows: torch.Tensor

    @property
    def last(self) -> int:
        return self.first + self.values.shape[1]

    def between(self, kept: torch.Tensor, start: int, end: int) -> torch.Tensor:
        """(A, end - start, C): these values, what the reference (B, L, C) has around them, zeros beyond its ends.

        [start, end) must hold all of [first, last).
        """
        left, right = kept[:, max(start, 0) : self.first], kept[:, self.last : max(end, 0)]
        whole = torch.cat([left[self.rows], self.values, right[self.rows]], dim=1)
        return functional.pad(whole, (0, 0, max(0, -start), max(0, end - kept.shape[1])))

    def become(self, values: torch.Tensor, first: int) -> _Changed:
        """Other values for the same alternatives."""
        return _Changed(values, first, self.rows)


class _StageConvs:
    """A stage's convolutions for both passes."""

    def __init__(self, stage: Stage, spectral: bool) -> None:
        self.linear1, self.linear2 = PaddedConv(stage.linear1, spectral), PaddedConv(stage.linear2, spectral)
        self.conv1, self.conv2 = PaddedConv(stage.conv1, spectral), PaddedConv(stage.conv2, spectral)
        few = stage.linear1.in_channels * 8 < stage.linear2.in_channels
        self._chained = ChainedConv(stage.linear1, stage.linear2) if few else None

    def reference(self, x: torch.Tensor) -> _KeptStage:
        between = self.linear1.same(x)
        linear = self._chained.same(x, between) if self._chained else self.linear2.same(between)
        middle = self.conv1.same(linear).relu_()
        rectified = self.conv2.same(middle).relu_()
        return _KeptStage(x, between, linear, middle, rectified, linear + rectified)

    def alternatives(self, changed: _Changed, kept: _KeptStage) -> tuple[_Changed, _Changed]:
        """The rectified outputs and the total."""
        between = _convolve(self.linear1, changed, kept.input)
        linear = _convolve(self.linear2, between, kept.between)
        middle = _rectified(_convolve(self.conv1, linear, kept.linear))
        rectified = _rectified(_convolve(self.conv2, middle, kept.middle))
        beside = linear.between(kept.linear, rectified.first, rectified.last)
        return rectified, rectified.become(rectified.values + beside, rectified.first)


def _convolve(conv: PaddedConv, changed: _Changed, kept: torch.Tensor) -> _Changed:
    """Through a convolution that reads `kept` (B, L, C) elsewhere."""
    first, last = max(0, changed.first - conv.reach), min(kept.shape[1], changed.last + conv.reach)
    return changed.become(conv.valid(changed.between(kept, first - conv.reach, last + conv.reach)), first)


def _rectified(changed: _Changed) -> _Changed:
    return changed.become(changed.values.relu_(), changed.first)


class SeiPasses:
    """The passes over one network, which must be in evaluation mode on its final device.

    Args:
        spectral: whether convolutions may be computed in the frequency domain (float32 only).
    """

    def __init__(self, network: Sei, spectral: bool = True) -> None:
        self._network = network
        self._stages = [_StageConvs(stage, spectral) for stage in network.stages]
        self._dilated = [PaddedConv(conv, spectral) for conv in network.dilated]

    def tower(self, x: torch.Tensor) -> torch.Tensor:
        """One-hot (B, 4, L) to spline features (B, C * S), nothing kept."""
        return self.reference(x).features

    def reference(self, x: torch.Tensor) -> SeiReference:
        """One-hot (B, 4, L) to all that alternatives need of these windows."""
        x = x.transpose(1, 2).contiguous()
        stages: list[_KeptStage] = []
        for convs in self._stages:
            stages.append(convs.reference(_pooled(stages[-1].total) if stages else x))
        x, before = stages[-1].total, stages[-1].rectified
        dilated = []
        for conv in self._dilated:
            x = before = before + conv.same(x).relu_()
            dilated.append(x)
        return SeiReference(tuple(stages), tuple(dilated), self._splines(x))

    def alternatives(self, kept: SeiReference, rows: torch.Tensor, x: torch.Tensor, first: int) -> torch.Tensor:
        """Spline features (A, C * S) of windows that differ from the reference's in one place.

        Args:
            rows: which of the reference's windows each is an alternative of, (A,).
            x: one-hot (A, 4, W), bases first ... first + W - 1 of these windows.
        """
        if not x.shape[2]:
            return kept.features[rows]
        changed = _Changed(x.transpose(1, 2), first, rows)
        for number, (convs, stage) in enumerate(zip(self._stages, kept.stages, strict=True)):
            if number:
                changed = _repooled(changed, kept.stages[number - 1].total)
            before, changed = convs.alternatives(changed, stage)
        last = kept.stages[-1]
        read = [last.total, *kept.dilated]  # what each dilated convolution reads, and the end
        added = [last.rectified, *kept.dilated]  # what its output is added to
        for number, conv in enumerate(self._dilated):
            new = _rectified(_convolve(conv, changed, read[number]))
            beside = before.between(added[number], new.first, new.last)
            changed = before = new.become(new.values.add_(beside), new.first)
        return self._splines(changed.between(read[-1], 0, read[-1].shape[1]))

    def profiles(self, features: torch.Tensor) -> torch.Tensor:
        """Spline features (B, C * S) to probabilities (B, T), float32."""
        first, second = self._network.classifier["0"], self._network.classifier["2"]
        return torch.sigmoid(_dense(second, _dense(first, features).relu_()).float())

    def _splines(self, x: torch.Tensor) -> torch.Tensor:
        """(B, M, C) to (B, C * S)."""
        return self._network.splines(x.transpose(1, 2))


def _pooled(x: torch.Tensor) -> torch.Tensor:
    """(B, L, C) to (B, L / POOL, C), the largest of each POOL positions."""
    return x.reshape(len(x), -1, POOL, x.shape[2]).amax(2)


def _repooled(changed: _Changed, kept: torch.Tensor) -> _Changed:
    """Changed positions of a layer (B, L, C) to those of the pooled one."""
    first, last = changed.first // POOL, -(-changed.last // POOL)
    return changed.become(_pooled(changed.between(kept, first * POOL, last * POOL)), first)


def _dense(layer: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """(B, F) to (B, F'). On a CPU, as the matrix times contiguous rows seen as columns: up to four times as fast
    as the reverse product, or as with contiguous columns."""
    assert isinstance(layer, nn.Linear)
    if x.device.type != "cpu":
        return layer(x)  # type: ignore[no-any-return]
    return (layer.weight @ x.contiguous().T).T.contiguous() + layer.bias

"""Contributions of bases to one output: input x gradient, and integrated gradients.

Input x gradient (Shrikumar et al. 2016) is the gradient at the sequence, taken at the base that stands there.
Integrated gradients (Sundararajan, Taly and Yan, ICML 2017) are the mean gradient along the straight way from a
baseline, here all N, to the sequence, times the difference of the two; over all bases they sum to f(sequence) -
f(baseline). The mean is taken by Gauss-Legendre quadrature; since the sum over any part of the way is known too, the
part that misses it most is halved until all of them together miss it by less than a hundredth. Replicates are averaged
inside f.

L bases, T tracks, N bins.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.explaining.cases import NEITHER, Case, Windows, alt_bin, cut_windows, encode, on_reference, outputs_of
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.predictors.base import DifferentiablePredictor, PredictorSpec
from genoscore.predictors.strands import predict_on

_NODES = 4  # gradients of each part of the way
_TOLERANCE, _LEAST = 0.01, 1e-2  # of the difference that the integrated gradients sum to, or of this where it is less


@dataclass(frozen=True, slots=True)
class Target:
    """The output that bases contribute to.

    Attributes:
        bin: among REF's. alt_bin: its counterpart among ALT's; None where it is gone, or without a variant.
        start, end: the bases of the bin, 0-based, half-open.
    """

    track: int
    name: str
    bin: int
    alt_bin: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Gradients:
    """Of one sequence; arrays are (L,), of its bases.

    Attributes:
        value, baseline: the output of the sequence, and of N alone.
    """

    sequence: str
    input_x_gradient: NDArray[np.float64]
    integrated: NDArray[np.float64]
    value: float
    baseline: float

    @property
    def gap(self) -> float:
        """By how much the integrated gradients miss their sum, value - baseline."""
        return float(self.integrated.sum()) - (self.value - self.baseline)


@dataclass(frozen=True, slots=True)
class Contributions:
    """Of both alleles.

    Attributes:
        start: place of ref's first base. alt_before: bases of alt's sequence left of the ALT allele.
        alt: None without a variant, and where the target's base is gone.
    """

    case: Case
    target: Target
    start: int
    ref: Gradients
    alt: Gradients | None
    alt_before: int

    @property
    def target_is_local(self) -> bool:
        """Whether the output is of a place in the window, and not of the window as a whole."""
        return self.target.end - self.target.start < len(self.ref.sequence)

    def placed(self, method: str) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """(L,) of ref, and of alt on the same places of the reference: what REF has and ALT lacks is 0, inserted bases
        are added to REF's last one.

        Args:
            method: `input_x_gradient` or `integrated`.
        """
        ref: NDArray[np.float64] = getattr(self.ref, method)
        if self.alt is None:
            return ref, None
        edit, found = self.case.edit, np.zeros(len(ref))
        index = np.arange(len(self.alt.sequence)) - self.alt_before
        r, a = edit.shape
        places = np.where(index < a, np.minimum(index, r - 1), index - a + r) + edit.start - self.start
        inside = (places >= 0) & (places < len(ref))
        np.add.at(found, places[inside], getattr(self.alt, method)[inside])
        return ref, found


def contributions_of(
    case: Case,
    predictor: DifferentiablePredictor,
    genome: ReferenceGenome,
    steps: int,
    stepped: Callable[[float], None],
) -> Contributions:
    """To the output that the variant changes most, or, without one, to the largest within the region.

    Args:
        stepped: told after every gradient which part of all is done.
    """
    spec, reading = predictor.spec, case.reading(predictor.spec)
    if spec.input_length is None and not case.has_alt:
        spec = replace(spec, n_bins=(case.end - case.start) // spec.bin_size + 2)
    windows = cut_windows(case, genome, spec)
    target = _target(case, windows, predictor, spec)
    fixed = spec.input_length is not None

    def gradients(sequence: str, bin_: int) -> Gradients:
        first = bin_ * spec.bin_size  # of a free length only what the bin sees is read
        own, at = (sequence, bin_) if fixed else (sequence[first : first + spec.context_length + spec.bin_size], 0)
        part = 1 / ((steps + 1) * (2 if target.alt_bin is not None else 1))
        told = [0]

        def count() -> None:
            told[0] += 1
            stepped(part)

        found = gradients_of(own, _output(predictor, reading, target.track, at), spec, steps, count)
        stepped(part * (steps + 1 - told[0]))
        return found

    ref = gradients(windows.ref, target.bin)
    moved = 0 if fixed else target.bin * spec.bin_size
    alt, before = None, windows.before
    if windows.alt is not None and target.alt_bin is not None:
        alt = gradients(windows.alt, target.alt_bin)
        before -= 0 if fixed else target.alt_bin * spec.bin_size
    return Contributions(case, target, windows.start + moved, ref, alt, before)


def _target(case: Case, windows: Windows, predictor: DifferentiablePredictor, spec: PredictorSpec) -> Target:
    reading = case.reading(spec)
    ref = outputs_of(windows.ref, reading, predictor)
    first = windows.start + spec.flank  # base of bin 0
    sizes, alt = ref.clone(), None
    if windows.alt is not None:
        alt = outputs_of(windows.alt, reading, predictor)
        sizes = (on_reference(ref, alt, case.edit, spec) - ref).abs()
    else:
        starts = first + spec.bin_size * torch.arange(ref.shape[1])
        outside = (starts + spec.bin_size <= case.start) | (starts >= case.end)
        if not outside.all():
            sizes[:, outside] = -torch.inf
    if NEITHER in spec.tracks:
        sizes[spec.tracks.index(NEITHER)] = -torch.inf
    track, bin_ = divmod(int(sizes.argmax()), ref.shape[1])
    there = None if alt is None else alt_bin(track, bin_, ref, alt, case.edit, spec)
    start = first + bin_ * spec.bin_size
    return Target(track, spec.tracks[track], bin_, there, start, start + spec.bin_size)


class _Differentiable:
    """A predictor whose `predict` lets gradients through."""

    def __init__(self, predictor: DifferentiablePredictor) -> None:
        self.spec = predictor.spec
        self.device = predictor.device
        self.predict = predictor.differentiable
        self.to_fallback = predictor.to_fallback


def _output(
    predictor: DifferentiablePredictor, reading: str, track: int, bin_: int
) -> Callable[[torch.Tensor], torch.Tensor]:
    """One-hot (1, 4, L), forward, to the chosen output, a single number."""
    differentiable = _Differentiable(predictor)

    def output(x: torch.Tensor) -> torch.Tensor:
        return predict_on(reading, differentiable, x)[0, :, track, bin_].mean()

    return output


def gradients_of(
    sequence: str,
    output: Callable[[torch.Tensor], torch.Tensor],
    spec: PredictorSpec,
    steps: int,
    stepped: Callable[[], None] = lambda: None,
) -> Gradients:
    """Both kinds of contributions of a sequence's bases to a number.

    Args:
        output: one-hot (1, 4, L) to a single number.
        steps: gradients of the integrated ones, at most; beside them comes the one at the sequence.
        stepped: told after every gradient.
    """
    x = encode(sequence, spec)
    baseline = torch.full_like(x, spec.n_fill)
    way = _Way(baseline, x, output, stepped)
    value, slope = way.gradient(1.0)
    stepped()
    nothing = way.value(0.0)
    parts = [way.part(0.0, 1.0, nothing, value)]
    wanted = _TOLERANCE * max(abs(value - nothing), _LEAST)
    taken = _NODES
    while taken + 2 * _NODES <= steps and abs(sum(part.miss for part in parts)) > wanted:
        worst = heapq.heappop(parts)
        middle = (worst.start + worst.end) / 2
        between = way.value(middle)
        heapq.heappush(parts, way.part(worst.start, middle, worst.first, between))
        heapq.heappush(parts, way.part(middle, worst.end, between, worst.last))
        taken += 2 * _NODES
    integrated = torch.stack([part.integral for part in parts]).sum(dim=0).numpy()
    return Gradients(sequence, (slope * x.double()).sum(dim=1)[0].numpy(), integrated, value, nothing)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part [start, end) of the way: its integral (L,), the outputs at its ends, and by how much the first misses
    the difference of the second."""

    start: float
    end: float
    first: float
    last: float
    integral: torch.Tensor
    miss: float

    def __lt__(self, other: _Part) -> bool:
        return abs(self.miss) > abs(other.miss)


class _Way:
    """The straight way from the baseline to a sequence."""

    def __init__(
        self,
        baseline: torch.Tensor,
        x: torch.Tensor,
        output: Callable[[torch.Tensor], torch.Tensor],
        stepped: Callable[[], None],
    ) -> None:
        self._baseline, self._x, self._output, self._stepped = baseline, x, output, stepped
        self._nodes, self._shares = np.polynomial.legendre.leggauss(_NODES)

    def value(self, place: float) -> float:
        """The output there, from 0, the baseline, to 1."""
        with torch.no_grad():
            return float(self._output(self._point(place)))

    def gradient(self, place: float) -> tuple[float, torch.Tensor]:
        """The output there, and its slope (1, 4, L)."""
        with torch.enable_grad():
            leaf = self._point(place).requires_grad_()
            value = self._output(leaf)
            (slope,) = torch.autograd.grad(value, leaf)
        return float(value.detach()), slope.double().cpu()

    def part(self, start: float, end: float, first: float, last: float) -> _Part:
        """A part, between the outputs at its ends."""
        total = torch.zeros(self._x.shape, dtype=torch.float64)
        for node, share in zip(self._nodes, self._shares, strict=True):
            total += share / 2 * (end - start) * self.gradient(start + (end - start) * (node + 1) / 2)[1]
            self._stepped()
        integral = (total * (self._x - self._baseline).double()).sum(dim=1)[0]
        return _Part(start, end, first, last, integral, float(integral.sum()) - (last - first))

    def _point(self, place: float) -> torch.Tensor:
        return self._baseline + place * (self._x - self._baseline)

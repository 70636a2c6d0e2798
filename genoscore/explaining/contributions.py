"""Contributions of bases to one output: input x gradient, and integrated gradients.

Input x gradient (Shrikumar et al. 2016) is the gradient at the sequence, for the base that is present.
Integrated gradients (Sundararajan, Taly and Yan, ICML 2017) are the mean gradient along the straight path from a
baseline, here all N, to the sequence, times the difference of the two; over all bases they sum to f(sequence) -
f(baseline). The mean is computed by Gauss-Legendre quadrature; since the sum over any part of the path is also known,
the part with the largest error is halved until the total error is below one hundredth. Replicates are averaged inside
f.

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

_NODES = 4  # gradients per part of the path
_TOLERANCE, _LEAST = 0.01, 1e-2  # share of the difference of the outputs, which counts as _LEAST if it is smaller


@dataclass(frozen=True, slots=True)
class Target:
    """The output that bases contribute to.

    Attributes:
        bin: among REF's. alt_bin: its counterpart among ALT's; None if it is deleted, or without a variant.
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
    """Contributions in one sequence; arrays are (L,), one number per base.

    Attributes:
        value, baseline: the output for the sequence, and for N only.
    """

    sequence: str
    input_x_gradient: NDArray[np.float64]
    integrated: NDArray[np.float64]
    value: float
    baseline: float

    @property
    def gap(self) -> float:
        """The error of the integrated gradients: their sum minus (value - baseline)."""
        return float(self.integrated.sum()) - (self.value - self.baseline)


@dataclass(frozen=True, slots=True)
class Contributions:
    """Contributions for both alleles.

    Attributes:
        start: position of ref's first base, 0-based. alt_before: bases of alt's sequence left of the ALT allele.
        alt: None without a variant, or if the target's base is deleted.
    """

    case: Case
    target: Target
    start: int
    ref: Gradients
    alt: Gradients | None
    alt_before: int

    @property
    def target_is_local(self) -> bool:
        """Whether the output is for a place in the window, not for the window as a whole."""
        return self.target.end - self.target.start < len(self.ref.sequence)

    def placed(self, method: str) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """(L,) of ref, and of alt at the same positions of the reference: bases that ALT lacks are 0, inserted bases
        are added to REF's last one.

        Args:
            method: `input_x_gradient` or `integrated`.
        """
        ref: NDArray[np.float64] = getattr(self.ref, method)
        if self.alt is None:
            return ref, None
        edit, aligned = self.case.edit, np.zeros(len(ref))
        index = np.arange(len(self.alt.sequence)) - self.alt_before
        r, a = edit.shape
        places = np.where(index < a, np.minimum(index, r - 1), index - a + r) + edit.start - self.start
        inside = (places >= 0) & (places < len(ref))
        np.add.at(aligned, places[inside], getattr(self.alt, method)[inside])
        return ref, aligned


def contributions_of(
    case: Case,
    predictor: DifferentiablePredictor,
    genome: ReferenceGenome,
    steps: int,
    stepped: Callable[[float], None],
) -> Contributions:
    """Contributions to the output that the variant changes most, or, without a variant, to the largest in the region.

    Args:
        stepped: called after every gradient with the share of the work that was done.
    """
    spec, reading = predictor.spec, case.reading(predictor.spec)
    if spec.input_length is None and not case.has_alt:
        spec = replace(spec, n_bins=(case.end - case.start) // spec.bin_size + 2)
    windows = cut_windows(case, genome, spec)
    target = _target(case, windows, predictor, spec)
    fixed = spec.input_length is not None

    def gradients(sequence: str, bin_: int) -> Gradients:
        first = bin_ * spec.bin_size  # without a fixed length, only what the bin sees is read
        own, at = (sequence, bin_) if fixed else (sequence[first : first + spec.context_length + spec.bin_size], 0)
        part = 1 / ((steps + 1) * (2 if target.alt_bin is not None else 1))
        steps_done = [0]

        def count() -> None:
            steps_done[0] += 1
            stepped(part)

        result = gradients_of(own, _output(predictor, reading, target.track, at), spec, steps, count)
        stepped(part * (steps + 1 - steps_done[0]))
        return result

    ref = gradients(windows.ref, target.bin)
    offset = 0 if fixed else target.bin * spec.bin_size
    alt, before = None, windows.before
    if windows.alt is not None and target.alt_bin is not None:
        alt = gradients(windows.alt, target.alt_bin)
        before -= 0 if fixed else target.alt_bin * spec.bin_size
    return Contributions(case, target, windows.start + offset, ref, alt, before)


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
    counterpart = None if alt is None else alt_bin(track, bin_, ref, alt, case.edit, spec)
    start = first + bin_ * spec.bin_size
    return Target(track, spec.tracks[track], bin_, counterpart, start, start + spec.bin_size)


class _Differentiable:
    """A predictor whose `predict` keeps gradients."""

    def __init__(self, predictor: DifferentiablePredictor) -> None:
        self.spec = predictor.spec
        self.device = predictor.device
        self.predict = predictor.differentiable
        self.to_fallback = predictor.to_fallback


def _output(
    predictor: DifferentiablePredictor, reading: str, track: int, bin_: int
) -> Callable[[torch.Tensor], torch.Tensor]:
    """A function from one-hot (1, 4, L), forward strand, to the chosen output, a single number."""
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
    """Both kinds of contributions of a sequence's bases to one output.

    Args:
        output: function from one-hot (1, 4, L) to a single number.
        steps: most gradients computed for the integrated gradients, besides the one at the sequence.
        stepped: called after every gradient.
    """
    x = encode(sequence, spec)
    baseline = torch.full_like(x, spec.n_fill)
    path = _Path(baseline, x, output, stepped)
    value, slope = path.gradient(1.0)
    stepped()
    baseline_value = path.value(0.0)
    parts = [path.part(0.0, 1.0, baseline_value, value)]
    tolerated = _TOLERANCE * max(abs(value - baseline_value), _LEAST)
    computed = _NODES
    while computed + 2 * _NODES <= steps and abs(sum(part.error for part in parts)) > tolerated:
        worst = heapq.heappop(parts)
        middle = (worst.start + worst.end) / 2
        middle_value = path.value(middle)
        heapq.heappush(parts, path.part(worst.start, middle, worst.first, middle_value))
        heapq.heappush(parts, path.part(middle, worst.end, middle_value, worst.last))
        computed += 2 * _NODES
    integrated = torch.stack([part.integral for part in parts]).sum(dim=0).numpy()
    return Gradients(sequence, (slope * x.double()).sum(dim=1)[0].numpy(), integrated, value, baseline_value)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part [start, end) of the path: its integral (L,), the outputs at its ends, and the error of the integral's sum,
    which should be the difference of these outputs."""

    start: float
    end: float
    first: float
    last: float
    integral: torch.Tensor
    error: float

    def __lt__(self, other: _Part) -> bool:
        return abs(self.error) > abs(other.error)


class _Path:
    """The straight path from the baseline to a sequence."""

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
        """The output at a place from 0, the baseline, to 1, the sequence."""
        with torch.no_grad():
            return float(self._output(self._point(place)))

    def gradient(self, place: float) -> tuple[float, torch.Tensor]:
        """The output at a place, and its gradient (1, 4, L)."""
        with torch.enable_grad():
            leaf = self._point(place).requires_grad_()
            value = self._output(leaf)
            (slope,) = torch.autograd.grad(value, leaf)
        return float(value.detach()), slope.double().cpu()

    def part(self, start: float, end: float, first: float, last: float) -> _Part:
        """A part of the path, given the outputs at its ends."""
        total = torch.zeros(self._x.shape, dtype=torch.float64)
        for node, share in zip(self._nodes, self._shares, strict=True):
            total += share / 2 * (end - start) * self.gradient(start + (end - start) * (node + 1) / 2)[1]
            self._stepped()
        integral = (total * (self._x - self._baseline).double()).sum(dim=1)[0]
        return _Part(start, end, first, last, integral, float(integral.sum()) - (last - first))

    def _point(self, place: float) -> torch.Tensor:
        return self._baseline + place * (self._x - self._baseline)

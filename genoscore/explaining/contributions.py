"""Contributions of bases to one output: input x gradient, and integrated gradients.

Input x gradient (Shrikumar et al. 2016) is the gradient at the sequence, taken at the base that stands there.
Integrated gradients (Sundararajan, Taly and Yan, ICML 2017) are the mean gradient along the straight way from a
baseline, here all N, to the sequence, times the difference of the two; over all bases they sum to f(sequence) -
f(baseline). The mean is taken by Gauss-Legendre quadrature. Replicates are averaged inside f.

L bases, T tracks, N bins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.explaining.cases import NEITHER, Case, Windows, alt_bin, cut_windows, encode, on_reference, outputs_of
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.predictors.base import DifferentiablePredictor, PredictorSpec
from genoscore.predictors.strands import predict_on


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
        return _gradients(own, _output(predictor, reading, target.track, at), spec, steps, lambda: stepped(part))

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


def _gradients(
    sequence: str,
    output: Callable[[torch.Tensor], torch.Tensor],
    spec: PredictorSpec,
    steps: int,
    stepped: Callable[[], None],
) -> Gradients:
    x = encode(sequence, spec)
    baseline = torch.full_like(x, spec.n_fill)

    def at(point: torch.Tensor) -> tuple[float, torch.Tensor]:
        with torch.enable_grad():
            leaf = point.detach().requires_grad_()
            value = output(leaf)
            (slope,) = torch.autograd.grad(value, leaf)
        stepped()
        return float(value.detach()), slope.double().cpu()

    value, slope = at(x)
    places, shares = np.polynomial.legendre.leggauss(steps)
    mean = torch.zeros_like(slope)
    for place, share in zip(places, shares, strict=True):
        mean += share / 2 * at(baseline + (place + 1) / 2 * (x - baseline))[1]
    with torch.no_grad():
        nothing = float(output(baseline))
    integrated = (mean * (x - baseline).double()).sum(dim=1)[0].numpy()
    return Gradients(sequence, (slope * x.double()).sum(dim=1)[0].numpy(), integrated, value, nothing)

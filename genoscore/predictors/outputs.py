"""Whether what a predictor gives is what its spec promises: said in one line, before anything is made of it."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from genoscore.core.edits import Edit
from genoscore.core.errors import ConfigError
from genoscore.core.windows import own_bins
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec


def checked_outputs(y: object, x: torch.Tensor, spec: PredictorSpec) -> torch.Tensor:
    """What `predict` gave for windows x (B, 4, L): a floating-point tensor (B, R, T, N).

    Raises:
        ConfigError: it is anything else; says what came, what was expected, and who is to correct it.
    """
    windows, _, length = x.shape
    bins = (length - spec.context_length) // spec.bin_size
    return _checked(y, f"{windows} window{_s(windows)} of {length:,} bases", "windows", (windows, bins), spec)


def checked_edits(pair: object, edits: Sequence[Edit], spec: PredictorSpec) -> tuple[torch.Tensor, torch.Tensor]:
    """What `predict_edits` gave for E edits: ref (E, R, T, N) and alt (E, R, T, N'), as long as their longest edit's.

    Raises:
        ConfigError: see `checked_outputs`.
    """
    of = f"{len(edits)} edit{_s(len(edits))}"
    if not (isinstance(pair, tuple) and len(pair) == 2):
        came = f"{len(pair)} values" if isinstance(pair, tuple) else f"a {type(pair).__name__}"
        raise _fault(spec, f"{came} for {of}, expected a pair of tensors, of REF and of ALT")
    bins = [own_bins(edit, spec) for edit in edits]
    shapes = ((len(edits), max(n[side] for n in bins)) for side in (0, 1))
    ref, alt = (
        _checked(y, f"{side} of {of}", "edits", shape, spec)
        for side, y, shape in zip(("REF", "ALT"), pair, shapes, strict=True)
    )
    return ref, alt


def _checked(y: object, of: str, rows: str, shape: tuple[int, int], spec: PredictorSpec) -> torch.Tensor:
    expected = (shape[0], spec.replicates, len(spec.tracks), shape[1])
    if not isinstance(y, torch.Tensor):
        raise _fault(spec, f"a {type(y).__name__} for {of}, expected a tensor")
    if tuple(y.shape) != expected:
        raise _fault(
            spec,
            f"outputs of shape {tuple(y.shape)} for {of}, expected {expected}: {rows}, replicates, tracks, bins",
        )
    if not y.is_floating_point():
        raise _fault(spec, f"outputs of type {y.dtype} for {of}, expected floating-point numbers")
    return y


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _fault(spec: PredictorSpec, came: str) -> ConfigError:
    return ConfigError(f"predictor {spec.name} gave {came}", registry.who_corrects(spec.name))

"""Checks that a predictor's outputs are what its spec promises, before they are used; errors are one line."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from genoscore.core.edits import Edit
from genoscore.core.errors import ConfigError
from genoscore.core.windows import own_bins
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec


def checked_outputs(y: object, x: torch.Tensor, spec: PredictorSpec) -> torch.Tensor:
    """The outputs of `predict` for windows x (B, 4, L), checked: a floating-point tensor (B, R, T, N).

    Raises:
        ConfigError: anything else; names what was returned, what was expected, and who must correct it.
    """
    windows, _, length = x.shape
    bins = (length - spec.context_length) // spec.bin_size
    return _checked(y, f"{windows} window{_s(windows)} of {length:,} bases", "windows", (windows, bins), spec)


def checked_edits(pair: object, edits: Sequence[Edit], spec: PredictorSpec) -> tuple[torch.Tensor, torch.Tensor]:
    """Outputs of `predict_edits` for E edits, checked: ref (E, R, T, N), alt (E, R, T, N'), N of the longest edit.

    Raises:
        ConfigError: see `checked_outputs`.
    """
    subject = f"{len(edits)} edit{_s(len(edits))}"
    if not (isinstance(pair, tuple) and len(pair) == 2):
        returned = f"{len(pair)} values" if isinstance(pair, tuple) else f"a {type(pair).__name__}"
        raise _fault(spec, f"{returned} for {subject}, expected a pair of tensors, for REF and ALT")
    bins = [own_bins(edit, spec) for edit in edits]
    shapes = ((len(edits), max(n[side] for n in bins)) for side in (0, 1))
    ref, alt = (
        _checked(y, f"{side} of {subject}", "edits", shape, spec)
        for side, y, shape in zip(("REF", "ALT"), pair, shapes, strict=True)
    )
    return ref, alt


def _checked(y: object, subject: str, rows: str, shape: tuple[int, int], spec: PredictorSpec) -> torch.Tensor:
    expected = (shape[0], spec.replicates, len(spec.tracks), shape[1])
    if not isinstance(y, torch.Tensor):
        raise _fault(spec, f"a {type(y).__name__} for {subject}, expected a tensor")
    if tuple(y.shape) != expected:
        raise _fault(
            spec,
            f"outputs of shape {tuple(y.shape)} for {subject}, expected {expected}: {rows}, replicates, tracks, bins",
        )
    if not y.is_floating_point():
        raise _fault(spec, f"outputs of type {y.dtype} for {subject}, expected floating-point numbers")
    return y


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _fault(spec: PredictorSpec, returned: str) -> ConfigError:
    return ConfigError(f"predictor {spec.name} gave {returned}", registry.who_corrects(spec.name))

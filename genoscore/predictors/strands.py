"""Run a network on one strand or on both."""

from __future__ import annotations

import torch

from genoscore.core.encode import reverse_complement
from genoscore.predictors.base import Predictor, StrandedPredictor
from genoscore.predictors.outputs import checked_outputs


def predict_on(strand: str, predictor: Predictor, x: torch.Tensor) -> torch.Tensor:
    """Outputs (B, R, T, N) in the direction of x (B, 4, L).

    Args:
        strand: `forward`; `reverse`: the other strand, with outputs reversed to match `x`; `both`: the mean of the two.

    Raises:
        ConfigError: the outputs are not what the predictor's spec promises; see `checked_outputs`.
    """
    if strand == "forward":
        return checked_outputs(predictor.predict(x), x, predictor.spec)
    if strand == "both" and isinstance(predictor, StrandedPredictor):
        return checked_outputs(predictor.predict_both(x), x, predictor.spec)
    backward = predict_on("forward", predictor, reverse_complement(x)).flip(-1)
    return backward if strand == "reverse" else (predict_on("forward", predictor, x) + backward) / 2

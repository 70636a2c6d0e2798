"""A network on one strand or on both."""

from __future__ import annotations

import torch

from genoscore.core.encode import reverse_complement
from genoscore.predictors.base import Predictor, StrandedPredictor


def predict_on(strand: str, predictor: Predictor, x: torch.Tensor) -> torch.Tensor:
    """Outputs (B, R, T, N) in the direction of x (B, 4, L).

    Args:
        strand: `forward`; `reverse`: the other strand is read and the outputs turned back; `both`: the mean of the two.
    """
    if strand == "forward":
        return predictor.predict(x)
    if strand == "both" and isinstance(predictor, StrandedPredictor):
        return predictor.predict_both(x)
    backward = predictor.predict(reverse_complement(x)).flip(-1)
    return backward if strand == "reverse" else (predictor.predict(x) + backward) / 2

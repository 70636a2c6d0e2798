"""Which precision a run computes in."""

from __future__ import annotations

from genoscore.predictors.base import PredictorSpec, Screening


def screening_of(spec: PredictorSpec, precision: str) -> Screening | None:
    """`auto` lets a predictor's quick approximation go first; what it leaves in doubt is computed in fp32."""
    return spec.screening if precision == "auto" else None


def computed_in(spec: PredictorSpec, precision: str) -> str:
    """What the output's header says: `auto` is plain fp32 for a predictor that has nothing to screen with."""
    return "fp32" if precision == "auto" and spec.screening is None else precision

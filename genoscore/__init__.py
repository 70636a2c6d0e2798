"""genoscore: what variants do to splicing and gene expression.

`score_vcf(RunConfig(...))` is the Python way to the main job; `load_predictor(name).predict(x)` runs a network,
`predict_sequences(PredictConfig(...))` a network over the sequences of a FASTA, `explain(ExplainConfig(...))` shows
what moves a score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genoscore._version import __version__

__all__ = [
    "ExplainConfig", "PredictConfig", "RunConfig", "Variant", "__version__", "explain", "load_predictor",
    "make_background", "predict_sequences", "score_vcf",
]  # fmt: skip

if TYPE_CHECKING:
    from genoscore.api import load_predictor, make_background, score_vcf
    from genoscore.config import PredictConfig, RunConfig
    from genoscore.explaining.config import ExplainConfig
    from genoscore.explaining.run import explain
    from genoscore.predicting import predict_sequences
    from genoscore.variants import Variant

_HOMES = {
    "ExplainConfig": "genoscore.explaining.config",
    "PredictConfig": "genoscore.config",
    "RunConfig": "genoscore.config",
    "Variant": "genoscore.variants",
    "explain": "genoscore.explaining.run",
    "load_predictor": "genoscore.api",
    "make_background": "genoscore.api",
    "predict_sequences": "genoscore.predicting",
    "score_vcf": "genoscore.api",
}


def __getattr__(name: str) -> Any:
    """Public names, imported when first asked for, so that `import genoscore` costs nothing."""
    import importlib

    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'genoscore' has no attribute {name!r}")

"""genoscore: what variants do to splicing, gene expression and chromatin.

`Scorer(name, reference=...)` scores frames of variants, with the files and networks loaded once (docs/python.md).
`score_vcf(RunConfig(...))` does the same for a VCF; `load_predictor(name).predict(x)` runs a network,
`predict_sequences(PredictConfig(...))` a network over the sequences of a FASTA, `evaluate_table(EvaluateConfig(...))`
compares scores with measurements, `explain(ExplainConfig(...))` draws what moves a score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genoscore._version import __version__

__all__ = [
    "EvaluateConfig", "ExplainConfig", "PredictConfig", "RunConfig", "Scorer", "Variant", "__version__",
    "evaluate_table", "explain", "load_predictor", "make_background", "predict_sequences", "score_vcf",
]  # fmt: skip

if TYPE_CHECKING:
    from genoscore.core.config import PredictConfig, RunConfig
    from genoscore.core.variants import Variant
    from genoscore.evaluation.config import EvaluateConfig
    from genoscore.evaluation.evaluating import evaluate_table
    from genoscore.explaining.config import ExplainConfig
    from genoscore.explaining.run import explain
    from genoscore.interactive.scorer import Scorer
    from genoscore.scoring.backgrounds import make_background
    from genoscore.scoring.loading import load_predictor
    from genoscore.scoring.run import score_vcf
    from genoscore.scoring.sequences import predict_sequences

_HOMES = {
    "EvaluateConfig": "genoscore.evaluation.config",
    "ExplainConfig": "genoscore.explaining.config",
    "PredictConfig": "genoscore.core.config",
    "RunConfig": "genoscore.core.config",
    "Scorer": "genoscore.interactive.scorer",
    "Variant": "genoscore.core.variants",
    "evaluate_table": "genoscore.evaluation.evaluating",
    "explain": "genoscore.explaining.run",
    "load_predictor": "genoscore.scoring.loading",
    "make_background": "genoscore.scoring.backgrounds",
    "predict_sequences": "genoscore.scoring.sequences",
    "score_vcf": "genoscore.scoring.run",
}


def __getattr__(name: str) -> Any:
    """Public names, imported when first asked for, so that `import genoscore` costs nothing."""
    import importlib

    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'genoscore' has no attribute {name!r}")

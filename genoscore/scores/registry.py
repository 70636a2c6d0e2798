"""Which scorer reads a family's outputs; imported only when asked for."""

from __future__ import annotations

import importlib

from genoscore.config import RunConfig
from genoscore.predictors.base import PredictorSpec
from genoscore.scores.base import Scorer

SCORERS = {
    "splicing": "genoscore.scores.splicing:SplicingScorer",
    "tissue_splicing": "genoscore.scores.tissue_splicing:TissueSplicingScorer",
}


def make_scorer(spec: PredictorSpec, config: RunConfig) -> Scorer:
    """The scorer of the predictor's family, set up for a run."""
    module, _, attribute = SCORERS[spec.family].partition(":")
    scorer: Scorer = getattr(importlib.import_module(module), attribute).for_run(spec, config)
    return scorer

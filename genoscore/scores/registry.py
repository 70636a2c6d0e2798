"""Which scorer reads a family's outputs, imported only when needed; entry points `genoscore.scorers`."""

from __future__ import annotations

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.core.plugins import SCORER, import_row, load_plugin, plugin_names, plugin_troubles
from genoscore.predictors.base import PredictorSpec
from genoscore.scores.base import Scorer

SCORERS = {
    "activity": "genoscore.scores.activity:ActivityScorer",
    "chromatin": "genoscore.scores.chromatin:ChromatinScorer",
    "expression": "genoscore.scores.expression:ExpressionScorer",
    "signal": "genoscore.scores.expression:SignalScorer",
    "splicing": "genoscore.scores.splicing:SplicingScorer",
    "tissue_splicing": "genoscore.scores.tissue_splicing:TissueSplicingScorer",
}


def make_scorer(spec: PredictorSpec, config: RunConfig) -> Scorer:
    """The scorer of the predictor's family, set up for a run.

    Raises:
        ConfigError: there is no scorer, or a plug-in's scorer fails to import or lacks an attribute of Scorer.
    """
    row = SCORERS.get(spec.family)
    kind = import_row(row) if row else load_plugin(SCORER, spec.family)
    if kind is None:
        known = ", ".join([*SCORERS, *plugin_names(SCORER, SCORERS)])
        raise ConfigError(
            f"predictor {spec.name}: no scorer for its family {spec.family!r}", f"known families: {known}"
        )
    scorer: Scorer = kind.for_run(spec, config)
    missing = [name for name in Scorer.__annotations__ if not hasattr(scorer, name)]
    if missing:
        raise ConfigError(
            f"the scorer of family {spec.family!r} has no {', '.join(missing)}",
            "derive its class from genoscore.scores.base.Scorer, which has defaults",
        )
    if scorer.untrained != spec.untrained:
        raise ConfigError(
            f"the scorer of family {spec.family!r} does not say that the weights of {spec.name} are random",
            "set its `untrained` to that of the spec",
        )
    return scorer


def scorer_troubles() -> dict[str, str]:
    """Family -> why the scorer that another distribution offers for it cannot be used."""
    return plugin_troubles(SCORER, SCORERS)

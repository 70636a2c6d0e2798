"""Runs `genoscore background`: the distribution of the scores of many variants."""

from __future__ import annotations

from dataclasses import replace

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.engine.summary import RunSummary
from genoscore.predictors import registry
from genoscore.scoring.observers import Observer
from genoscore.scoring.run import score_into


def make_background(config: RunConfig, observer: Observer | None = None) -> RunSummary:
    """Score a VCF and write the distribution of its scores as the only output: see `scores.background`.

    Raises:
        GenoscoreError: as `score_vcf`; the predictor's scores have bands of their own, or no ALT was scored.
    """
    if len(config.predictor) != 1 or len(config.output) != 1 or config.background:
        raise ConfigError("a background is for one predictor, in one file", "give one -p, one -o and no --background")
    if config.min_score is not None or config.min_band is not None or config.keep_existing or config.precomputed:
        raise ConfigError(
            "a background counts every variant, large or small, as this run scores it",
            "leave out min_score, min_band, keep_existing and precomputed",
        )
    (spec,) = (predictor.spec for predictor in registry.resolve(config).values())
    if "background" not in spec.heeds:
        raise ConfigError(f"{spec.name} needs no background: its scores have bands of their own", "leave it out")
    from genoscore.outputs.background import BackgroundWriter

    return score_into(replace(config, consequences=False), BackgroundWriter, observer)

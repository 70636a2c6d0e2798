"""A predictor for use from Python, without a VCF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from genoscore.core.config import RunConfig
from genoscore.predictors import registry

if TYPE_CHECKING:
    from genoscore.predictors.base import Predictor


def load_predictor(name: str, weights: str | Path | None = None, **options: Any) -> Predictor:
    """A predictor for use from Python.

    Args:
        name: as in `genoscore models list`.
        weights: folder of its weights, instead of the installed ones.
        options: `device`, `precision`, `threads`, `distance`, ... as in RunConfig.

    Raises:
        ConfigError, WeightsError: unknown name, missing weights.
    """
    from genoscore.predictors.device import choose_threads

    folders = {name: Path(weights)} if weights is not None else {}
    config = RunConfig(input="-", reference=Path("-"), predictor=(name,), weights=folders, **options)
    predictor = registry.resolve(config)[name]
    choose_threads(config.threads)
    return predictor.load(config)

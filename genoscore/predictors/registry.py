"""Names to predictors. A row is `module:object`, imported only when it is asked for."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

from genoscore.config import RunConfig
from genoscore.errors import ConfigError
from genoscore.plugins import PREDICTOR, import_row, load_plugin, plugin_names, plugin_troubles
from genoscore.predictors.base import ModelCard, Predictor, PredictorSpec

if TYPE_CHECKING:
    from pathlib import Path

_BUILT_IN = {
    "openspliceai": "genoscore.predictors.openspliceai:OPENSPLICEAI",
    "pangolin": "genoscore.predictors.pangolin:PANGOLIN",
    "sei": "genoscore.predictors.sei:SEI",
    "spliceai": "genoscore.predictors.spliceai:SPLICEAI",
}


class PredictorEntry(Protocol):
    """What a registry row points at. Only `load` may import torch."""

    card: ModelCard

    def spec(self, config: RunConfig) -> PredictorSpec:
        """The spec resolved for a run; raises ConfigError where the run asks for what the predictor lacks."""
        ...

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """File name -> path of the weights, installed or under `--weights`; raises WeightsError."""
        ...

    def load(self, config: RunConfig) -> Predictor:
        """The network with its weights, on the run's device; raises WeightsError."""
        ...


def names() -> list[str]:
    """Every predictor, those of other distributions (entry points `genoscore.predictors`) included."""
    return sorted([*_BUILT_IN, *plugin_names(PREDICTOR, _BUILT_IN)])


def is_built_in(name: str) -> bool:
    """Whether genoscore brings it itself."""
    return name in _BUILT_IN


def troubles() -> dict[str, str]:
    """Name -> why the predictor that another distribution offers under it cannot be used."""
    return plugin_troubles(PREDICTOR, _BUILT_IN)


def check_use(config: RunConfig) -> None:
    """With `commercial`, refuse predictors whose weights are not known to allow commercial use.

    Raises:
        ConfigError: which one, and which others do allow it; or an unknown name.
    """
    if not config.commercial:
        return
    for name in config.predictor:
        card = get(name).card
        licence = card.licence or "no licence stated"
        if not card.commercial:
            raise ConfigError(
                f"--commercial: the weights of {name} ({licence}) do not allow commercial use",
                f"these do: {', '.join(_commercial()) or 'none'}",
            )


def _commercial() -> list[str]:
    allowed = []
    for name in names():
        with contextlib.suppress(ConfigError):  # a plug-in that cannot be imported
            allowed += [name] if get(name).card.commercial else []
    return allowed


def get(name: str) -> PredictorEntry:
    """The entry of a predictor.

    Raises:
        ConfigError: unknown name, or a plug-in that fails to import.
    """
    row = _BUILT_IN.get(name)
    entry: PredictorEntry | None = import_row(row) if row else load_plugin(PREDICTOR, name)
    if entry is None:
        raise ConfigError(f"predictor {name!r} is unknown", "known: " + ", ".join(names()))
    return entry

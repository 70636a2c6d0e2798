"""Names to predictors. A row is `module:object`, imported only when it is asked for."""

from __future__ import annotations

import contextlib
from dataclasses import fields
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


_SPECIAL = ("tracks", "head", "strand", "shifts", "centre", "background", "untrained")
_DEFAULTS = {one.name: one.default for one in fields(RunConfig)}


def check_use(config: RunConfig) -> None:
    """Refuse options that none of the predictors heeds, and with `commercial` weights that are not known to allow it.

    Raises:
        ConfigError: which option; which predictor, and which others do allow it; or an unknown name.
    """
    asked = [name for name in _SPECIAL if getattr(config, name) != _DEFAULTS[name]]
    heeded = {option for name in config.predictor for option in get(name).spec(config).heeds} if asked else set()
    for option in asked:
        if option not in heeded:
            raise ConfigError(f"--{option} means nothing to {', '.join(config.predictor)}", "leave it out")
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

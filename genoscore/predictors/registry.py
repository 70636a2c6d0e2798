"""Predictors by name. A row is `module:object`, imported only when it is needed."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.core.options.option import SCORE
from genoscore.core.options.table import options_of
from genoscore.core.plugins import PREDICTOR, import_row, load_plugin, plugin_names, plugin_owner, plugin_troubles
from genoscore.core.suggestions import known_names
from genoscore.predictors.base import Predictor, PredictorSpec
from genoscore.predictors.custom.folder import add_model, added_names, added_troubles, load_added
from genoscore.predictors.custom.manifest import Manifest, find_manifest, read_manifest
from genoscore.predictors.track_table import Track
from genoscore.weights.card import ModelCard

_BUILT_IN = {
    "enformer": "genoscore.predictors.enformer.entry:ENFORMER",
    "openspliceai": "genoscore.predictors.splicing.openspliceai:OPENSPLICEAI",
    "pangolin": "genoscore.predictors.splicing.pangolin:PANGOLIN",
    "regulatory": "genoscore.predictors.regulatory.predictor:REGULATORY",
    "sei": "genoscore.predictors.sei.predictor:SEI",
    "spliceai": "genoscore.predictors.splicing.spliceai:SPLICEAI",
}


class PredictorEntry(Protocol):
    """What a registry row points at. Only `load` may import torch."""

    @property
    def card(self) -> ModelCard:
        """Facts about the model."""
        ...

    def spec(self, config: RunConfig) -> PredictorSpec:
        """The spec resolved for a run; raises ConfigError if the run requests something that the predictor lacks."""
        ...

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """File name -> path of the weights, installed or given with `--weights`; raises WeightsError."""
        ...

    def load(self, config: RunConfig, spec: PredictorSpec) -> Predictor:
        """The network with its weights, on the run's device, for the `spec` of the same run; raises WeightsError."""
        ...


@dataclass(frozen=True, slots=True)
class ResolvedPredictor:
    """A predictor as one run uses it.

    Attributes:
        spec: resolved once for the run, which uses this one throughout.
    """

    entry: PredictorEntry
    spec: PredictorSpec

    def load(self, config: RunConfig) -> Predictor:
        """The network with its weights; see PredictorEntry."""
        return self.entry.load(config, self.spec)


@runtime_checkable
class TracksEntry(PredictorEntry, Protocol):
    """An entry whose tracks depend on a head or on a table beside the weights, or have more than names."""

    def tracks(self, given: Path | None, head: str | None) -> tuple[Track, ...]:
        """All tracks of a head (None: the default one), whether or not a run chose them.

        Args:
            given: path from `--weights`; the table may lie beside it.

        Raises:
            ConfigError: there is no such head.
            WeightsError, InputError: the number of tracks or their table cannot be read.
        """
        ...


def names() -> list[str]:
    """Every predictor, including custom models and those of plug-ins (entry points `genoscore.predictors`)."""
    return sorted({*_BUILT_IN, *plugin_names(PREDICTOR, _BUILT_IN), *added_names()})


def is_built_in(name: str) -> bool:
    """Whether the predictor is part of genoscore."""
    return name in _BUILT_IN


def offered_by(name: str) -> str:
    """genoscore, or the name and version of the distribution that provides a predictor; '' for neither."""
    return "genoscore" if is_built_in(name) else plugin_owner(PREDICTOR, name)


def who_corrects(name: str) -> str:
    """Who must correct a predictor that does not do what its spec promises, as a hint for error messages."""
    if is_built_in(name):
        return "this is a bug in genoscore: please report it"
    if owner := offered_by(name):
        return f"this is a bug in {owner}: please report it to its authors"
    if name in added_names():
        return "correct the network of the custom model, or its manifest"
    return "correct the predictor"


def troubles() -> dict[str, str]:
    """Name -> why a custom model, or the predictor that another distribution provides, cannot be used."""
    reasons = plugin_troubles(PREDICTOR, _BUILT_IN) | added_troubles()
    for name in {*_BUILT_IN} & {*added_names()}:
        reasons[name] = f"custom model {name} is ignored: genoscore has a predictor of that name; {_other_name(name)}"
    return reasons


def add_custom(path: Path, force: bool = False) -> Manifest:
    """Add a model with a manifest as a predictor; see `add_model`.

    Raises:
        ConfigError: another predictor has its name, or the manifest is invalid.
        InputError, WeightsError: see `add_model`.
    """
    name = read_manifest(find_manifest(path)).name
    if name in _BUILT_IN or name in plugin_names(PREDICTOR, _BUILT_IN):
        raise ConfigError(f"{path}: {name} is the name of another predictor", "give the model another name")
    return add_model(path, force)


def _other_name(name: str) -> str:
    return f"run: genoscore models remove {name}, and add it under another name"


_PREDICTOR_OPTIONS = tuple(option.name for option in options_of(SCORE).values() if option.heeded)


def resolve(config: RunConfig) -> dict[str, ResolvedPredictor]:
    """The predictors of a run, in the order of `-p`, each with its spec.

    Raises:
        ConfigError: an unknown name; a predictor does not support what the run requests; no predictor uses one of the
            options; with `commercial`, weights that are not known to allow commercial use.
        WeightsError, InputError: files that a spec depends on cannot be read.
    """
    _check_licences(config)
    resolved = {}
    for name in config.predictor:
        entry = get(name)
        resolved[name] = ResolvedPredictor(entry, entry.spec(config))
    _check_options(config, resolved)
    return resolved


def _check_options(config: RunConfig, resolved: Mapping[str, ResolvedPredictor]) -> None:
    supported = {option for predictor in resolved.values() for option in predictor.spec.heeds}
    for option in config.changed(name for name in _PREDICTOR_OPTIONS if name not in config.origins):
        if option not in supported:
            flag = options_of(SCORE)[option].flag
            raise ConfigError(f"{flag} is not supported by {', '.join(config.predictor)}", "leave it out")
    if len(config.masks) > 1 and "mask" not in supported and "mask" not in config.origins:
        raise ConfigError(f"-m {config.mask}: {', '.join(config.predictor)} has no second mask", "leave it out")
    if config.compat and not any(predictor.spec.peer for predictor in resolved.values()):
        listed = ", ".join(config.predictor)
        whose = f"none of {listed} has a" if len(config.predictor) > 1 else f"{listed} has no"
        raise ConfigError(f"--compat: {whose} peer tool to reproduce", "leave it out")


def _check_licences(config: RunConfig) -> None:
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
        ConfigError: the name is unknown, a plug-in fails to import, or a custom model is damaged.
    """
    row = _BUILT_IN.get(name)
    entry: PredictorEntry | None = import_row(row) if row else load_plugin(PREDICTOR, name)
    if entry is not None and not row and name in added_names():
        raise ConfigError(f"predictor {name} is provided by both a plug-in and a custom model", _other_name(name))
    entry = entry or load_added(name)
    if entry is None:
        raise ConfigError(f"predictor {name!r} is unknown", known_names(name, names(), "known"))
    return entry


def tracks_of(name: str, given: Path | None = None, head: str | None = None) -> tuple[Track, ...]:
    """All tracks of a predictor, of one head if it has several; those of its spec if it has no further information.

    Raises:
        ConfigError, WeightsError, InputError: an unknown name or head; see TracksEntry.
    """
    entry = get(name)
    if isinstance(entry, TracksEntry):
        return entry.tracks(given, head)
    if head is not None:
        raise ConfigError(f"--head {head!r}: {name} has only one head", "leave it out")
    weights = {} if given is None else {name: given}
    spec = entry.spec(RunConfig("-", Path("-"), predictor=(name,), weights=weights))
    return tuple(Track(index, track, "") for index, track in enumerate(spec.tracks))

"""The options of a Scorer: those of a run that do not concern its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.core.suggestions import known_names

# Options of a run that concern its files, or select records from them.
_OF_FILES = frozenset(
    {
        "input", "output", "region", "regions_file", "min_score", "min_band", "keep_existing", "summary", "resume",
        "strict", "command", "protect", "origins",
    }
)  # fmt: skip
OPTIONS = tuple(field.name for field in fields(RunConfig) if field.name not in _OF_FILES)


def weights_of(weights: str | Path | Mapping[str, str | Path] | None, names: Sequence[str]) -> dict[str, Path]:
    if weights is None or isinstance(weights, Mapping):
        return {name: Path(path) for name, path in (weights or {}).items()}
    if len(names) != 1:
        raise ConfigError(
            "weights= is a single folder, but there are several predictors", "give a dictionary: predictor to folder"
        )
    return {names[0]: Path(weights)}


def checked(options: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in options:
        if name in _OF_FILES:
            raise ConfigError(
                f"{name}= concerns a run's files or records, which a Scorer does not have", "leave it out"
            )
        if name not in OPTIONS:
            raise ConfigError(f"{name}= is not an option", known_names(name, sorted(OPTIONS), "known options"))
    return options

"""Objects named in text as `module:object`, and those that other distributions offer by entry points.

Nothing is imported before it is requested. A plug-in that cannot be imported is an error only if it is requested.
"""

from __future__ import annotations

import importlib
from collections.abc import Container
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from traceback import walk_tb
from typing import Any

from genoscore.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Kind:
    """What may be plugged in.

    Attributes:
        noun: what messages call it.
        group: of the entry points.
        needs: attributes that the object must have.
    """

    noun: str
    group: str
    needs: tuple[str, ...]


PREDICTOR = Kind("predictor", "genoscore.predictors", ("card", "spec", "find_weights", "load"))
SCORER = Kind("scorer", "genoscore.scorers", ("for_run", "score", "unsettled"))
GENE_MODELS = Kind("gene-model reader", "genoscore.gene_models", ("kept", "matches", "read"))
WRITER = Kind("writer", "genoscore.writers", ("write", "prepare", "commit", "discard"))


def import_row(row: str) -> Any:
    """The object that `module:object` names."""
    module, _, attribute = row.partition(":")
    return getattr(importlib.import_module(module), attribute)


def plugin_names(kind: Kind, built_in: Container[str]) -> list[str]:
    """Names that other distributions offer, sorted, without those of genoscore itself."""
    return [name for name in _offered(kind) if name not in built_in]


def _offered(kind: Kind) -> list[str]:
    return sorted({point.name for point in entry_points(group=kind.group)})


def plugin_owner(kind: Kind, name: str) -> str:
    """Name and version of the distribution that offers it, or of all that do; '' if none does."""
    return " and ".join(sorted(map(_owner, entry_points(group=kind.group, name=name))))


def load_plugin(kind: Kind, name: str) -> Any:
    """What a distribution offers under a name; None if none does.

    Raises:
        ConfigError: it cannot be imported, is something else, or several distributions offer it.
    """
    points = list(entry_points(group=kind.group, name=name))
    if len(points) > 1:
        raise ConfigError(f"{kind.noun} {name} is offered by {plugin_owner(kind, name)}", "uninstall one of them")
    return _load(kind, points[0]) if points else None


def plugin_troubles(kind: Kind, built_in: Container[str]) -> dict[str, str]:
    """Name -> why the plug-in of that name cannot be used, in plain words. Imports every plug-in."""
    troubles = {}
    for name in _offered(kind):
        try:
            if name in built_in:
                owners = plugin_owner(kind, name)
                troubles[name] = f"{kind.noun} {name} of {owners} is ignored: genoscore has a built-in one of that name"
            else:
                load_plugin(kind, name)
        except ConfigError as error:
            troubles[name] = error.one_line()
    return troubles


def plugin_at_fault(error: BaseException) -> str:
    """The innermost plug-in on an error's traceback, with its distribution; '' if there is none."""
    kinds = (PREDICTOR, SCORER, GENE_MODELS, WRITER)
    points = [(kind, point) for kind in kinds for point in entry_points(group=kind.group)]
    for frame, _ in reversed([*walk_tb(error.__traceback__)]):
        module = str(frame.f_globals.get("__name__", ""))
        for kind, point in points:
            if point.module == module:
                return f"{kind.noun} {point.name} of {_owner(point)}"
        for _, point in points:
            if point.module.partition(".")[0] == module.partition(".")[0] != __name__.partition(".")[0]:
                return f"the plug-in {_owner(point)}"
    return ""


def _load(kind: Kind, point: EntryPoint) -> Any:
    title = f"{kind.noun} {point.name} of {_owner(point)}"
    try:
        plugin = point.load()
    except (Exception, SystemExit) as error:  # a plug-in may fail in any way
        why = f"{type(error).__name__}: {error}"
        raise ConfigError(f"{title} cannot be imported ({why})", "fix or uninstall that distribution") from error
    missing = [attribute for attribute in kind.needs if not hasattr(plugin, attribute)]
    if missing:
        raise ConfigError(
            f"{title} is not a {kind.noun}: {point.value} has no {', '.join(missing)}", "fix its entry point"
        )
    return plugin


def _owner(point: EntryPoint) -> str:
    """The distribution's name and version."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value

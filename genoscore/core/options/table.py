"""All options, and which of them a command takes.

An option is a field of a config and a row here; the command line, TOML files, the environment, `config show`, docs and
man pages follow from the row.
"""

from __future__ import annotations

from functools import cache

from genoscore.core.options.further import FURTHER
from genoscore.core.options.option import Option, Panel
from genoscore.core.options.running import RUNNING
from genoscore.core.options.scoring import SCORING

OPTIONS: tuple[Option, ...] = tuple(
    sorted((*SCORING, *FURTHER, *RUNNING), key=lambda option: [*Panel].index(option.panel))
)


@cache
def options_of(command: str) -> dict[str, Option]:
    """Name -> option, of one command, by panels."""
    return {option.name: option for option in OPTIONS if command in option.commands}


def keys() -> list[str]:
    """Keys of TOML files, for all commands together."""
    return sorted({option.name for option in OPTIONS if option.in_files})


def rows_named(name: str) -> tuple[Option, ...]:
    """The rows of all commands that take an option of this name."""
    return tuple(option for option in OPTIONS if option.name == name)

"""Where the values of options come from: command line, TOML files, environment.

In order of precedence: flags, the file of `--config`, the environment, the user file, defaults.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from genoscore.core.errors import ConfigError
from genoscore.core.option_group import whole_numbers
from genoscore.core.options.option import COMMANDS, SCORE, Option
from genoscore.core.options.table import keys, options_of, rows_named
from genoscore.core.suggestions import did_you_mean
from genoscore.core.toml_file import Kind, TomlFile

COMMAND_LINE = "command line"
USER_FILE = "GENOSCORE_CONFIG"  # the variable that names another user file, or, if empty, none
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and where it comes from, in words.

    Attributes:
        shown: whether the recorded command shows it: it was given on the command line, or in the file of `--config`.
    """

    value: Any
    origin: str
    shown: bool


def user_file() -> Path | None:
    """The file of options that every run reads: the one that GENOSCORE_CONFIG names, else `config.toml` in the user's
    configuration folder of this platform; None if there is none.

    Raises:
        ConfigError: the named file does not exist.
    """
    named = os.environ.get(USER_FILE)
    if named is not None:
        path = Path(named).expanduser()
        if named and not path.is_file():
            hint = f"correct it, or set {USER_FILE}= to use none"
            raise ConfigError(f"{USER_FILE} names {named}, which is not a file", hint)
        return path if named else None
    path = default_user_file()
    return path if path.is_file() else None


def default_user_file() -> Path:
    """The path of the user file unless GENOSCORE_CONFIG names another; it may not exist."""
    from platformdirs import user_config_path

    return user_config_path("genoscore", appauthor=False) / "config.toml"


def read_toml(path: Path, command: str = SCORE) -> dict[str, Any]:
    """Options of a command from a TOML file, as keyword arguments of its config.

    Keys are the long option names, with `-` or `_`; lists may be given as one string. Options of other commands are
    ignored. A table named after a command, `[explain]`, holds options of that command alone, and takes precedence.

    Raises:
        ConfigError: the file cannot be read, or holds an unknown key or a value of the wrong kind.
    """
    return _values(TomlFile.read(path, "config"), command)


def collect(command: str, flags: Mapping[str, Any], config_file: Path | None) -> dict[str, Setting]:
    """Option -> setting, for all options of a command that are set anywhere.

    Args:
        flags: options given on the command line.
        config_file: the file of `--config`.

    Raises:
        ConfigError: see `read_toml`; a variable with a value that its option does not allow.
    """
    settings: dict[str, Setting] = {}
    if (path := user_file()) is not None:
        settings |= {name: Setting(value, str(path), False) for name, value in _user_values(path, command).items()}
    for option in options_of(command).values():
        if option.environment and os.environ.get(option.environment):
            settings[option.name] = Setting(_from_environment(option), option.environment, False)
    if config_file is not None:
        values = read_toml(config_file, command)
        settings |= {name: Setting(value, str(config_file), True) for name, value in values.items()}
    return settings | {name: Setting(value, COMMAND_LINE, True) for name, value in flags.items()}


def _values(file: TomlFile, command: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    sections = {key: value for key, value in file.values.items() if key in COMMANDS and isinstance(value, dict)}
    top = {key: value for key, value in file.values.items() if key not in sections}
    for section, table in {"": top, **sections}.items():
        spellings: dict[str, str] = {}
        for key, value in table.items():
            other = spellings.setdefault(key.replace("-", "_"), key)
            place = f"[{section}]: " if section else ""
            file.check(other == key, f"{place}{other} and {key} are the same option", "leave one of them out")
            option = _option(file, key, value, section, command)
            if option is not None and section in ("", command):
                values[option.name] = _converted(option, value)
    return values


def _option(file: TomlFile, key: str, value: Any, section: str, command: str) -> Option | None:
    """The option that a key sets for a command, or, in another command's table, for that one; None: none."""
    name, label = key.replace("-", "_"), f"[{section}] {key}" if section else key
    mine = options_of(section or command).get(name)
    rows = [row for row in ([mine] if mine else [] if section else rows_named(name)) if row.in_files]
    if not rows:
        known = [other for other in keys() if not section or other in options_of(section)]
        place = f"[{section}]: " if section else ""
        hint = did_you_mean(name, known) or "known keys: " + ", ".join(known)
        raise file.error(f"{place}unknown key {key!r}", hint)
    if not any(row.kind.accepts(value) for row in rows):
        file.check_kind(label, value, rows[0].kind)
    return mine


def _user_values(path: Path, command: str) -> dict[str, Any]:
    file = TomlFile.read(path, "user file")
    values = _values(file, command)
    sections = {key: value for key, value in file.values.items() if key in COMMANDS and isinstance(value, dict)}
    for key in (*(key for key in file.values if key not in sections), *chain(*sections.values())):
        if not any(row.of_a_user for row in rows_named(key.replace("-", "_"))):
            hint = "give it on the command line, or in a file for --config"
            raise file.error(f"{key} belongs to a single run", hint)
    return {name: _expanded(value) for name, value in values.items()}


def _converted(option: Option, value: Any) -> Any:
    """From TOML's types to those of configs."""
    match option.kind:
        case Kind.NUMBERS:
            return whole_numbers(option, value)
        case Kind.TEXTS:
            return (value,) if isinstance(value, str) else tuple(value)
        case Kind.LABELS:
            return value if isinstance(value, str) else tuple(value)
        case Kind.PATH:
            return Path(value)
        case Kind.PATHS:
            return {name: Path(path) for name, path in value.items()}
        case _:
            return value


def _from_environment(option: Option) -> Any:
    text = os.environ[option.environment]
    if option.kind is Kind.FLAG:
        if text.lower() not in (*_TRUE, *_FALSE):
            raise ConfigError(f"{option.environment} is {text!r}", "give 1 or 0")
        return text.lower() in _TRUE
    try:
        option.check(text)
    except ConfigError as error:
        raise ConfigError(f"{option.environment}: {error}", error.hint) from None
    return _expanded(_converted(option, text))


def _expanded(value: Any) -> Any:
    """`~` is the home folder: no shell has expanded it here."""
    if isinstance(value, dict):
        return {name: _expanded(path) for name, path in value.items()}
    if isinstance(value, Path):
        return value.expanduser()
    return os.path.expanduser(value) if isinstance(value, str) and value.startswith("~") else value

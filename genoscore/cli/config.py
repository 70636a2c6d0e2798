"""`genoscore config show`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from genoscore.cli.defaults import CONFIGS, default_value, default_words, plain
from genoscore.cli.errors import guarded
from genoscore.cli.help import PanelCommand, WholeGroup
from genoscore.cli.options import Verbose
from genoscore.core.errors import ConfigError
from genoscore.core.options.option import SCORE, TRAIN, Option
from genoscore.core.options.table import options_of
from genoscore.core.settings import USER_FILE, Setting, collect, default_user_file, user_file
from genoscore.core.suggestions import known_names

config = typer.Typer(
    help="Options from files and the environment.", no_args_is_help=True, rich_markup_mode=None, cls=WholeGroup
)
_COMMANDS = tuple(name for name in CONFIGS if name != TRAIN)


@config.callback()
def _group() -> None:
    """Options from files and the environment."""


@config.command(cls=PanelCommand)
@guarded
def show(
    command: Annotated[
        str, typer.Argument(metavar="COMMAND", help=f"One of {', '.join(_COMMANDS)}.", show_default=False)
    ] = SCORE,
    config_file: Annotated[
        Path | None, typer.Option("--config", metavar="FILE.toml", help="The --config file of that command.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    verbose: Verbose = False,
) -> None:
    """List every option of a command (default: score), with its value and where it comes from."""
    if command not in _COMMANDS:
        raise ConfigError(
            f"config show: {command!r} is not a command with options", known_names(command, _COMMANDS, "give one of")
        )
    settings = collect(command, {}, config_file)
    options = [option for option in options_of(command).values() if option.in_files]
    file = user_file()
    if as_json:
        rows = [_row(command, option, settings.get(option.name)) for option in options]
        print(json.dumps({"command": command, "user_file": str(file) if file else None, "options": rows}, indent=2))
        return
    lines = [_line(command, option, settings.get(option.name)) for option in options]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())
    print(f"user file: {file or f'none; it would be {default_user_file()}, or the file named by {USER_FILE}'}")


def _row(command: str, option: Option, setting: Setting | None) -> dict[str, Any]:
    value = setting.value if setting else default_value(command, option)
    return {"option": option.name, "value": _json(value), "from": _origin(option, setting)}


def _line(command: str, option: Option, setting: Setting | None) -> tuple[str, str, str]:
    value = setting.value if setting else default_value(command, option)
    if value in (None, (), {}):
        text = plain(default_words(command, option)) or "-"
    elif isinstance(value, tuple):
        text = ",".join(map(str, value))
    elif isinstance(value, dict):
        text = ",".join(f"{name}={path}" for name, path in value.items())
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    return option.name, text, _origin(option, setting)


def _origin(option: Option, setting: Setting | None) -> str:
    return setting.origin if setting else "required" if option.required else "default"


def _json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: str(path) for name, path in value.items()}
    return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path) else value

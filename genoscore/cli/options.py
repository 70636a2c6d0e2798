"""From the table of options to the parameters of typer's commands."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from genoscore.cli.call import Call
from genoscore.cli.defaults import default_words, plain
from genoscore.cli.errors import guarded
from genoscore.core.errors import ConfigError
from genoscore.core.options.option import SCORE, Option
from genoscore.core.options.table import options_of
from genoscore.core.toml_file import Kind
from genoscore.predictors import registry

_TYPES: dict[Kind, Any] = {
    Kind.WHOLE: int | None, Kind.NUMBER: float | None, Kind.FLAG: bool | None, Kind.PATH: Path | None,
    Kind.TEXTS: list[str] | None, Kind.PATHS: list[str] | None,
}  # fmt: skip
_OWN = ("config", "quiet", "verbose", "log_file")  # of the program rather than of a run


def takes_options(command: str) -> Callable[[Callable[[Call], None]], Callable[..., None]]:
    """Turn a function of a Call into a typer command with the options that the table lists for it."""
    rows = options_of(command)
    signature = inspect.Signature(
        [
            inspect.Parameter(
                name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=_annotation(command, option)
            )
            for name, option in sorted(rows.items(), key=lambda row: not row[1].positional)
        ]
    )

    def decorate(function: Callable[[Call], None]) -> Callable[..., None]:
        def run(*arguments: Any, **options: Any) -> None:
            bound = signature.bind(*arguments, **options).arguments
            function(_call(command, {name: value for name, value in bound.items() if value is not None}))

        run.__name__ = run.__qualname__ = function.__name__
        run.__doc__, run.__module__ = function.__doc__, function.__module__
        run.__signature__ = signature  # type: ignore[attr-defined]
        run.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
        return guarded(run)

    return decorate


def _call(command: str, options: Mapping[str, Any]) -> Call:
    rows = options_of(command)
    flags = {
        name: parse_weights(value) if rows[name].kind is Kind.PATHS else value
        for name, value in options.items()
        if name not in _OWN
    }
    switches = bool(options.get("quiet")), bool(options.get("verbose"))
    return Call(command, flags, options.get("config"), *switches, options.get("log_file"))


def _annotation(command: str, option: Option) -> Any:
    kind: Any = bool if option.name in ("quiet", "verbose") else _TYPES.get(option.kind, str | None)
    return Annotated[kind, declaration(option, command)]


def declaration(option: Option, command: str) -> Any:
    """The declaration of an option for typer."""
    texts: dict[str, Any] = {
        "help": help_text(option, command), "show_default": False, "autocompletion": _completion(option),
        "rich_help_panel": option.panel.value if command in option.commands else None,
    }  # fmt: skip
    if option.kind is not Kind.FLAG:
        texts["metavar"] = option.metavar or "|".join(option.choices) or option.name.replace("_", " ").upper()
    if option.positional:
        return typer.Argument(**texts)
    long = f"{option.flag}/{option.off}" if option.off else option.flag
    return typer.Option(*filter(None, (option.short, long)), **texts)


def help_text(option: Option, command: str) -> str:
    """The option's line of `--help`."""
    default = plain(default_words(command, option))
    after = [f"env: {option.environment}"] if option.environment else []
    after += ["required"] if option.required else [f"default: {default}"] if default else []
    repeated = " May be repeated." if option.repeatable else ""
    return plain(option.help) + repeated + (f" [{'; '.join(after)}]" if after else "")


def _completion(option: Option) -> Callable[[str], list[str]] | None:
    """The values that a shell completes."""
    if option.name == "predictor":
        return lambda incomplete: [name for name in registry.names() if name.startswith(incomplete)]
    if option.choices:
        return lambda incomplete: _choices(option, incomplete)
    return None


def _choices(option: Option, incomplete: str) -> list[str]:
    """The choices that begin so; after a comma, those not yet named."""
    before, comma, last = incomplete.rpartition(",") if option.up_to > 1 else ("", "", incomplete)
    named = before.split(",")
    return [before + comma + choice for choice in option.choices if choice.startswith(last) and choice not in named]


# For the commands of `models`, which have only these options and a few of their own.
_MODELS = "models"
Weights = Annotated[list[str] | None, declaration(options_of(SCORE)["weights"], _MODELS)]
Quiet = Annotated[bool, declaration(options_of(SCORE)["quiet"], _MODELS)]
Verbose = Annotated[bool, declaration(options_of(SCORE)["verbose"], _MODELS)]


def parse_weights(pairs: list[str] | None) -> dict[str, Path]:
    """`NAME=PATH` options to a dictionary.

    Raises:
        ConfigError: no `=`.
    """
    paths = {}
    for pair in pairs or ():
        name, equals, path = pair.partition("=")
        if not (name and equals and path):
            raise ConfigError(f"--weights {pair!r} is not NAME=PATH", "for example --weights spliceai=models/")
        paths[name] = Path(path)
    return paths


def weights_of(name: str, pairs: list[str] | None) -> Path | None:
    """The path for the one predictor that a command is about; None if none is given.

    Raises:
        ConfigError: no `=`, or another predictor's name.
    """
    folders = parse_weights(pairs)
    if folders.keys() - {name}:
        raise ConfigError(f"--weights names {', '.join(folders.keys() - {name})}, not {name}", f"give {name}=PATH")
    return folders.get(name)

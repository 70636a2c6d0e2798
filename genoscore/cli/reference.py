"""The `--help` of every command as data, for docs/options.md and the man pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer

from genoscore.cli.app import app
from genoscore.cli.help import summary, under_headings


@dataclass(frozen=True, slots=True)
class Entry:
    """An option or argument.

    Attributes:
        flags: such as `-d`, `--distance`; for an argument, its metavar.
        metavar: of an option's value; '' for a flag.
        heading: under which `--help` lists it.
    """

    flags: tuple[str, ...]
    metavar: str
    heading: str
    help: str


@dataclass(frozen=True, slots=True)
class CommandPage:
    """A command.

    Attributes:
        name: including its groups, such as `genoscore models list`.
        usage: what follows the name.
        paragraphs: of the description; the first is the summary.
        commands: for a group, name -> summary.
    """

    name: str
    usage: str
    paragraphs: tuple[str, ...]
    entries: tuple[Entry, ...]
    commands: dict[str, str]
    examples: tuple[str, ...]


def command_pages() -> list[CommandPage]:
    """Every command, the program itself first."""
    program: Any = typer.main.get_command(app)
    return [_page(command, name, context) for command, name, context in _walk(program, "genoscore", None)]


def _walk(command: Any, name: str, parent: Any) -> Iterator[tuple[Any, str, Any]]:
    context = command.make_context(name.split()[-1], [], parent=parent, resilient_parsing=True)
    yield command, name, context
    for child in getattr(command, "commands", {}).values():
        if not child.hidden:
            yield from _walk(child, f"{name} {child.name}", context)


def _page(command: Any, name: str, context: Any) -> CommandPage:
    return CommandPage(
        name,
        " ".join(command.collect_usage_pieces(context)).replace("{", "").replace("}", ""),
        tuple(" ".join(part.split()) for part in (command.help or "").split("\n\n") if part.strip()),
        tuple(_entry(heading, parameter) for heading, parameter in under_headings(command.get_params(context))),
        {child.name: summary(child) for child in getattr(command, "commands", {}).values() if not child.hidden},
        tuple((command.epilog or "").splitlines()),
    )


def _entry(heading: str, parameter: Any) -> Entry:
    metavar = parameter.metavar or parameter.name.replace("_", " ").upper()
    if parameter.param_type_name == "argument":
        return Entry((metavar,), "", heading, parameter.help or "")
    flags = (*parameter.opts, *parameter.secondary_opts)
    return Entry(flags, "" if parameter.is_flag else metavar, heading, parameter.help or "")

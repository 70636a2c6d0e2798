"""Format of `--help`: options under headings, examples, and the full summary of every command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from typer.core import TyperCommand, TyperGroup

from genoscore.cli.errors import EXIT_ERROR, complain
from genoscore.cli.terminal import escaped_streams
from genoscore.core.errors import OutputError
from genoscore.core.options.option import Panel


class PanelCommand(TyperCommand):
    """A command whose options are listed under their headings; its epilog is one example per line."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write a section for each heading."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for heading, parameter in under_headings(self.get_params(ctx)):
            if parameter.param_type_name == "argument":
                record = (parameter.metavar or parameter.name.upper(), parameter.help or "")
            else:
                record = parameter.get_help_record(ctx)
            sections.setdefault(heading, []).append(record)
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples, one per line."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in self.epilog.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


class WholeGroup(TyperGroup):
    """A group that lists the full summary of every command, without truncation."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the program; it succeeds only if all of its standard output was written."""
        try:
            with escaped_streams():
                return super().main(*arguments, **options)
        except OutputError as error:
            complain(error.one_line())
        except BrokenPipeError:  # the reader of standard output has gone
            pass
        sys.exit(EXIT_ERROR)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a section of commands."""
        names = self.list_commands(ctx)
        commands = [
            (name, command) for name in names if (command := self.get_command(ctx, name)) and not command.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(command)) for name, command in commands])


def summary(command: Any) -> str:
    """The first paragraph of a command's help."""
    return " ".join((command.help or "").split("\n\n")[0].split())


def under_headings(parameters: Sequence[Any]) -> list[tuple[str, Any]]:
    """Parameters with their headings; those without one, such as `--help`, go under the last one."""
    headings = [getattr(parameter, "rich_help_panel", None) for parameter in parameters]
    last = Panel.RUN.value if any(headings) else "Options"
    return [(heading or last, parameter) for heading, parameter in zip(headings, parameters, strict=True)]

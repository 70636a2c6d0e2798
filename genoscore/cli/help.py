"""How `--help` looks: options under headings, examples, and the whole summary of every command."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

_LAST = "Run"  # where the options stand that say nothing of a heading: --help


class PanelCommand(TyperCommand):
    """A command whose options stand under the headings that they name; its epilog is lines of examples."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """A section for each heading."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                sections.setdefault(getattr(parameter, "rich_help_panel", None) or _LAST, []).append(record)
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Examples, a line each."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in self.epilog.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


class WholeGroup(TyperGroup):
    """A group that lists the whole summary of every command, not as much as a line holds."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """A section of commands."""
        names = self.list_commands(ctx)
        commands = [
            (name, command) for name in names if (command := self.get_command(ctx, name)) and not command.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(command)) for name, command in commands])


def summary(command: Any) -> str:
    """The first paragraph of a command's help."""
    return " ".join((command.help or "").split("\n\n")[0].split())

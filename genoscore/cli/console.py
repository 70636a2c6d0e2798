"""rich's console for tables, bars and lines, on the program's own streams."""

from __future__ import annotations

import os
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

from genoscore.cli.terminal import ControlStream, EscapedStream
from genoscore.core.printable import one_line, printable

_SIZE_DIGITS = 4


class TerminalConsole(Console):
    """A console that prints names literally, without rich's markup (`[red]`), and escapes unprintable characters.

    Args:
        stderr: print on standard error.
        options: passed on to rich's console.
    """

    def __init__(self, stderr: bool = False, **options: Any) -> None:
        stream: Any = sys.stderr if stderr else sys.stdout
        file: Any = ControlStream(stream) if isinstance(stream, EscapedStream) else stream
        options.setdefault("_environ", _environment())
        super().__init__(file=file, highlight=False, markup=False, emoji=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Escape text as rich renders it, in cells and titles of tables too."""
        return super().render_str(printable(text), **options)

    def on_broken_pipe(self) -> None:
        """Let the program handle a closed pipe; rich would exit."""
        raise BrokenPipeError


def _environment() -> dict[str, str]:
    """The environment for rich, without sizes of the terminal that no terminal has: it trusts any digits."""
    sizes = {name for name in ("COLUMNS", "LINES") if len(os.environ.get(name, "")) > _SIZE_DIGITS}
    return {name: value for name, value in os.environ.items() if name not in sizes}


def say(console: Console, line: str) -> None:
    """Print one line without wrapping it; line ends in the names that it quotes become spaces."""
    console.print(one_line(line), soft_wrap=True)

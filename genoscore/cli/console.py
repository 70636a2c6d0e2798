"""rich's console for tables, bars and lines, on the program's own streams."""

from __future__ import annotations

import os
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

from genoscore.cli.terminal import ControlStream, TextStream
from genoscore.core.printable import one_line, printable

_SIZE_DIGITS = 4


class TerminalConsole(Console):
    """A console that prints names as they are, without rich's markup (`[red]`), and escapes what cannot be seen.

    Args:
        stderr: print on standard error.
        options: of rich's console.
    """

    def __init__(self, stderr: bool = False, **options: Any) -> None:
        stream: Any = sys.stderr if stderr else sys.stdout
        file: Any = ControlStream(stream) if isinstance(stream, TextStream) else stream
        options.setdefault("_environ", _environment())
        super().__init__(file=file, highlight=False, markup=False, emoji=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """A text as rich prints it, also in cells and titles of tables."""
        return super().render_str(printable(text), **options)

    def on_broken_pipe(self) -> None:
        """Leave it to the program what to do without a reader; rich would end the process."""
        raise BrokenPipeError


def _environment() -> dict[str, str]:
    """The environment for rich, without sizes of the terminal that no terminal has: it trusts any digits."""
    sizes = {name for name in ("COLUMNS", "LINES") if len(os.environ.get(name, "")) > _SIZE_DIGITS}
    return {name: value for name, value in os.environ.items() if name not in sizes}


def say(console: Console, line: str) -> None:
    """Print one line, however long; what it quotes cannot make it two."""
    console.print(one_line(line), soft_wrap=True)

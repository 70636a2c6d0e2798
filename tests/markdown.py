"""The fenced blocks of a Markdown page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(r"^## (.+)$")


@dataclass(frozen=True)
class Fence:
    """A fenced block: the `##` heading above it, its language, its text, and the line it begins at."""

    heading: str
    language: str
    text: str
    line: int


def fences(text: str) -> Iterator[Fence]:
    """The fenced blocks of a page, in order."""
    heading, language, begun, lines = "", "", 0, []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            if begun:
                yield Fence(heading, language, "\n".join(lines) + "\n", begun)
                begun = 0
            else:
                language, begun, lines = line[3:].strip(), number, []
        elif begun:
            lines.append(line)
        elif match := _HEADING.match(line):
            heading = match[1]
    assert not begun, f"the fence at line {begun} is not closed"

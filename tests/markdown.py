"""The fenced blocks, the links and the anchors of a Markdown page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.conftest import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "test_data" / "README.md"])

_HEADING = re.compile(r"^## (.+)$")
_ANY_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$")
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_LINKS = (
    re.compile(r"\[[^\[\]]*\]\(\s*<?([^)\s>]*)>?(?:\s+['\"][^)]*)?\s*\)"),  # [text](target), ![image](target)
    re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)>?"),  # [label]: target
    re.compile(r"<(https?:[^>\s]*)>"),
    re.compile(r"<(?:a|img)\s[^>]*(?:href|src)=\"([^\"]*)\""),
)


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


def _prose(text: str) -> Iterator[str]:
    """The lines outside of fences."""
    inside = False
    for line in text.splitlines():
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            yield line


def links(text: str) -> list[str]:
    """The targets of a page's links and images, in order; none from code.

    >>> links("[a](b.md#c) `[d](e)` [f]( <https://g.org> ) ![h](i.png 'j')")
    ['b.md#c', 'https://g.org', 'i.png']
    """
    found: list[str] = []
    for line in _prose(text):
        rest = _CODE.sub("code", line)
        for pattern in _LINKS:
            found += pattern.findall(rest)
            rest = pattern.sub("", rest)
    return found


def anchors(text: str) -> list[str]:
    """The anchors that GitHub makes of a page's headings, in order.

    >>> anchors("# One `-a` (b)\\n## Two\\n## Two")
    ['one--a-b', 'two', 'two-1']
    """
    made: list[str] = []
    before: Counter[str] = Counter()
    for line in _prose(text):
        if heading := _ANY_HEADING.match(line):
            shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1])
            slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
            made.append(f"{slug}-{before[slug]}" if before[slug] else slug)
            before[slug] += 1
    return made

"""Text from files and names made safe for a terminal: unprintable characters are escaped.

A contig, gene or file name may hold escape sequences that move the cursor or rename the window (CWE-150), characters
that reverse the direction of a line, and bytes that are not UTF-8. They are shown as Python would write them in a
string: `\\x1b`, `\\u202e`.
"""

from __future__ import annotations

import re
from urllib.parse import quote

_SPECIAL = re.compile(r"[^ -~]")  # all but printable ASCII; some of these are printable too
_SPACE = re.compile(r"[ \t\n]+")
_SURROGATE = 0xDC00  # what surrogateescape adds to a byte that is not UTF-8
_LONGEST, _LAST = 8_000, 2_000  # characters of a line, and of its end (the remedy), which stays if it is cut


def printable(text: str, kept: str = "\t\n") -> str:
    """Text with control, formatting and unassigned characters escaped, and all spaces but ASCII's.

    Args:
        kept: characters that are left as they are.

    >>> print(printable("chr1\\x1b[31m\\u202e\\udcff"), printable("a\\nb", kept=""))
    chr1\\x1b[31m\\u202e\\xff a\\nb
    """
    if text.isprintable():
        return text
    return _SPECIAL.sub(lambda match: _shown(match[0], kept), text)


def one_line(text: str) -> str:
    r"""`printable` text on one line; line ends become spaces. A very long line is cut in its middle.

    >>> one_line("a\n  b\x1b"), len(one_line("a" * 100_000))
    ('a b\\x1b', 8000)
    """
    line = _SPACE.sub(" ", printable(text)).strip()
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - _LAST - 5]} ... {line[-_LAST:]}"


def percent_encoded(text: str) -> str:
    r"""Text for a header line of a VCF: unprintable characters, line ends included, are percent-encoded.

    >>> percent_encoded("a\nb \u2028\udcff")
    'a%0Ab %E2%80%A8%FF'
    """
    if text.isprintable():
        return text
    return _SPECIAL.sub(lambda match: match[0] if match[0].isprintable() else _bytes_of(match[0]), text)


def _bytes_of(character: str) -> str:
    return quote(character, safe="", errors="surrogateescape")


def _shown(character: str, kept: str) -> str:
    if character.isprintable() or character in kept:
        return character
    code = ord(character)
    if 0x80 <= code - _SURROGATE <= 0xFF:
        return f"\\x{code - _SURROGATE:02x}"
    return character.encode("unicode_escape").decode("ascii")

"""Numbers written as text in files, options and names: bounded, so that no text is too long to be read as one.

Python's own `int` accepts digits of every script and underscores, refuses more than 4,300 digits with an error of its
own, and gives integers that no other library can hold; `float` makes infinity of a number that is too large.
"""

from __future__ import annotations

import math
import re

LARGEST = 2**63 - 1  # of a signed 64-bit integer, which every library and format can hold
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")


def whole_number(text: str, low: int = 0, high: int = LARGEST) -> int | None:
    """The whole number that a text spells in ASCII digits; None if it spells none, or one outside [low, high].

    >>> whole_number("12"), whole_number("-3"), whole_number("-3", low=-5), whole_number("9" * 5000)
    (12, None, -3, None)
    """
    if not _WHOLE.fullmatch(text):
        return None
    number = int(text)
    return number if low <= number <= high else None


def finite_number(text: str) -> float | None:
    """The number that a text spells; None if it spells none, NaN, infinity or a number too large for a float.

    >>> finite_number("-1.5e3"), finite_number("1e999"), finite_number("nan"), finite_number("1_0")
    (-1500.0, None, None, None)
    """
    if "_" in text or not text.isascii():
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None

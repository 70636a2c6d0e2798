"""Numbers written as text in files, options and names, within bounds.

Python's own `int` accepts underscores and digits of every script, refuses more than 4,300 digits with an error of its
own, and returns integers too large for other libraries; `float` turns a number that is too large into infinity.
"""

from __future__ import annotations

import math
import re

LARGEST = 2**63 - 1  # of a signed 64-bit integer, which every library and format can hold
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_DIGITS = 18  # of a coordinate or a place in a file, at most
POS_DIGITS = 10  # of a POS, which is a 32-bit integer, at most


def whole_number(text: str, low: int = 0, high: int = LARGEST) -> int | None:
    """A whole number in ASCII digits; None if the text is not one, or is one outside [low, high].

    >>> whole_number("12"), whole_number("-3"), whole_number("-3", low=-5), whole_number("9" * 5000)
    (12, None, -3, None)
    """
    if not _WHOLE.fullmatch(text):
        return None
    number = int(text)
    return number if low <= number <= high else None


def unsigned_number(text: str, digits: int = _DIGITS) -> int | None:
    """A whole number without a sign, of at most `digits` ASCII digits; None if the text is not one.

    >>> unsigned_number("007"), unsigned_number("+7"), unsigned_number(""), unsigned_number("1" * 11, digits=10)
    (7, None, None, None)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def finite_number(text: str) -> float | None:
    """A decimal number; None if the text is not one, or is NaN, infinite or too large for a float.

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

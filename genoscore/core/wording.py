"""Counts and lists in the words of messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MOST_LISTED = 8


def counted(count: int, noun: str) -> str:
    """A number and its noun.

    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listed(names: Sequence[str], most: int = MOST_LISTED) -> str:
    """The first `most` names, and how many others there are; an empty name is shown as `nothing`.

    >>> listed(["a", "", "c"], 2)
    'a, nothing and 1 other'
    """
    shown = ", ".join(name or "nothing" for name in names[:most])
    others = len(names) - most
    return shown + (f" and {counted(others, 'other')}" if others > 0 else "")


def tallied(counts: Iterable[tuple[str, int]], most: int = MOST_LISTED) -> str:
    """Names with their counts, as in `listed`.

    >>> tallied([("LOF", 3), ("", 1)])
    'LOF 3, nothing 1'
    """
    return listed([f"{name or 'nothing'} {count:,}" for name, count in counts], most)

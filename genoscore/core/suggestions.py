"""Suggests the known name that was probably meant by an unknown one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`did you mean 'distance'?`; '' if no known name resembles it.

    >>> did_you_mean("distanze", ["distance", "device"])
    "did you mean 'distance'?"
    >>> did_you_mean("nonsense", ["distance", "device"])
    ''
    """
    matches = get_close_matches(name.lower(), list(known), n=1)
    return f"did you mean {matches[0]!r}?" if matches else ""


def known_names(name: str, known: Iterable[str], label: str) -> str:
    """The remedy for an unknown name: the known names, and the one that was probably meant.

    >>> known_names("tracs", ["name", "tracks"], "known keys")
    "known keys: name, tracks; did you mean 'tracks'?"
    """
    names = list(known)
    return "; ".join(filter(None, (f"{label}: {', '.join(names)}", did_you_mean(name, names))))

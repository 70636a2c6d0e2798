"""Pipes, sockets and devices: opening a pipe may block forever, and reading a device may never end."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISFIFO, "a pipe (FIFO)"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_NULL = "/dev/null"


def special_kind(path: str | Path) -> str:
    """The kind of a special file, in words; '' for a regular file or a folder, or if it cannot be inspected.

    A symbolic link counts as what it points to.
    """
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):  # opening it will say why
        return ""
    return next((words for is_kind, words in _KINDS if is_kind(mode)), "")


def is_endless(path: str | Path) -> bool:
    """Whether a path is a device other than a terminal or /dev/null: one such as /dev/zero never ends."""
    if special_kind(path) != "a device" or os.path.realpath(path) == _NULL:
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return not os.isatty(descriptor)
    finally:
        os.close(descriptor)

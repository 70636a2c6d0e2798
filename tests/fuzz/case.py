"""What a case is."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """One run of the program on damaged files.

    Attributes:
        files: name -> contents, in the folder in which the program runs.
        before: the same, for files that the run may remove or change.
        arguments: of the command line.
        outputs: files that appear if the run succeeds.
        kept: files that the run may leave behind even if it fails: indexes that it makes for later runs.
        stdin: the file that standard input reads; '' for none.
        optional: files that may appear if the run succeeds.
        check: from the folder of a run that succeeded to its violations, a line each.
        stdout_check: the same, from the folder and standard output.
    """

    files: dict[str, bytes]
    arguments: list[str]
    outputs: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    before: dict[str, bytes] = field(default_factory=dict)
    stdin: str = ""
    optional: frozenset[str] = frozenset()
    check: Callable[[Path], list[str]] = field(default=lambda _: [])
    stdout_check: Callable[[Path, bytes], list[str]] = field(default=lambda *_: [])


MakeCase = Callable[[random.Random], Case]


def rng_of(kind: str, seed: int, number: int) -> random.Random:
    """The source of everything random in a case."""
    return random.Random(f"{kind} {seed} {number}")

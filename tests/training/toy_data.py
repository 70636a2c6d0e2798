"""A training table, motifs and a network small enough for plain Python to follow."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

from genoscore.core.encode import PLAIN
from genoscore.networks.regulatory_config import RegulatoryConfig
from genoscore.training.fitting import FitObserver
from genoscore.training.table import MeasuredSequences

LENGTH = 16
OTHER = str.maketrans("ACGTN", "TGCAN")
LEFT, RIGHT = "ACCA", "TTG"
NETWORK = RegulatoryConfig(
    length=LENGTH, filters=6, filter_width=5, pool=2, token_size=2, channels=8, width=3, blocks=1, layers=1, heads=2,
    queries=1, hidden=8, dropout=0.1, motif_width=5, directions=6,
)  # fmt: skip


def random_insert(rng: random.Random, length: int = LENGTH) -> str:
    return "".join(rng.choice("ACGT") for _ in range(length))


def value_of(insert: str) -> float:
    """The toy rule: G and C less A and T, the same on both strands."""
    return (sum(base in "GC" for base in insert) - len(insert) / 2) / 2


def write_rows(path: Path, rows: list[tuple[str, str, str, float]]) -> Path:
    """Track, element, sequence, value."""
    lines = ["cell\telement\tsequence\tactivity"]
    lines += ["\t".join([track, element, sequence, str(value)]) for track, element, sequence, value in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def motif_text(name: str, consensus: str) -> str:
    rows = [f"{base} [ {' '.join('97' if base == one else '1' for one in consensus)} ]" for base in "ACGT"]
    return "\n".join([f">{name}", *rows])


def write_motifs(path: Path, consensus: list[str]) -> Path:
    path.write_text("# some\n" + "\n".join(motif_text(f"M{at}", one) for at, one in enumerate(consensus)) + "\n")
    return path


GOOD = "ACGTACGTACGTACGT"


def table_of(inserts: list[str], groups: list[int]) -> MeasuredSequences:
    codes = PLAIN[np.frombuffer("".join(inserts).encode(), np.uint8)].reshape(len(inserts), -1)
    count = len(inserts)
    return MeasuredSequences("t", "", [""] * count, codes, np.arange(count) * 1.0, np.zeros(count, np.int64), ["x"],
                 np.array(groups), 0)  # fmt: skip


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


class StopAfter(FitObserver):
    """Ctrl-C in the middle of an epoch."""

    def __init__(self, after: int) -> None:
        self._left = after

    def step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise KeyboardInterrupt

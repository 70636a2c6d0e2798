"""Sei's windows on a stretch: which of them edits share, where alternatives differ, and means over their views.

A view is one strand of a window at one shift.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.core.edits import Edit
from genoscore.core.encode import TABLES, one_hot, reverse_complement
from genoscore.core.windows import Stretch, alt_sequence, ref_window
from genoscore.predictors.base import PredictorSpec

_MOST_ALTERNATIVES = 64  # computed together
_POSITIONS = 16_384  # of the first layer, over all alternatives computed together
_HALO = 64  # positions around a change that the first layers compute
_FEW = 16  # bases by which a change is widened so that both strands are computed together
_DENSE_ROWS = 64  # windows per call of the dense layers, whose weights are then read only once


@dataclass(frozen=True, slots=True)
class SharedWindow:
    """A reference window at one shift, and the alternate windows derived from it.

    Attributes:
        sequence: forward. rows: indices of its edits. changed: for each edit, the bases [first, last) of the alternate
            window that differ from the reference, and their sequence.
    """

    sequence: str
    rows: list[int]
    changed: list[tuple[int, int, str]]

    def piece(self, at: int, first: int, last: int) -> str:
        """Bases [first, last) of the `at`-th alternate window; they must include all that differ."""
        begin, end, text = self.changed[at]
        return self.sequence[first:begin] + text + self.sequence[end:last]


@dataclass(frozen=True, slots=True)
class View:
    """A strand, `+` or `-`, of a shared window."""

    window: SharedWindow
    strand: str


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Alternatives from one or more views that are computed together.

    Attributes:
        views: index of each alternative's view. rows: index of its edit.
        x: one-hot (A, 4, W) of the view's bases from `first` on; there are no differences outside.
    """

    views: list[int]
    rows: list[int]
    x: torch.Tensor
    first: int


def encode_views(views: Sequence[View], spec: PredictorSpec) -> torch.Tensor:
    """One-hot (B, 4, L) of the reference."""
    return _encoded([view.window.sequence for view in views], [view.strand for view in views], spec)


def batches(views: Sequence[View], spec: PredictorSpec, most: int | None) -> Iterator[Alternatives]:
    """Alternatives that change the same bases, at most `most` (None: as many as fit in memory) together."""
    groups: dict[tuple[int, int], list[tuple[int, int, str]]] = {}
    for place, view in enumerate(views):
        length = len(view.window.sequence)
        for at, (begin, end, _) in enumerate(view.window.changed):
            first, last = _mirrored(begin, end, length)
            text = view.window.piece(at, first, last)
            if view.strand == "-":
                first, last = length - last, length - first
            groups.setdefault((first, last), []).append((place, view.window.rows[at], text))
    for (first, last), members in sorted(groups.items()):
        size = most or max(1, min(_MOST_ALTERNATIVES, _POSITIONS // (last - first + _HALO)))
        for start in range(0, len(members), size):
            places, rows, texts = zip(*members[start : start + size], strict=True)
            x = _encoded(texts, [views[place].strand for place in places], spec)
            yield Alternatives(list(places), list(rows), x, first)


def _mirrored(first: int, last: int, length: int) -> tuple[int, int]:
    """The bases, widened to be the same on both strands if that adds only a few."""
    if first == last:
        return first, last
    begin, end = min(first, length - last), max(last, length - first)
    return (begin, end) if end - begin - (last - first) <= _FEW else (first, last)


def _encoded(sequences: Sequence[str], strands: Sequence[str], spec: PredictorSpec) -> torch.Tensor:
    x = one_hot(sequences, spec.n_fill, TABLES[spec.iupac])
    backward = torch.tensor([strand == "-" for strand in strands])
    return torch.where(backward[:, None, None], reverse_complement(x), x)


def shared_windows(stretch: Stretch, edits: Sequence[Edit], spec: PredictorSpec) -> list[SharedWindow]:
    """The windows that edits on a stretch need, each once, from left to right."""
    by_start: dict[int, SharedWindow] = {}
    for shift in spec.shifts:
        for row, edit in enumerate(edits):
            start, end = ref_window(edit, spec, shift)
            window = by_start.setdefault(start, SharedWindow(stretch.cut(start, end), [], []))
            window.rows.append(row)
            window.changed.append(difference(window.sequence, alt_sequence(stretch, edit, spec, shift)))
    return [by_start[start] for start in sorted(by_start)]


def difference(ref: str, alt: str) -> tuple[int, int, str]:
    """The bases [first, last) in which two windows of the same length differ, and the second one's sequence there.

    >>> difference("ACGTA", "ACCTA"), difference("ACGTA", "ACGTA")
    ((2, 3, 'C'), (5, 5, ''))
    """
    places = np.flatnonzero(_bytes(ref) != _bytes(alt))
    if not len(places):
        return len(ref), len(ref), ""
    first, last = int(places[0]), int(places[-1]) + 1
    return first, last, alt[first:last]


def _bytes(sequence: str) -> NDArray[np.uint8]:
    return np.frombuffer(sequence.encode("latin-1", "replace"), dtype=np.uint8)


class Means:
    """Probabilities of every edit's windows, averaged over their views.

    Args:
        profiles: spline features (B, F) to probabilities (B, T).
        computed: called with the number of edits completed since the last call.
    """

    def __init__(
        self,
        spec: PredictorSpec,
        n_edits: int,
        profiles: Callable[[torch.Tensor], torch.Tensor],
        device: torch.device,
        computed: Callable[[float], None],
    ) -> None:
        self.strands = "+-" if spec.strand == "both" else "+"
        self._part = 1 / (len(self.strands) * len(spec.shifts))
        self._profiles, self._computed = profiles, computed
        self._sums = torch.zeros((2, n_edits, len(spec.tracks)), device=device)
        self._features: list[torch.Tensor] = []
        self._places: list[tuple[int, list[int]]] = []  # 0: reference, 1: alternative; edits

    def add_references(self, features: torch.Tensor, views: Sequence[View]) -> None:
        """Views of windows of the reference, (B, F)."""
        self._add(features, [(0, view.window.rows) for view in views])

    def add_alternatives(self, features: torch.Tensor, rows: list[int]) -> None:
        """Views of alternate windows, (A, F), one per edit."""
        self._add(features, [(1, [row]) for row in rows])

    def result(self) -> tuple[torch.Tensor, torch.Tensor]:
        """ref and alt, (E, 1, T, 1) each."""
        self._flush()
        ref, alt = self._sums[:, :, None, :, None]
        return ref, alt

    def _add(self, features: torch.Tensor, places: list[tuple[int, list[int]]]) -> None:
        self._features.append(features)
        self._places += places
        if len(self._places) >= _DENSE_ROWS:
            self._flush()

    def _flush(self) -> None:
        if not self._places:
            return
        probabilities = self._profiles(torch.cat(self._features)) * self._part
        for (side, rows), row_probabilities in zip(self._places, probabilities, strict=True):
            self._sums[side, rows] += row_probabilities
        self._computed(sum(side for side, _ in self._places) * self._part)
        self._features, self._places = [], []

"""Folds of a table's rows; rows that belong together are in the same fold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genoscore.core.encode import UNKNOWN, Codes, reverse_complement_codes
from genoscore.core.errors import InputError
from genoscore.training.config import NO_FOLD, DataConfig
from genoscore.training.table import MeasuredSequences

LEAST_FITTED, LEAST_HELD_OUT = 10, 3  # rows of a track
_WORD = 32  # bases in 64 bits


class _Sets:
    """Rows that belong together (union-find)."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def find(self, row: int) -> int:
        above = self._above
        while above[row] != row:
            above[row] = above[above[row]]
            row = above[row]
        return row

    def join(self, row: int, other: int) -> None:
        self._above[self.find(row)] = self.find(other)


def assign_folds(table: MeasuredSequences, config: DataConfig) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(N,) folds, 0 to `folds` - 1, and (N,) numbers of the sets of rows that belong together.

    Sets are distributed at random and evenly over the folds, independently of the training seed, so that the test fold
    stays unseen.

    Raises:
        InputError: fewer sets than folds.
    """
    sets = _Sets(len(table.ids))
    if 0 < config.shared <= table.codes.shape[1]:
        for row, firsts in enumerate(_first_rows(table.codes, config.shared)):
            if (firsts != row).any():
                for first in dict.fromkeys(firsts.tolist()):
                    sets.join(row, first)
    first_of: dict[int, int] = {}
    for row, group in enumerate(table.groups.tolist()):
        sets.join(row, first_of.setdefault(group, row))
    roots = np.array([sets.find(row) for row in range(len(table.ids))])
    distinct, number = np.unique(roots, return_inverse=True)
    if len(distinct) < config.folds:
        raise InputError(
            f"table {table.name} has {len(distinct)} sets of rows that must stay together, but folds is {config.folds}",
            "give more rows, or fewer folds",
            path=str(config.table),
        )
    place = np.empty(len(distinct), np.int64)
    place[np.random.default_rng(0).permutation(len(distinct))] = np.arange(len(distinct))
    folds: NDArray[np.int64] = (place % config.folds)[number]
    return folds, number.astype(np.int64)


def rows_to_fit(folds: NDArray[np.int64], config: DataConfig) -> NDArray[np.int64]:
    """Rows of all folds except the held-out ones."""
    return np.flatnonzero((folds != config.test_fold) & (folds != config.validation_fold))


def check_folds(table: MeasuredSequences, config: DataConfig, folds: NDArray[np.int64]) -> None:
    """Refuse folds that cannot be fitted or measured.

    Raises:
        InputError: a track has too few rows, or all its values are equal.
    """
    fitted = rows_to_fit(folds, config)
    parts = {"to fit": (fitted, LEAST_FITTED)}
    for name, fold in (("in the test fold", config.test_fold), ("in the validation fold", config.validation_fold)):
        if fold != NO_FOLD:
            parts[name] = (np.flatnonzero(folds == fold), LEAST_HELD_OUT)
    for index, track in enumerate(table.track_names):
        for part, (rows, least) in parts.items():
            count = int((table.tracks[rows] == index).sum())
            if count < least:
                raise InputError(
                    f"table {table.name}: track {track!r} has {count} rows {part}, but {least} are needed",
                    "give more rows, leave the track out, or change the folds",
                    path=str(config.table),
                )
        if np.ptp(table.values[fitted][table.tracks[fitted] == index]) == 0:
            why = f"table {table.name}: all values of track {track!r} to fit are equal"
            raise InputError(why, "leave it out", path=str(config.table))


def _first_rows(codes: Codes, size: int) -> NDArray[np.int64]:
    """(N, L - size + 1): for every stretch, the first row that contains it on either strand; with an N, its own row."""
    forward = _numbers(codes, size)
    other = _numbers(reverse_complement_codes(codes), size)[:, :, ::-1]
    swap = (forward[0] > other[0]) | ((forward[0] == other[0]) & (forward[1] > other[1]))
    high, low = (np.where(swap, other[word], forward[word]).ravel() for word in (0, 1))
    shape = forward.shape[1:]
    rows = np.repeat(np.arange(shape[0]), shape[1])
    unknown = np.lib.stride_tricks.sliding_window_view(codes == UNKNOWN, size, axis=1).any(axis=2).ravel()
    own = np.where(unknown, rows + 1, 0)  # a stretch with an N matches nothing in another row
    order = np.lexsort((rows, low, high, own))
    differs = [np.diff(key[order]) != 0 for key in (own, high, low)]
    begins = np.append(True, differs[0] | differs[1] | differs[2])
    firsts = np.empty(len(rows), np.int64)
    firsts[order] = rows[order][begins][np.cumsum(begins) - 1]
    return firsts.reshape(shape)


def _numbers(codes: Codes, size: int) -> NDArray[np.uint64]:
    """(2, N, L - size + 1): every stretch as a number of two words, two bits per base; N counts as A."""
    bits = np.where(codes == UNKNOWN, 0, codes).astype(np.uint64)
    count = codes.shape[1] - size + 1
    words = np.zeros((2, len(codes), count), np.uint64)
    for at in range(size):
        word = words[0 if at < size - _WORD else 1]
        word <<= np.uint64(2)
        word |= bits[:, at : at + count]
    return words

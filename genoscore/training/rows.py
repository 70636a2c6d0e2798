"""Which rows of the table are fitted, watched (for validation) and held out, and the targets of the networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genoscore.training.config import TrainConfig
from genoscore.training.folds import assign_folds, check_folds, rows_to_fit
from genoscore.training.table import MeasuredSequences, read_table


@dataclass(frozen=True, slots=True)
class Rows:
    """What networks are fitted to.

    Attributes:
        folds: (N,). sets: (N,) numbers of the sets of rows that stay in one fold.
        fitted, watched, held_out: rows to fit, of the validation fold and of the test fold.
        means, deviations: (T,) of the values to fit.
        targets: (N,) float32, values in standard deviations from their track's mean, mixed with their group's mean.
    """

    table: MeasuredSequences
    folds: NDArray[np.int64]
    sets: NDArray[np.int64]
    fitted: NDArray[np.int64]
    watched: NDArray[np.int64]
    held_out: NDArray[np.int64]
    means: NDArray[np.float32]
    deviations: NDArray[np.float32]
    targets: NDArray[np.float32]

    def described(self) -> str:
        """A one-line summary."""
        table = self.table
        text = f"{len(table.ids):,} rows of {', '.join(table.track_names)}: {len(self.fitted):,} to fit, "
        text += f"{len(self.watched):,} for validation, {len(self.held_out):,} held out"
        return text + (f"; {table.missing:,} without a value left out" if table.missing else "")


def read_rows(config: TrainConfig) -> Rows:
    """Read the table, divide it, and standardize its values by track.

    Raises:
        InputError: see `read_table`, `assign_folds` and `check_folds`.
    """
    table = read_table(config.data, config.network.length)
    folds, sets = assign_folds(table, config.data)
    check_folds(table, config.data, folds)
    fitted, values, tracks = rows_to_fit(folds, config.data), table.values, table.tracks
    inside = [fitted[tracks[fitted] == track] for track in range(len(table.track_names))]
    means = np.array([values[rows].mean() for rows in inside])
    deviations = np.array([values[rows].std() for rows in inside])
    mix, group_means = config.training.mix, _group_means(table)
    return Rows(
        table=table,
        folds=folds,
        sets=sets,
        fitted=fitted,
        watched=np.flatnonzero(folds == config.data.validation_fold),
        held_out=np.flatnonzero(folds == config.data.test_fold),
        means=means.astype(np.float32),
        deviations=deviations.astype(np.float32),
        targets=(((1 - mix) * values + mix * group_means - means[tracks]) / deviations[tracks]).astype(np.float32),
    )


def _group_means(table: MeasuredSequences) -> NDArray[np.float64]:
    """(N,) means of all rows of the same group and track."""
    cells = np.unique(table.groups * len(table.track_names) + table.tracks, return_inverse=True)[1]
    means: NDArray[np.float64] = (np.bincount(cells, table.values) / np.bincount(cells))[cells]
    return means

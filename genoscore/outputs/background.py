"""The output of `genoscore background`: how scores are distributed."""

from __future__ import annotations

import os

import numpy as np

from genoscore.core.errors import GenoscoreError
from genoscore.engine.results import AltResult, RecordResult
from genoscore.outputs.base import WriterContext
from genoscore.outputs.best import best_of_alt
from genoscore.outputs.files import temporary_beside, writing
from genoscore.scores.background import Background

_FEW = 1_000  # ALTs, below which the highest percentiles mean little


class BackgroundWriter:
    """Counts the magnitudes of the scores of a run of one predictor; see `scores.background`.

    Raises:
        GenoscoreError: nothing was scored.
    """

    def __init__(self, target: str, context: WriterContext) -> None:
        self.target = target
        ((name, self._scorer),) = context.scorers.items()
        counting = tuple(field.id for field in self._scorer.fields if field.in_maximum)
        made = {"Predictor": name, **context.provenance[name]}
        self._counts = Background.empty(made, self._scorer.tracks, counting)
        self._path = temporary_beside(target)

    @property
    def note(self) -> str:
        """Where there are few ALTs."""
        count = int(self._counts.alts.sum())
        if count >= _FEW:
            return ""
        return f"background {self.target} is of {count:,} ALTs only: give {_FEW:,} or more for the highest bands"

    def write(self, result: RecordResult) -> None:
        """Count one record's scores."""
        for alts in result.alts.values():
            for one in alts:
                if one.status.has_scores:
                    self._add(one)

    def prepare(self) -> None:
        """Finish the file under its temporary name."""
        if not self._counts.alts.any():
            raise GenoscoreError(f"background {self.target}: no ALT was scored", "give variants that can be")
        with writing(self.target), open(self._path, "wb") as file:
            self._counts.save(file)

    def commit(self) -> None:
        """Put it under its name."""
        with writing(self.target):
            os.replace(self._path, os.path.realpath(self.target))

    def discard(self) -> None:
        """Remove what was not committed."""
        self._path.unlink(missing_ok=True)

    def _add(self, result: AltResult) -> None:
        best = best_of_alt(result, self._scorer)
        if best is None:
            return
        self._counts.add_alt(abs(float(best.printed)))
        for scores in result.genes:
            if scores.table is None:
                continue
            sizes = np.abs(scores.table, dtype=np.float64)
            for column, field in enumerate(self._scorer.fields):
                if field.counts(scores.gene is not None):
                    self._counts.add_rows(field.id, sizes[:, column].round(field.decimals))

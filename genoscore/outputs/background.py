"""The output of `genoscore background`: the distribution of scores."""

from __future__ import annotations

import numpy as np

from genoscore.core.errors import GenoscoreError
from genoscore.engine.results import AltResult, RecordResult
from genoscore.outputs.base import WriterContext
from genoscore.outputs.best import best_of_alt
from genoscore.outputs.files import FileOutput
from genoscore.scores.background import Background

_FEW = 1_000  # with fewer ALTs the highest percentiles mean little


class BackgroundWriter(FileOutput):
    """Counts the magnitudes of one predictor's scores in a run; see `scores.background`.

    Raises:
        GenoscoreError: nothing was scored.
    """

    def __init__(self, target: str, context: WriterContext) -> None:
        ((name, self._scorer),) = context.scorers.items()
        counting = tuple(field.id for field in self._scorer.fields if field.in_maximum)
        made = {"Predictor": name, **context.provenance[name]}
        self._counts = Background.empty(made, self._scorer.tracks, counting)
        super().__init__(target)

    @property
    def note(self) -> str:
        """A warning if there are few ALTs."""
        count = int(self._counts.alts.sum())
        if count >= _FEW:
            return ""
        return f"background {self.target} has only {count:,} ALTs: give {_FEW:,} or more for the highest bands"

    def write(self, result: RecordResult) -> None:
        """Count one record's scores."""
        for alts in result.alts.values():
            for alt in alts:
                if alt.status.has_scores:
                    self._add(alt)

    def _open(self) -> None:
        pass  # counts are kept in memory until the end

    def _finish(self) -> None:
        if not self._counts.alts.any():
            raise GenoscoreError(f"background {self.target}: no ALT was scored", "give variants that can be scored")
        with open(self.path, "wb") as file:
            self._counts.save(file)

    def _close(self) -> None:
        pass

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

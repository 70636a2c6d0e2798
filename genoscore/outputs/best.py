"""The score of largest magnitude, per gene and per ALT over its genes. Decided on values as printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genoscore.engine.results import AltResult, GeneScores
from genoscore.scores.bands import band, percentile_band
from genoscore.scores.base import Scorer, shown


@dataclass(frozen=True, slots=True)
class Best:
    """The largest score.

    Attributes:
        scores: the gene that it belongs to, with all values of its track.
        field: ID of its field.
        value: unrounded. printed: as `GS_<PREDICTOR>_MAX` shows it. band: '' for a scorer without bands.
        track: its track; '' for a scorer without tracks.
        percent: its percentile in the background; None without a background, NaN if the background lacks this score.
    """

    scores: GeneScores
    field: str
    value: float
    printed: str
    band: str
    track: str = ""
    percent: float | None = None

    @property
    def magnitude(self) -> str:
        """As `GS_<PREDICTOR>_ABS` shows it: the printed value without its sign."""
        return self.printed.removeprefix("-")

    @property
    def symbol(self) -> str:
        """The gene's name; '' without a gene."""
        return self.scores.gene.symbol if self.scores.gene else ""


def best_of_gene(scores: GeneScores, scorer: Scorer, track: str = "") -> Best | None:
    """The field of largest magnitude, the first of equals; None if nothing was scored.

    Args:
        track: the track of these values; found here if `scores` is a whole table.
    """
    if scores.table is not None:
        row = _largest_row(scores.table, scorer, scores.gene is not None)
        of_track = GeneScores(scores.gene, tuple(scores.table[row].tolist()))
        return best_of_gene(of_track, scorer, scorer.tracks[row])
    if scores.values is None:
        return None
    has_gene = scores.gene is not None
    triples = [
        (field, field.text(value), value)
        for field, value in zip(scorer.fields, scores.values, strict=True)
        if field.counts(has_gene)
    ]
    field, printed, value = max(triples, key=lambda triple: _size(triple[1]))
    if scorer.percentiles is None:
        return Best(scores, field.id, value, printed, band(printed) if scorer.banded else "", track)
    percent = scorer.percentiles.of_row(field.id, track, abs(float(printed)))
    return Best(scores, field.id, value, printed, percentile_band(percent), track, percent)


def best_of_alt(result: AltResult, scorer: Scorer) -> Best | None:
    """The best score over genes; the first in the annotation's order if several print the same.

    Where all print zero, the first gene of which a consequence tells something goes first: a long deletion may have its
    far end at a site of one of them, where the scores do not look.

    Its percentile is that of the ALT's maximum among the maxima of the background's ALTs.
    """
    if not result.genes:
        return None
    bests = [best for scores in result.genes if (best := best_of_gene(scores, scorer))]
    best = max(bests, key=lambda best: _size(best.printed), default=None)
    if len(bests) > 1 and best is not None and float(best.printed) == 0:
        best = _with_event(bests)
    if best is None or scorer.percentiles is None:
        return best
    percent = scorer.percentiles.of_alt(abs(float(best.printed)))
    return replace(best, percent=percent, band=percentile_band(percent))


def _with_event(bests: Sequence[Best]) -> Best:
    """The first with an event, each gene in its first transcript, the recommended one; the first if none has."""
    of_gene: dict[tuple[str, str], Best] = {}
    for best in bests:
        gene = best.scores.gene
        of_gene.setdefault((gene.symbol, gene.gene_id) if gene else ("", ""), best)
    events = (best for best in of_gene.values() if best.scores.consequence and best.scores.consequence.is_event)
    return next(events, bests[0])


def values_of_alt(result: AltResult, best: Best, scorer: Scorer) -> tuple[float, ...]:
    """An ALT's values as outputs show them: those in the gene of `best`, or the largest over its genes.

    One per field of the scorer (`ScoreField.over_genes`); () where `best` is of a gene that is only named.
    """
    if best.scores.values is None:
        return ()
    values = list(shown(scorer.fields, best.scores.values))
    for index, field in enumerate(scorer.fields):
        if field.over_genes:
            of_genes = [scores.values[index] for scores in result.genes if scores.values is not None]
            known = (value for value in of_genes if not math.isnan(value))
            values[index] = max(known, key=lambda value: _size(field.text(value)), default=math.nan)
    return tuple(values)


def _largest_row(table: NDArray[np.float32], scorer: Scorer, has_gene: bool) -> int:
    """The track whose largest counted field prints largest; the first of equals."""
    sizes = [
        np.abs(table[:, column], dtype=np.float64).round(field.decimals)
        for column, field in enumerate(scorer.fields)
        if field.counts(has_gene)
    ]
    return int(np.max(sizes, axis=0).argmax())


def _size(printed: str) -> tuple[float, float]:
    """Sort key: magnitude, then the positive one of a gain and a loss that are equal in magnitude."""
    return abs(float(printed)), float(printed)

"""The score of largest magnitude: of a gene, and of an ALT over its genes. Decided on values as printed."""

from __future__ import annotations

from dataclasses import dataclass

from genoscore.engine.results import AltResult, GeneScores
from genoscore.scores.bands import band
from genoscore.scores.base import Scorer


@dataclass(frozen=True, slots=True)
class Best:
    """The largest score.

    Attributes:
        scores: the gene that it belongs to, with all its values.
        value: unrounded. printed: as `GS_<PREDICTOR>_MAX` shows it. band: '' for a scorer without bands.
    """

    scores: GeneScores
    value: float
    printed: str
    band: str

    @property
    def symbol(self) -> str:
        """The gene's name; '' without a gene."""
        return self.scores.gene.symbol if self.scores.gene else ""


def best_of_gene(scores: GeneScores, scorer: Scorer) -> Best | None:
    """The field of largest magnitude; the first of equals. None where nothing was scored."""
    if scores.values is None:
        return None
    pairs = zip(scorer.fields, scores.values, strict=True)
    printed, value = max(
        ((field.text(value), value) for field, value in pairs if field.in_maximum), key=lambda pair: _size(pair[0])
    )
    return Best(scores, value, printed, band(printed) if scorer.banded else "")


def best_of_alt(result: AltResult, scorer: Scorer) -> Best | None:
    """The gene of largest magnitude, in the annotation's order where several print the same."""
    if not result.genes:
        return None
    found = [best for scores in result.genes if (best := best_of_gene(scores, scorer))]
    return max(found, key=lambda best: _size(best.printed), default=None)


def _size(printed: str) -> tuple[float, float]:
    """By magnitude; of a gain and an equal loss seen as its negative, the positive one."""
    return abs(float(printed)), float(printed)

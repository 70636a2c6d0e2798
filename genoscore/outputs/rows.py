"""The rows of the tables: one per ALT x gene x predictor; one with an empty gene if there is no gene."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from genoscore.consequences.consequence import Consequence
from genoscore.core.variants import Status
from genoscore.engine.results import AltResult, GeneScores, RecordResult
from genoscore.inputs.gene import Gene
from genoscore.inputs.vcf import Record
from genoscore.outputs.best import Best, best_of_gene
from genoscore.scores.base import Scorer, shown

_NOTHING = GeneScores(None, None)


@dataclass(frozen=True, slots=True)
class Row:
    """One row, before an output format renders it.

    Attributes:
        alt_index: 0-based, among the record's ALTs.
        predictor: its name. scorer: its scorer.
        gene: None without a gene.
        best: the score of largest magnitude; None if nothing was scored.
        values: ID of a score field -> value as outputs show it (`scores.base.shown`), unrounded; empty like `best`.
        source: `computed`, `precomputed`, or '' if nothing was scored.
        track: the track, for a scorer with tracks; else ''.
        consequence: what becomes of the transcript; None where that is not said.
    """

    record: Record
    alt: str
    alt_index: int
    predictor: str
    scorer: Scorer
    status: Status
    gene: Gene | None = None
    best: Best | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    source: str = ""
    track: str = ""
    consequence: Consequence | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is neither a gene nor a score, as for most records of a genome."""
        return self.gene is None and self.best is None


def rows_of(result: RecordResult, scorers: Mapping[str, Scorer]) -> Iterator[Row]:
    """A record's rows: predictors in the order of `-p`; ALTs, genes and tracks in their own order."""
    for name, alts in result.alts.items():
        for alt_index, alt in enumerate(alts):
            for scores in alt.genes or (_NOTHING,):
                if scores.table is None:
                    yield _row(result.record, alt_index, name, scorers[name], alt, scores)
                    continue
                for track, values in zip(scorers[name].tracks, scores.table.tolist(), strict=True):
                    of_track = GeneScores(scores.gene, tuple(values))
                    yield _row(result.record, alt_index, name, scorers[name], alt, of_track, track)


def _row(
    record: Record, alt_index: int, name: str, scorer: Scorer, result: AltResult, scores: GeneScores, track: str = ""
) -> Row:
    values: dict[str, float] = {}
    if scores.values is not None:
        ids = (field.id for field in scorer.fields)
        values = dict(zip(ids, shown(scorer.fields, scores.values), strict=True))
    best = best_of_gene(scores, scorer, track)
    return Row(
        record,
        record.alts[alt_index],
        alt_index,
        name,
        scorer,
        result.status,
        scores.gene,
        best,
        values,
        result.source,
        track,
        scores.consequence,
    )

"""The rows of the tables: one per ALT x gene x predictor; one with an empty gene where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from genoscore.engine.results import GeneScores, RecordResult
from genoscore.inputs.vcf import Record
from genoscore.scores.base import ScoreField, Scorer
from genoscore.variants import Status

COLUMNS = ("CHROM", "POS", "ID", "REF", "ALT", "PREDICTOR", "STATUS", "GENE", "GENE_ID", "STRAND", "MAX", "BAND")
TRANSCRIPT = "TRANSCRIPT"  # after the score fields, so that the places of all others stay
SOURCE = "SOURCE"  # the last column, where a file of --precomputed was given
_NOTHING = GeneScores(None, None)


@dataclass(frozen=True, slots=True)
class Row:
    """One row, before it is put into a format's words.

    Attributes:
        source: `computed`, `precomputed`, or '' where nothing was scored.
    """

    record: Record
    alt: str
    predictor: str
    status: Status
    scores: GeneScores
    source: str


def rows_of(result: RecordResult) -> Iterator[Row]:
    """A record's rows: predictors in the order of `-p`, ALTs and genes in their own."""
    for name, alts in result.alts.items():
        for alt, one in zip(result.record.alts, alts, strict=True):
            for scores in one.genes or (_NOTHING,):
                yield Row(result.record, alt, name, one.status, scores, one.source)


def last_columns(sourced: bool) -> tuple[str, ...]:
    """What follows the score fields."""
    return (TRANSCRIPT, SOURCE) if sourced else (TRANSCRIPT,)


def score_columns(scorers: Mapping[str, Scorer]) -> dict[str, ScoreField]:
    """Column name -> field, over all predictors; one that two of them share is a number if it is one for either."""
    found: dict[str, ScoreField] = {}
    for scorer in scorers.values():
        for field in scorer.fields:
            if field.id not in found or field.type == "Float":
                found[field.id] = field
    return found

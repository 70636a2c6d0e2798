"""The rows of the tables: one per ALT x gene x predictor; one with an empty gene where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from genoscore.core.variants import Status
from genoscore.engine.results import GeneScores, RecordResult
from genoscore.inputs.vcf import Record
from genoscore.scores.base import ScoreField, Scorer

COLUMNS = ("CHROM", "POS", "ID", "REF", "ALT", "PREDICTOR", "STATUS", "GENE", "GENE_ID", "STRAND", "MAX", "BAND")
TRANSCRIPT = "TRANSCRIPT"  # after the score fields, so that the places of all others stay
PERCENT = "PCT"  # before it, where a background was given; after it the names of tracks
SOURCE = "SOURCE"  # the last column, where a file of --precomputed was given
_NOTHING = GeneScores(None, None)


@dataclass(frozen=True, slots=True)
class Row:
    """One row, before it is put into a format's words.

    Attributes:
        word: how the predictor is written: an untrained one is called so.
        source: `computed`, `precomputed`, or '' where nothing was scored.
        track: of a scorer with tracks; else ''.
    """

    record: Record
    alt: str
    predictor: str
    word: str
    status: Status
    scores: GeneScores
    source: str
    track: str = ""


def rows_of(result: RecordResult, scorers: Mapping[str, Scorer]) -> Iterator[Row]:
    """A record's rows: predictors in the order of `-p`, ALTs, genes and tracks in their own."""
    for name, alts in result.alts.items():
        for alt, one in zip(result.record.alts, alts, strict=True):
            word = f"{name}:untrained" if scorers[name].untrained else name
            for scores in one.genes or (_NOTHING,):
                if scores.table is None:
                    yield Row(result.record, alt, name, word, one.status, scores, one.source)
                    continue
                for track, values in zip(scorers[name].tracks, scores.table.tolist(), strict=True):
                    of_track = GeneScores(scores.gene, tuple(values))
                    yield Row(result.record, alt, name, word, one.status, of_track, one.source, track)


def last_columns(scorers: Mapping[str, Scorer], sourced: bool) -> tuple[str, ...]:
    """What follows the score fields."""
    percent = (PERCENT,) if any(scorer.percentiles for scorer in scorers.values()) else ()
    tracks = dict.fromkeys(scorer.track_key for scorer in scorers.values() if scorer.tracks)
    return (*percent, TRANSCRIPT, *tracks, *((SOURCE,) if sourced else ()))


def score_columns(scorers: Mapping[str, Scorer]) -> dict[str, ScoreField]:
    """Column name -> field, over all predictors; one that two of them share is a number if it is one for either."""
    found: dict[str, ScoreField] = {}
    for scorer in scorers.values():
        for field in scorer.fields:
            if field.id not in found or field.type == "Float":
                found[field.id] = field
    return found

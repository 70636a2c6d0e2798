"""The wide table: one row per ALT x gene, with one group of columns per predictor.

Predictors differ in genes. A predictor's scores that belong to no gene (chromatin, for example) are in the row of every
gene for which it has no other scores; if there is no such row, in one with an empty gene. A predictor without scores
for a row's gene has only its status there. So nothing of the long table is lost.

A predictor with tracks has the track of largest magnitude in the columns of its group, and every track in its own
columns, as `SEI_DELTA:TRACK`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from genoscore.core.errors import ConfigError
from genoscore.engine.results import RecordResult
from genoscore.inputs.gene import Gene
from genoscore.inputs.vcf import Record
from genoscore.outputs.base import WriterContext
from genoscore.outputs.columns import (
    Column,
    consequence_columns,
    gene_columns,
    kept_columns,
    last_columns,
    maximum_columns,
    percent_columns,
    place_columns,
    score_columns,
    status_column,
    transcript_column,
)
from genoscore.outputs.rows import Row, rows_of
from genoscore.outputs.tables import Table
from genoscore.scores.base import Scorer

MOST_TRACKS = 256  # per predictor; each track has its own columns

_Tracks = Mapping[str, Row]  # a predictor's rows for one ALT and gene, by track; '' without tracks
_Key = tuple[Gene | None, int]  # a gene, and a number that tells apart transcripts with the same bounds and names


@dataclass(frozen=True, slots=True)
class WideRow:
    """One row.

    Attributes:
        rows: predictor -> its rows of the long table, by track.
        best: predictor -> the row of largest magnitude.
    """

    record: Record
    alt: str
    alt_index: int
    gene: Gene | None
    rows: Mapping[str, _Tracks]
    best: Mapping[str, Row]

    @property
    def is_empty(self) -> bool:
        """Whether there is neither a gene nor a score."""
        return self.gene is None and all(row.is_empty for row in self.best.values())


def wide_table(context: WriterContext) -> Table[WideRow]:
    """One row per ALT x gene.

    Raises:
        ConfigError: too many tracks, or two predictors whose columns have the same name.
    """
    columns: list[Column[WideRow]] = [*place_columns(), *gene_columns(), transcript_column()]
    for name, scorer in context.scorers.items():
        columns += _group(name, scorer, context)
    columns += kept_columns(context.kept, {column.name for column in columns})
    names = [column.name for column in columns]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ConfigError(f"a wide table would have two columns named {twice[0]}", "write .tsv or .parquet")
    return Table(columns, partial(wide_rows, scorers=context.scorers), context.kept)


def _group(name: str, scorer: Scorer, context: WriterContext) -> list[Column[WideRow]]:
    """STATUS, MAX, BAND, the score fields and so on for one predictor."""
    if len(scorer.tracks) > MOST_TRACKS:
        raise ConfigError(
            f"a wide table would have columns for each of the {len(scorer.tracks):,} tracks of {name}; the limit is "
            f"{MOST_TRACKS} tracks",
            "select some with --tracks, or write .tsv or .parquet",
        )
    own = {name: scorer}
    maximum = [column for column in maximum_columns() if scorer.banded or column.name != "BAND"]
    numbers = [*maximum, *score_columns(own), *percent_columns(own)]
    last = last_columns(own, context.sourced)
    told = consequence_columns({key: rules for key, rules in context.consequences.items() if key == name})
    prefix = f"{name.upper()}_UNTRAINED" if scorer.untrained else name.upper()
    columns = [
        _of_best(column, f"{prefix}_{column.name}", name) for column in (status_column(), *numbers, *last, *told)
    ]
    per_track = [*numbers, *(column for column in last if column.name == "ABS")]
    for track in scorer.tracks:
        columns += [_of_track(column, f"{prefix}_{column.name}:{track}", name, track) for column in per_track]
    return columns


def _of_best(column: Column[Row], name: str, predictor: str) -> Column[WideRow]:
    return _picked(column, name, lambda wide: wide.best[predictor])


def _of_track(column: Column[Row], name: str, predictor: str, track: str) -> Column[WideRow]:
    return _picked(column, name, lambda wide: wide.rows[predictor].get(track) or wide.rows[predictor][""])


def _picked(column: Column[Row], name: str, pick: Callable[[WideRow], Row]) -> Column[WideRow]:
    """A column of the long table, taken from the row that `pick` returns."""
    value, text = column.value, column.text
    return Column(
        name,
        column.type,
        lambda wide: value(pick(wide)),
        None if text is None else lambda wide: text(pick(wide)),
        column.about,
        column.always,
    )


def wide_rows(result: RecordResult, scorers: Mapping[str, Scorer]) -> Iterator[WideRow]:
    """A record's rows: by ALT, with genes in the order of the predictors' rows."""
    of_alts: list[dict[str, list[Row]]] = [{name: [] for name in scorers} for _ in result.record.alts]
    for row in rows_of(result, scorers):
        of_alts[row.alt_index][row.predictor].append(row)
    for of_predictor in of_alts:
        yield from _rows_of_alt({name: _by_gene(rows) for name, rows in of_predictor.items()})


def _by_gene(rows: Sequence[Row]) -> dict[_Key, dict[str, Row]]:
    by_gene: dict[_Key, dict[str, Row]] = {}
    for row in rows:
        number = 0
        while row.track in by_gene.get((row.gene, number), {}):
            number += 1
        by_gene.setdefault((row.gene, number), {})[row.track] = row
    return by_gene


def _rows_of_alt(of_predictor: Mapping[str, Mapping[_Key, _Tracks]]) -> Iterator[WideRow]:
    """Every row of the long table goes into at least one row of the wide table."""
    keys = dict.fromkeys(key for of_gene in of_predictor.values() for key in of_gene if key[0] is not None)
    for of_gene in of_predictor.values():
        for key in of_gene:
            if key[0] is None and (key[1] > 0 or all(gene in of_gene for gene in keys if gene[0] is not None)):
                keys[key] = None
    for key in keys:
        rows = {name: _placed(of_gene, key) for name, of_gene in of_predictor.items()}
        best = {name: _largest(tracks) for name, tracks in rows.items()}
        any_row = next(iter(best.values()))
        yield WideRow(any_row.record, any_row.alt, any_row.alt_index, key[0], rows, best)


def _placed(of_gene: Mapping[_Key, _Tracks], key: _Key) -> _Tracks:
    """A predictor's rows for a gene: its own, those without a gene, or only its status."""
    rows = of_gene.get(key) or of_gene.get((None, 0))
    if rows is None:
        any_row = next(iter(next(iter(of_gene.values())).values()))
        rows = {"": replace(any_row, gene=None, best=None, values={}, source="", track="", consequence=None)}
    return rows


def _largest(tracks: _Tracks) -> Row:
    """The row of largest magnitude, the first of equals, as for `GS_<PREDICTOR>_MAX`."""
    return max(tracks.values(), key=lambda row: abs(float(row.best.printed)) if row.best else -1.0)

"""The columns of the tables: name, type and cells, as typed values and as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from genoscore.inputs.gene import Gene
from genoscore.inputs.kept_values import KeptValue
from genoscore.inputs.vcf import Record
from genoscore.outputs.best import Best
from genoscore.outputs.consequence_fields import (
    BEYOND,
    EVIDENCE,
    FIELDS,
    ConsequenceField,
    Evidence,
    evidence_word,
)
from genoscore.outputs.rows import Row
from genoscore.scores.bands import percentile_text
from genoscore.scores.base import ScoreField, Scorer

TEXT, WORD, INTEGER, LONG, FLOAT, DOUBLE, FLAG = "text", "word", "integer", "long", "float", "double", "flag"
_OF_FIELD = {"Float": FLOAT, "Integer": INTEGER, "String": WORD}
_OF_KEY = {"Float": DOUBLE, "Integer": LONG, "Flag": FLAG}


class TableRow(Protocol):
    """Attributes of the rows of all tables."""

    @property
    def record(self) -> Record:
        """The VCF's record."""
        ...

    @property
    def alt(self) -> str:
        """The ALT allele."""
        ...

    @property
    def alt_index(self) -> int:
        """0-based, among the record's ALTs."""
        ...

    @property
    def gene(self) -> Gene | None:
        """The gene."""
        ...


Cells = TypeVar("Cells", bound=TableRow)


@dataclass(frozen=True, slots=True)
class Column(Generic[Cells]):
    """One column of a table with rows of one type.

    Attributes:
        type: `text`; `word`, text with few distinct values; `integer` and `float`, with 32 bits; `long` and `double`,
            with 64; `flag`.
        value: the typed value; None, '' or '.' means missing.
        text: the value as a text table prints it, '.' for missing; None for `text` and `word`: taken from the value.
        about: metadata of the column in a typed table.
        always: whether it may have a value even if nothing was scored.
    """

    name: str
    type: str
    value: Callable[[Cells], str | float | bool | None]
    text: Callable[[Cells], str] | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    always: bool = False


def place_columns() -> list[Column[Any]]:
    """CHROM, POS, ID, REF and ALT, in every table."""
    return [
        Column("CHROM", WORD, lambda row: row.record.columns[0], lambda row: row.record.columns[0], always=True),
        Column("POS", LONG, lambda row: row.record.pos, lambda row: row.record.columns[1], always=True),
        Column("ID", TEXT, lambda row: row.record.columns[2], lambda row: row.record.columns[2], always=True),
        Column("REF", TEXT, lambda row: row.record.columns[3], lambda row: row.record.columns[3], always=True),
        Column("ALT", TEXT, lambda row: row.alt, lambda row: row.alt, always=True),
    ]


def gene_columns() -> list[Column[Any]]:
    """GENE, GENE_ID and STRAND, in every table."""
    return [
        Column("GENE", WORD, lambda row: row.gene.symbol if row.gene else ""),
        Column("GENE_ID", WORD, lambda row: row.gene.gene_id if row.gene else ""),
        Column("STRAND", WORD, lambda row: row.gene.strand if row.gene else ""),
    ]


def transcript_column() -> Column[Any]:
    """TRANSCRIPT, in every table."""
    return Column("TRANSCRIPT", WORD, lambda row: row.gene.transcript_id if row.gene else "")


def long_columns(
    scorers: Mapping[str, Scorer],
    sourced: bool,
    kept: Sequence[KeptValue] = (),
    consequences: Mapping[str, Evidence | None] | None = None,
) -> list[Column[Row]]:
    """Columns of the table with one row per ALT, gene and predictor, in order; new ones go last: position matters.

    Args:
        sourced: whether some scores come from files.
        kept: values copied from the records.
        consequences: as in WriterContext.
    """
    columns: list[Column[Row]] = [
        *place_columns(),
        Column("PREDICTOR", WORD, predictor_word, always=True),
        status_column(),
        *gene_columns(),
        *maximum_columns(),
        *score_columns(scorers),
        *percent_columns(scorers),
        transcript_column(),
        *last_columns(scorers, sourced),
        *consequence_columns(consequences or {}),
    ]
    return [*columns, *kept_columns(kept, {column.name for column in columns})]


def predictor_word(row: Row) -> str:
    """The predictor's name, marked if its weights are random."""
    return f"{row.predictor}:untrained" if row.scorer.untrained else row.predictor


def status_column() -> Column[Row]:
    """STATUS."""
    return Column("STATUS", WORD, lambda row: row.status.value, always=True)


def maximum_columns() -> list[Column[Row]]:
    """MAX and BAND."""
    return [
        Column("MAX", FLOAT, lambda row: row.best.value if row.best else None, _of_best(lambda best: best.printed)),
        Column("BAND", WORD, lambda row: row.best.band if row.best else ""),
    ]


def score_columns(scorers: Mapping[str, Scorer]) -> list[Column[Row]]:
    """The score fields of all predictors; a field that two of them share is a float if it is one for either."""
    shared: dict[str, ScoreField] = {}
    for scorer in scorers.values():
        for score in scorer.fields:
            if score.id not in shared or score.type == "Float":
                shared[score.id] = score
    by_predictor = {name: {score.id: score for score in scorer.fields} for name, scorer in scorers.items()}
    return [
        _score_column(score, {name: fields[score.id] for name, fields in by_predictor.items() if score.id in fields})
        for score in shared.values()
    ]


def _score_column(shared: ScoreField, of_predictor: Mapping[str, ScoreField]) -> Column[Row]:
    def value(row: Row) -> float | None:
        number = row.values.get(shared.id, math.nan)
        if math.isnan(number):
            return None
        return int(number) if shared.type == "Integer" else number

    def text(row: Row) -> str:
        return of_predictor[row.predictor].text(row.values[shared.id]) if shared.id in row.values else "."

    about = {"description": shared.description, "unit": shared.unit}
    return Column(shared.id, _OF_FIELD[shared.type], value, text, about)


def percent_columns(scorers: Mapping[str, Scorer]) -> list[Column[Row]]:
    """PCT, if there is a background."""
    if not any(scorer.percentiles for scorer in scorers.values()):
        return []
    return [Column("PCT", FLOAT, _percent, _of_best(_percent_text))]


def last_columns(scorers: Mapping[str, Scorer], sourced: bool) -> list[Column[Row]]:
    """The track's name and SOURCE, if the run has them, and ABS."""
    keys = dict.fromkeys(scorer.track_key for scorer in scorers.values() if scorer.tracks)
    magnitude = _of_best(lambda best: best.magnitude)
    return [
        *(Column(key, WORD, _track_of(key)) for key in keys),
        *([Column("SOURCE", WORD, lambda row: row.source, always=True)] if sourced else []),
        Column(
            "ABS",
            FLOAT,
            lambda row: abs(row.best.value) if row.best else None,
            magnitude,
            {"description": "Magnitude of MAX"},
        ),
    ]


def consequence_columns(consequences: Mapping[str, Evidence | None]) -> list[Column[Row]]:
    """EVENT and what follows from it, if any predictor's results say what becomes of the transcript.

    Args:
        consequences: as in WriterContext.
    """

    def word(row: Row) -> str:
        return evidence_word(consequences.get(row.predictor), row.record, row.alt_index, row.best)

    if not consequences:
        return []
    description = "What the score would count as under ACMG/AMP: a reference and not a classification"
    evidence = Column(EVIDENCE, WORD, word, about={"description": description})
    return [*map(_told_column, FIELDS), evidence, _told_column(BEYOND)]


def _told_column(told: ConsequenceField) -> Column[Row]:
    def value(row: Row) -> str | float | None:
        return None if row.consequence is None else told.value(row.consequence)

    kind = LONG if told.id.endswith(("_START", "_END")) else _OF_FIELD[told.type]
    kind = TEXT if kind == WORD and not told.words else kind
    return Column(told.id, kind, value, lambda row: told.text(row.consequence), {"description": told.description})


def _of_best(text: Callable[[Best], str]) -> Callable[[Row], str]:
    return lambda row: text(row.best) if row.best else "."


def _percent(row: Row) -> float | None:
    percent = row.best.percent if row.best else None
    return None if percent is None or math.isnan(percent) else percent


def _percent_text(best: Best) -> str:
    return "." if best.percent is None else percentile_text(best.percent)


def _track_of(key: str) -> Callable[[Row], str]:
    return lambda row: row.track if row.scorer.track_key == key else ""


def kept_columns(kept: Sequence[KeptValue], taken: set[str]) -> list[Column[Any]]:
    """Values copied from the records: named as by `bcftools query -H`, or in full if another column has that name.

    Args:
        taken: names of the other columns.
    """
    return [
        _kept_column(value, value.short_name if value.short_name not in taken else value.full_name) for value in kept
    ]


def _kept_column(kept: KeptValue, name: str) -> Column[Any]:
    def value(row: TableRow) -> str | float | bool | None:
        return kept.typed(row.record, row.alt_index)

    def text(row: TableRow) -> str:
        return kept.text(row.record, row.alt_index)

    kind = _OF_KEY.get(kept.type, TEXT) if kept.is_single else TEXT
    return Column(name, kind, value, text, {"description": kept.description}, always=True)

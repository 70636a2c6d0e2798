"""Parquet: the rows as typed columns. Floats are float32 and unrounded, integers are integers, missing is null."""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from genoscore.engine.results import RecordResult
from genoscore.outputs.base import WriterContext
from genoscore.outputs.best import best_of_gene
from genoscore.outputs.files import temporary_beside, writing
from genoscore.outputs.rows import COLUMNS, PERCENT, SOURCE, TRANSCRIPT, Row, last_columns, rows_of, score_columns
from genoscore.scores.base import ScoreField

ROWS_A_GROUP = 1 << 16
_TEXT_A_GROUP = 1 << 25  # characters of REF and ALT, which may be long
_WORDS = pa.dictionary(pa.int32(), pa.string())  # few different values
_TYPES = {"POS": pa.int64(), "ID": pa.string(), "REF": pa.string(), "ALT": pa.string(), "MAX": pa.float32()}
_SCORE_TYPES = {"Float": pa.float32(), "Integer": pa.int32(), "String": _WORDS}


class ParquetWriter:
    """`.parquet`, in row groups of at most 65,536 rows.

    The file's metadata hold, under `genoscore`, what the `##genoscore` header lines of a VCF say, as JSON.

    Raises:
        OutputError: cannot be written.
    """

    def __init__(self, target: str, context: WriterContext) -> None:
        self.target = target
        self._scorers = context.scorers
        self._scores = score_columns(context.scorers)
        self._sourced = context.sourced
        self._last = last_columns(context.scorers, context.sourced)
        self._schema = _schema(self._scores, context.provenance, self._last)
        self._rows: list[list[Any]] = []
        self._text = 0
        self._path = temporary_beside(target)
        with writing(target):
            self._sink = _Sink(self._path)
        try:
            self._file = pyarrow.parquet.ParquetWriter(self._sink, self._schema, compression="zstd")
        except BaseException:
            self._sink.abandon()
            self._path.unlink(missing_ok=True)
            raise

    @property
    def note(self) -> str:
        """Nothing to say."""
        return ""

    def write(self, result: RecordResult) -> None:
        """Add one record's rows."""
        for row in rows_of(result, self._scorers):
            self._rows.append(self._cells(row))
            self._text += len(row.record.ref) + len(row.alt)
            if len(self._rows) >= ROWS_A_GROUP or self._text >= _TEXT_A_GROUP:
                self._pass_on()

    def prepare(self) -> None:
        """Finish the file under its temporary name."""
        self._pass_on()
        with writing(self.target):
            self._file.close()
            self._sink.close()

    def commit(self) -> None:
        """Put it under its name."""
        with writing(self.target):
            os.replace(self._path, os.path.realpath(self.target))

    def discard(self) -> None:
        """Remove what was not committed."""
        self._sink.abandon()
        with contextlib.suppress(OSError, pa.ArrowException):
            self._file.close()
        self._path.unlink(missing_ok=True)

    def _pass_on(self) -> None:
        """Write what is pending as one row group."""
        if not self._rows:
            return
        columns = zip(zip(*self._rows, strict=True), self._schema.types, strict=True)
        arrays = [pa.array(cells, kind) for cells, kind in columns]
        self._rows, self._text = [], 0
        with writing(self.target):
            self._file.write_batch(pa.record_batch(arrays, schema=self._schema))

    def _cells(self, row: Row) -> list[Any]:
        """Values in the order of the columns; None is null."""
        scorer, scores, gene = self._scorers[row.predictor], row.scores, row.scores.gene
        chrom, _, name, ref = row.record.columns[:4]
        first = [_text(chrom), row.record.pos, _text(name), _text(ref), _text(row.alt), row.word, row.status.value]
        owner = [_text(gene.symbol), _text(gene.gene_id), gene.strand] if gene else [None] * 3
        best = best_of_gene(scores, scorer, row.track)
        values: dict[str, float | int | None] = dict.fromkeys(self._scores)
        if scores.values is not None:
            for field, value in zip(scorer.fields, scores.values, strict=True):
                values[field.id] = _number(value, self._scores[field.id])
        maximum = [best.value, best.band or None] if best else [None, None]
        last: dict[str, Any] = dict.fromkeys(self._last)
        last[TRANSCRIPT] = _text(gene.transcript_id) or None if gene else None
        if row.track:
            last[scorer.track_key] = _text(row.track)
        if best and best.percent is not None:
            last[PERCENT] = None if math.isnan(best.percent) else best.percent
        if self._sourced:
            last[SOURCE] = row.source or None
        return [*first, *owner, *maximum, *values.values(), *last.values()]


class _Sink:
    """The file as pyarrow writes it; once abandoned, what is still to come goes nowhere."""

    def __init__(self, path: os.PathLike[str]) -> None:
        self._file = open(path, "wb")  # noqa: SIM115
        self._abandoned = False

    @property
    def closed(self) -> bool:
        """Never, for pyarrow: this file closes itself."""
        return False

    def write(self, data: Any) -> int:
        """Append bytes."""
        return len(data) if self._abandoned else self._file.write(data)

    def flush(self) -> None:
        """Pass on what is pending."""
        if not self._abandoned:
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def abandon(self) -> None:
        """Close the file whatever comes of it; harmless after `close`."""
        self._abandoned = True
        with contextlib.suppress(OSError):
            self._file.close()


def _schema(
    scores: Mapping[str, ScoreField], provenance: Mapping[str, Mapping[str, str]], last: Sequence[str]
) -> pa.Schema:
    fields = [pa.field(name, _TYPES.get(name, _WORDS)) for name in COLUMNS]
    for name, field in scores.items():
        about = {"description": field.description, "unit": field.unit}
        fields.append(pa.field(name, _SCORE_TYPES[field.type], metadata=about))
    fields += [pa.field(name, pa.float32() if name == PERCENT else _WORDS) for name in last]
    return pa.schema(fields, metadata={"genoscore": json.dumps({name: dict(one) for name, one in provenance.items()})})


def _text(text: str) -> str | None:
    """Text as it stands, None for `.`; bytes that are no UTF-8, which Parquet cannot hold, become U+FFFD."""
    if text == ".":
        return None
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _number(value: float, field: ScoreField) -> float | int | None:
    if math.isnan(value):
        return None
    return int(value) if field.type == "Integer" else value

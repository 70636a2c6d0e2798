"""Parquet: the rows as typed columns. Floats are float32 and unrounded, integers are integers, missing is null."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from genoscore.core.pending import writing
from genoscore.engine.results import RecordResult
from genoscore.inputs.kept_values import kept_notes
from genoscore.outputs.base import WriterContext
from genoscore.outputs.columns import DOUBLE, FLAG, FLOAT, INTEGER, LONG, TEXT, WORD, Column
from genoscore.outputs.files import FileOutput
from genoscore.outputs.tables import Table, long_table
from genoscore.outputs.wide import wide_table

ROWS_PER_GROUP = 1 << 16
_TEXT_PER_GROUP = 1 << 25  # characters of REF and ALT, which may be long
_TYPES = {
    TEXT: pa.string(), WORD: pa.dictionary(pa.int32(), pa.string()), INTEGER: pa.int32(), LONG: pa.int64(),
    FLOAT: pa.float32(), DOUBLE: pa.float64(), FLAG: pa.bool_(),
}  # fmt: skip


class ParquetWriter(FileOutput):
    """`.parquet`, in row groups of at most 65,536 rows.

    The file's metadata have, under `genoscore`, the values of a VCF's `##genoscore` header lines, as JSON.

    Raises:
        OutputError: the file cannot be written.
    """

    _make_table: Callable[[WriterContext], Table[Any]] = staticmethod(long_table)
    _sink: _Sink | None = None
    _file: pyarrow.parquet.ParquetWriter | None = None

    def __init__(self, target: str, context: WriterContext) -> None:
        self._table = self._make_table(context)
        self._schema = _schema(self._table.columns, context.provenance)
        self._values = [_value_of(column) for column in self._table.columns]
        self._rows: list[list[Any]] = []
        self._size = 0
        super().__init__(target)

    @property
    def note(self) -> str:
        """Which values of the kept columns could not be copied."""
        return "; ".join(kept_notes(self._table.kept))

    def write(self, result: RecordResult) -> None:
        """Add one record's rows."""
        for row in self._table.rows(result):
            self._rows.append([value(row) for value in self._values])
            self._size += len(row.record.ref) + len(row.alt)
            if len(self._rows) >= ROWS_PER_GROUP or self._size >= _TEXT_PER_GROUP:
                self._pass_on()

    def _open(self) -> None:
        self._sink = _Sink(self.path)
        self._file = pyarrow.parquet.ParquetWriter(self._sink, self._schema, compression="zstd")

    def _finish(self) -> None:
        assert self._file is not None
        assert self._sink is not None
        self._pass_on()
        self._file.close()
        self._sink.close()

    def _close(self) -> None:
        if self._sink is not None:
            self._sink.abandon()
        if self._file is not None:
            with contextlib.suppress(OSError, pa.ArrowException):
                self._file.close()

    def _pass_on(self) -> None:
        """Write pending rows as one row group."""
        if not self._rows:
            return
        assert self._file is not None
        columns = zip(zip(*self._rows, strict=True), self._schema.types, strict=True)
        arrays = [pa.array(cells, kind) for cells, kind in columns]
        self._rows, self._size = [], 0
        with writing(self.target):
            self._file.write_batch(pa.record_batch(arrays, schema=self._schema))


class WideParquetWriter(ParquetWriter):
    """`.wide.parquet`: one row per ALT and gene."""

    _make_table = staticmethod(wide_table)


class _Sink:
    """The file that pyarrow writes to; once abandoned, it ignores further data."""

    def __init__(self, path: os.PathLike[str]) -> None:
        self._file = open(path, "wb")  # noqa: SIM115
        self._abandoned = False

    @property
    def closed(self) -> bool:
        """Always False for pyarrow: this class closes the file itself."""
        return False

    def write(self, data: Any) -> int:
        """Append bytes."""
        return len(data) if self._abandoned else self._file.write(data)

    def flush(self) -> None:
        """Flush the file."""
        if not self._abandoned:
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def abandon(self) -> None:
        """Close the file, ignoring errors; harmless after `close`."""
        self._abandoned = True
        with contextlib.suppress(OSError):
            self._file.close()


def _schema(columns: Sequence[Column[Any]], provenance: Mapping[str, Mapping[str, str]]) -> pa.Schema:
    fields = [
        pa.field(
            _text(column.name),
            _TYPES[column.type],
            metadata={key: _utf8(text) for key, text in column.about.items()} or None,
        )
        for column in columns
    ]
    return pa.schema(
        fields, metadata={"genoscore": json.dumps({name: dict(values) for name, values in provenance.items()})}
    )


def _value_of(column: Column[Any]) -> Callable[[Any], Any]:
    value = column.value
    return (lambda row: _text(str(value(row) or ""))) if column.type in (TEXT, WORD) else value


def _text(text: str) -> str | None:
    """The text, or None for '' and `.`; bytes that are not UTF-8, which Parquet cannot store, become U+FFFD."""
    if not text or text == ".":
        return None
    return _utf8(text)


def _utf8(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

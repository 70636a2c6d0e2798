"""The content of a table: its columns, and the rows for a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic

from genoscore.engine.results import RecordResult
from genoscore.inputs.kept_values import KeptValue
from genoscore.outputs.base import WriterContext
from genoscore.outputs.columns import Cells, Column, long_columns
from genoscore.outputs.rows import Row, rows_of


@dataclass(frozen=True, slots=True)
class Table(Generic[Cells]):
    """Columns, rows, and the values that columns copy from the records."""

    columns: Sequence[Column[Cells]]
    rows: Callable[[RecordResult], Iterable[Cells]]
    kept: Sequence[KeptValue]


def long_table(context: WriterContext) -> Table[Row]:
    """One row per ALT x gene x predictor."""
    columns = long_columns(context.scorers, context.sourced, context.kept, context.consequences)
    return Table(columns, partial(rows_of, scorers=context.scorers), context.kept)

"""TSV: the rows of a table as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from genoscore.engine.results import RecordResult
from genoscore.inputs.kept_values import kept_notes
from genoscore.outputs.base import WriterContext
from genoscore.outputs.columns import Column
from genoscore.outputs.files import TextOutput
from genoscore.outputs.info_column import CONTROL
from genoscore.outputs.tables import Table, long_table
from genoscore.outputs.wide import wide_table


class TsvWriter(TextOutput):
    """`.tsv` and `.tsv.gz`; missing values are `.`."""

    _make_table: Callable[[WriterContext], Table[Any]] = staticmethod(long_table)

    def __init__(self, target: str, context: WriterContext) -> None:
        self._table = self._make_table(context)
        columns = self._table.columns
        self._texts = [_text_of(column) for column in columns]
        self._always = [(at, self._texts[at]) for at, column in enumerate(columns) if column.always]
        super().__init__(
            target, target.endswith(".gz"), head="\t".join(_cell(column.name) for column in columns) + "\n"
        )

    @property
    def note(self) -> str:
        """Which values of the kept columns could not be copied."""
        return "; ".join(kept_notes(self._table.kept))

    def write(self, result: RecordResult) -> None:
        """Add one record's rows."""
        self.add("".join("\t".join(self._cells(row)) + "\n" for row in self._table.rows(result)))

    def _cells(self, row: Any) -> list[str]:
        if not row.is_empty:
            return [text(row) for text in self._texts]
        cells = ["."] * len(self._texts)  # most records of a genome
        for at, text in self._always:
            cells[at] = text(row)
        return cells


class WideTsvWriter(TsvWriter):
    """`.wide.tsv` and `.wide.tsv.gz`: one row per ALT and gene."""

    _make_table = staticmethod(wide_table)


def _text_of(column: Column[Any]) -> Callable[[Any], str]:
    value = column.value
    return column.text or (lambda row: _cell(str(value(row) or "")) or ".")


def _cell(text: str) -> str:
    """Text without characters that would end a cell or a line."""
    return text.translate(CONTROL)

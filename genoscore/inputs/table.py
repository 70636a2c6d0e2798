"""A table with a header line and the user's own columns: TSV, or CSV with commas or semicolons."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from types import TracebackType
from typing import Self

from genoscore.core.errors import InputError
from genoscore.inputs.lines import LineReader, Readable

_SEPARATORS = {"\t": "tabs", ",": "commas", ";": "semicolons"}


class Table:
    """Rows of a table, plain or gzipped, of standard input (`-`) or of an open handle.

    The header is the first line that does not begin with `#`, or that has all columns of one of `known` after its `#`;
    lines before it are comments. Column names are not case-sensitive.

    Attributes:
        columns: as the header spells them.
        line: 1-based number in the file of the row that was read last.

    Raises:
        InputError: no header, a missing or duplicate column, or a row that cannot be read; names the line.
    """

    def __init__(self, source: Readable | LineReader, known: Sequence[Collection[str]] = ()) -> None:
        self._reader = source if isinstance(source, LineReader) else LineReader(source, "table")
        self._separator = "\t"
        self._known = [{name.upper() for name in names} for names in known]
        try:
            self._lines = iter(self._reader)
            self.columns = self._read_header()
        except BaseException:
            self._reader.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.close()

    @property
    def name(self) -> str:
        """What messages call the table."""
        return self._reader.name

    @property
    def line(self) -> int:
        """See above."""
        return self._reader.line_number

    def has(self, *names: str) -> bool:
        """Whether it has all these columns, in any case."""
        return {name.upper() for name in names} <= {column.upper() for column in self.columns}

    def column(self, name: str) -> int:
        """0-based index of a column with exactly that name, else of one whose name differs only in case.

        Raises:
            InputError: there is none, or more than one.
        """
        for columns, spelling in ((self.columns, name), ([column.upper() for column in self.columns], name.upper())):
            if columns.count(spelling) == 1:
                return list(columns).index(spelling)
            if spelling in columns:
                raise self._wrong(f"has several columns {name}", "rename all but one")
        hint = f"its columns, separated by {_SEPARATORS[self._separator]}, are: {', '.join(self.columns)}"
        raise self._wrong(f"has no column {name}", hint)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        """Cells of every row, without the spaces around them; empty lines are skipped."""
        for line in self._lines:
            if line.strip():
                cells = self._cells(line)
                if len(cells) != len(self.columns):
                    number = f"{len(cells)} cells separated by {_SEPARATORS[self._separator]}"
                    raise self.malformed(f"{number}, but the header has {len(self.columns)}")
                yield cells

    def _read_header(self) -> tuple[str, ...]:
        for raw in self._lines:
            line = raw.removeprefix("\ufeff")  # that spreadsheets write first
            if not line.strip():
                continue
            self._separator = separator_of(line)
            names = self._cells(line.removeprefix("#"))
            spelt = {name.upper() for name in names}
            if not line.startswith("#") or (len(names) > 1 and any(known <= spelt for known in self._known)):
                return names
        raise self._wrong("has no header line", "begin it with a line of column names, separated by tabs or commas")

    def _wrong(self, why: str, hint: str) -> InputError:
        return InputError(f"table {self.name} {why}", hint, path=self._reader.path)

    def _cells(self, line: str) -> tuple[str, ...]:
        try:
            line.encode()
        except UnicodeEncodeError:
            raise self.malformed("holds bytes that are not UTF-8", "save the table as UTF-8") from None
        try:
            return cells_of(line, self._separator)
        except csv.Error:
            raise self.malformed("a quotation mark is not closed on the same line") from None

    def malformed(self, why: str, hint: str = "fix the row or leave it out") -> InputError:
        """An error about the row that was read last."""
        return InputError.at(f"table {self.name}", why, hint, path=self._reader.path, line=self.line)


def separator_of(header: str) -> str:
    """What separates the columns of a header line: the first of tab, comma and semicolon that it contains.

    >>> separator_of("chrom,pos"), separator_of("a\\tb,c"), separator_of("sequence")
    (',', '\\t', '\\t')
    """
    return next((separator for separator in _SEPARATORS if separator in header), "\t")


def cells_of(line: str, separator: str) -> tuple[str, ...]:
    """Cells of a line, without the spaces around them. Quotation marks are special in CSV only.

    Raises:
        csv.Error: a quotation mark that is not closed.

    >>> cells_of('1,"a, b"', ","), cells_of('1\\t"a', "\\t")
    (('1', 'a, b'), ('1', '"a'))
    """
    quoted = separator != "\t" and '"' in line
    cells = next(csv.reader([line], delimiter=separator, strict=True)) if quoted else line.split(separator)
    return tuple(cell.strip() for cell in cells)


def is_missing(cell: str, also: Sequence[str] = ("", ".", "na", "n/a", "nan", "null", "none")) -> bool:
    """Whether a cell holds no value.

    >>> is_missing("NA"), is_missing("."), is_missing("0")
    (True, True, False)
    """
    return cell.lower() in also

"""A table with a header line and columns of the user's own: TSV, or CSV with commas or semicolons."""

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
    lines before it are comments. Upper and lower case of column names are the same.

    Attributes:
        columns: as the header spells them.
        line: 1-based number in the file of the row that was read last.

    Raises:
        InputError: no header, a column that is missing or there twice, or a row that cannot be read; names the line.
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
        """How messages call the table."""
        return self._reader.name

    @property
    def line(self) -> int:
        """See above."""
        return self._reader.line_number

    def has(self, *names: str) -> bool:
        """Whether it has all these columns, in any case."""
        return {name.upper() for name in names} <= {one.upper() for one in self.columns}

    def column(self, name: str) -> int:
        """0-based place of a column: of that very name, else of the same in other case.

        Raises:
            InputError: there is none, or more than one.
        """
        for names, wanted in ((self.columns, name), ([one.upper() for one in self.columns], name.upper())):
            if names.count(wanted) == 1:
                return list(names).index(wanted)
            if wanted in names:
                raise self._wrong(f"has several columns {name}", "rename all but one")
        hint = f"its columns, between {_SEPARATORS[self._separator]}, are: {', '.join(self.columns)}"
        raise self._wrong(f"has no column {name}", hint)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        """Cells of every row, without the spaces around them; empty lines are passed over."""
        for line in self._lines:
            if line.strip():
                cells = self._cells(line)
                if len(cells) != len(self.columns):
                    between = f"{len(cells)} cells between {_SEPARATORS[self._separator]}"
                    raise self.malformed(f"{between}, and the header has {len(self.columns)}")
                yield cells

    def _read_header(self) -> tuple[str, ...]:
        for raw in self._lines:
            line = raw.removeprefix("\ufeff")  # with which spreadsheets begin
            if not line.strip():
                continue
            self._separator = separator_of(line)
            names = self._cells(line.removeprefix("#"))
            spelt = {one.upper() for one in names}
            if not line.startswith("#") or (len(names) > 1 and any(known <= spelt for known in self._known)):
                return names
        raise self._wrong("has no header line", "begin it with a line of column names, tabs or commas between them")

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

    def malformed(self, why: str, hint: str = "mend the row or leave it out") -> InputError:
        """What is wrong with the row that was read last."""
        return InputError.at(f"table {self.name}", why, hint, path=self._reader.path, line=self.line)


def separator_of(header: str) -> str:
    """What stands between the columns of a header line: the first of tab, comma and semicolon that it holds.

    >>> separator_of("chrom,pos"), separator_of("a\\tb,c"), separator_of("sequence")
    (',', '\\t', '\\t')
    """
    return next((separator for separator in _SEPARATORS if separator in header), "\t")


def cells_of(line: str, separator: str) -> tuple[str, ...]:
    """Cells of a line, without the spaces around them. Quotation marks mean something in CSV only.

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

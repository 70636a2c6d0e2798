"""Variants of a tab-separated table with a header line: CHROM, POS, REF, ALT and columns of the user's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from genoscore.errors import InputError
from genoscore.inputs.lines import LineReader

_NEEDED = ("CHROM", "POS", "REF", "ALT")
_POS_DIGITS = 10
_SHOWN = 30  # characters of a cell in messages


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of the table.

    Attributes:
        line: 1-based number of the line in the file.
        pos: 1-based, as in a VCF.
        ref, alt: as they stand.
        cells: those of all columns, without the spaces around them.
    """

    line: int
    contig: str
    pos: int
    ref: str
    alt: str
    cells: tuple[str, ...]


class VariantTable:
    """Rows of a table, plain or gzipped, or of standard input (`-`).

    The header is the first line that does not begin with `#`, or that has the four columns after its `#`; lines before
    it are comments. Upper and lower case of column names are the same.

    Attributes:
        columns: as the header spells them.

    Raises:
        InputError: no header, a column that is missing or there twice, or a row that cannot be read; names the line.
    """

    def __init__(self, path: str) -> None:
        self._reader = LineReader(path, "table")
        try:
            self._lines = iter(self._reader)
            self.columns = self._read_header()
            self._places = [self.column(name) for name in _NEEDED]
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

    def column(self, name: str) -> int:
        """0-based place of a column: of that very name, else of the same in other case.

        Raises:
            InputError: there is none, or more than one.
        """
        for names, wanted in ((self.columns, name), ([one.upper() for one in self.columns], name.upper())):
            if names.count(wanted) == 1:
                return list(names).index(wanted)
            if wanted in names:
                raise InputError(f"table {self.name} has several columns {name}", "rename all but one")
        listed = ", ".join(self.columns)
        raise InputError(f"table {self.name} has no column {name}", f"its columns, between tabs, are: {listed}")

    def __iter__(self) -> Iterator[TableRow]:
        for line in self._lines:
            if line.strip():
                yield self._parse(line)

    def _read_header(self) -> tuple[str, ...]:
        for raw in self._lines:
            line = raw.removeprefix("\ufeff")  # with which spreadsheets begin
            if not line.strip():
                continue
            names = self._cells(line.removeprefix("#"))
            if not line.startswith("#") or {*_NEEDED} <= {one.upper() for one in names}:
                return names
        raise InputError(
            f"table {self.name} has no header line", f"begin it with a line of column names: {' '.join(_NEEDED)} ..."
        )

    def _parse(self, line: str) -> TableRow:
        cells = self._cells(line)
        if len(cells) != len(self.columns):
            raise self.malformed(f"{len(cells)} cells between tabs, and the header has {len(self.columns)}")
        contig, pos, ref, alt = (cells[place] for place in self._places)
        if not (pos.isascii() and pos.isdigit() and len(pos) <= _POS_DIGITS):
            raise self.malformed(f"POS is {pos[:_SHOWN]!r}, not a position")
        if not (contig and ref and alt):
            raise self.malformed("CHROM, REF or ALT is empty")
        if "," in alt:
            raise self.malformed(f"ALT is {alt[:_SHOWN]!r}, more than one allele", "give each a row of its own")
        return TableRow(self._reader.line_number, contig, int(pos), ref, alt, cells)

    def _cells(self, line: str) -> tuple[str, ...]:
        try:
            line.encode()
        except UnicodeEncodeError:
            raise self.malformed("holds bytes that are not UTF-8", "save the table as UTF-8") from None
        return tuple(cell.strip() for cell in line.split("\t"))

    def malformed(self, why: str, hint: str = "mend the row or leave it out") -> InputError:
        """What is wrong with the row that was read last."""
        return InputError(f"table {self.name}, line {self._reader.line_number}: {why}", hint)


def is_missing(cell: str, also: Sequence[str] = ("", ".", "na", "n/a", "nan", "null", "none")) -> bool:
    """Whether a cell holds no value.

    >>> is_missing("NA"), is_missing("."), is_missing("0")
    (True, True, False)
    """
    return cell.lower() in also

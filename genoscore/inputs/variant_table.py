"""Variants in the rows of a table, CSV or TSV, as the records of a VCF."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from genoscore.core.printable import percent_encoded
from genoscore.inputs.lines import LineReader
from genoscore.inputs.record_source import COLUMNS_LINE, META_LINES
from genoscore.inputs.table import Table, cells_of, is_missing, separator_of
from genoscore.inputs.table_rows import VARIANT_COLUMNS, VariantRow, variant_rows
from genoscore.inputs.vcf import Record, VcfHeader

_REF = re.compile(r"[A-Za-z]+")
_ALT = re.compile(r"[A-Za-z]+|[.*]|<[^<>\s,;=]+>|[A-Za-z.]*[\[\]][^\[\]\s,;=]+[\[\]][A-Za-z.]*")
_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9_.]")
# Characters with a meaning in a VCF, as its specification encodes them (version 4.3, 1.2).
_ENCODED = {ord(character): f"%{ord(character):02X}" for character in "%,;= \t"}
_ID = "ID"
_OF_A_VCF = {"QUAL", "FILTER", "INFO"}


def looks_like_variants(head: bytes) -> bool:
    """Whether a text begins like a table of variants. A VCF that has lost its header is not one.

    >>> looks_like_variants(b"chrom,pos,ref,alt\\n1,5,A,T\\n"), looks_like_variants(b"#Chrom\\tPos\\tRef\\tAlt\\n")
    (True, True)
    >>> looks_like_variants(b"#CHROM\\tPOS\\tID\\tREF\\tALT\\tQUAL\\tFILTER\\tINFO\\n")
    False
    """
    for line in head.decode("utf-8", "replace").removeprefix("\ufeff").splitlines():
        try:
            names = {cell.upper() for cell in cells_of(line.removeprefix("#"), separator_of(line))}
        except csv.Error:
            return False
        if names.issuperset(VARIANT_COLUMNS):
            return not names.issuperset(_OF_A_VCF)
        if line.strip() and not line.startswith("#"):
            return False
    return False


class VariantTable:
    """A table with the columns CHROM, POS, REF and ALT, in any case; one ALT per row.

    A column ID becomes the ID of the records; every other column becomes a key of INFO, so that it appears in a VCF of
    the scores and can be kept in tables.

    Attributes:
        header: with an INFO line for each of these columns.

    Raises:
        InputError: see Table and `variant_rows`; an allele that is not allowed in a VCF. Names the line.
    """

    carriage_returns = False

    def __init__(self, reader: LineReader) -> None:
        self._table = Table(reader, [VARIANT_COLUMNS])
        own = {*VARIANT_COLUMNS, _ID}
        others = [place for place, name in enumerate(self._table.columns) if name.upper() not in own]
        names = [self._table.columns[place] for place in others]
        self._keys = dict(zip(others, info_keys(names), strict=True))
        self._id = self._table.column(_ID) if self._table.has(_ID) else None
        lines = [
            f'##INFO=<ID={key},Number=1,Type=String,Description="Column {_quoted(name)} of the input table">'
            for key, name in zip(self._keys.values(), names, strict=True)
        ]
        self.header = VcfHeader([*META_LINES, *lines], COLUMNS_LINE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._table.__exit__(kind, error, trace)

    @property
    def name(self) -> str:
        """What messages call the table."""
        return self._table.name

    def __iter__(self) -> Iterator[Record]:
        for index, row in enumerate(variant_rows(self._table)):
            self._check(row)
            variant_id = "." if self._id is None else row.cells[self._id]
            name = "." if is_missing(variant_id) else variant_id.translate(_ENCODED)
            columns = [row.contig, str(row.pos), name, row.ref, row.alt, ".", ".", self._info(row.cells)]
            yield Record(index, columns, row.pos, (row.alt,))

    def _check(self, row: VariantRow) -> None:
        if len(row.contig.split()) > 1:
            raise self._table.malformed(f"CHROM is {row.contig!r}, not the name of a contig")
        for name, allele, pattern in (("REF", row.ref, _REF), ("ALT", row.alt, _ALT)):
            if not pattern.fullmatch(allele):
                raise self._table.malformed(
                    f"{name} is {allele[:30]!r}, not an allele",
                    "write alleles as a VCF does, with the base before an insertion or a deletion",
                )

    def _info(self, cells: Sequence[str]) -> str:
        entries = (
            f"{key}={cells[place].translate(_ENCODED)}"
            for place, key in self._keys.items()
            if cells[place] not in ("", ".")
        )
        return ";".join(entries) or "."


def info_keys(columns: Sequence[str]) -> list[str]:
    """Keys of INFO for columns of a table: letters, digits, `_` and `.` are kept, names that become equal numbered.

    >>> info_keys(["AF", "allele freq", "allele-freq", "1000G", ""])
    ['AF', 'allele_freq', 'allele_freq_2', '_1000G', '_']
    """
    keys: list[str] = []
    for name in columns:
        key = _NOT_IN_KEYS.sub("_", name)
        key = free = key if key[:1].isalpha() or key[:1] == "_" else f"_{key}"
        number = 1
        while free in keys:
            number += 1
            free = f"{key}_{number}"
        keys.append(free)
    return keys


def _quoted(name: str) -> str:
    return percent_encoded(name).replace("\\", "\\\\").replace('"', '\\"')

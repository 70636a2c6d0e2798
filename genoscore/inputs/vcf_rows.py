"""Records of a VCF or BCF as rows of a table of variants: one row per ALT, values of INFO keys as cells."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

import numpy as np

from genoscore.core.choices import INFO
from genoscore.core.errors import InputError
from genoscore.inputs.table_rows import VariantRow
from genoscore.inputs.vcf import Record, VcfReader
from genoscore.inputs.vcf_values import Value, read_values

_FIXED = {"CHROM": 0, "ID": 2, "QUAL": 5, "FILTER": 6}  # indices of other columns
_NUMBER = re.compile(r"##INFO=<ID=(?P<key>[^,>]+),Number=(?P<number>[^,>]+)")


class VcfTable:
    """A VCF or BCF as a table of variants.

    Args:
        path: of a file; standard input cannot be read twice.
        columns: `INFO/KEY`, CHROM, ID, QUAL or FILTER.
        of_alts: those of `columns` whose values must be per ALT: a record with several ALTs and one value for all of
            them (Number=1 or .) is an error.

    Attributes:
        columns: as given. name: what messages call the file.
        line: 1-based number in the VCF's text of the record that was read last.

    Raises:
        InputError: not a VCF, a column that is not one of these, or what `read_values` raises.
    """

    def __init__(self, path: str, columns: Sequence[str], of_alts: Collection[str] = ()) -> None:
        self.columns = tuple(dict.fromkeys(columns))
        self.line = 0
        with VcfReader(path) as reader:
            self.name, self._path = reader.name, path
            self._header_lines = len(reader.header.meta) + 1
            numbers = {match["key"]: match["number"] for line in reader.header.meta if (match := _NUMBER.match(line))}
        for name in self.columns:
            if not name.startswith(INFO) and name not in _FIXED:
                hint = f"give INFO/{name} for that key of INFO, or {', '.join(_FIXED)}"
                raise InputError(f"VCF {self.name} has no column {name}", hint, path=path)
        self._keys = [name.removeprefix(INFO) for name in self.columns if name.startswith(INFO)]
        per_alt = [name.removeprefix(INFO) for name in of_alts if name.startswith(INFO)]
        self._of_records = [key for key in per_alt if numbers.get(key) not in ("A", "R")]

    def column(self, name: str) -> int:
        """0-based place of one of `columns`."""
        return self.columns.index(name)

    def rows(self) -> Iterator[VariantRow]:
        """One per ALT, in the order of the records; missing values are ''."""
        for record_values in read_values(self._path, self._keys):
            record = record_values.record
            self.line = self._header_lines + record.index + 1
            if len(record.alts) > 1 and any(record_values.values[key][0] is not None for key in self._of_records):
                keys = ", ".join(self._of_records)
                raise self.malformed(
                    f"{record.contig}:{record.pos} has {len(record.alts)} ALTs but one value of {keys}",
                    "give a key of Number=A, or split such records (bcftools norm -m -) and check whose value it is",
                )
            for at, alt in enumerate(record.alts):
                values = {key: _text(values[at]) for key, values in record_values.values.items()}
                cells = tuple(self._cell(name, record, values) for name in self.columns)
                yield VariantRow(self.line, record.contig, record.pos, record.ref, alt, cells)

    def malformed(self, why: str, hint: str = "fix the record or leave it out") -> InputError:
        """An error about the record that was read last."""
        return InputError.at(f"VCF {self.name}", why, hint, path=self._path, line=self.line)

    def _cell(self, name: str, record: Record, values: dict[str, str]) -> str:
        return values[name.removeprefix(INFO)] if name.startswith(INFO) else record.columns[_FIXED[name]]


def _text(value: Value) -> str:
    """As a cell; a Float with as many digits as 32 bits hold.

    >>> _text(0.10000000149011612), _text(None), _text(True)
    ('0.1', '', 'true')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(np.float32(value)) if isinstance(value, float) else str(value)

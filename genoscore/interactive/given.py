"""Variants as Python users hold them: a pandas or polars frame, or a sequence of strings; and adding scores to them.

pandas and polars are optional: neither is imported unless the user passes in one of its frames.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol

from genoscore.core.errors import InputError
from genoscore.core.number_text import POS_DIGITS, unsigned_number
from genoscore.core.variants import Variant
from genoscore.inputs.record_source import GivenVariant
from genoscore.inputs.variant_text import parse_variant

TEXT, INTEGER, FLOAT = "text", "integer", "float"
_COLUMNS = ("chrom", "pos", "ref", "alt")
_SHOWN = 30  # characters of a cell in messages

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column of scores, with one value per row of the result.

    Attributes:
        kind: `text`, `integer` or `float`.
        values: None means missing.
    """

    name: str
    kind: str
    values: list[Cell]


@dataclass(frozen=True, slots=True)
class NotAVariant:
    """Why a row is not a variant that can be scored."""

    reason: str


class Given(Protocol):
    """Variants as the user passed them in.

    Attributes:
        variants: one per row, or why the row is not a variant.
    """

    variants: list[GivenVariant | NotAVariant]

    @property
    def names(self) -> set[str]:
        """The names of its columns."""
        ...

    def with_columns(self, columns: Sequence[NewColumn], rows: Sequence[int] | None) -> Any:
        """The same type of object with columns added; a new column replaces an existing one of the same name.

        Args:
            rows: for each row of the result, the 0-based index of its input row; None: each row once.
        """
        ...


def read_given(variants: Any) -> Given:
    """Read a frame with chrom, pos, ref and alt (in upper or lower case; `#CHROM` too), or a sequence of variants:
    strings that `parse_variant` reads, `Variant`s, or tuples of the four.

    Raises:
        InputError: a column is missing or duplicated, or the type is not supported.
    """
    pandas, polars = sys.modules.get("pandas"), sys.modules.get("polars")
    if pandas is not None and isinstance(variants, pandas.DataFrame):
        return _PandasFrame(variants)
    if polars is not None and isinstance(variants, polars.DataFrame):
        return _PolarsFrame(variants)
    if polars is not None and isinstance(variants, polars.LazyFrame):
        raise InputError("a polars LazyFrame has no rows yet", "call its .collect() first")
    if isinstance(variants, (str, Variant, GivenVariant)):
        return _Listed([variants])
    if isinstance(variants, Mapping) or not isinstance(variants, Iterable):
        raise InputError(
            f"a {type(variants).__name__} is not a frame of variants",
            "give a pandas or polars frame with chrom, pos, ref and alt, or a list of strings such as chr1-100-A-T",
        )
    return _Listed(list(variants))


class _PandasFrame:
    def __init__(self, frame: Any) -> None:
        self._frame = frame
        places = _places(list(frame.columns))
        self.variants = _variants([frame.iloc[:, place].tolist() for place in places])

    @property
    def names(self) -> set[str]:
        return {name for name in self._frame.columns if isinstance(name, str)}

    def with_columns(self, columns: Sequence[NewColumn], rows: Sequence[int] | None) -> Any:
        import numpy as np
        import pandas as pd

        frame = self._frame.copy() if rows is None else self._frame.iloc[list(rows)].copy()
        arrays = {}
        for column in columns:
            if column.kind == FLOAT:
                arrays[column.name] = np.array(column.values, dtype=np.float64)  # None becomes NaN
            else:
                arrays[column.name] = pd.array(column.values, dtype="Int64" if column.kind == INTEGER else "string")
        existing = [name for name in arrays if name in frame.columns]
        for name in existing:
            frame[name] = arrays.pop(name)
        return pd.concat([frame, pd.DataFrame(arrays, index=frame.index)], axis=1) if arrays else frame


class _PolarsFrame:
    def __init__(self, frame: Any) -> None:
        self._frame = frame
        places = _places(frame.columns)
        self.variants = _variants([frame.to_series(place).to_list() for place in places])

    @property
    def names(self) -> set[str]:
        return {*self._frame.columns}

    def with_columns(self, columns: Sequence[NewColumn], rows: Sequence[int] | None) -> Any:
        import polars as pl

        types = {TEXT: pl.String, INTEGER: pl.Int64, FLOAT: pl.Float64}
        frame = self._frame if rows is None else self._frame[list(rows)]
        return frame.with_columns(
            [pl.Series(column.name, column.values, dtype=types[column.kind]) for column in columns]
        )


class _Listed:
    """A sequence of variants; the result is a list of dictionaries."""

    names: set[str] = set()

    def __init__(self, items: list[Any]) -> None:
        self._items = items
        self.variants = [_variant_of(item) for item in items]

    def with_columns(self, columns: Sequence[NewColumn], rows: Sequence[int] | None) -> list[dict[str, Cell]]:
        input_rows = range(len(self._items)) if rows is None else rows
        values = zip(*(column.values for column in columns), strict=True)
        names = [column.name for column in columns]
        return [
            {"VARIANT": _text_of(self._items[row]), **dict(zip(names, cells, strict=True))}
            for row, cells in zip(input_rows, values, strict=True)
        ]


def _places(names: Sequence[object]) -> list[int]:
    """Indices of the columns CHROM, POS, REF and ALT."""
    folded = [name.strip().removeprefix("#").lower() if isinstance(name, str) else "" for name in names]
    for column in _COLUMNS:
        number = folded.count(column)
        if number != 1:
            fault = f"no column {column}" if number == 0 else f"{number} columns named {column}"
            listed = ", ".join(map(str, names[:12])) + (", ..." if len(names) > 12 else "")
            raise InputError(
                f"the frame has {fault}; its columns: {listed or 'none'}",
                "name its columns chrom, pos, ref and alt, for example with .rename()",
            )
    return [folded.index(column) for column in _COLUMNS]


def _variants(columns: Sequence[Sequence[object]]) -> list[GivenVariant | NotAVariant]:
    return [_variant(*cells) for cells in zip(*columns, strict=True)]


def _variant_of(item: object) -> GivenVariant | NotAVariant:
    if isinstance(item, Variant):
        return _variant(item.contig, item.pos, item.ref, item.alt)
    if isinstance(item, tuple) and len(item) >= len(_COLUMNS):
        return _variant(*item[: len(_COLUMNS)])
    if not isinstance(item, str):
        return NotAVariant("missing" if _is_missing(item) else f"{_shown(item)} is not a variant")
    try:
        return _variant(*parse_variant(item)[: len(_COLUMNS)])
    except InputError as error:
        return NotAVariant(error.one_line())


def _text_of(item: object) -> str:
    if isinstance(item, Variant):
        return f"{item.contig}-{item.pos}-{item.ref}-{item.alt}"
    return "-".join(map(str, item[: len(_COLUMNS)])) if isinstance(item, tuple) else str(item)


def _variant(chrom: object, pos: object, ref: object, alt: object) -> GivenVariant | NotAVariant:
    for name, value in zip(_COLUMNS, (chrom, pos, ref, alt), strict=True):
        if _is_missing(value):
            return NotAVariant(f"{name} is missing")
    number = _whole(pos)
    if number is None:
        return NotAVariant(f"pos is {_shown(pos)}, not a position")
    contig = chrom.strip() if isinstance(chrom, str) else _whole(chrom)
    if contig is None or len(str(contig).split()) != 1:
        return NotAVariant(f"chrom is {_shown(chrom)}, not a contig")
    alleles = []
    for name, value in (("ref", ref), ("alt", alt)):
        allele = value.strip() if isinstance(value, str) else ""
        if len(allele.split()) != 1:
            return NotAVariant(f"{name} is {_shown(value)}, not an allele")
        alleles.append(allele)
    if "," in alleles[1]:
        return NotAVariant(f"alt is {_shown(alt)}, more than one allele: give each its own row")
    return GivenVariant(str(contig), number, *alleles)


def _whole(value: object) -> int | None:
    """A whole number, 0 or more; also as text, or the float that pandas makes of it beside missing values."""
    text = value.strip() if isinstance(value, str) else ""
    if isinstance(value, Real) and not isinstance(value, bool) and float(value).is_integer():
        text = str(int(float(value)))
    return unsigned_number(text, POS_DIGITS)


def _is_missing(value: object) -> bool:
    """Whether a value is None, NaN or pandas' NA, whose comparison with itself is not even a bool."""
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):
        return True


def _shown(value: object) -> str:
    return repr(value)[:_SHOWN]

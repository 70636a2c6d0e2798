"""Typed INFO values of a VCF or BCF, through cyvcf2 (Pedersen and Quinlan, Bioinformatics 2017), per ALT.

cyvcf2 is lenient: an Integer that is `1.5` is read as 1, a Float that is `high` as missing, a duplicate key as its
first value. So that no label is misread, every text is checked against its header line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cyvcf2

from genoscore.core.errors import InputError
from genoscore.core.number_text import whole_number
from genoscore.inputs.htslib import silence_htslib
from genoscore.inputs.vcf import Record, VcfReader

Value = float | int | str | bool | None
_SMALLEST, _LARGEST = -(2**31) + 8, 2**31 - 1  # BCF reserves the eight below
_SHOWN = 30  # characters of a value in messages


@dataclass(frozen=True, slots=True)
class Declared:
    """What a header's INFO line says about a key: Number and Type as written (VCF 4.3 specification, 1.4.2)."""

    key: str
    number: str
    type: str


@dataclass(frozen=True, slots=True)
class RecordValues:
    """A record and its values for the requested keys.

    Attributes:
        values: key -> one value per ALT, in the record's order. None is missing. Number=A gives each ALT its own,
            Number=R likewise, after REF's, Number=1 gives all the same; a Flag is True or False. Floats are rounded to
            32 bits and may be NaN; text is as written, percent-encoding included.
    """

    record: Record
    values: dict[str, tuple[Value, ...]]


def read_values(path: str | Path, keys: Sequence[str]) -> Iterator[RecordValues]:
    """Every record of a VCF, bgzipped VCF or BCF file, in order, with the values of INFO keys.

    Keys with other Numbers than those of RecordValues are read if they hold one value, which then applies to all ALTs.
    In a record with one ALT, the text of such a key is one value, commas included, as in ClinVar's CLNSIG.

    Raises:
        InputError: missing, not a file, not a VCF, damaged; a key that the header does not declare (names it); a value
            that is not of its declared Type or Number, or a duplicate key (names the line).
    """
    name = str(path)
    if not os.path.isfile(name):
        # A pipe can be read only once, and two readers read it here.
        why = f"input {name} is not a file" if os.path.exists(name) or name == "-" else f"input {name} does not exist"
        raise InputError(why, "give a VCF or BCF file", path=name)
    silence_htslib()
    cyvcf2.cyvcf2.set_htslib_log_level(0)  # its own htslib, separate from pysam's
    with VcfReader(name) as reader:
        typed = _opened(name)
        try:
            declared = [_declared(typed, reader, key) for key in keys]
            variants = iter(typed)
            for record in reader:
                variant = _next(variants, reader, record)
                texts = _texts(record, keys, reader)
                yield RecordValues(record, {key.key: _per_alt(key, variant, record, texts, reader) for key in declared})
        finally:
            typed.close()


def _opened(path: str) -> Any:
    try:
        return cyvcf2.VCF(path)
    except Exception as error:  # cyvcf2 raises plain Exceptions
        raise InputError(f"input {path} cannot be read by htslib ({error})", "give a VCF or BCF", path=path) from None


def _declared(typed: Any, reader: VcfReader, key: str) -> Declared:
    if ("INFO", key) not in reader.header.declared:
        known = ", ".join(sorted(name for kind, name in reader.header.declared if kind == "INFO")) or "none"
        raise InputError(f"input {reader.name} declares no INFO {key}", f"it declares: {known}", path=reader.path)
    line = typed.get_header_type(key)
    declared = Declared(key, line.get("Number", "."), line.get("Type", ""))
    if declared.type != "Flag" and declared.type not in _CHECKS:
        why = f"input {reader.name} declares INFO {key} with the Type {declared.type!r}"
        raise InputError(why, f"the Types are {', '.join(_CHECKS)} and Flag", path=reader.path)
    return declared


def _next(variants: Iterator[Any], reader: VcfReader, record: Record) -> Any:
    try:
        variant = next(variants, None)
    except Exception as error:
        wrong = reader.malformed(record, f"htslib cannot read it ({error})")
        for _ in reader:  # htslib reads ahead; this reader gives better errors for what is wrong after this record
            pass
        raise wrong from None
    if variant is None or (record.contig, record.pos) != (variant.CHROM, variant.POS):
        raise reader.malformed(record, "htslib reads another record here")
    return variant


def _texts(record: Record, keys: Sequence[str], reader: VcfReader) -> dict[str, str | None]:
    """The requested keys of INFO as written: key -> text, None for a key without `=`."""
    texts: dict[str, str | None] = {}
    for entry in record.info.split(";"):
        key, equals, text = entry.partition("=")
        if key in texts:
            raise reader.malformed(record, f"INFO {key} occurs twice")
        if key in keys:
            texts[key] = text if equals else None
    return texts


def _per_alt(
    declared: Declared, variant: Any, record: Record, texts: dict[str, str | None], reader: VcfReader
) -> tuple[Value, ...]:
    alts = len(record.alts)
    present, text = declared.key in texts, texts.get(declared.key)
    if declared.type == "Flag":
        return (present,) * alts
    if not present or text in (None, "", "."):
        return (None,) * alts
    cells = _cells(declared, str(text), alts)
    check, expected = _CHECKS[declared.type]
    for cell in cells:
        if cell != "." and not check(cell):
            raise reader.malformed(record, f"INFO {declared.key} is {cell[:_SHOWN]!r}, not {expected}")
    parsed = variant.INFO.get(declared.key)
    if isinstance(parsed, str):
        parsed = tuple(None if cell == "." else cell for cell in _cells(declared, parsed, alts))
    values: tuple[Value, ...] = parsed if isinstance(parsed, tuple) else (parsed,)
    return _spread(declared, values, alts, record, reader)


def _cells(declared: Declared, text: str, alts: int) -> list[str]:
    """A text is a list only if its Number says so: with `Number=1` it may hold commas, as in many annotations."""
    of_alts = declared.number in ("A", "R") or (declared.number != "1" and alts > 1)
    return [text] if declared.type in ("String", "Character") and not of_alts else text.split(",")


def _spread(
    declared: Declared, values: tuple[Value, ...], alts: int, record: Record, reader: VcfReader
) -> tuple[Value, ...]:
    if declared.number == "A" and len(values) == alts:
        return values
    if declared.number == "R" and len(values) == alts + 1:
        return values[1:]
    if declared.number not in ("A", "R") and len(values) == 1:
        return values * alts
    expected = {"A": str(alts), "R": str(alts + 1)}.get(declared.number, "one")
    raise reader.malformed(record, f"INFO {declared.key} has {len(values)} values, {expected} expected")


def _is_integer(cell: str) -> bool:
    return whole_number(cell, _SMALLEST, _LARGEST) is not None


def _is_float(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell and cell.isascii()


_CHECKS: dict[str, tuple[Callable[[str], bool], str]] = {
    "Integer": (_is_integer, "a 32-bit integer"),
    "Float": (_is_float, "a number"),
    "String": (bool, "a text"),
    "Character": (lambda cell: len(cell) == 1, "a character"),
}

"""Typed INFO values of a VCF or BCF, through cyvcf2 (Pedersen and Quinlan, Bioinformatics 2017), per ALT.

cyvcf2 is lenient: an Integer that is `1.5` is read as 1, a Float that is `high` as missing, a key that stands twice as
its first value. So that no label is read as another, every text is compared with what its header line declares.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cyvcf2

from genoscore.core.errors import InputError
from genoscore.inputs.vcf import Record, VcfReader, silence_htslib

Value = float | int | str | bool | None
_INTEGER = re.compile(r"[+-]?\d+")
_SMALLEST, _LARGEST = -(2**31) + 8, 2**31 - 1  # BCF keeps the eight below for itself
_SHOWN = 30  # characters of a value in messages


@dataclass(frozen=True, slots=True)
class Declared:
    """What a header's INFO line says of a key: Number and Type as they stand (VCF 4.3 specification, 1.4.2)."""

    key: str
    number: str
    type: str


@dataclass(frozen=True, slots=True)
class RecordValues:
    """A record and what it says of the keys asked for.

    Attributes:
        values: key -> one value per ALT, in the record's order. None is missing. Number=A gives each ALT its own,
            Number=R the one that follows REF's, Number=1 gives all the same; a Flag is True or False. Floats are
            rounded to 32 bits and may be NaN; text stays as it stands, percent-encoded where it is.
    """

    record: Record
    values: dict[str, tuple[Value, ...]]


def read_values(path: str | Path, keys: Sequence[str]) -> Iterator[RecordValues]:
    """Every record of a VCF, bgzipped VCF or BCF file, in order, with the values of INFO keys.

    Keys of other Numbers than those of RecordValues are read where they hold one value, which is that of all ALTs. Of a
    record of one ALT a text of such a key is one value, commas included, as ClinVar writes them in CLNSIG.

    Raises:
        InputError: missing, not a file, not a VCF, damaged; a key that the header does not declare, by its name; a
            value that is not of its declared Type or Number, or a key that stands twice, by its line.
    """
    name = str(path)
    if not os.path.isfile(name):
        # A pipe can be read but once, and two readers look at it here.
        why = f"input {name} is not a file" if os.path.exists(name) or name == "-" else f"input {name} does not exist"
        raise InputError(why, "give a VCF or BCF file", path=name)
    silence_htslib()
    cyvcf2.cyvcf2.set_htslib_log_level(0)  # its own htslib, apart from pysam's
    with VcfReader(name) as reader:
        typed = _opened(name)
        try:
            declared = [_declared(typed, reader, key) for key in keys]
            variants = iter(typed)
            for record in reader:
                variant = _next(variants, reader, record)
                texts = _texts(record, keys, reader)
                yield RecordValues(record, {one.key: _per_alt(one, variant, record, texts, reader) for one in declared})
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
        for _ in reader:  # htslib reads ahead; what is damaged or malformed behind this record is named better here
            pass
        raise wrong from None
    if variant is None or (record.contig, record.pos) != (variant.CHROM, variant.POS):
        raise reader.malformed(record, "htslib reads another record here")
    return variant


def _texts(record: Record, keys: Sequence[str], reader: VcfReader) -> dict[str, str | None]:
    """INFO as it stands, of the keys asked for: key -> text, None for a key without `=`."""
    texts: dict[str, str | None] = {}
    for entry in record.info.split(";"):
        key, equals, text = entry.partition("=")
        if key in texts:
            raise reader.malformed(record, f"INFO {key} stands twice")
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
    check, wanted = _CHECKS[declared.type]
    for cell in cells:
        if cell != "." and not check(cell):
            raise reader.malformed(record, f"INFO {declared.key} is {cell[:_SHOWN]!r}, not {wanted}")
    found = variant.INFO.get(declared.key)
    if isinstance(found, str):
        found = tuple(None if cell == "." else cell for cell in _cells(declared, found, alts))
    values: tuple[Value, ...] = found if isinstance(found, tuple) else (found,)
    return _spread(declared, values, alts, record, reader)


def _cells(declared: Declared, text: str, alts: int) -> list[str]:
    """A text is a list only where its Number says so: `Number=1` may hold commas, as many annotations do."""
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
    wanted = {"A": str(alts), "R": str(alts + 1)}.get(declared.number, "one")
    raise reader.malformed(record, f"INFO {declared.key} has {len(values)} values, {wanted} expected")


def _is_integer(cell: str) -> bool:
    return bool(_INTEGER.fullmatch(cell)) and _SMALLEST <= int(cell) <= _LARGEST


def _is_float(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell and cell.isascii()


_CHECKS: dict[str, tuple[Callable[[str], bool], str]] = {
    "Integer": (_is_integer, "an integer of 32 bits"),
    "Float": (_is_float, "a number"),
    "String": (bool, "a text"),
    "Character": (lambda cell: len(cell) == 1, "a character"),
}

"""Which scores count as evidence: `--evidence FILE.toml`, as a laboratory writes it or `evaluate --calibrate` makes it.

A file has a table for each predictor:

    [spliceai]
    source = "ClinGen panel NAME, version 1.2"
    at_least = { PP3 = 0.2, PP3_Moderate = 0.5 }
    at_most = { BP4 = 0.1 }
    distance = 50   # optional: the -d and -m with which the scores must have been made
    mask = "none"
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genoscore.core.choices import MASKS, MAX_DISTANCE
from genoscore.core.errors import ConfigError
from genoscore.core.special_files import special_kind
from genoscore.core.toml_file import Kind, TomlFile

FOR, AGAINST = "PP3", "BP4"  # ACMG/AMP codes: computation speaks for an effect, or against one
STRENGTHS = ("", "_Moderate", "_Strong", "_Very_Strong")  # of a code; the plain one is supporting
_KEYS = ("source", "at_least", "at_most", "distance", "mask", "weights_sha256", "origin", "intervals")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST = 1000  # characters of a source, which every header repeats


@dataclass(frozen=True, slots=True)
class EvidenceTable:
    """The thresholds of one predictor.

    Attributes:
        source: whose thresholds they are, in words for headers.
        at_least: `PP3`, `PP3_Moderate`, ... -> the smallest score that has it, weakest word first.
        at_most: `BP4`, ... -> the largest score that has it, weakest word first.
        distance, mask: the `-d` and `-m` that the thresholds were made for; None for any.
        weights_sha256: the digest of the weights that they were made for; None for any.
    """

    source: str
    at_least: Mapping[str, float]
    at_most: Mapping[str, float]
    distance: int | None = None
    mask: str | None = None
    weights_sha256: str | None = None


def read_evidence(path: Path) -> dict[str, EvidenceTable]:
    """Predictor -> its thresholds.

    Raises:
        ConfigError: the file is a pipe or a device, cannot be read or is not TOML, a key is unknown or missing, a value
            cannot be, or the thresholds contradict each other. One line, with file and key.
    """
    if kind := special_kind(path):  # it is read more than once
        raise ConfigError(f"evidence file {path} is {kind}", "give a file")
    file = TomlFile.read(path, "evidence file")
    file.check(bool(file.values), "holds no predictor", "give a table such as [spliceai]")
    return {name: _table(file, name, values) for name, values in file.values.items()}


def _table(file: TomlFile, name: str, values: Any) -> EvidenceTable:
    file.check(bool(_NAME.fullmatch(name)), f"{name!r:.60} is no predictor", "name one as `genoscore models list` does")
    file.check_at(name, isinstance(values, dict), f"is {values!r:.60}", f"give a table [{name}]")
    for key in values:
        file.check_key(key, _KEYS, name)
    file.check_at(f"[{name}] source", "source" in values, "is missing", "say whose thresholds these are")
    given = "at_least" in values or "at_most" in values
    file.check(given, f"[{name}] has no thresholds", "for example at_least = { PP3 = 0.2 }, at_most = { BP4 = 0.1 }")
    table = EvidenceTable(
        _source(file, name, values["source"]),
        _thresholds(file, name, "at_least", values.get("at_least", {}), FOR),
        _thresholds(file, name, "at_most", values.get("at_most", {}), AGAINST),
        values.get("distance"),
        values.get("mask"),
        values.get("weights_sha256"),
    )
    _check_order(file, name, table)
    _check_settings(file, name, table)
    file.check_at(f"[{name}] origin", isinstance(values.get("origin", {}), dict), "is no table", "leave it as it was")
    intervals = values.get("intervals", [])
    listed = isinstance(intervals, list) and all(isinstance(row, dict) for row in intervals)
    file.check_at(f"[{name}] intervals", listed, "is no list of tables", "leave it as it was")
    return table


def _source(file: TomlFile, name: str, text: Any) -> str:
    key = f"[{name}] source"
    file.check_kind(key, text, Kind.TEXT)
    good = bool(text.strip()) and text.isprintable() and len(text) <= _LONGEST
    file.check_at(key, good, f"is {text!r:.60}", f"give one line of at most {_LONGEST:,} printable characters")
    return str(text)


def _thresholds(file: TomlFile, name: str, key: str, values: Any, code: str) -> dict[str, float]:
    where, known = f"[{name}] {key}", [code + strength for strength in STRENGTHS]
    file.check_at(where, isinstance(values, dict), f"is {values!r:.60}", f"for example {key} = {{ {code} = 0.2 }}")
    for word, number in values.items():
        file.check_key(word, known, f"{name}.{key}")
        good = Kind.NUMBER.accepts(number) and math.isfinite(number) and number >= 0
        file.check_at(f"{where} {word}", good, f"is {number!r:.60}", "give a score, a number from 0")
    return {word: float(values[word]) for word in known if word in values}


def _check_order(file: TomlFile, name: str, table: EvidenceTable) -> None:
    for key, thresholds, rising in (("at_least", table.at_least, True), ("at_most", table.at_most, False)):
        numbers = list(thresholds.values())
        file.check_at(
            f"[{name}] {key}",
            numbers == sorted(numbers, reverse=not rising),
            "has a stronger word that is easier to reach than a weaker one",
            f"give {', '.join(thresholds)} {'rising' if rising else 'falling'} scores",
        )
    least, most = min(table.at_least.values(), default=math.inf), max(table.at_most.values(), default=-math.inf)
    file.check(
        most < least,
        f"[{name}] calls scores from {least:g} to {most:g} both {FOR} and {AGAINST}",
        "let at_most end below at_least",
    )


def _check_settings(file: TomlFile, name: str, table: EvidenceTable) -> None:
    if table.distance is not None:
        file.check_kind(f"[{name}] distance", table.distance, Kind.WHOLE)
        within = 0 <= table.distance <= MAX_DISTANCE
        file.check_at(f"[{name}] distance", within, f"is {table.distance}", f"give 0 to {MAX_DISTANCE:,}")
    if table.mask is not None:
        file.check_kind(f"[{name}] mask", table.mask, Kind.TEXT)
        file.check_at(f"[{name}] mask", table.mask in MASKS, f"is {table.mask!r:.60}", f"one of {', '.join(MASKS)}")
    if table.weights_sha256 is not None:
        file.check_kind(f"[{name}] weights_sha256", table.weights_sha256, Kind.TEXT)

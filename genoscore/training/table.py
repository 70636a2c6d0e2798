"""The table that networks are fitted to: every row has a sequence, a value and its track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genoscore.core.encode import Codes, encode
from genoscore.core.errors import InputError
from genoscore.core.number_text import finite_number
from genoscore.inputs.table import Table, is_missing
from genoscore.training.config import DataConfig
from genoscore.weights.files import sha256

LETTERS = frozenset("ACGTN")
_SHOWN = 30  # characters of a cell that messages show


@dataclass(frozen=True, slots=True)
class MeasuredSequences:
    """The N rows of a table that have a value.

    Attributes:
        name, sha256: of the file.
        ids: from the ID column, or line numbers.
        codes: (N, L) uint8, inserts without adaptors; 0 to 3 are A, C, G, T, 4 is N.
        values: (N,) float64. tracks: (N,) int64, indices of `track_names`, which are sorted.
        groups: (N,) int64; rows with the same number belong together.
        missing: the number of rows left out because they have no value.
    """

    name: str
    sha256: str
    ids: list[str]
    codes: Codes
    values: NDArray[np.float64]
    tracks: NDArray[np.int64]
    track_names: list[str]
    groups: NDArray[np.int64]
    missing: int


def read_table(config: DataConfig, length: int) -> MeasuredSequences:
    """Read the whole table.

    Args:
        length: bases of an insert.

    Raises:
        InputError: no header, a missing or duplicate column, a row that cannot be read, or no rows.
    """
    with Table(str(config.table)) as text:
        return _Reading(text, config, length).table()


class _Reading:
    def __init__(self, text: Table, config: DataConfig, length: int) -> None:
        self._text, self._config, self._length = text, config, length

    def table(self) -> MeasuredSequences:
        config, text = self._config, self._text
        columns = {"sequence": config.sequence, "value": config.value}
        columns |= {key: name for key in ("track", "group", "id") if (name := getattr(config, key))}
        places = {key: text.column(name) for key, name in columns.items()}
        rows, ids, missing = [], [], 0
        for cells in text:
            row = {key: cells[place] for key, place in places.items()}
            if is_missing(row["value"]):
                missing += 1
                continue
            track = row.get("track", config.track_name)
            if not track:
                raise text.malformed(f"{config.track} is empty")
            group = row.get("group") or f"line {text.line}"  # a row with an empty cell is a group of its own
            rows.append((self._insert(row["sequence"]), self._value(row["value"]), track, group))
            ids.append(row.get("id") or str(text.line))
        if not rows:
            raise InputError(f"table {text.name} has no row with a value", "give another table", path=str(config.table))
        inserts, values, tracks, groups = zip(*rows, strict=True)
        names = sorted(set(tracks))
        return MeasuredSequences(
            name=config.table.name,
            sha256=sha256(config.table),
            ids=ids,
            codes=encode(inserts),
            values=np.array(values),
            tracks=np.array([names.index(track) for track in tracks]),
            track_names=names,
            groups=np.unique(groups, return_inverse=True)[1].astype(np.int64),
            missing=missing,
        )

    def _value(self, cell: str) -> float:
        value = finite_number(cell)
        if value is None:
            raise self._text.malformed(f"{self._config.value} is {cell[:_SHOWN]!r}, not a number")
        return value

    def _insert(self, cell: str) -> str:
        """The insert in upper case, without adaptors."""
        sequence, (left, right) = cell.upper(), self._config.adaptors
        if foreign := {*sequence} - LETTERS:
            raise self._text.malformed(f"{self._config.sequence} contains {min(foreign)!r}, which is not a base")
        if len(sequence) == self._length:
            return sequence
        whole = self._length + len(left) + len(right)
        if len(sequence) != whole:
            with_adaptors = f", or {whole} with adaptors" if whole > self._length else ""
            raise self._text.malformed(
                f"the sequence has {len(sequence)} bases, but [network] length is {self._length}{with_adaptors}",
                "give sequences of that length, or change length or adaptors",
            )
        if not (sequence.startswith(left) and sequence.endswith(right)):
            raise self._text.malformed(f"the sequence of {whole} bases lacks the adaptors {left} and {right}")
        return sequence[len(left) : whole - len(right)]

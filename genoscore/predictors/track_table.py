"""The tracks of a predictor: their table, as published by the model's authors, and which of them a run uses.

A track's index is 0-based: the position of its output among those of the network's head.
"""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, WeightsError
from genoscore.inputs.lines import LineReader

_LAYOUT = "expected: tab-separated, a header line with index, identifier and description, then one line per track"
_INDEX = re.compile(r"[0-9]{1,9}")
_INDICES = re.compile(rf"\s*{_INDEX.pattern}\s*(,\s*{_INDEX.pattern}\s*)*")
_INDEX_NAMES = ("", "index")  # pandas leaves the index column unnamed
_NAMED = 3  # lines without a match that a message lists


@dataclass(frozen=True, slots=True)
class Track:
    """One output of a network's head.

    Attributes:
        index: 0-based place among the head's outputs.
        identifier: of the experiment, such as ENCFF833POA; several tracks may share one.
        description: in words, such as `DNASE:cerebellum male adult (27 years)`; '' if unknown.
    """

    index: int
    identifier: str
    description: str

    @property
    def text(self) -> str:
        """What a regular expression is matched against: the description, or the identifier if there is none."""
        return self.description or self.identifier


def unnamed_tracks(head: str, count: int) -> tuple[Track, ...]:
    """Tracks of a head without a table: `human_0`, `human_1`, ..."""
    return tuple(Track(index, f"{head}_{index}", "") for index in range(count))


def find_targets(folder: Path, head: str = "") -> Path | None:
    """The table beside the weights: `targets_HEAD.txt` or `.tsv`, else `targets.txt` or `.tsv`."""
    stems = [f"targets_{head}", "targets"] if head else ["targets"]
    paths = [folder / f"{stem}{suffix}" for stem in stems for suffix in (".txt", ".tsv")]
    return next((path for path in paths if path.is_file()), None)


def read_targets(path: Path, count: int | None = None) -> tuple[Track, ...]:
    """The tracks of a table, in order of their index.

    Columns are found by name: `index` (which may be unnamed), and `identifier` or `description` or both. The mouse
    table of Basenji and Enformer continues the numbering of the human one (5,313 to 6,955): consecutive indices are
    counted from the first of them.

    Args:
        count: number of tracks of the head; None: any.

    Raises:
        InputError: the file cannot be read.
        WeightsError: it is not such a table, or has a different number of tracks.
    """
    reader = LineReader(str(path), "targets table")
    try:
        rows = csv.reader(reader, delimiter="\t", strict=True)
        columns = _columns(path, next(rows, []))
        tracks = [_track(f"{path}, line {rows.line_num}", row, columns) for row in rows if row]
    except csv.Error as error:
        raise WeightsError(f"{path}, line {reader.line_number}: {error}", _LAYOUT) from None
    finally:
        reader.close()
    return _numbered(path, tracks, count)


def _columns(path: Path, names: Sequence[str]) -> dict[str, int]:
    """Column name -> 0-based position; `width` is the number of columns."""
    named = [name.strip("\ufeff ").lower() for name in names]
    columns = {name: place for place, name in enumerate(named) if name in ("identifier", "description")}
    index = next((place for place, name in enumerate(named) if name in _INDEX_NAMES), None)
    if index is None or not columns:
        raise WeightsError(
            f"{path}, line 1, names no index column, or neither an identifier nor a description column", _LAYOUT
        )
    return {**columns, "index": index, "width": len(names)}


def _track(place: str, row: Sequence[str], columns: dict[str, int]) -> Track:
    if len(row) != columns["width"]:
        raise WeightsError(f"{place}: {len(row)} columns, but line 1 names {columns['width']}", _LAYOUT)
    index = row[columns["index"]].strip()
    if not _INDEX.fullmatch(index):
        raise WeightsError(f"{place}: index {index[:40]!r} is not a whole number", "number the tracks from 0")
    identifier, description = (
        _printable(row[columns[name]]) if name in columns else "" for name in ("identifier", "description")
    )
    if not (identifier or description):
        raise WeightsError(f"{place}: neither identifier nor description", "name the track")
    return Track(int(index), identifier, description)


def _numbered(path: Path, tracks: list[Track], count: int | None) -> tuple[Track, ...]:
    if not tracks:
        raise WeightsError(f"{path} has no tracks", _LAYOUT)
    if count is not None and len(tracks) != count:
        raise WeightsError(
            f"{path} has {len(tracks)} tracks, but the network's head has {count}", "use the table for that head"
        )
    ordered = sorted(tracks, key=lambda track: track.index)
    first = ordered[0].index
    for place, track in enumerate(ordered, first):
        if track.index != place:
            problem = f"index {track.index} appears twice" if track.index < place else f"index {place} is missing"
            raise WeightsError(f"{path}: {problem}", "number the tracks from 0, each once")
    return tuple(Track(track.index - first, track.identifier, track.description) for track in ordered)


def _printable(text: str) -> str:
    """Replace what cannot appear in an output: control characters, and bytes that are not text."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def track_names(tracks: Sequence[Track]) -> tuple[str, ...]:
    """A unique name for every track: its description, else its identifier; with its index if others share the name.

    Pass all tracks of the head, so that a track's name does not depend on which others a run uses.

    >>> track_names([Track(0, "A", "DNASE:mixed WW6"), Track(1, "B", "DNASE:mixed WW6"), Track(2, "human_2", "")])
    ('DNASE:mixed WW6 [0]', 'DNASE:mixed WW6 [1]', 'human_2')
    """
    names = [track.text for track in tracks]
    while repeated := {name for name, times in Counter(names).items() if times > 1}:
        names = [
            f"{name} [{track.index}]" if name in repeated else name for name, track in zip(names, tracks, strict=True)
        ]
    return tuple(names)


def choose_tracks(tracks: Sequence[Track], selection: str, predictor: str = "NAME") -> tuple[int, ...]:
    """Indices of the tracks that `--tracks` names, in order, each once.

    Args:
        tracks: all of the head's.
        selection: the path of a file; else comma-separated indices; else a regular expression (see `search_tracks`).
            A line of a file is an index, an identifier or a whole description, and selects every track that has it;
            `#` begins a comment. Only the first tab-separated column is read, so that the output of `models tracks`
            can be used.
        predictor: for messages.

    Raises:
        ConfigError: nothing matches, an index is out of range, or a regular expression or a line is invalid.
        InputError: the file cannot be read.
    """
    if os.path.isfile(selection):
        return _in_file(tracks, selection, predictor)
    if _INDICES.fullmatch(selection):
        indices = [int(text) for text in selection.split(",")]
        return tuple(sorted({_in_range(tracks, index, "--tracks", predictor) for index in indices}))
    matches = search_tracks(tracks, selection, "--tracks")
    if not matches:
        raise ConfigError(
            f"--tracks {selection!r} matches none of the {len(tracks)} tracks of {predictor}", _see(predictor)
        )
    return tuple(track.index for track in matches)


def chosen_tracks(tracks: Sequence[Track], config: RunConfig, predictor: str) -> tuple[int, ...] | None:
    """Indices of the tracks of a predictor that a run uses, in order: all that any of its `--tracks` selects.

    Returns:
        None without `--tracks`: all of them are used.

    Raises:
        ConfigError, InputError: see `choose_tracks`.
    """
    selections = config.of_predictor("tracks", predictor)
    indices = {index for selection in selections for index in choose_tracks(tracks, selection, predictor)}
    return tuple(sorted(indices)) if selections else None


def search_tracks(tracks: Iterable[Track], pattern: str, option: str) -> tuple[Track, ...]:
    """Tracks whose description (or identifier, if there is none) matches a regular expression anywhere.

    Matching is case-sensitive unless the expression begins with `(?i)`.

    Raises:
        ConfigError: it is not a regular expression.
    """
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ConfigError(
            f"{option} {pattern!r} is not a regular expression ({error})",
            "put \\ before ( ) [ ] + * ? . that are meant literally",
        ) from None
    return tuple(track for track in tracks if expression.search(track.text))


def _in_file(tracks: Sequence[Track], path: str, predictor: str) -> tuple[int, ...]:
    places: dict[str, set[int]] = {}
    for track in tracks:
        for name in {track.identifier, track.description} - {""}:
            places.setdefault(name, set()).add(track.index)
    reader = LineReader(path, "tracks file")
    chosen: set[int] = set()
    missing = []
    try:
        for line in reader:
            name = line.split("\t")[0].strip()
            if not name or name.startswith("#") or (name == "index" and "\t" in line):
                continue
            place = f"{path}, line {reader.line_number}"
            if _INDEX.fullmatch(name):
                chosen.add(_in_range(tracks, int(name), place, predictor))
            elif name in places:
                chosen |= places[name]
            else:
                missing.append(f"line {reader.line_number} ({name[:60]!r})")
    finally:
        reader.close()
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        listed = ", ".join(missing[:_NAMED]) + more
        raise ConfigError(f"{path}: no track of {predictor} matches {listed}", _see(predictor))
    if not chosen:
        raise ConfigError(f"{path} names no tracks", "give one index, identifier or description per line")
    return tuple(sorted(chosen))


def _in_range(tracks: Sequence[Track], index: int, source: str, predictor: str) -> int:
    if index >= len(tracks):
        raise ConfigError(
            f"{source}: {predictor} has no track {index}, its tracks are 0 to {len(tracks) - 1}", _see(predictor)
        )
    return index


def _see(predictor: str) -> str:
    return f"see: genoscore models tracks {predictor} --grep liver"

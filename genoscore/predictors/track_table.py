"""The tracks of a predictor: their table, as a model's authors publish it, and which of them a run takes.

A track's index is 0-based: the place of its output among those of the network's head.
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

_LAYOUT = "wanted: a line of tab-separated column names, with index, identifier and description, and a line a track"
_INDEX = re.compile(r"[0-9]{1,9}")
_INDICES = re.compile(rf"\s*{_INDEX.pattern}\s*(,\s*{_INDEX.pattern}\s*)*")
_INDEX_NAMES = ("", "index")  # pandas leaves the name of an index out
_NAMED = 3  # of the lines that are not found


@dataclass(frozen=True, slots=True)
class Track:
    """One output of a network's head.

    Attributes:
        index: 0-based place among the head's outputs.
        identifier: of the experiment, such as ENCFF833POA; several tracks may be of one.
        description: in words, such as `DNASE:cerebellum male adult (27 years)`; '' where nothing is known of it.
    """

    index: int
    identifier: str
    description: str

    @property
    def text(self) -> str:
        """What a regular expression is searched in: the description, the identifier where there is none."""
        return self.description or self.identifier


def unnamed_tracks(head: str, count: int) -> tuple[Track, ...]:
    """Tracks of a head without a table: `human_0`, `human_1`, ..."""
    return tuple(Track(index, f"{head}_{index}", "") for index in range(count))


def find_targets(folder: Path, head: str = "") -> Path | None:
    """The table that lies beside the weights: `targets_HEAD` with .txt or .tsv, else `targets` with one of these."""
    stems = [f"targets_{head}", "targets"] if head else ["targets"]
    paths = [folder / f"{stem}{suffix}" for stem in stems for suffix in (".txt", ".tsv")]
    return next((path for path in paths if path.is_file()), None)


def read_targets(path: Path, count: int | None = None) -> tuple[Track, ...]:
    """The tracks of a table, in order of their index.

    Of the columns, which are found by name, `index` (it may be unnamed), `identifier` and `description` are read; the
    last two need not both be there. The mouse table of Basenji and Enformer goes on counting where the human one ends
    (5,313 to 6,955): indices that follow each other count from the first of them.

    Args:
        count: tracks that the head has; None: any number.

    Raises:
        InputError: the file cannot be read.
        WeightsError: it is no such table, or not of that many tracks.
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
    """Column name -> place; `width` is how many there are."""
    named = [name.strip("\ufeff ").lower() for name in names]
    columns = {name: place for place, name in enumerate(named) if name in ("identifier", "description")}
    index = next((place for place, name in enumerate(named) if name in _INDEX_NAMES), None)
    if index is None or not columns:
        raise WeightsError(f"{path}, line 1, names no index, or neither identifier nor description", _LAYOUT)
    return {**columns, "index": index, "width": len(names)}


def _track(place: str, row: Sequence[str], columns: dict[str, int]) -> Track:
    if len(row) != columns["width"]:
        raise WeightsError(f"{place}: {len(row)} columns, where line 1 names {columns['width']}", _LAYOUT)
    index = row[columns["index"]].strip()
    if not _INDEX.fullmatch(index):
        raise WeightsError(f"{place}: index {index[:40]!r} is no whole number", "number the tracks from 0")
    identifier, description = (
        _printable(row[columns[name]]) if name in columns else "" for name in ("identifier", "description")
    )
    if not (identifier or description):
        raise WeightsError(f"{place}: neither identifier nor description", "name the track")
    return Track(int(index), identifier, description)


def _numbered(path: Path, tracks: list[Track], count: int | None) -> tuple[Track, ...]:
    if not tracks:
        raise WeightsError(f"{path} holds no track", _LAYOUT)
    if count is not None and len(tracks) != count:
        raise WeightsError(
            f"{path} holds {len(tracks)} tracks, the network's head has {count}", "give the table of that head"
        )
    ordered = sorted(tracks, key=lambda track: track.index)
    first = ordered[0].index
    for place, track in enumerate(ordered, first):
        if track.index != place:
            wrong = f"index {track.index} stands twice" if track.index < place else f"index {place} is missing"
            raise WeightsError(f"{path}: {wrong}", "number the tracks from 0, each once")
    return tuple(Track(track.index - first, track.identifier, track.description) for track in ordered)


def _printable(text: str) -> str:
    """Without what no output can hold: control characters, bytes that are no text."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def track_names(tracks: Sequence[Track]) -> tuple[str, ...]:
    """A name for every track, no two alike: description, else identifier; with its index where others have it too.

    Give it all tracks of the head, so that a track has one name whichever others a run takes.

    >>> track_names([Track(0, "A", "DNASE:mixed WW6"), Track(1, "B", "DNASE:mixed WW6"), Track(2, "human_2", "")])
    ('DNASE:mixed WW6 [0]', 'DNASE:mixed WW6 [1]', 'human_2')
    """
    names = [track.text for track in tracks]
    while repeated := {name for name, times in Counter(names).items() if times > 1}:
        names = [
            f"{name} [{track.index}]" if name in repeated else name for name, track in zip(names, tracks, strict=True)
        ]
    return tuple(names)


def choose_tracks(tracks: Sequence[Track], wanted: str, predictor: str = "NAME") -> tuple[int, ...]:
    """Indices of the tracks that `--tracks` names, in order, each once.

    Args:
        tracks: all of the head's.
        wanted: the path of a file; else indices with commas between them; else a regular expression (see
            `search_tracks`). A file's line is an index, an identifier or a whole description, which stands for every
            track that has it; `#` begins a comment. Of a line with tabs the first column counts, so that what
            `models tracks` prints can be given.
        predictor: for messages.

    Raises:
        ConfigError: nothing is found, an index is out of range, a regular expression or a line is not understood.
        InputError: the file cannot be read.
    """
    if os.path.isfile(wanted):
        return _in_file(tracks, wanted, predictor)
    if _INDICES.fullmatch(wanted):
        indices = [int(one) for one in wanted.split(",")]
        return tuple(sorted({_in_range(tracks, index, "--tracks", predictor) for index in indices}))
    found = search_tracks(tracks, wanted, "--tracks")
    if not found:
        raise ConfigError(f"--tracks {wanted!r} finds none of the {len(tracks)} tracks of {predictor}", _see(predictor))
    return tuple(track.index for track in found)


def chosen_tracks(tracks: Sequence[Track], config: RunConfig, predictor: str) -> tuple[int, ...] | None:
    """Indices of the tracks that a run takes of a predictor, in order: all that one of its `--tracks` means.

    Returns:
        None without `--tracks`, which is all of them.

    Raises:
        ConfigError, InputError: see `choose_tracks`.
    """
    wanted = config.of_predictor("tracks", predictor)
    found = {index for one in wanted for index in choose_tracks(tracks, one, predictor)}
    return tuple(sorted(found)) if wanted else None


def search_tracks(tracks: Iterable[Track], pattern: str, option: str) -> tuple[Track, ...]:
    """Tracks in whose description (identifier, where there is none) a regular expression is found anywhere.

    Upper and lower case differ, unless it begins with `(?i)`.

    Raises:
        ConfigError: it is no regular expression.
    """
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ConfigError(
            f"{option} {pattern!r} is no regular expression ({error})", "put \\ before ( ) [ ] + * ? . that are meant"
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
        raise ConfigError(f"{path}: no track of {predictor} is called as in {listed}", _see(predictor))
    if not chosen:
        raise ConfigError(f"{path} names no track", "give an index, an identifier or a description a line")
    return tuple(sorted(chosen))


def _in_range(tracks: Sequence[Track], index: int, source: str, predictor: str) -> int:
    if index >= len(tracks):
        raise ConfigError(
            f"{source}: {predictor} has no track {index}, its tracks are 0 to {len(tracks) - 1}", _see(predictor)
        )
    return index


def _see(predictor: str) -> str:
    return f"see: genoscore models tracks {predictor} --grep liver"

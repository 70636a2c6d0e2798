"""How a score ranks among those of background variants: counts of magnitudes, per track and per ALT.

A background stores neither variants nor scores, only how many scores fell into each of 4,096 classes of magnitude for
ALTs and 512 for tracks, equally wide in logarithm, so its size does not grow with the number of variants.
"""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from genoscore.core.config import RunConfig
from genoscore.core.errors import InputError
from genoscore.core.special_files import special_kind
from genoscore.predictors.base import PredictorSpec
from genoscore.scores.base import Scorer

FORMAT = 1
SHIPPED = "of genoscore"  # in the `##genoscore` line, for a background that comes with a predictor
_LEAST, _MOST = 1e-5, 1e4  # magnitudes outside fall into the first and the last class
ALT_CLASSES, TRACK_CLASSES = 4096, 512
_LARGEST = 4 << 30  # bytes of a background's arrays; one of 20,000 tracks has 0.1 GB per score
_MUST_AGREE = ("WeightsSHA256", "Head", "Strand", "Shifts", "Centre", "Genes", "Precision", "Untrained")


def classes(magnitudes: NDArray[np.floating[Any]], count: int) -> NDArray[np.int64]:
    """The class of every magnitude: 0 holds zeros, the others are equally wide in logarithm.

    >>> classes(np.array([0.0, 1e-5, 9e3]), 512).tolist()
    [0, 1, 509]
    """
    width = math.log(_MOST / _LEAST) / (count - 1)
    with np.errstate(divide="ignore"):
        place = np.log(np.abs(magnitudes, dtype=np.float64) / _LEAST) / width + 1
    return np.where(magnitudes == 0, 0, np.clip(np.nan_to_num(place, neginf=1), 1, count - 1)).astype(np.int64)


def smaller(counts: NDArray[np.int64], magnitude: float) -> float:
    """Percent of the counted magnitudes below the given one; within a class they count as evenly spread in logarithm.

    >>> smaller(np.array([5, 0, 5]), 0.0), smaller(np.array([5, 5, 0]), 1e-5)
    (0.0, 50.0)
    """
    total = int(counts.sum())
    if total == 0:
        return math.nan
    if magnitude == 0:
        return 0.0
    at = int(classes(np.array([magnitude]), len(counts))[0])
    width = math.log(_MOST / _LEAST) / (len(counts) - 1)
    part = min(max(math.log(magnitude / _LEAST) / width + 1 - at, 0.0), 1.0)
    return float(100 * (counts[:at].sum() + part * counts[at]) / total)


@dataclass(slots=True)
class Background:
    """Counts of the magnitudes of background variants' scores.

    Attributes:
        made: the predictor, and the values of the `##genoscore` line of the run that made the background.
        tracks: names, in the order of the rows.
        alts: (4096,), counts of the largest score of every ALT.
        fields: ID of a field -> (T, 512), counts over every variant, or every variant and gene.
    """

    made: dict[str, str]
    tracks: tuple[str, ...]
    alts: NDArray[np.int64]
    fields: dict[str, NDArray[np.int64]]
    _rows: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._rows = {name: row for row, name in enumerate(self.tracks)}

    @classmethod
    def empty(cls, made: dict[str, str], tracks: tuple[str, ...], names: tuple[str, ...]) -> Background:
        """A background with nothing counted yet."""
        counts = {name: np.zeros((len(tracks), TRACK_CLASSES), np.int64) for name in names}
        return cls(made, tracks, np.zeros(ALT_CLASSES, np.int64), counts)

    def add_alt(self, magnitude: float) -> None:
        """Count an ALT's largest score."""
        self.alts[classes(np.array([magnitude]), ALT_CLASSES)[0]] += 1

    def add_rows(self, name: str, magnitudes: NDArray[np.float64]) -> None:
        """Count one score per track, (T,)."""
        counts = self.fields[name]
        counts[np.arange(len(counts)), classes(magnitudes, TRACK_CLASSES)] += 1

    def check(self, provenance: Mapping[str, str]) -> None:
        """Refuse a background whose scores are not comparable with a run's, by its `##genoscore` values.

        Raises:
            InputError: weights, strands, shifts, genes, ... differ; the message names which.
        """
        if (why := self._other_run(provenance)) is not None:
            raise InputError(
                f"background {provenance.get('Background')} {why}",
                "make one with the same options: genoscore background",
            )

    def misfit(self, tracks: tuple[str, ...], provenance: Mapping[str, str]) -> str | None:
        """Why its scores are not comparable with those of a run; None if they are."""
        return self._other_tracks(tracks) or self._other_run(provenance)

    def _other_tracks(self, tracks: tuple[str, ...]) -> str | None:
        lacking = set(tracks) - set(self.tracks)
        if not lacking and len(self.tracks) == len(tracks):
            return None
        return (
            f"has {len(self.tracks)} tracks, and this run has {len(tracks)} "
            f"{'others' if lacking else 'of them'}: the largest score over them is not comparable"
        )

    def _other_run(self, provenance: Mapping[str, str]) -> str | None:
        for name in _MUST_AGREE:
            before, now = self.made.get(name, ""), provenance.get(name, "")
            if before != now:
                return f"was made with {name}={before or 'none'}, and this run has {now or 'none'}"
        return None

    def of_alt(self, magnitude: float) -> float:
        """See Percentiles."""
        return smaller(self.alts, magnitude)

    def of_row(self, name: str, track: str, magnitude: float) -> float:
        """See Percentiles."""
        counts = self.fields.get(name)
        return math.nan if counts is None else smaller(counts[self._rows[track]], magnitude)

    def save(self, file: BinaryIO) -> None:
        """Write it as .npz, readable without pickle."""
        arrays: dict[str, Any] = {f"field_{name}": counts for name, counts in self.fields.items()}
        made = json.dumps({"format": FORMAT, **self.made})
        np.savez_compressed(file, made=np.array(made), tracks=np.array(self.tracks), alts=self.alts, **arrays)


def load_background(path: Path) -> Background:
    """Read what `Background.save` wrote.

    Raises:
        InputError: the file is missing, damaged, or not a background.
    """
    if kind := special_kind(path):
        why = f"background {path} is {kind}, not a regular file"
        raise InputError(why, "give the path of the file", path=str(path))
    try:
        with zipfile.ZipFile(path) as members:
            unpacked = sum(member.file_size for member in members.infolist())
        if unpacked > _LARGEST:
            why = f"background {path} unpacks to {unpacked:,} bytes"
            raise InputError(why, f"a background has at most {_LARGEST:,}", path=str(path))
        with np.load(path, allow_pickle=False) as archive:
            made = dict(json.loads(str(archive["made"])))
            names = [name for name in archive.files if name.startswith("field_")]
            counts = {name.removeprefix("field_"): archive[name].astype(np.int64) for name in names}
            background = Background(made, tuple(map(str, archive["tracks"])), archive["alts"].astype(np.int64), counts)
    except OSError as error:
        why = f"background {path} cannot be read ({error.strerror or error})"
        raise InputError(why, "check the path", path=str(path)) from None
    except (ValueError, KeyError, TypeError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error):
        hint = "make one with: genoscore background"
        raise InputError(f"{path} is not a background", hint, path=str(path)) from None
    whole = made.pop("format", None) == FORMAT and background.alts.shape == (ALT_CLASSES,)
    if not whole or any(table.shape != (len(background.tracks), TRACK_CLASSES) for table in counts.values()):
        raise InputError(
            f"background {path} is from another version of genoscore",
            "make it again: genoscore background",
            path=str(path),
        )
    return background


def open_background(spec: PredictorSpec, config: RunConfig) -> Background | None:
    """The background given for a predictor in a run; None without one.

    Raises:
        InputError: it cannot be read, or was made for another predictor or other tracks.
    """
    paths = config.of_predictor("background", spec.name)
    if not paths:
        return None
    background = load_background(Path(paths[0]))
    if background.made.get("Predictor") != spec.name:
        raise InputError(
            f"background {paths[0]} is for {background.made.get('Predictor')}, not for {spec.name}",
            f"give --background {background.made.get('Predictor')}=FILE",
            path=paths[0],
        )
    if (why := background._other_tracks(spec.tracks)) is not None:
        hint = "make one with the same --tracks: genoscore background"
        raise InputError(f"background {paths[0]} {why}", hint, path=paths[0])
    return background


def add_shipped(scorer: Scorer, spec: PredictorSpec, provenance: dict[str, str]) -> str | None:
    """Give a scorer the background that comes with its predictor's weights, if none is given and it fits the run.

    Args:
        provenance: the run's `##genoscore` values; updated if the background is used.

    Returns:
        A message on why it is not used; None if it is used, or if there is no background.

    Raises:
        InputError: the background is damaged.
    """
    if scorer.percentiles is not None or spec.background is None or not spec.background.is_file():
        return None
    background = load_background(spec.background)
    if (why := background.misfit(scorer.tracks, provenance)) is not None:
        return f"no percentiles and bands for {spec.name}: the background that comes with it {why}"
    scorer.percentiles, scorer.banded = background, True
    provenance["Background"] = SHIPPED
    return None

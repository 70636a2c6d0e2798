"""The TOML file beside a custom model's network: what the network reads and what it outputs."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from genoscore.core.errors import ConfigError
from genoscore.core.special_files import special_kind
from genoscore.core.toml_file import Kind, TomlFile

TORCHSCRIPT, EXPORT = "torchscript", "export"
_SUFFIXES = {".pt": TORCHSCRIPT, ".pt2": EXPORT}
NAME = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST = 10_000_000  # bases; a longer window is a typo
_NAME_LENGTH = 100  # characters of a name; every field and message repeats it
_TRACK_LENGTH = 500
_FILE_LENGTH = 255  # bytes of a file's name, as file systems have it
_CHOICES: dict[str, tuple[str, ...]] = {
    "format": (TORCHSCRIPT, EXPORT),
    "strand": ("forward", "both"),
    "input_layout": ("channels_first", "channels_last"),
    "output_layout": ("tracks_bins", "bins_tracks", "tracks"),
    "family": ("expression", "signal"),
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of `MODEL.toml`, with defaults; every attribute except `path` and `any_length` is a key in it.

    B windows, L bases, T tracks, N bins.

    Attributes:
        path: of the TOML file.
        name: of the predictor, `[a-z][a-z0-9_]*`.
        file: the network's, in the same folder as the manifest.
        tracks: names of the outputs, or the name of a targets table in the same folder as the manifest.
        format: `torchscript` (the default for .pt) or `export` (for .pt2).
        any_length: the network reads sequences of any length above its context.
        input_length: bases per window; if the length is free, of the windows around variants.
        context_length: bases outside the bins, total of both sides; a network of free length consumes them.
        bin_size: bases per output bin.
        n_bins: output bins per window; if the length is free, those computed around a variant.
        centre: 0-based index of the variant's first base in the window; by default the window's middle.
        tss: score each gene whose transcription start lies in the bins; true by default if there are several bins.
        strand: `forward`, or `both`: the mean of the outputs for the two strands.
        n_fill: one-hot value of an unknown base, 0 or 0.25.
        input_layout: `channels_first` (B, 4, L) or `channels_last` (B, L, 4).
        output_layout: `tracks_bins` (B, T, N), `bins_tracks` (B, N, T), or `tracks` (B, T), one output for the window.
        alphabet: order of the four channels.
        family: which scores are computed from the outputs: `expression` (never negative) or `signal`.
        licence, licence_url, commercial, source, summary, paper: what `genoscore models` shows.
    """

    path: Path
    name: str
    file: str
    tracks: tuple[str, ...] | str
    any_length: bool
    input_length: int
    context_length: int
    bin_size: int
    n_bins: int
    centre: int
    tss: bool
    format: str
    strand: str = "forward"
    n_fill: float = 0.0
    input_layout: str = "channels_first"
    output_layout: str = "tracks_bins"
    alphabet: str = "ACGT"
    family: str = "expression"
    licence: str = ""
    licence_url: str = ""
    commercial: bool = False
    source: str = ""
    summary: str = ""
    paper: str = ""

    @property
    def table(self) -> Path | None:
        """The targets table; None if the tracks are listed by name."""
        return self.path.parent / self.tracks if isinstance(self.tracks, str) else None

    @property
    def files(self) -> dict[str, Path]:
        """Name -> path of the model's files: manifest, network, targets table."""
        files = {"model.toml": self.path, self.file: self.path.parent / self.file}
        return files if self.table is None else {**files, self.table.name: self.table}


_KEYS = tuple(field.name for field in fields(Manifest) if field.name not in ("path", "any_length"))
_REQUIRED = ("name", "file", "tracks")
_KINDS = {
    "tracks": Kind.TEXTS, "input_length": Kind.WHOLE, "context_length": Kind.WHOLE, "bin_size": Kind.WHOLE,
    "n_bins": Kind.WHOLE, "centre": Kind.WHOLE, "n_fill": Kind.NUMBER, "tss": Kind.FLAG, "commercial": Kind.FLAG,
}  # fmt: skip
_WORDS = {"n_fill": "0 or 0.25", "tracks": "a list of names, or the name of a table"}


def find_manifest(path: Path) -> Path:
    """The manifest that a path names: itself, or the only .toml file of a folder.

    Raises:
        ConfigError: there is none, there are several, or it is a pipe or a device: other files lie beside a manifest.
    """
    if os.path.isdir(path):
        manifests = sorted(path.glob("*.toml"))
        if len(manifests) != 1:
            count = f"{len(manifests)} .toml files" if manifests else "no .toml file"
            raise ConfigError(f"folder {path} holds {count}", "give the path of the model's manifest")
        path = manifests[0]
    if kind := special_kind(path):
        raise ConfigError(f"manifest {path} is {kind}, not a regular file", "give the path of the manifest")
    return path


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest; the files it names are not opened.

    Raises:
        ConfigError: it cannot be read, has an unknown key, a value of the wrong kind, or conflicting values.
    """
    file = TomlFile.read(path, "manifest")
    values = {key: _checked(file, key, value) for key, value in file.values.items()}
    for key in _REQUIRED:
        file.check(key in values, f"{key} is missing", "give it")
    _check_names(file, values)
    return Manifest(path, **_lengths(file, values))


def _checked(file: TomlFile, key: str, value: Any) -> Any:
    file.check_key(key, _KEYS)
    file.check_kind(key, value, _KINDS.get(key, Kind.TEXT), _WORDS.get(key, ""))
    if key in _CHOICES:
        file.check(value in _CHOICES[key], f"{key} is {value!r:.60}", "give one of " + ", ".join(_CHOICES[key]))
    if _KINDS.get(key) is Kind.WHOLE:
        file.check(0 <= value <= _LONGEST, f"{key} is {value}", f"give 0 to {_LONGEST:,}")
    return tuple(value) if isinstance(value, list) else value


def _check_names(file: TomlFile, values: dict[str, Any]) -> None:
    name, network, tracks = values["name"], values["file"], values["tracks"]
    file.check_at(
        "name",
        bool(NAME.fullmatch(name)) and len(name) <= _NAME_LENGTH,
        f"is {name!r:.60}",
        f"use at most {_NAME_LENGTH} lowercase letters, digits and _, starting with a letter",
    )
    file.check_at("file", _is_plain(network), f"is {network!r:.60}", "give the name of a file in the manifest's folder")
    if "format" not in values:
        suffix = Path(network).suffix
        file.check_at(
            "format", suffix in _SUFFIXES, f"cannot be inferred from {network!r:.60}", "give torchscript or export"
        )
        values["format"] = _SUFFIXES[suffix]
    if isinstance(tracks, str):
        file.check_at(
            "tracks",
            _is_plain(tracks),
            f"is {tracks!r:.60}",
            "give a list, or the name of a table in the manifest's folder",
        )
    else:
        good = all(track.strip() and track.isprintable() and len(track) <= _TRACK_LENGTH for track in tracks)
        file.check_at(
            "tracks",
            bool(tracks) and good,
            f"is {list(tracks)!r:.60}",
            f"give a list of names of at most {_TRACK_LENGTH} characters, or the name of a table",
        )
        file.check_at(
            "tracks", len(set(tracks)) == len(tracks), "has a duplicate name", "give every track a different name"
        )
    file.check_at("n_fill", values.get("n_fill", 0) in (0, 0.25), f"is {values.get('n_fill')}", "give 0 or 0.25")
    values["n_fill"] = float(values.get("n_fill", 0))
    alphabet = values.get("alphabet", "ACGT")
    file.check_at(
        "alphabet", sorted(alphabet) == list("ACGT"), f"is {alphabet!r:.60}", "give the order of A, C, G and T"
    )


def _is_plain(name: str) -> bool:
    """Whether it names a file in the manifest's own folder, other than one that adding the model creates there."""
    plain = Path(name).name == name and not name.startswith(".") and name != "model.toml" and name.isprintable()
    return plain and len(name.encode()) <= _FILE_LENGTH


def _lengths(file: TomlFile, values: dict[str, Any]) -> dict[str, Any]:
    """The values with all lengths filled in, in bases and bins."""
    one_output = values.get("output_layout") == "tracks"
    any_length = "input_length" not in values
    if any_length:
        free = "context_length" in values and not one_output
        remedy = "give it" if one_output else "give it, or context_length for a network of free length"
        file.check_at("input_length", free, "is missing", remedy)
        file.check_at("centre", "centre" not in values, "is given without input_length", "leave it out")
    if one_output:
        values = {"n_bins": 1, "bin_size": values["input_length"], **values}
        file.check_at(
            "n_bins", values["n_bins"] == 1, f"is {values['n_bins']}", "with output_layout tracks it must be 1"
        )
    for key in ("bin_size", "n_bins"):
        file.check_at(
            key, values.get(key, 0) >= 1, f"is {values[key]}" if key in values else "is missing", "give 1 or more"
        )
    bases = values["bin_size"] * values["n_bins"]
    length = values["context_length"] + bases if any_length else values["input_length"]
    context = length - bases
    file.check_at(
        "n_bins", context >= 0, f"x bin_size is {bases:,} bases", f"it must be at most the input_length, {length:,}"
    )
    stated = values.get("context_length", context)
    file.check_at(
        "context_length", stated == context, f"is {stated}", f"leave it out: {context} bases lie outside the bins"
    )
    file.check_at(
        "context_length" if any_length else "n_bins",
        context % 2 == 0,
        f"leaves {context} bases outside the bins",
        "their number must be even, since the bins lie in the middle",
    )
    centre, last = values.get("centre", length // 2), length - context // 2 - 1
    inside = context // 2 <= centre <= last
    file.check_at("centre", inside, f"is {centre}, outside the bins", f"give {context // 2} to {last}")
    return {
        "tss": values["n_bins"] > 1,
        **values,
        "any_length": any_length,
        "input_length": length,
        "context_length": context,
        "centre": centre,
    }

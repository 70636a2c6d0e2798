"""Shared by the formats of `genoscore predict`: suffixes, the writer's context, one file per track."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from genoscore.core.errors import ConfigError
from genoscore.core.pending import STDOUT
from genoscore.core.plugins import import_row
from genoscore.engine.layout import TrackBlock
from genoscore.outputs.base import Output
from genoscore.outputs.targets import match_suffix

TRACK_FORMATS = {
    ".npz": "genoscore.outputs.track_npz:NpzWriter",
    ".tsv": "genoscore.outputs.track_text:TrackTsvWriter",
    ".tsv.gz": "genoscore.outputs.track_text:TrackTsvWriter",
    ".bedgraph": "genoscore.outputs.track_text:BedGraphWriter",
    ".bedgraph.gz": "genoscore.outputs.track_text:BedGraphWriter",
    ".bw": "genoscore.outputs.track_bigwig:BigWigWriter",
}
_ON_STDOUT = ".tsv"
_ONE_VALUE = (".bedgraph", ".bedgraph.gz", ".bw")  # one value per position: one file per track
MOST_FILES = 256  # of one output, open at once

TrackWriter = Output[TrackBlock]  # the formats of `genoscore predict`


@dataclass(frozen=True, slots=True)
class TrackContext:
    """What a writer may need from a run; every format is opened as `format(target, context)`.

    Attributes:
        tracks: names of the T tracks.
        bin_size: bases per bin.
        contig_lengths: of the reference; None if the sequences come from a FASTA.
        provenance: version, command, weights and so on.
    """

    tracks: tuple[str, ...]
    bin_size: int
    contig_lengths: Mapping[str, int] | None
    provenance: Mapping[str, str]


def track_format(target: str) -> str:
    """The suffix that selects the format, in lower or upper case.

    Raises:
        ConfigError: unknown suffix.

    >>> track_format("a.bedGraph"), track_format("-")
    ('.bedgraph', '.tsv')
    """
    suffix = _ON_STDOUT if target == STDOUT else match_suffix(target.lower(), TRACK_FORMATS)
    if suffix is None:
        raise ConfigError(f"output {target}: its suffix is not a known format", "known: " + " ".join(TRACK_FORMATS))
    return suffix


def track_writer(target: str) -> Callable[[str, TrackContext], TrackWriter]:
    """The writer that opens an output, by its suffix; see `track_format`."""
    writer: Callable[[str, TrackContext], TrackWriter] = import_row(TRACK_FORMATS[track_format(target)])
    return writer


def track_files(target: str, tracks: Sequence[str]) -> list[str]:
    """The files of an output: itself, or in formats with one value per position one file per track, named after it.

    Raises:
        ConfigError: too many tracks, and so too many files.

    >>> track_files("out.bw", ["acceptor", "donor"]), track_files("out.bw", ["cpg"]), track_files("out.tsv", ["a", "b"])
    (['out.acceptor.bw', 'out.donor.bw'], ['out.bw'], ['out.tsv'])
    >>> track_files("x.bw", ["CAGE:a b", "CAGE:a/b"])
    ['x.CAGE_a_b.bw', 'x.CAGE_a_b.2.bw']
    """
    suffix = track_format(target)
    if suffix not in _ONE_VALUE or len(tracks) == 1:
        return [target]
    if len(tracks) > MOST_FILES:
        raise ConfigError(
            f"output {target}: {len(tracks):,} tracks would need as many files; the limit is {MOST_FILES}",
            "write .npz or .tsv",
        )
    stem, ending = target[: -len(suffix)], target[-len(suffix) :]
    files: list[str] = []
    for track in tracks:
        name = f"{stem}.{re.sub(r'[^A-Za-z0-9._+-]', '_', track)}"
        number = 1
        while f"{name}{ending}" in files:
            number += 1
            name = f"{name.removesuffix(f'.{number - 1}')}.{number}"
        files.append(f"{name}{ending}")
    return files

"""Tracks as text: TSV with a column per track, bedGraph with a file per track. Values are not rounded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genoscore.engine.layout import TrackBlock
from genoscore.outputs.files import TextFile
from genoscore.outputs.info import CONTROL
from genoscore.outputs.tracks import TrackContext, track_files

_ROWS = 4096  # made at once


def _texts(values: NDArray[np.float32]) -> NDArray[np.str_]:
    """The shortest decimals that are read back as the same float32."""
    return values.astype(np.str_)


class TrackTsvWriter:
    """`.tsv`, `.tsv.gz` and standard output: a row per base (CHROM, POS) or bin (CHROM, START, END).

    POS is 1-based; START and END are 0-based and half-open. A bin is cut at the sequence's ends, and left out where it
    lies beyond them.
    """

    note = ""

    def __init__(self, target: str, context: TrackContext) -> None:
        self.target = target
        self._by_base = context.bin_size == 1
        place = ["CHROM", "POS"] if self._by_base else ["CHROM", "START", "END"]
        head = "\t".join([*place, *(track.translate(CONTROL) for track in context.tracks)])
        self._file = TextFile(target, target.lower().endswith(".gz"), head=head + "\n")

    def write(self, block: TrackBlock) -> None:
        """Add a block's rows."""
        contig = block.layout.source.contig
        for first in range(0, block.values.shape[1], _ROWS):
            values = block.values[:, first : first + _ROWS]
            starts, ends, inside = block.layout.spans(block.first + first, values.shape[1])
            columns = [starts[inside] + 1] if self._by_base else [starts[inside], ends[inside]]
            cells = [column.astype(np.str_) for column in columns] + list(_texts(values[:, inside]))
            rows = ("\t".join((contig, *row)) + "\n" for row in zip(*cells, strict=True))
            self._file.write("".join(rows))

    def prepare(self) -> None:
        """Finish the file."""
        self._file.finish()

    def commit(self) -> None:
        """Put it under its name."""
        self._file.commit()

    def discard(self) -> None:
        """Remove what was not committed."""
        self._file.discard()


class BedGraphWriter:
    """`.bedgraph` and `.bedgraph.gz`: START and END, 0-based and half-open, and a value; a file per track.

    Every file begins with its `track` line. IGV reads one such line a file, and programs that make something of
    bedGraph want every place once, so tracks are not put into one file.
    """

    note = ""

    def __init__(self, target: str, context: TrackContext) -> None:
        self.target = target
        self._files: list[TextFile] = []
        bgzip = target.lower().endswith(".gz")
        about = " ".join(context.provenance[key] for key in ("Predictor", "Version") if key in context.provenance)
        try:
            for track, name in zip(context.tracks, track_files(target, context.tracks), strict=True):
                label = track.translate(CONTROL).replace('"', "'")
                head = f'track type=bedGraph name="{label}" description="{label}, {about}"\n'
                self._files.append(TextFile(name, bgzip, head=head))
        except BaseException:
            self.discard()
            raise

    def write(self, block: TrackBlock) -> None:
        """Add a block's rows to every file."""
        contig = block.layout.source.contig
        starts, ends, inside = block.layout.spans(block.first, block.values.shape[1])
        places = [f"{contig}\t{start}\t{end}\t" for start, end in zip(starts[inside], ends[inside], strict=True)]
        for file, values in zip(self._files, block.values[:, inside], strict=True):
            rows = zip(places, _texts(values), strict=True)
            file.write("".join(f"{place}{value}\n" for place, value in rows))

    def prepare(self) -> None:
        """Finish the files."""
        for file in self._files:
            file.finish()

    def commit(self) -> None:
        """Put them under their names."""
        for file in self._files:
            file.commit()

    def discard(self) -> None:
        """Remove what was not committed."""
        for file in self._files:
            file.discard()

"""Tracks as text: TSV with one column per track, bedGraph with one file per track. Values are not rounded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genoscore.engine.layout import TrackBlock
from genoscore.outputs.files import FileOutput, TextOutput, TextStream
from genoscore.outputs.info_column import CONTROL
from genoscore.outputs.tracks import TrackContext, track_files

_ROWS = 4096  # formatted at a time


def _texts(values: NDArray[np.float32]) -> NDArray[np.str_]:
    """The shortest decimals that read back as the same float32."""
    return values.astype(np.str_)


class TrackTsvWriter(TextOutput):
    """`.tsv`, `.tsv.gz` and standard output: a row per base (CHROM, POS) or bin (CHROM, START, END).

    POS is 1-based; START and END are 0-based and half-open. A bin is cut at the sequence's ends, and left out if it
    lies beyond them.
    """

    def __init__(self, target: str, context: TrackContext) -> None:
        self._by_base = context.bin_size == 1
        place = ["CHROM", "POS"] if self._by_base else ["CHROM", "START", "END"]
        head = "\t".join([*place, *(track.translate(CONTROL) for track in context.tracks)])
        super().__init__(target, target.lower().endswith(".gz"), head=head + "\n")

    def write(self, block: TrackBlock) -> None:
        """Add a block's rows."""
        contig = block.layout.source.contig
        for first in range(0, block.values.shape[1], _ROWS):
            values = block.values[:, first : first + _ROWS]
            starts, ends, inside = block.layout.spans(block.first + first, values.shape[1])
            columns = [starts[inside] + 1] if self._by_base else [starts[inside], ends[inside]]
            cells = [column.astype(np.str_) for column in columns] + list(_texts(values[:, inside]))
            rows = ("\t".join((contig, *row)) + "\n" for row in zip(*cells, strict=True))
            self.add("".join(rows))


class BedGraphWriter(FileOutput):
    """`.bedgraph` and `.bedgraph.gz`: START and END, 0-based and half-open, and a value; a file per track.

    Every file begins with its `track` line. IGV reads one such line per file, and programs that process
    bedGraph expect every position once, so tracks are not combined in one file.
    """

    def __init__(self, target: str, context: TrackContext) -> None:
        self._context = context
        self._streams: list[TextStream] = []
        super().__init__(target, track_files(target, context.tracks))

    def write(self, block: TrackBlock) -> None:
        """Add a block's rows to every file."""
        contig = block.layout.source.contig
        starts, ends, inside = block.layout.spans(block.first, block.values.shape[1])
        places = [f"{contig}\t{start}\t{end}\t" for start, end in zip(starts[inside], ends[inside], strict=True)]
        for stream, values in zip(self._streams, block.values[:, inside], strict=True):
            rows = zip(places, _texts(values), strict=True)
            stream.write("".join(f"{place}{value}\n" for place, value in rows))

    def _open(self) -> None:
        provenance = self._context.provenance
        about = " ".join(provenance[key] for key in ("Predictor", "Version") if key in provenance)
        for track, file in zip(self._context.tracks, self.files, strict=True):
            label = track.translate(CONTROL).replace('"', "'")
            head = f'track type=bedGraph name="{label}" description="{label}, {about}"\n'
            self._streams.append(TextStream(file.target, file.path, self.target.lower().endswith(".gz"), head))

    def _finish(self) -> None:
        for stream in self._streams:
            stream.finish()

    def _close(self) -> None:
        for stream in self._streams:
            stream.abandon()

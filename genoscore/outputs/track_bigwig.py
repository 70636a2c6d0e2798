"""Tracks of a region as bigWig, one file per track, written by libBigWig."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyBigWig
from numpy.typing import NDArray

from genoscore.core.errors import ConfigError, OutputError
from genoscore.core.pending import writing
from genoscore.engine.layout import TrackBlock
from genoscore.outputs.files import FileOutput
from genoscore.outputs.tracks import TrackContext, track_files


class BigWigWriter(FileOutput):
    """`.bw`; the contigs and their lengths are the reference's.

    Raises:
        ConfigError: the sequences are from a FASTA and have no genomic coordinates.
        OutputError: the path or a contig is not UTF-8.
    """

    def __init__(self, target: str, context: TrackContext) -> None:
        if context.contig_lengths is None:
            raise ConfigError(
                f"output {target}: bigWig needs genomic coordinates", "give --region and -r, or write .bedgraph"
            )
        if not _is_utf8([os.path.realpath(target), *context.contig_lengths]):  # libBigWig would crash
            raise OutputError(
                f"output {target}: a bigWig's path and contigs must be UTF-8",
                "rename them, or set a UTF-8 locale, or write .bedgraph",
            )
        self._contigs = list(context.contig_lengths.items())
        self._by_base = context.bin_size == 1
        self._covered = 0  # bases with a value, in each file
        self._handles: list[Any] = []  # in the order of `files`
        super().__init__(target, track_files(target, context.tracks))

    def write(self, block: TrackBlock) -> None:
        """Add a block's values to every file."""
        starts, ends, inside = block.layout.spans(block.first, block.values.shape[1])
        if not inside.any():
            return
        starts, ends = starts[inside], ends[inside]
        self._covered += int((ends - starts).sum())
        contig = block.layout.source.contig
        for file, handle, values in zip(self.files, self._handles, block.values[:, inside], strict=True):
            with self._named(file.target):
                self._add(handle, contig, starts, ends, values)

    def _open(self) -> None:
        for file in self.files:
            with writing(file.target):
                file.path.touch()  # libBigWig gives no reason if it cannot
            with self._named(file.target):
                handle = pyBigWig.open(str(file.path), "w")
                self._handles.append(handle)
                handle.addHeader(self._contigs)

    def _finish(self) -> None:
        """Close, and read back whether everything was written: libBigWig does not report a full disk."""
        for file, handle in zip(self.files, self._handles, strict=True):
            with self._named(file.target):
                handle.close()
                bigwig = pyBigWig.open(str(file.path))
                covered = bigwig.header()["nBasesCovered"]
                bigwig.close()
            if covered != self._covered:
                raise self._failed(file.target, f"{covered} of {self._covered} bases were written")

    def _close(self) -> None:
        for handle in self._handles:
            with contextlib.suppress(RuntimeError):
                handle.close()

    def _add(
        self, handle: Any, contig: str, starts: NDArray[np.int64], ends: NDArray[np.int64], values: NDArray[np.float32]
    ) -> None:
        if self._by_base:
            handle.addEntries(contig, int(starts[0]), values=values.tolist(), span=1, step=1)
        else:
            handle.addEntries([contig] * len(starts), starts.tolist(), ends=ends.tolist(), values=values.tolist())

    @contextlib.contextmanager
    def _named(self, name: str) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            raise self._failed(name, str(error)) from None

    def _failed(self, name: str, why: str) -> OutputError:
        return OutputError(f"output {name} cannot be written ({why})", "check the folder, its permissions and space")


def _is_utf8(texts: Iterable[str]) -> bool:
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return False
    return True

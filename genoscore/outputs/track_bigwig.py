"""Tracks of a region as bigWig, a file per track, by libBigWig."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyBigWig
from numpy.typing import NDArray

from genoscore.core.errors import ConfigError, OutputError
from genoscore.engine.layout import TrackBlock
from genoscore.outputs.files import temporary_beside, writing
from genoscore.outputs.tracks import TrackContext, track_files


class BigWigWriter:
    """`.bw`; the contigs and their lengths are the reference's.

    Raises:
        ConfigError: sequences of a FASTA, which have no place on a genome.
    """

    note = ""

    def __init__(self, target: str, context: TrackContext) -> None:
        if context.contig_lengths is None:
            raise ConfigError(
                f"output {target}: bigWig holds places on a genome", "give --region and -r, or write .bedgraph"
            )
        self.target = target
        self._contigs = list(context.contig_lengths.items())
        self._by_base = context.bin_size == 1
        self._covered = 0  # bases with a value, in each file
        self._paths = {name: temporary_beside(name) for name in track_files(target, context.tracks)}
        self._files: dict[str, Any] = {}
        try:
            for name, path in self._paths.items():
                self._files[name] = self._open(name, path)
        except BaseException:
            self.discard()
            raise

    def write(self, block: TrackBlock) -> None:
        """Add a block's values to every file."""
        starts, ends, inside = block.layout.spans(block.first, block.values.shape[1])
        if not inside.any():
            return
        starts, ends = starts[inside], ends[inside]
        self._covered += int((ends - starts).sum())
        contig = block.layout.source.contig
        for (name, file), values in zip(self._files.items(), block.values[:, inside], strict=True):
            with self._named(name):
                self._add(file, contig, starts, ends, values)

    def prepare(self) -> None:
        """Finish the files, and read back whether all was written: libBigWig tells of a full disk in no other way."""
        for name, file in self._files.items():
            with self._named(name):
                file.close()
                made = pyBigWig.open(str(self._paths[name]))
                covered = made.header()["nBasesCovered"]
                made.close()
            if covered != self._covered:
                raise self._failed(name, f"{covered} of {self._covered} bases arrived")

    def commit(self) -> None:
        """Put them under their names."""
        for name, path in self._paths.items():
            with writing(name):
                os.replace(path, os.path.realpath(name))

    def discard(self) -> None:
        """Remove what was not committed."""
        for file in self._files.values():
            with contextlib.suppress(RuntimeError):
                file.close()
        for path in self._paths.values():
            path.unlink(missing_ok=True)

    def _open(self, name: str, path: Path) -> Any:
        with writing(name):
            path.touch()  # libBigWig does not say why it cannot
        with self._named(name):
            file = pyBigWig.open(str(path), "w")
            file.addHeader(self._contigs)
        return file

    def _add(
        self, file: Any, contig: str, starts: NDArray[np.int64], ends: NDArray[np.int64], values: NDArray[np.float32]
    ) -> None:
        if self._by_base:
            file.addEntries(contig, int(starts[0]), values=values.tolist(), span=1, step=1)
        else:
            file.addEntries([contig] * len(starts), starts.tolist(), ends=ends.tolist(), values=values.tolist())

    @contextlib.contextmanager
    def _named(self, name: str) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            raise self._failed(name, str(error)) from None

    def _failed(self, name: str, why: str) -> OutputError:
        return OutputError(f"output {name} cannot be written ({why})", "check the folder, its permissions and space")

"""Tracks as NumPy's `.npz`, written piece by piece (numpy.lib.format, version 1.0, in a zip archive)."""

from __future__ import annotations

import contextlib
import json
import zipfile
from typing import IO

import numpy as np

from genoscore.core.errors import InputError
from genoscore.core.pending import writing
from genoscore.engine.layout import TrackBlock
from genoscore.outputs.files import FileOutput
from genoscore.outputs.tracks import TrackContext

TRACKS = "tracks"


class NpzNames:
    """The names in an `.npz`: `tracks`, no two of which `numpy.load` would confuse (it finds `a.npy` as `a` too)."""

    def __init__(self) -> None:
        self._taken = {TRACKS}

    def take(self, name: str) -> None:
        """Note a sequence's name.

        Raises:
            InputError: it clashes with another name.
        """
        for other in (name, name.removesuffix(".npy"), name + ".npy"):
            if other in self._taken:
                raise InputError(f"an .npz cannot hold both {name!r} and {other!r}", "rename it, or write .tsv")
        self._taken.add(name)


class NpzWriter(FileOutput):
    """`.npz`: the names of the T tracks as `tracks`, and a float32 array (T, N) under each sequence's name.

    Version, command and weights are in the archive's comment, as JSON.
    """

    _raw: IO[bytes] | None = None
    _archive: zipfile.ZipFile | None = None
    _member: IO[bytes] | None = None

    def __init__(self, target: str, context: TrackContext) -> None:
        self._context = context
        self._names = NpzNames()
        super().__init__(target)

    def write(self, block: TrackBlock) -> None:
        """Add a block to its sequence's array, column by column (Fortran order)."""
        name = block.layout.source.name
        with writing(self.target):
            if block.first == 0:
                self._names.take(name)
                self._member = self._entry(name)
                shape = (block.values.shape[0], block.layout.n_bins)
                head = {"descr": "<f4", "fortran_order": True, "shape": shape}
                np.lib.format.write_array_header_1_0(self._member, head)
            assert self._member is not None
            self._member.write(block.values.T.astype("<f4").tobytes())
            if block.is_last:
                self._member.close()

    def _open(self) -> None:
        self._raw = open(self.path, "wb", 1 << 18)  # noqa: SIM115
        self._archive = zipfile.ZipFile(self._raw, "w")
        comment = json.dumps(dict(self._context.provenance)).encode()
        self._archive.comment = comment if len(comment) <= zipfile.ZIP_MAX_COMMENT else b""
        with self._entry(TRACKS) as member:
            np.lib.format.write_array(member, np.array(self._context.tracks), allow_pickle=False)

    def _finish(self) -> None:
        assert self._archive is not None
        assert self._raw is not None
        self._archive.close()
        self._raw.close()

    def _close(self) -> None:
        for part in (self._raw, self._member, self._archive):  # the file first, so that nothing more is written
            with contextlib.suppress(OSError, ValueError):
                if part is not None:
                    part.close()

    def _entry(self, name: str) -> IO[bytes]:
        assert self._archive is not None
        entry = zipfile.ZipInfo(f"{name}.npy")
        entry.compress_type = zipfile.ZIP_DEFLATED
        return self._archive.open(entry, "w", force_zip64=True)

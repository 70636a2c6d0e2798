"""Tracks as NumPy's `.npz`, written piece by piece (numpy.lib.format, version 1.0, in a zip archive)."""

from __future__ import annotations

import contextlib
import json
import os
import zipfile
from typing import IO

import numpy as np

from genoscore.core.errors import InputError
from genoscore.engine.layout import TrackBlock
from genoscore.outputs.files import temporary_beside, writing
from genoscore.outputs.tracks import TrackContext

TRACKS = "tracks"


class NpzNames:
    """The names in an `.npz`: `tracks`, and no two that `numpy.load` takes for one (it finds `a.npy` under `a` too)."""

    def __init__(self) -> None:
        self._taken = {TRACKS}

    def take(self, name: str) -> None:
        """Note a sequence's name.

        Raises:
            InputError: it cannot stand beside the others.
        """
        for other in (name, name.removesuffix(".npy"), name + ".npy"):
            if other in self._taken:
                raise InputError(
                    f"an .npz cannot hold a sequence {name!r} beside {other!r}", "rename it, or write .tsv"
                )
        self._taken.add(name)


class NpzWriter:
    """`.npz`: under `tracks` the names of the T tracks, under each sequence's name a float32 array (T, N).

    What an array needs not say (version, command, weights) is the archive's comment, as JSON.
    """

    note = ""

    def __init__(self, target: str, context: TrackContext) -> None:
        self.target = target
        self._names = NpzNames()
        self._path = temporary_beside(target)
        self._member: IO[bytes] | None = None
        with writing(target):
            self._raw = open(self._path, "wb", 1 << 18)  # noqa: SIM115
        self._archive = zipfile.ZipFile(self._raw, "w")
        comment = json.dumps(dict(context.provenance)).encode()
        self._archive.comment = comment if len(comment) <= zipfile.ZIP_MAX_COMMENT else b""
        try:
            with writing(target), self._open(TRACKS) as member:
                np.lib.format.write_array(member, np.array(context.tracks), allow_pickle=False)
        except BaseException:
            self.discard()
            raise

    def write(self, block: TrackBlock) -> None:
        """Add a block to its sequence's array, column by column (Fortran's order)."""
        name = block.layout.source.name
        with writing(self.target):
            if block.first == 0:
                self._names.take(name)
                self._member = self._open(name)
                shape = (block.values.shape[0], block.layout.n_bins)
                head = {"descr": "<f4", "fortran_order": True, "shape": shape}
                np.lib.format.write_array_header_1_0(self._member, head)
            assert self._member is not None
            self._member.write(block.values.T.astype("<f4").tobytes())
            if block.is_last:
                self._member.close()

    def prepare(self) -> None:
        """Finish the archive under its temporary name."""
        with writing(self.target):
            self._archive.close()
            self._raw.close()

    def commit(self) -> None:
        """Put it under its name."""
        with writing(self.target):
            os.replace(self._path, os.path.realpath(self.target))

    def discard(self) -> None:
        """Remove what was not committed."""
        for part in (self._raw, self._member, self._archive):  # closed first, so that no more is written
            with contextlib.suppress(OSError, ValueError):
                if part is not None:
                    part.close()
        self._path.unlink(missing_ok=True)

    def _open(self, name: str) -> IO[bytes]:
        entry = zipfile.ZipInfo(f"{name}.npy")
        entry.compress_type = zipfile.ZIP_DEFLATED
        return self._archive.open(entry, "w", force_zip64=True)

"""What IndexedFasta of genoscore is, by pysam; and genoscore with it, without pyfaidx."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING

import pysam

if TYPE_CHECKING:
    from genoscore.inputs.fasta_index import FastaIndex


class PysamFasta:
    """See IndexedFasta."""

    def __init__(self, path: str, index: FastaIndex) -> None:
        gzi = str(index.gzi) if index.gzi else None
        self._fasta = pysam.FastaFile(path, filepath_index=str(index.fai), filepath_index_compressed=gzi)

    def fetch(self, contig: str, start: int, end: int) -> str:
        """See IndexedFasta."""
        bases: str = self._fasta.fetch(contig, start, end).upper()
        return bases

    def close(self) -> None:
        """See IndexedFasta."""
        self._fasta.close()


def take_its_place() -> None:
    """Let genoscore, not imported so far, read references by pysam; pyfaidx is not imported at all."""
    absent = types.ModuleType("pyfaidx")
    absent.__dict__.update(BgzfBlock=tuple, FetchError=Exception, FastaIndexingError=Exception)
    sys.modules["pyfaidx"] = absent
    from genoscore.inputs import fasta

    fasta.IndexedFasta = PysamFasta  # type: ignore[assignment,misc]

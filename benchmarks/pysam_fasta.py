"""What IndexedFasta of genoscore is, by pysam; imports no pyfaidx, so that a process without it can be timed."""

from __future__ import annotations

from pathlib import Path

import pysam


class PysamFasta:
    """See IndexedFasta."""

    def __init__(self, path: str, fai: Path, gzi: Path | None, hint: str) -> None:
        gzi_path = str(gzi) if gzi else None
        self._fasta = pysam.FastaFile(path, filepath_index=str(fai), filepath_index_compressed=gzi_path)

    def fetch(self, contig: str, start: int, end: int) -> str:
        """See IndexedFasta."""
        bases: str = self._fasta.fetch(contig, start, end).upper()
        return bases

    def close(self) -> None:
        """See IndexedFasta."""
        self._fasta.close()

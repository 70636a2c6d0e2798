"""Whether an index by position (`.tbi`, `.csi`) is whole: htslib reads beyond the end of one that is cut off.

Layouts: Li, Bioinformatics 2011 (tabix), and the specification of CSI (CSIv1).
"""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

_TBI, _CSI = b"TBI\1", b"CSI\1"
_CHUNK = 16  # bytes: where it begins and ends
_COLUMNS_OF_VCF = 1, 2  # CHROM and POS
_LARGEST = 1 << 28  # bytes, uncompressed; that of every SNV of a human genome has some 10 MB
_MOST_BITS = 60  # of a position that the bins of a CSI tell apart


def is_whole_index(path: Path) -> bool:
    """Whether a file is the complete index of a VCF: every bin and chunk that it counts is there, and nothing else."""
    try:
        with gzip.open(path) as file:
            data = file.read(_LARGEST + 1)
        return len(data) <= _LARGEST and _Walk(data).ends_well()
    except (OSError, EOFError, zlib.error, struct.error):
        return False


class _Walk:
    """Steps through an index's contents."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def ends_well(self) -> bool:
        """Whether the index ends where the data do. Raises struct.error if the data end earlier."""
        magic = self._data[:4]
        self._at = 4
        if magic == _TBI:
            (n_contigs,) = self._read("<i")
            good = self._names(n_contigs)
        elif magic == _CSI:
            min_shift, depth, aux = self._read("<3i")
            end = self._at + aux
            good = min_shift > 0 and depth > 0 and min_shift + 3 * depth <= _MOST_BITS and aux >= 0
            named = self._names(None) if aux else True
            good = good and named and (self._at == end or not aux)
            (n_contigs,) = self._read("<i")
        else:
            return False
        if not good or n_contigs < 0:
            return False
        for _ in range(n_contigs):
            if not self._contig(magic == _CSI):
                return False
        return len(self._data) - self._at in (0, 8)  # the number of records without a position may follow

    def _names(self, n_contigs: int | None) -> bool:
        """Which columns are indexed, and the contigs' names."""
        _, contig, start, _, _, _, length = self._read("<7i")
        names = self._data[self._at : self._at + max(length, 0)]
        self._at += length
        whole = length >= 0 and len(names) == length and names[-1:] in (b"", b"\0")
        return whole and (contig, start) == _COLUMNS_OF_VCF and n_contigs in (None, names.count(b"\0"))

    def _contig(self, csi: bool) -> bool:
        (n_bins,) = self._read("<i")
        for _ in range(n_bins):
            n_chunks = self._read("<IQi" if csi else "<Ii")[-1]
            if n_chunks < 0:
                return False
            self._at += _CHUNK * n_chunks
        if csi:
            return n_bins >= 0
        (n_intervals,) = self._read("<i")
        self._at += 8 * n_intervals
        return n_bins >= 0 and n_intervals >= 0

    def _read(self, form: str) -> tuple[int, ...]:
        values = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return values

"""Indexes of `.vcf.gz` and `.bcf`: made where the records are sorted, and never left over from an older file."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pysam
import pysam.bcftools

from genoscore.core.errors import OutputError
from genoscore.outputs.files import writing

_TBI_LIMIT = 1 << 29  # positions that a .tbi can index
_FULL = 1 << 16  # bytes free below which a disk counts as full


class OrderCheck:
    """Whether records came sorted: every contig in one piece, POS never falling."""

    def __init__(self) -> None:
        self.is_sorted = True
        self.largest_pos = 0
        self._contig: str | None = None
        self._pos = 0
        self._seen: set[str] = set()

    def see(self, contig: str, pos: int) -> None:
        """Take note of the next record."""
        if contig != self._contig:
            self.is_sorted &= contig not in self._seen
            self._seen.add(contig)
            self._contig = contig
        elif pos < self._pos:
            self.is_sorted = False
        self._pos = pos
        self.largest_pos = max(self.largest_pos, pos)


class Index:
    """The index of one output, under a temporary name until `commit`.

    Attributes:
        note: why there is none; '' where there is one.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._path: Path | None = None
        self.note = ""

    def make(self, data: Path, order: OrderCheck) -> None:
        """Index a finished file.

        Raises:
            OutputError: disk full.
        """
        if not order.is_sorted:
            self.note = f"{self._target} has no index: its records are not sorted (bcftools sort sorts them)"
            return
        is_bcf = data.name.endswith(".bcf")
        suffix = ".csi" if is_bcf or order.largest_pos >= _TBI_LIMIT else ".tbi"
        self._path = Path(f"{data}{suffix}")
        try:
            if is_bcf:
                pysam.bcftools.index("--csi", "--force", "--output", str(self._path), str(data))
            else:
                pysam.tabix_index(str(data), preset="vcf", force=True, index=str(self._path), csi=suffix == ".csi")
        except (OSError, pysam.utils.SamtoolsError):
            check_space(data, self._target)
            self._path.unlink(missing_ok=True)
            self._path = None
            self.note = f"{self._target} has no index: htslib could not make one (is a POS beyond its limit?)"

    def commit(self) -> None:
        """Put it beside its file; an older one of either kind never stays, since it would point at wrong places."""
        with writing(self._target):
            for suffix in (".tbi", ".csi"):
                Path(self._target + suffix).unlink(missing_ok=True)
            if self._path is not None:
                os.replace(self._path, self._target + self._path.suffix)

    def discard(self) -> None:
        """Remove it if it was not committed."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def check_space(path: Path, target: str) -> None:
    """htslib does not say why it failed: look whether the disk is full.

    Raises:
        OutputError: it is.
    """
    if shutil.disk_usage(path.parent).free < _FULL:
        raise OutputError(f"output {target} cannot be written (no space left on the device)", "free some space")

"""Indexes of `.vcf.gz` and `.bcf`: made if the records are sorted, and never left over from an older file."""

from __future__ import annotations

import os
from pathlib import Path

import pysam
import pysam.bcftools

from genoscore.core.pending import PendingFile, resolved, temporary_beside
from genoscore.inputs.htslib import paths_of_any_bytes
from genoscore.outputs.files import why_not_written

_TBI_LIMIT = 1 << 29  # positions that a .tbi can index
_SUFFIXES = (".tbi", ".csi")


class OrderCheck:
    """Checks whether records are sorted: every contig in one block, POS never decreasing."""

    def __init__(self) -> None:
        self.is_sorted = True
        self.largest_pos = 0
        self._contig: str | None = None
        self._pos = 0
        self._seen: set[str] = set()

    def see(self, contig: str, pos: int) -> None:
        """Register the next record."""
        if contig != self._contig:
            self.is_sorted &= contig not in self._seen
            self._seen.add(contig)
            self._contig = contig
        elif pos < self._pos:
            self.is_sorted = False
        self._pos = pos
        self.largest_pos = max(self.largest_pos, pos)


class Index:
    """The index of one output.

    It is written next to the file itself. If the target is a symbolic link to that file, programs look for the index
    next to the link, so a link to the index is put there.

    Attributes:
        stale: indexes of an older file of that name, of either kind: they would point to wrong offsets.
        made: the new index, once `make` has written it.
        note: why there is no index; '' if there is one.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._real = str(resolved(target))
        link = str(resolved(target, through=False))
        self._link = link if link != self._real else None
        paths = [self._real] if self._link is None else [self._real, self._link]
        self.stale = [_removed(path + suffix) for path in paths for suffix in _SUFFIXES]
        self.made: list[PendingFile] = []
        self.note = ""

    def make(self, data: Path, order: OrderCheck) -> None:
        """Index a finished file.

        Raises:
            OSError: disk full.
        """
        if not order.is_sorted:
            self.note = f"{self._target} has no index: its records are not sorted (run: bcftools sort)"
            return
        is_bcf = data.name.endswith(".bcf")
        suffix = ".csi" if is_bcf or order.largest_pos >= _TBI_LIMIT else ".tbi"
        index = PendingFile(self._real + suffix, path=Path(f"{data}{suffix}"), through=False)
        self.made = [index]
        try:
            if is_bcf:
                with paths_of_any_bytes():
                    pysam.bcftools.index("--csi", "--force", "--output", str(index.path), str(data))
            else:
                pysam.tabix_index(str(data), preset="vcf", force=True, index=str(index.path), csi=suffix == ".csi")
        except (OSError, pysam.utils.SamtoolsError):
            why_not_written(index.path)
            index.discard()
            self.made = []
            self.note = f"{self._target} has no index: htslib could not make one (is a POS beyond its limit?)"
            return
        if self._link is not None:
            beside = PendingFile(self._link + suffix, through=False)
            os.symlink(index.target, beside.path)
            self.made.append(beside)

    def discard(self) -> None:
        """Remove unpublished files."""
        for file in (*self.stale, *self.made):
            file.discard()


def _removed(path: str) -> PendingFile:
    """An existing file that is removed on publishing."""
    return PendingFile(path, path=temporary_beside(path, ".stale", through=False), through=False)

"""Indexes of `.vcf.gz` and `.bcf`: made if the records are sorted, and never left over from an older file."""

from __future__ import annotations

import os
from pathlib import Path

import pysam
import pysam.bcftools

from genoscore.core.pending import PendingFile, resolved
from genoscore.core.scratch import Scratch
from genoscore.inputs.htslib import paths_of_any_bytes
from genoscore.outputs.files import why_not_written
from genoscore.outputs.targets import index_paths

_TBI_LIMIT = 1 << 29  # positions that a .tbi can index


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
    """The index of one finished output, under a temporary name.

    It goes next to the file itself. If the target is a symbolic link to that file, programs look for the index
    next to the link, so a link to the index is put there.

    Args:
        data: the output under its temporary name.
        scratch: where the output's temporary files lie.

    Attributes:
        stale: removals of indexes of an older file of that name, of either kind: they would point to wrong offsets.
        made: the new index; empty if there is none.
        note: why there is no index; '' if there is one.

    Raises:
        OSError: disk full.
    """

    def __init__(self, target: str, data: Path, order: OrderCheck, scratch: Scratch) -> None:
        self.note = ""
        real, link = str(resolved(target)), str(resolved(target, through=False))
        self.stale = [PendingFile(path, scratch, through=False, removes=True) for path in index_paths(target)]
        self.made: list[PendingFile] = []
        if not order.is_sorted:
            self.note = f"{target} has no index: its records are not sorted (run: bcftools sort)"
            return
        is_bcf = data.name.endswith(".bcf")
        suffix = ".csi" if is_bcf or order.largest_pos >= _TBI_LIMIT else ".tbi"
        index = PendingFile(real + suffix, scratch, Path(f"{data}{suffix}"), through=False)
        try:
            if is_bcf:
                with paths_of_any_bytes():
                    pysam.bcftools.index("--csi", "--force", "--output", str(index.path), str(data))
            else:
                pysam.tabix_index(str(data), preset="vcf", force=True, index=str(index.path), csi=suffix == ".csi")
        except (OSError, pysam.utils.SamtoolsError):
            why_not_written(index.path)
            self.note = f"{target} has no index: htslib could not make one (is a POS beyond its limit?)"
            return
        self.made = [index]
        if link != real:
            beside = PendingFile(link + suffix, scratch, through=False)
            os.symlink(index.target, beside.path)
            self.made.append(beside)

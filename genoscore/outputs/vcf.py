"""Annotated VCF: the input's lines with INFO appended; bgzipped and indexed where the suffix says so."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pysam

from genoscore.engine.results import RecordResult
from genoscore.outputs.base import TextFile, writing
from genoscore.outputs.info import InfoFields, append_info

_TBI_LIMIT = 1 << 29  # positions that a .tbi can index


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


class VcfText:
    """Makes the lines of an annotated VCF, once for all outputs that need them.

    Attributes:
        header: text of the header.
        replaced: records whose earlier annotation was taken out.
    """

    def __init__(self, header: str, fields: Mapping[str, InfoFields], keep_existing: bool) -> None:
        self.header = header
        self.replaced = 0
        self._fields = fields
        self._own = frozenset() if keep_existing else frozenset(key for one in fields.values() for key in one.ids)
        self._last: tuple[RecordResult, str] | None = None

    def line(self, result: RecordResult) -> str:
        """The annotated line of a record, without its line end."""
        if self._last is not None and self._last[0] is result:
            return self._last[1]
        entries: list[str] = []
        for name, fields in self._fields.items():
            entries += fields.entries(result.record, result.alts[name])
        text, replaced = append_info(result.record, entries, self._own)
        self.replaced += replaced
        self._last = result, text
        return text


class VcfWriter:
    """`.vcf`, `.vcf.gz`, `.vcf.bgz` and standard output."""

    def __init__(self, target: str, text: VcfText) -> None:
        self.target = target
        self.note = ""
        self._text = text
        self._bgzip = target.endswith((".gz", ".bgz"))
        self._file = TextFile(target, self._bgzip)
        self._order = OrderCheck()
        self._index: Path | None = None
        self._file.write(text.header)

    def write(self, result: RecordResult) -> None:
        """Add one record."""
        self._file.write(self._text.line(result) + "\n")
        self._order.see(result.record.contig, result.record.pos)

    def commit(self) -> None:
        """Finish the file and its index."""
        self._file.finish()
        path = self._file.path
        if path is not None and self._bgzip and self._order.is_sorted:
            suffix = ".csi" if self._order.largest_pos >= _TBI_LIMIT else ".tbi"
            self._index = Path(f"{path}{suffix}")
            with writing(self.target):
                pysam.tabix_index(str(path), preset="vcf", force=True, index=str(self._index), csi=suffix == ".csi")
        self._file.commit()
        if path is not None and self._bgzip:
            replace_index(self.target, self._index)
            self.note = "" if self._order.is_sorted else unsorted_note(self.target)

    def discard(self) -> None:
        """Remove what was not committed."""
        self._file.discard()
        if self._index is not None:
            self._index.unlink(missing_ok=True)


def unsorted_note(target: str) -> str:
    """Why there is no index."""
    return f"{target} has no index: its records are not sorted (bcftools sort sorts them)"


def replace_index(target: str, index: Path | None) -> None:
    """Put an index beside its file; an older one of either kind never stays, since it would point at wrong places."""
    with writing(target):
        for suffix in (".tbi", ".csi"):
            Path(target + suffix).unlink(missing_ok=True)
        if index is not None:
            os.replace(index, target + index.suffix)

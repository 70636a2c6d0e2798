"""Annotated VCF: the input's lines with INFO appended; bgzipped and indexed if the suffix says so."""

from __future__ import annotations

from genoscore.engine.results import RecordResult
from genoscore.outputs.base import WriterContext
from genoscore.outputs.files import TextOutput
from genoscore.outputs.index import Index, OrderCheck


class VcfWriter(TextOutput):
    """`.vcf`, `.vcf.gz`, `.vcf.bgz` and standard output."""

    _index: Index | None = None

    def __init__(self, target: str, context: WriterContext) -> None:
        self._vcf = context.text
        self._order = OrderCheck()
        super().__init__(target, target.endswith((".gz", ".bgz")), head=self._vcf.header)

    @property
    def note(self) -> str:
        """Why there is no index; '' if there is one."""
        return self._index.note if self._index else ""

    def write(self, result: RecordResult) -> None:
        """Add one record."""
        self.add(self._vcf.line(result) + "\n")
        self._order.see(result.record.contig, result.record.pos)

    def _finish(self) -> None:
        super()._finish()
        if self.bgzip:
            self._index = Index(self.target, self.path, self._order, self.scratch)
            self.files = [*self._index.stale, *self.files, *self._index.made]

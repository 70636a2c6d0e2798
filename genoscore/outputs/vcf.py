"""Annotated VCF: the input's lines with INFO appended; bgzipped and indexed where the suffix says so."""

from __future__ import annotations

from genoscore.engine.results import RecordResult
from genoscore.outputs.base import WriterContext
from genoscore.outputs.files import TextFile
from genoscore.outputs.index import Index, OrderCheck


class VcfWriter:
    """`.vcf`, `.vcf.gz`, `.vcf.bgz` and standard output."""

    def __init__(self, target: str, context: WriterContext) -> None:
        self.target = target
        self._text = context.text
        self._bgzip = target.endswith((".gz", ".bgz"))
        self._order = OrderCheck()
        self._index = Index(target)
        self._file = TextFile(target, self._bgzip, head=self._text.header)

    @property
    def note(self) -> str:
        """Why there is no index."""
        return self._index.note

    def write(self, result: RecordResult) -> None:
        """Add one record."""
        self._file.write(self._text.line(result) + "\n")
        self._order.see(result.record.contig, result.record.pos)

    def prepare(self) -> None:
        """Finish the file and its index."""
        self._file.finish()
        if self._file.path is not None and self._bgzip:
            self._index.make(self._file.path, self._order)

    def commit(self) -> None:
        """Put both under their names."""
        self._file.commit()
        if self._bgzip:
            self._index.commit()

    def discard(self) -> None:
        """Remove what was not committed."""
        self._file.discard()
        self._index.discard()

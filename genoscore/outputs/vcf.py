"""Annotated VCF: the input's lines with INFO appended; bgzipped and indexed where the suffix says so."""

from __future__ import annotations

from collections.abc import Mapping

from genoscore.engine.results import RecordResult
from genoscore.outputs.base import TextFile, WriterContext
from genoscore.outputs.index import Index, OrderCheck
from genoscore.outputs.info import InfoFields, append_info


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

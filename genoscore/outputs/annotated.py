"""The lines of an annotated VCF, rendered once for all outputs that need them."""

from __future__ import annotations

from collections.abc import Mapping

from genoscore.engine.results import RecordResult
from genoscore.outputs.info import InfoFields, append_info


class VcfText:
    """Renders the lines of an annotated VCF, once for all outputs that need them.

    Attributes:
        header: text of the header.
        replaced: number of records whose earlier annotation was removed.
    """

    def __init__(self, header: str, fields: Mapping[str, InfoFields], keep_existing: bool) -> None:
        self.header = header
        self.replaced = 0
        self._fields = fields
        self._own = frozenset() if keep_existing else frozenset(key for info in fields.values() for key in info.ids)
        self._last: tuple[RecordResult, str] | None = None

    def line(self, result: RecordResult) -> str:
        """The annotated line of a record, without the newline."""
        if self._last is not None and self._last[0] is result:
            return self._last[1]
        entries: list[str] = []
        for name, fields in self._fields.items():
            entries += fields.entries(result.record, result.alts[name])
        text, replaced = append_info(result.record, entries, self._own)
        self.replaced += replaced
        self._last = result, text
        return text

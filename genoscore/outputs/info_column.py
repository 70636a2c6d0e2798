"""One INFO field: its header line, and its entry for a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from genoscore.engine.results import AltResult
from genoscore.inputs.vcf import Record
from genoscore.outputs.best import Best

CONTROL = {code: quote(chr(code)) for code in (*range(32), 127)}
_ESCAPES = CONTROL | str.maketrans({character: quote(character) for character in "%,;=| "})


def escape(name: str) -> str:
    """Escape a text for INFO: a gene name, for example, or HGVS.

    >>> escape("HLA-A,B"), escape("a b|c")
    ('HLA-A%2CB', 'a%20b%7Cc')
    """
    return name.translate(_ESCAPES)


@dataclass(frozen=True, slots=True)
class Scored:
    """The data behind the INFO entries of a record.

    Attributes:
        results: one per ALT.
        bests: for each, the score of largest magnitude.
        values: for each, its values by field, as outputs show them (`best.values_of_alt`); empty without a score.
    """

    record: Record
    results: Sequence[AltResult]
    bests: Sequence[Best | None]
    values: Sequence[Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class InfoColumn:
    """One INFO field.

    Attributes:
        number, type, description: of its `##INFO` line.
        value: the text after `KEY=`; '' for a flag, None if the record has no such entry.
        without_alt: whether a record without ALT has the entry too.
    """

    id: str
    number: str
    type: str
    description: str
    value: Callable[[Scored], str | None]
    without_alt: bool = False

    def entry(self, scored: Scored) -> str | None:
        """`KEY=value`, `KEY` of a flag, or None."""
        value = self.value(scored)
        if value is None:
            return None
        return f"{self.id}={value}" if value else self.id

    def header_line(self, version: str) -> str:
        """`##INFO=<...>`."""
        return (
            f'##INFO=<ID={self.id},Number={self.number},Type={self.type},Description="{self.description}",'
            f'Source="genoscore",Version="{version}">'
        )

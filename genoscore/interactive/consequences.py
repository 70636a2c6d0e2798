"""What becomes of the transcripts of one variant, shown in a notebook or as text; and of many, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import overload

from genoscore.consequences.consequence import Aberration, Consequence, SiteChange
from genoscore.core.printable import printable
from genoscore.engine.results import RecordResult
from genoscore.inputs.gene import Gene
from genoscore.interactive.given import TEXT, Cell, NewColumn
from genoscore.interactive.score_columns import BAD, TOLD_KINDS, PredictorColumns, Shown

MOST_SITES = 12  # of a transcript, in a table on the screen
_EVENT_HEAD = "event", "exon", "bases", "nt", "share", "frame", "new stop", "NMD", "RNA", "protein", "reason"
_SITE_HEAD = "site", "base", "annotated", "REF", "ALT"


@dataclass(frozen=True, slots=True)
class TranscriptConsequence:
    """What a variant does to one transcript, by one predictor.

    Attributes:
        gene: the transcript, with `symbol`, `gene_id`, `transcript_id` and `strand`.
        consequence: the events, and the sites that change.
        evidence: what the score counts for in a classification; '' without rules for the predictor.
    """

    predictor: str
    gene: Gene
    consequence: Consequence
    evidence: str = ""

    @property
    def title(self) -> str:
        """`BRCA2 NM_000059.4, spliceai`."""
        return printable(f"{self.gene.symbol} {self.gene.transcript_id}".strip() + f", {self.predictor}", kept="")

    @property
    def events(self) -> tuple[Aberration, ...]:
        """The likeliest event, and the second one if there is one."""
        return tuple(filter(None, (self.consequence.first, self.consequence.second)))

    def __str__(self) -> str:
        rows = [f"{self.title}{f', {self.evidence}' if self.evidence else ''}"]
        for event in self.events:
            named = zip(_EVENT_HEAD, _event_cells(event), strict=True)
            rows.append("  " + ", ".join(_worded(name, cell) for name, cell in named if cell))
        for site in self.consequence.sites[:MOST_SITES]:
            kind, base, annotated, ref, alt = _site_cells(site)
            rows.append(f"  {kind} {base}{' (annotated)' if annotated else ''}: {ref} to {alt}")
        return "\n".join(rows + ["  " + text for text in self._notes()])

    def _repr_html_(self) -> str:
        used = [at for at, _ in enumerate(_EVENT_HEAD) if any(_event_cells(event)[at] for event in self.events)]
        events = [[_event_cells(event)[at] for at in used] for event in self.events]
        parts = [f"<p><b>{escape(self.title)}</b> {escape(self.evidence)}</p>"]
        parts.append(_html_table([_EVENT_HEAD[at] for at in used], events))
        if self.consequence.sites:
            parts.append(_html_table(_SITE_HEAD, map(_site_cells, self.consequence.sites[:MOST_SITES])))
        return "".join(parts + [f"<p>{escape(text)}</p>" for text in self._notes()])

    def _notes(self) -> list[str]:
        left, beyond = len(self.consequence.sites) - MOST_SITES, len(self.consequence.beyond)
        notes = [f"{left} more sites change less"] if left > 0 else []
        farther = "a site changes" if beyond == 1 else f"{beyond} sites change"
        return [*notes, f"{farther} beyond the distance of the scores"] if beyond else notes


@dataclass(frozen=True, slots=True, repr=False)
class VariantConsequences(Sequence[TranscriptConsequence]):
    """What becomes of every transcript that a variant was scored in, by every predictor of splice sites."""

    variant: str
    _items: tuple[TranscriptConsequence, ...]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[TranscriptConsequence]:
        return iter(self._items)

    @overload
    def __getitem__(self, key: int) -> TranscriptConsequence: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[TranscriptConsequence, ...]: ...
    def __getitem__(self, key: int | slice) -> TranscriptConsequence | tuple[TranscriptConsequence, ...]:
        return self._items[key]

    def __repr__(self) -> str:
        events = "; ".join(f"{item.title}: {item.consequence.first.event or 'not known'}" for item in self._items)
        return f"<consequences of {printable(self.variant, kept='')}: {events}>"

    def __str__(self) -> str:
        return "\n".join([printable(self.variant, kept=""), *map(str, self._items)])

    def _repr_html_(self) -> str:
        heading = f"<p>{escape(printable(self.variant, kept=''))}</p>"
        return heading + "".join(item._repr_html_() for item in self._items)


def consequences_of(groups: Sequence[PredictorColumns], found: RecordResult, variant: str) -> VariantConsequences:
    """The consequences of a record with one ALT; empty if there are none."""
    items = [
        TranscriptConsequence(group.name, shown.gene, shown.consequence, shown.evidence)
        for group in groups
        for shown in group.of_genes(found).values()
        if shown.gene is not None and shown.consequence is not None
    ]
    return VariantConsequences(variant, tuple(items))


def rows_of_consequences(
    groups: Sequence[PredictorColumns], results: Sequence[RecordResult | None]
) -> tuple[list[NewColumn], list[int]]:
    """One row per variant, transcript and predictor, and the index of each row's variant.

    Args:
        results: for each variant, a record of one ALT; None if it is not a variant.
    """
    numbers: list[int] = []
    rows: list[list[Cell]] = []
    for number, found in enumerate(results):
        for group in groups:
            for shown in group.of_genes(found).values() if found is not None else [BAD]:
                numbers.append(number)
                rows.append(_row(group.name, shown))
    kinds = {**dict.fromkeys(("GENE", "TRANSCRIPT", "PREDICTOR", "STATUS"), TEXT), **TOLD_KINDS}
    columns = [NewColumn(name, kind, [row[at] for row in rows]) for at, (name, kind) in enumerate(kinds.items())]
    return columns, numbers


def _row(predictor: str, shown: Shown) -> list[Cell]:
    names = (shown.gene.symbol, shown.gene.transcript_id or None) if shown.gene else (None, None)
    return [*names, predictor, shown.status, *shown.told.values()]


def _event_cells(event: Aberration) -> tuple[str, ...]:
    """One for each of _EVENT_HEAD; '' for missing."""
    product = event.product
    span = f"{event.start:,}-{event.end:,}" if event.start is not None and event.end is not None else ""
    return (
        str(event.event or "not known"),
        event.exon,
        span,
        "" if event.nt is None else f"{event.nt:+,}",
        "" if event.probability is None else f"{event.probability:.2f}",
        str(product.frame or ""),
        "" if product.ptc is None else f"codon {product.ptc:,}",
        {None: "", True: "yes", False: "no"}[product.nmd],
        product.hgvs_r,
        product.hgvs_p,
        event.reason or product.reason,
    )


def _worded(name: str, cell: str) -> str:
    """A cell of _event_cells in a line of text: with its name, where it does not speak for itself."""
    return cell if name in ("event", "frame") or cell.startswith("intron ") else f"{name} {cell}"


def _site_cells(site: SiteChange) -> tuple[str, ...]:
    """One for each of _SITE_HEAD."""
    base = f"{site.pos:,}" + (f" + {site.inserted}" if site.inserted else "")
    return site.kind, base, "yes" if site.annotated else "", f"{site.ref:.2f}", f"{site.alt:.2f}"


def _html_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"<tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>"]
    lines += [f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows]
    return f"<table>{''.join(lines)}</table>"

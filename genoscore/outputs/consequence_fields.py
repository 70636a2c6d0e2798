"""What outputs say of a consequence: each field once, for INFO, tables and frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from genoscore.consequences.consequence import BEYOND_FROM, Aberration, Consequence, Event, Frame, SiteChange
from genoscore.core.variants import Variant
from genoscore.inputs.gene import Gene
from genoscore.inputs.vcf import Record
from genoscore.outputs.best import Best

EVIDENCE = "EVIDENCE"

Cell = str | int | float | None


class Evidence(Protocol):
    """What scores of a predictor count for in a classification, by a panel's rules; see `consequences.evidence`."""

    @property
    def description(self) -> str:
        """The rules and their source, for headers."""
        ...

    def word(self, magnitude: float, variant: Variant, gene: Gene, *, is_beyond: bool) -> str:
        """`PP3`, `BP4`, `PVS1_context` or `none`; `.` if that is not known.

        Args:
            magnitude: of the largest score in the gene, as printed.
            variant: as in the record, neither trimmed nor left-aligned.
            is_beyond: whether a site changes farther away than the score looks.
        """
        ...


@dataclass(frozen=True, slots=True)
class ConsequenceField:
    """One field.

    Attributes:
        id: column name; the INFO ID is `GS_<PREDICTOR>_<id>`.
        type: as in a VCF header.
        value: None or '' means missing.
        words: whether there are only a few different texts.
        decimals: printed digits of a float.
    """

    id: str
    type: str
    description: str
    value: Callable[[Consequence], Cell]
    words: bool = False
    decimals: int = 0

    def text(self, consequence: Consequence | None) -> str:
        """The value as printed; `.` for missing."""
        value = None if consequence is None else self.value(consequence)
        if value is None or value == "":
            return "."
        return f"{float(value):.{self.decimals}f}" if self.type == "Float" else str(value)


def beyond(consequence: Consequence) -> str:
    """`DL:-812:0.35&AG:640:0.21`: gain or loss of an acceptor or donor, bases from POS, size of the change."""
    return "&".join(f"{site_kind(site)}:{site.offset}:{abs(site.delta):.2f}" for site in consequence.beyond)


def site_kind(site: SiteChange) -> str:
    """`AG`, `AL`, `DG` or `DL`, as in SpliceAI's scores."""
    return ("A" if site.kind == "acceptor" else "D") + ("G" if site.delta > 0 else "L")


def evidence_word(evidence: Evidence | None, record: Record, alt_index: int, best: Best | None) -> str:
    """What an ALT's largest score in a gene counts for; '' without rules, score or gene."""
    gene = best.scores.gene if best else None
    if evidence is None or best is None or gene is None:
        return ""
    variant = Variant(record.contig, record.pos, record.ref, record.alts[alt_index], record.index, alt_index)
    told = best.scores.consequence
    is_beyond = told is not None and bool(told.beyond)
    return evidence.word(float(best.magnitude), variant, gene, is_beyond=is_beyond).removeprefix(".")


def _frame(event: Aberration) -> str:
    return str(event.product.frame or "")


def _nmd(event: Aberration) -> str:
    return {None: "", True: "yes", False: "no"}[event.product.nmd]


@dataclass(frozen=True, slots=True)
class _Part:
    """A field of one event, the first or the second; attributes as in ConsequenceField."""

    id: str
    type: str
    description: str
    value: Callable[[Aberration], Cell]
    words: bool = False
    decimals: int = 0

    def of_first(self) -> ConsequenceField:
        """`EVENT_EXON`, `FRAME`."""
        value = self.value
        return ConsequenceField(
            self.id, self.type, self.description, lambda one: value(one.first), self.words, self.decimals
        )

    def of_second(self) -> ConsequenceField:
        """`EVENT2_EXON`, `EVENT2_FRAME`."""
        value = self.value
        name = f"EVENT2_{self.id.removeprefix('EVENT').removeprefix('_')}".removesuffix("_")
        text = f"The same as {self.id} for a second event that is at least half as likely"
        return ConsequenceField(
            name, self.type, text, lambda one: value(one.second) if one.second else None, self.words, self.decimals
        )


def _meanings(words: Iterable[Event] | Iterable[Frame]) -> str:
    return "; ".join(f"{word}: {word.meaning}" for word in words)


_PARTS = (
    _Part("EVENT", "String", f"What happens to the transcript. {_meanings(Event)}",
          lambda one: str(one.event or ""), True),
    _Part("EVENT_EXON", "String", "Exon or intron, numbered in reading direction", lambda one: one.exon, True),
    _Part("EVENT_START", "Integer", "First base (1-based) of what the mRNA gains or loses, or the site",
          lambda one: one.start),
    _Part("EVENT_END", "Integer", "Last base (1-based) of what the mRNA gains or loses, or the site",
          lambda one: one.end),
    _Part("EVENT_NT", "Integer", "Bases that the mRNA gains, the variant's own included, negative for bases that it "
          "loses", lambda one: one.nt),
    _Part("FRAME", "String", f"What becomes of the reading frame. {_meanings(Frame)}", _frame, True),
    _Part("PTC", "Integer", "Number of the first new stop codon in the aberrant mRNA; the start codon is 1",
          lambda one: one.product.ptc),
    _Part("NMD", "String", "Whether nonsense-mediated decay is expected: yes no", _nmd, True),
    _Part("HGVS_R", "String", "Predicted RNA in HGVS nomenclature", lambda one: one.product.hgvs_r),
    _Part("HGVS_P", "String", "Predicted protein in HGVS nomenclature", lambda one: one.product.hgvs_p),
    _Part("EVENT_P", "Float", "By how much the share of transcripts with the event is larger with ALT than with REF",
          lambda one: one.probability, decimals=2),
)  # fmt: skip
REASON = ConsequenceField(
    "EVENT_REASON",
    "String",
    "Why the event is unresolved or not known, or why frame, stop and protein are missing",
    lambda one: one.first.reason or one.first.product.reason,
    True,
)
BEYOND = ConsequenceField(
    "BEYOND",
    "String",
    f"Splice sites beyond the distance of the scores that change by {BEYOND_FROM} or more. KIND:OFFSET:CHANGE, joined "
    "by &: gain or loss of an acceptor or donor (AG AL DG DL), bases from POS, change of the probability",
    beyond,
)
FIELDS = (*(part.of_first() for part in _PARTS), REASON, *(part.of_second() for part in _PARTS))
IN_INFO = ("EVENT", "EVENT_NT", "FRAME", "PTC", "NMD", "HGVS_R", "HGVS_P")
INFO_KEYS = (*IN_INFO, EVIDENCE, BEYOND.id)
COLUMN_TYPES = {**{field.id: field.type for field in FIELDS}, EVIDENCE: "String", BEYOND.id: BEYOND.type}


def told(consequence: Consequence | None, evidence: str) -> dict[str, Cell]:
    """Every column of COLUMN_TYPES with its value; None for missing.

    Args:
        evidence: see `evidence_word`.
    """
    values = {field.id: field.value(consequence) for field in (*FIELDS, BEYOND)} if consequence else {}
    values[EVIDENCE] = evidence
    return {key: None if values.get(key) == "" else values.get(key) for key in COLUMN_TYPES}

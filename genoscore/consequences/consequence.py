"""What a variant does to one transcript, in the words of the outputs. Torch is not imported here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

BEYOND_FROM = 0.2  # of a probability: sites beyond the distance of the scores are reported if they change by this much


class Event(StrEnum):
    """What happens to the transcript; see `events` for how it is chosen."""

    NONE = "none"
    EXON_SKIPPING = "exon_skipping"
    INTRON_RETENTION = "intron_retention"
    DONOR_SHIFT = "donor_shift"
    ACCEPTOR_SHIFT = "acceptor_shift"
    PSEUDOEXON = "pseudoexon"
    EXON_INCLUSION = "exon_inclusion"
    SITE_LOSS = "site_loss"
    SITE_GAIN = "site_gain"
    UNRESOLVED = "unresolved"

    @property
    def meaning(self) -> str:
        """One phrase for headers and documentation."""
        return _MEANINGS[self]


_MEANINGS = {
    Event.NONE: "nothing that reaches the cut-offs",
    Event.EXON_SKIPPING: "one or more exons are left out",
    Event.INTRON_RETENTION: "an intron stays in the mRNA",
    Event.DONOR_SHIFT: "an exon ends at another donor",
    Event.ACCEPTOR_SHIFT: "an exon begins at another acceptor",
    Event.PSEUDOEXON: "part of an intron becomes an exon",
    Event.EXON_INCLUSION: "an annotated, weakly used exon is used more",
    Event.SITE_LOSS: "an annotated site is lost, and nothing says what takes its place",
    Event.SITE_GAIN: "a site is gained that pairs with no other",
    Event.UNRESOLVED: "sites change in a way that has no word here",
}


class Frame(StrEnum):
    """What an event does to the reading frame; the first of these words that holds."""

    NONCODING = "noncoding"
    UTR = "utr"
    START_LOST = "start_lost"
    STOP_LOST = "stop_lost"
    FRAMESHIFT = "frameshift"
    IN_FRAME = "in_frame"

    @property
    def meaning(self) -> str:
        """One phrase for headers and documentation."""
        return _FRAMES[self]


_FRAMES = {
    Frame.NONCODING: "the transcript has no coding sequence",
    Frame.UTR: "only untranslated bases change",
    Frame.START_LOST: "the start codon is lost",
    Frame.STOP_LOST: "the stop codon is lost, or translation meets none before the transcript ends",
    Frame.FRAMESHIFT: "the reading frame changes",
    Frame.IN_FRAME: "the reading frame is kept",
}


@dataclass(frozen=True, slots=True)
class Product:
    """What an aberrant mRNA is translated into.

    Attributes:
        frame: None without a usable coding sequence.
        ptc: number of the codon that is the first new stop, in the aberrant transcript, the start codon being 1; None
            without one.
        nmd: whether nonsense-mediated decay is expected; None if that is not known.
        hgvs_r, hgvs_p: predicted descriptions, `r.(68_316del)`, `p.(Asp23_Leu105del)`; '' if there is none.
        reason: why frame, stop and protein are not given, '' if they are: `no_cds`, `cds_length`, ...
    """

    frame: Frame | None = None
    ptc: int | None = None
    nmd: bool | None = None
    hgvs_r: str = ""
    hgvs_p: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Aberration:
    """One event in one transcript.

    Attributes:
        event: None where it is not known.
        exon: `7`, `7-8` or `intron 12`; exons are numbered from 1 in reading direction. '' for none.
        start, end: 1-based, inclusive genomic span of what is added to or removed from the mRNA; None for none.
        nt: bases added to the mRNA, negative for bases removed; None if that is not known.
        probability: by how much the share of transcripts with this event grows from REF to ALT, estimated from the
            probabilities of the sites: a statement of the network, not of a cell. None without an event.
        reason: why the event is `unresolved` or not known; else ''.
    """

    event: Event | None
    exon: str = ""
    start: int | None = None
    end: int | None = None
    nt: int | None = None
    probability: float | None = None
    product: Product = Product()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SiteChange:
    """A splice site whose probability differs between REF and ALT.

    Attributes:
        kind: `acceptor` or `donor`.
        pos: 1-based genomic base of the exon next to the intron: its first in reading direction for an acceptor, its
            last for a donor. For a base of an insertion, the REF base before it.
        inserted: number of the inserted base after `pos`; 0 for a base of REF.
        offset: bases from the record's POS, positive downstream on the forward strand, as in DP_*.
        ref, alt: probabilities.
        annotated: whether the transcript has it.
    """

    kind: str
    pos: int
    inserted: int
    offset: int
    ref: float
    alt: float
    annotated: bool

    @property
    def delta(self) -> float:
        """ALT minus REF."""
        return self.alt - self.ref


@dataclass(frozen=True, slots=True)
class Consequence:
    """What one ALT does to one transcript.

    Attributes:
        first: the likeliest event. second: another that is at least half as likely; None for none.
        sites: every site that changes, largest change first.
        beyond: those farther from the variant than `-d` that change by 0.2 or more, largest change first.
    """

    first: Aberration
    second: Aberration | None = None
    sites: tuple[SiteChange, ...] = ()
    beyond: tuple[SiteChange, ...] = ()

    @property
    def is_event(self) -> bool:
        """Whether something happens, or a site beyond the distance changes."""
        return self.first.event not in (None, Event.NONE) or bool(self.beyond)

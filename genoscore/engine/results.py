"""What a run knows of a record when it is done with it."""

from __future__ import annotations

from dataclasses import dataclass

from genoscore.inputs.genes import Gene
from genoscore.inputs.vcf import Record
from genoscore.variants import Status


@dataclass(frozen=True, slots=True)
class GeneScores:
    """Scores of one ALT in one gene.

    Attributes:
        gene: None for a predictor without genes.
        values: one number per ScoreField, unrounded; None where the peer names the gene without scoring it.
    """

    gene: Gene | None
    values: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class AltResult:
    """One ALT under one predictor.

    Attributes:
        precomputed: its scores were taken from a file.
    """

    status: Status
    genes: tuple[GeneScores, ...] = ()
    precomputed: bool = False

    @property
    def source(self) -> str:
        """`computed`, `precomputed`, or '' where nothing was scored."""
        if self.status is not Status.SCORED:
            return ""
        return "precomputed" if self.precomputed else "computed"


@dataclass(frozen=True, slots=True)
class RecordResult:
    """One record; also when nothing was scored.

    Attributes:
        alts: predictor name -> one result per ALT.
    """

    record: Record
    alts: dict[str, tuple[AltResult, ...]]

"""Results of a run for each record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from genoscore.consequences.consequence import Consequence
from genoscore.consequences.sites import Searched
from genoscore.core.variants import Status
from genoscore.inputs.gene import Gene
from genoscore.inputs.vcf import Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class GeneScores:
    """Scores of one ALT in one gene.

    Attributes:
        gene: None for a predictor without genes, and for scores of the variant itself.
        values: one number per ScoreField, unrounded; None if the peer names the gene without scoring it, and for a
            scorer with tracks.
        table: (T, F) for a scorer with tracks, in their order; else None.
        searched: splice sites around the variant, from which the consequence is made; None without a search.
        consequence: what becomes of the transcript; None where that is not said: see `consequences.wanted`.
    """

    gene: Gene | None
    values: tuple[float, ...] | None
    table: NDArray[np.float32] | None = field(default=None, compare=False)
    searched: Searched | None = field(default=None, compare=False)
    consequence: Consequence | None = field(default=None, compare=False)


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
        """`computed`, `precomputed`, or '' if nothing was scored."""
        if not self.status.has_scores:
            return ""
        return "precomputed" if self.precomputed else "computed"


@dataclass(frozen=True, slots=True)
class RecordResult:
    """One record, even if nothing was scored.

    Attributes:
        alts: predictor name -> one result per ALT.
    """

    record: Record
    alts: dict[str, tuple[AltResult, ...]]

"""One predictor with everything that it needs in a run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from genoscore.engine.full_windows import fit_windows
from genoscore.engine.known import KnownScores
from genoscore.engine.site_search import SiteSearch
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.planning.jobs import JobBuilder
from genoscore.predictors.base import Predictor, Screening
from genoscore.scores.base import Scorer


@dataclass(frozen=True, slots=True)
class Assembly:
    """One predictor with everything it needs in a run.

    Attributes:
        batch_size: windows or edits computed together; None: as many as fit in memory.
        screening: bounds of the fast approximation that is tried first (`--precision auto`); None for no screening.
        own_ids: INFO IDs that this predictor writes; a record that carries one is left under `--keep-existing`.
        precomputed: source of known scores, which need not be computed.
        search: how far splice sites are looked for, for consequences; None for a run or predictor without them.
        tally: variant x gene pairs `screened`, and those `settled` by it; also the counts of `take_known`.
    """

    predictor: Predictor
    scorer: Scorer
    builder: JobBuilder
    genome: ReferenceGenome
    batch_size: int | None
    screening: Screening | None
    own_ids: frozenset[str]
    keep_existing: bool
    precomputed: KnownScores | None = None
    search: SiteSearch | None = None
    tally: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        """The predictor's name."""
        return self.predictor.spec.name

    @property
    def window_batch(self) -> int:
        """Whole windows per call."""
        return self.batch_size or fit_windows(self.predictor.spec, self.predictor.device)

"""Summary of a run: counts per status and band, the top variants, seconds per stage."""

from __future__ import annotations

import heapq
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from genoscore.consequences.consequence import Event
from genoscore.core.variants import Status
from genoscore.core.wording import counted

TOP = 10


class StageTimer:
    """Seconds by stage. Stages run in parallel, so their sum may exceed `total`; several devices add up."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._lock = threading.Lock()
        self._begun = time.perf_counter()

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds by stage, and in `total` since the timer was made."""
        return self._seconds | {"total": time.perf_counter() - self._begun}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the block's wall-clock seconds to a stage."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            taken = time.perf_counter() - begun
            with self._lock:
                self._seconds[name] = self._seconds.get(name, 0.0) + taken


@dataclass(frozen=True, slots=True, order=True)
class TopVariant:
    """A variant among those of largest magnitude."""

    magnitude: float
    tie: int
    predictor: str = field(compare=False)
    variant: str = field(compare=False)
    gene: str = field(compare=False)
    printed: str = field(compare=False)
    band: str = field(compare=False)


@dataclass(slots=True)
class RunSummary:
    """Counts of one run.

    Attributes:
        records: records read, inside the requested regions.
        written: records written to each output.
        left_out: records read but below --min-score or --min-band.
        outside_regions: records outside --region and --regions-file.
        replaced: records whose earlier annotation was replaced.
        status, bands: predictor -> counts per ALT.
        events: predictor -> ALTs by event, each in the gene of its largest score.
        beyond: predictor -> ALTs that change a splice site beyond the distance of the scores.
        lost_values: values of the input that an output's format cannot hold.
        pairs: variant x gene pairs that were scored.
        screened, settled: pairs that `--precision auto` screened, and those that the screening settled.
        precomputed: predictor -> counts for `--precomputed`: pairs `taken`; ALTs that were `lacking`, under
            `other_symbols` or `ambiguous`, and so computed; strings that were `unreadable`.
        seconds: by stage; `total` is the whole run.
        provenance: predictor -> the values of its `##genoscore` header line.
        warnings: in order.
    """

    records: int = 0
    written: int = 0
    left_out: int = 0
    outside_regions: int = 0
    replaced: int = 0
    lost_values: int = 0
    pairs: int = 0
    screened: int = 0
    settled: int = 0
    precomputed: dict[str, dict[str, int]] = field(default_factory=dict)
    status: dict[str, Counter[Status]] = field(default_factory=dict)
    bands: dict[str, Counter[str]] = field(default_factory=dict)
    events: dict[str, Counter[Event]] = field(default_factory=dict)
    beyond: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    provenance: dict[str, dict[str, str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    _top: list[TopVariant] = field(default_factory=list)
    _offered: int = 0

    @property
    def errors(self) -> int:
        """ALTs with an error status, over all predictors."""
        return sum(count for counts in self.status.values() for status, count in counts.items() if status.is_error)

    @property
    def failure(self) -> str:
        """Why `--strict` fails: error statuses, or values that an output cannot hold; '' if it does not."""
        reasons = [f"{self.errors} ALT alleles have an error status"] if self.errors else []
        if self.lost_values:
            reasons.append(f"{counted(self.lost_values, 'value')} of the input changed in an output (see the warning)")
        return "; ".join(reasons)

    @property
    def top(self) -> list[TopVariant]:
        """The variants of largest magnitude, largest first; ties in input order."""
        return sorted(self._top, reverse=True)

    def add_alt(self, predictor: str, status: Status) -> None:
        """Count one ALT."""
        if predictor not in self.status:
            self.status[predictor] = Counter()
        self.status[predictor][status] += 1

    def add_event(self, predictor: str, event: Event) -> None:
        """Count what becomes of one ALT's transcript."""
        self.events.setdefault(predictor, Counter())[event] += 1

    def add_top(self, predictor: str, variant: str, gene: str, printed: str, band: str) -> None:
        """Count a band and keep the variant if it is among the largest."""
        if band:
            self.bands.setdefault(predictor, Counter())[band] += 1
        self._offered += 1
        item = TopVariant(abs(float(printed)), -self._offered, predictor, variant, gene, printed, band)
        if len(self._top) < TOP:
            heapq.heappush(self._top, item)
        else:
            heapq.heappushpop(self._top, item)

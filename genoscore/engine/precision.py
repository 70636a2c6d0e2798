"""Which precision a run computes in, and whether a quick approximation goes first: only where that pays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from genoscore.core.windows import Stretch, read_span
from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec, Screening

PIECE = 64  # edits that are screened before it is asked again whether that pays
LEAST = 2  # a lone edit's time is that of its reference, which a screening asks of every network at once
# What is expected before anything is known, as if so many edits had been screened; most variants of a genome settle.
_EXPECTED, _WEIGHT = 0.6, 4.0
_FADING = 0.9  # of what was learned, with every further piece: the next exon is another matter


def screening_of(spec: PredictorSpec, precision: str) -> Screening | None:
    """`auto` lets a predictor's quick approximation go first; what it leaves in doubt is computed in fp32."""
    return spec.screening if precision == "auto" else None


def computed_in(spec: PredictorSpec, precision: str) -> str:
    """What the output's header says: `auto` is plain fp32 for a predictor that has nothing to screen with."""
    return "fp32" if precision == "auto" and spec.screening is None else precision


class Screener:
    """Decides what is screened of the edits of one chunk, from what that costs and from how much it has settled so far.

    It knows one chunk alone. A screening prints what fp32 prints but for the DP of a DS, and the SD of a MAX, that
    print 0.00; so what is screened must depend on the input alone, and not on devices or on where an earlier run ended.

    Args:
        screening: None: nothing is ever screened.
    """

    def __init__(self, screening: Screening | None, spec: PredictorSpec) -> None:
        self._screening = screening
        self._spec = spec
        self._screened = self._settled = 0.0

    @property
    def expected(self) -> float:
        """The share of edits that the next screening is expected to settle."""
        return (self._settled + _EXPECTED * _WEIGHT) / (self._screened + _WEIGHT)

    def learn(self, screened: int, settled: int) -> None:
        """So many jobs were screened, and of them so many settled."""
        self._fade(screened)
        self._screened += screened
        self._settled += settled

    def parts(self, stretch: Stretch, jobs: list[Job]) -> list[tuple[Stretch, list[Job]]]:
        """The stretch as it is to be computed: as it is, or cut into parts short enough to be screened if that pays.

        A part has its own flanks of reference, so that what few edits far apart gain is less than what these cost.
        """
        screening = self._screening
        length = stretch.end - stretch.start
        if screening is None or length <= screening.max_stretch:
            return [(stretch, jobs)]
        parts = divided(stretch, jobs, self._spec, screening.max_stretch)
        whole = screening.base * length + _distinct(jobs)
        apart = sum(
            screening.base * (part.end - part.start) + self._cost(_distinct(members)) for part, members in parts
        )
        if apart < whole:
            return parts
        self._fade(len(jobs))
        return [(stretch, jobs)]

    def pieces(self, stretch: Stretch, jobs: Sequence[Job]) -> Iterator[list[Job]]:
        """The jobs of a part that are worth screening, some at a time; `learn` must be told of each before the next."""
        screening = self._screening
        if screening is None or stretch.end - stretch.start > screening.max_stretch:
            return
        for first in range(0, len(jobs), PIECE):
            piece = list(jobs[first : first + PIECE])
            count = _distinct(piece)
            if self._cost(count) < count:
                yield piece
            else:
                self._fade(len(piece))

    def _cost(self, count: int) -> float:
        """Of edits of which screening settles what is expected, in edits computed exactly; at most as many."""
        if self._screening is None or count < LEAST:
            return count
        pieces = -(-count // PIECE)
        screened = self._screening.edit * count + self._screening.call * pieces
        return min(count, screened + (1 - self.expected) * count)

    def _fade(self, jobs: int) -> None:
        """What was learned counts for less, so that after a while a screening is tried again."""
        kept = _FADING ** (jobs / PIECE)
        self._screened *= kept
        self._settled *= kept


def divided(
    stretch: Stretch, jobs: Sequence[Job], spec: PredictorSpec, longest: int
) -> list[tuple[Stretch, list[Job]]]:
    """A stretch as parts of at most `longest` bases, or as long as one job needs, with their jobs in order of place."""
    spans = [read_span(stretch.placed(job.edit), spec) for job in jobs]
    groups: list[tuple[int, int, list[Job]]] = []
    for job, (start, end) in sorted(zip(jobs, spans, strict=True), key=lambda item: item[1]):
        if groups and max(groups[-1][1], end) - groups[-1][0] <= longest:
            first, last, members = groups[-1]
            groups[-1] = first, max(last, end), [*members, job]
        else:
            groups.append((start, end, [job]))
    return [
        (Stretch(stretch.contig, first, last, stretch.strand, stretch.cut(first, last), stretch.background), members)
        for first, last, members in groups
    ]


def _distinct(jobs: Sequence[Job]) -> int:
    """Edits that are computed: jobs of several transcripts may share one."""
    return len({job.edit for job in jobs})

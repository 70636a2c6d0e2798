"""The precision of a run, and whether a fast approximation is tried first: only if that saves time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from genoscore.core.windows import Stretch, read_span
from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec, Screening

PIECE = 32  # edits that are screened before it is reconsidered whether that pays
LEAST = 2  # a single edit's time is mostly its reference, which screening needs from every network at once
# Prior: expected share settled, and its weight in screened edits; most variants of a genome settle.
_EXPECTED, _WEIGHT = 0.6, 4.0
_FADING = 0.9  # of what was learned, per further piece: the next exon may differ


def screening_of(spec: PredictorSpec, precision: str) -> Screening | None:
    """The predictor's fast approximation with `auto`, else None; what it leaves open is computed in fp32."""
    return spec.screening if precision == "auto" else None


def computed_in(spec: PredictorSpec, precision: str) -> str:
    """The precision in the output's header: `auto` is plain fp32 for a predictor without a screening."""
    return "fp32" if precision == "auto" and spec.screening is None else precision


class Screener:
    """Decides which edits of one chunk are screened, from the cost and the share settled so far.

    It sees only one chunk. A screening prints the same as fp32 except for the DP of a DS, and the SD of a MAX, that
    print 0.00; so what is screened must depend only on the input, not on devices or on where an earlier run ended.

    Args:
        screening: None: nothing is screened.
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
        """Record how many jobs were screened, and how many of these were settled."""
        self._fade(screened)
        self._screened += screened
        self._settled += settled

    def parts(self, stretch: Stretch, jobs: list[Job]) -> Iterator[tuple[Stretch, list[Job]]]:
        """The stretch as a whole, or its parts that are short enough for screening while that pays, then the rest.

        Each part has its own reference flanks, which cost more than a few distant edits gain. Screen each part before
        taking the next.
        """
        screening = self._screening
        beyond = min((read_span(stretch.placed(job.edit), self._spec)[0] for job in jobs), default=0) - stretch.start
        while screening is not None and stretch.end - stretch.start > screening.max_stretch:
            parts = divided(stretch, jobs, self._spec, screening.max_stretch, beyond)
            whole = screening.base * (stretch.end - stretch.start) + _distinct(jobs)
            apart = sum(
                screening.base * (part.end - part.start) + self._cost(_distinct(members)) for part, members in parts
            )
            if apart >= whole:
                self._fade(len(jobs))
                break
            yield parts[0]
            if len(parts) == 1:
                return
            jobs = [job for _, members in parts[1:] for job in members]
            stretch = stretch.part(parts[1][0].start, stretch.end)
        yield stretch, jobs

    def pieces(self, stretch: Stretch, jobs: Sequence[Job]) -> Iterator[list[Job]]:
        """The jobs of a part that are worth screening, in pieces; call `learn` for each before taking the next."""
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
        """Cost of `count` edits if screening settles the expected share, in exactly computed edits; at most `count`."""
        if self._screening is None or count < LEAST:
            return count
        pieces = -(-count // PIECE)
        screened = self._screening.edit * count + self._screening.call * pieces
        return min(count, screened + (1 - self.expected) * count)

    def _fade(self, jobs: int) -> None:
        """Reduce the weight of what was learned, so that screening is tried again after a while."""
        kept = _FADING ** (jobs / PIECE)
        self._screened *= kept
        self._settled *= kept


def divided(
    stretch: Stretch, jobs: Sequence[Job], spec: PredictorSpec, longest: int, beyond: int = 0
) -> list[tuple[Stretch, list[Job]]]:
    """A stretch as parts of at most `longest` bases (or as many as one job needs), with their jobs by position.

    Args:
        beyond: bases to keep on either side of what the jobs need, if the stretch has them.
    """
    needed = [read_span(stretch.placed(job.edit), spec) for job in jobs]
    spans = [(max(start - beyond, stretch.start), min(end + beyond, stretch.end)) for start, end in needed]
    groups: list[tuple[int, int, list[Job]]] = []
    for job, (start, end) in sorted(zip(jobs, spans, strict=True), key=lambda item: item[1]):
        if groups and max(groups[-1][1], end) - groups[-1][0] <= longest:
            first, last, members = groups[-1]
            groups[-1] = first, max(last, end), [*members, job]
        else:
            groups.append((start, end, [job]))
    return [(stretch.part(first, last), members) for first, last, members in groups]


def _distinct(jobs: Sequence[Job]) -> int:
    """Number of distinct edits: jobs of several transcripts may share one."""
    return len({job.edit for job in jobs})

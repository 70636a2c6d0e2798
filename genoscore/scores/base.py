"""The seams of a score. Torch is not imported here."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from genoscore.core.config import RunConfig
from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec, Screening

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class ScoreField:
    """One score: its `##INFO` line, its TSV column and its row in docs/scores.md.

    Attributes:
        id: column name; the INFO ID is `GS_<PREDICTOR>_<id>`.
        number, type: as in a VCF header.
        unit: `probability`, `bases`, ...
        decimals: digits printed; 0 for integers.
        in_maximum: whether `GS_<PREDICTOR>_MAX` is taken over this field.
        of: what the number is of: `variant`, the same in every gene, so that it counts for the maximum only where it
            stands without a gene; `gene`, missing without one; '' where a predictor has but one of the two.
        place_of: ID of the score whose place this is: where that prints as zero, there is no such place (see `shown`).
    """

    id: str
    number: str
    type: str
    description: str
    unit: str
    decimals: int
    in_maximum: bool
    of: str = ""
    place_of: str = ""

    def is_given(self, has_gene: bool) -> bool:
        """Whether there is such a number in a row with or without a gene."""
        return has_gene or self.of != "gene"

    def counts(self, has_gene: bool) -> bool:
        """Whether the maximum of such a row is taken over this field."""
        return self.in_maximum and self.of != ("variant" if has_gene else "gene")

    def is_nothing(self, value: float) -> bool:
        """Whether a value prints as zero, or not at all."""
        return math.isnan(value) or (round(value, self.decimals) if self.decimals else int(value)) == 0

    def text(self, value: float) -> str:
        """The value as printed; a rounded zero has no sign, NaN is missing.

        >>> field = ScoreField("DS", "A", "Float", "", "probability", 2, True)
        >>> field.text(-0.001), field.text(float("nan"))
        ('0.00', '.')
        """
        if math.isnan(value):
            return "."
        if self.decimals == 0:
            return str(int(value))
        text = f"{value:.{self.decimals}f}"
        return text.removeprefix("-") if float(text) == 0 else text


def shown(fields: Sequence[ScoreField], values: Sequence[float]) -> tuple[float, ...]:
    """Values as outputs show them: NaN for the place of a score that prints as zero, since nothing is found there.

    Of a peer's own string this does not hold: others parse it.
    """
    places = {field.place_of for field in fields if field.place_of}
    if not places:
        return tuple(values)
    pairs = list(zip(fields, values, strict=True))
    nothing = {field.id for field, value in pairs if field.id in places and field.is_nothing(value)}
    return tuple(math.nan if field.place_of in nothing else value for field, value in pairs)


class PeerString(Protocol):
    """The INFO field in which a peer tool writes its result, so that existing filters go on working.

    Attributes:
        info_id: `SpliceAI`.
        description: of the `##INFO` line.
    """

    info_id: str
    description: str

    def render(self, alt: str, symbol: str, values: Sequence[float] | None, exact: bool) -> str:
        """The peer's text for one ALT and gene.

        Args:
            values: as `Scorer.score` gives them; None where the peer names a gene without scoring it.
            exact: to the letter, as under `--compat`.
        """
        ...


class Percentiles(Protocol):
    """Where scores stand among those of background variants."""

    def of_alt(self, magnitude: float) -> float:
        """Of an ALT's largest score: percent of the background's ALTs whose own is smaller."""
        ...

    def of_row(self, field: str, track: str, magnitude: float) -> float:
        """The same of one track's score, among those of that track; NaN where the background has none."""
        ...


class Scorer(Protocol):
    """Reduces a predictor's outputs to F numbers per edit, or per edit and track, on the predictor's device.

    A class derived from it states only what differs from the defaults; one that is not has all of these attributes.

    Attributes:
        fields: in the order of what `score` returns.
        banded: whether the scores have bands, of their own magnitude or of their percentile.
        peer: the peer tool's own INFO field, which is written beside the others; else None.
        tracks: names of the T rows that an ALT and gene have each; () for a single row without a name.
        track_key: what such a name is called: INFO ID `GS_<PREDICTOR>_<track_key>`.
        percentiles: of a background, which then decide the bands; else None.
        untrained: the network's weights are random, as the spec says, and every line of the output repeats it.
    """

    fields: tuple[ScoreField, ...]
    banded: bool = False
    peer: PeerString | None = None
    tracks: tuple[str, ...] = ()
    track_key: str = "TRACK"
    percentiles: Percentiles | None = None
    untrained: bool = False

    @classmethod
    @abstractmethod
    def for_run(cls, spec: PredictorSpec, config: RunConfig) -> Scorer:
        """The scorer of a predictor, set up for a run.

        Raises:
            GenoscoreError: a file that it needs cannot be read or does not fit.
        """
        ...

    @abstractmethod
    def score(self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job]) -> torch.Tensor:
        """Outputs in genomic order to scores.

        Args:
            ref: (E, R, T, N). alt: (E, R, T, N'), not yet on REF coordinates.
            jobs: E jobs whose edits have one shape; of windows of one length, E jobs of one edit, whose outputs are
                an expanded view.

        Returns:
            (E, F) float32, unrounded, in the order of `fields`; (E, T', F) of a scorer with T' `tracks`. NaN where a
            field is not given for a job (`ScoreField.is_given`).
        """
        ...

    def unsettled(
        self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job], screening: Screening
    ) -> torch.Tensor:
        """(E,) bool: whose printed values may differ from those of exact outputs, given a screening's outputs.

        All of them, unless a scorer knows better: no screening has been measured for its family.
        """
        import torch

        return torch.ones(len(jobs), dtype=torch.bool, device=ref.device)

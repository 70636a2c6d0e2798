"""The interfaces of scores. Torch is not imported here."""

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
        of: what the number describes: `variant`, the same in every gene, so it counts towards the maximum only in the
            row without a gene; `gene`, missing without one; '' if a predictor has only one of the two kinds.
        place_of: ID of the score whose position this is, or at whose position it was taken: if that prints as zero,
            there is no position (see `shown`).
        over_genes: an ALT's number is the one of largest magnitude over its genes, rather than that of the gene of
            `GS_<PREDICTOR>_MAX`; for scorers without tracks.
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
    over_genes: bool = False

    def is_given(self, has_gene: bool) -> bool:
        """Whether a row with or without a gene has this number."""
        return has_gene or self.of != "gene"

    def counts(self, has_gene: bool) -> bool:
        """Whether the maximum of a row with or without a gene includes this field."""
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
    """Values as outputs show them: NaN for the position of a score that prints as zero, since it has no meaning there.

    This does not apply to a peer's own string, which other programs parse.
    """
    places = {field.place_of for field in fields if field.place_of}
    if not places:
        return tuple(values)
    pairs = list(zip(fields, values, strict=True))
    nothing = {field.id for field, value in pairs if field.id in places and field.is_nothing(value)}
    return tuple(math.nan if field.place_of in nothing else value for field, value in pairs)


class PeerString(Protocol):
    """The INFO field in which a peer tool writes its result, so that existing filters keep working.

    Attributes:
        info_id: `SpliceAI`, for example.
        description: of the `##INFO` line.
    """

    info_id: str
    description: str

    def render(self, alt: str, symbol: str, values: Sequence[float] | None, exact: bool) -> str:
        """The peer's text for one ALT and gene.

        Args:
            values: as `Scorer.score` returns them; None if the peer names a gene without scoring it.
            exact: exactly as the peer prints it, as under `--compat`.
        """
        ...


class Percentiles(Protocol):
    """How scores rank among those of background variants."""

    def of_alt(self, magnitude: float) -> float:
        """For an ALT's largest score: percent of the background's ALTs whose largest score is smaller."""
        ...

    def of_row(self, field: str, track: str, magnitude: float) -> float:
        """The same for the score of one track, among those of that track; NaN if the background has none."""
        ...


class Scorer(Protocol):
    """Reduces a predictor's outputs to F numbers per edit, or per edit and track, on the predictor's device.

    A derived class defines only what differs from the defaults; a class that is not derived needs all attributes.

    Attributes:
        fields: in the order in which `score` returns them.
        banded: whether the scores have bands, by magnitude or by percentile.
        peer: the peer tool's own INFO field, which is written in addition; else None.
        tracks: names of the T rows for each ALT and gene; () for a single row without a name.
        track_key: key of the track's name in the output: INFO ID `GS_<PREDICTOR>_<track_key>`.
        percentiles: from a background; they then decide the bands. None without one.
        untrained: as in the spec, the network's weights are random; every line of the output says so.
        optional: IDs of fields that some options add, chosen or not: those of another run are removed from a record.
    """

    fields: tuple[ScoreField, ...]
    banded: bool = False
    peer: PeerString | None = None
    tracks: tuple[str, ...] = ()
    track_key: str = "TRACK"
    percentiles: Percentiles | None = None
    untrained: bool = False
    optional: tuple[str, ...] = ()

    @classmethod
    @abstractmethod
    def for_run(cls, spec: PredictorSpec, config: RunConfig) -> Scorer:
        """The scorer of a predictor, set up for a run.

        Raises:
            GenoscoreError: a file that it needs cannot be read or does not match the predictor.
        """
        ...

    @abstractmethod
    def score(self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job]) -> torch.Tensor:
        """Turn outputs, in genomic order, into scores.

        Args:
            ref: (E, R, T, N). alt: (E, R, T, N'), not yet on REF coordinates.
            jobs: E jobs whose edits have the same shape; with windows of fixed length, E jobs of a single edit, whose
                outputs are an expanded view.

        Returns:
            (E, F) float32, unrounded, in the order of `fields`; (E, T', F) for a scorer with T' `tracks`. NaN if a
            field does not apply to a job (`ScoreField.is_given`).
        """
        ...

    def unsettled(
        self, ref: torch.Tensor, alt: torch.Tensor, jobs: Sequence[Job], screening: Screening
    ) -> torch.Tensor:
        """(E,) bool: jobs whose printed values may differ from those of exact outputs, judged by a screening's outputs.

        All jobs by default, since screening has not been measured for the family.
        """
        import torch

        return torch.ones(len(jobs), dtype=torch.bool, device=ref.device)

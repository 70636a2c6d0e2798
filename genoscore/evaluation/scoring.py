"""The scores that are compared: those that `genoscore score` prints for the same variants."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from genoscore.consequences.evidence import touches_canonical
from genoscore.core.errors import ConfigError
from genoscore.core.pending import STDOUT
from genoscore.core.variants import Status, Variant
from genoscore.engine.results import AltResult, RecordResult
from genoscore.engine.summary import RunSummary
from genoscore.evaluation.config import MAXIMUM, EvaluateConfig
from genoscore.inputs.record_source import GivenVariant, MemoryRecords
from genoscore.inputs.table_rows import VariantRow
from genoscore.inputs.vcf import Record
from genoscore.outputs.base import WriterContext
from genoscore.outputs.best import Best, best_of_alt, values_of_alt
from genoscore.predictors.registry import ResolvedPredictor
from genoscore.scores.base import Scorer
from genoscore.scores.registry import make_scorer
from genoscore.scoring.observers import Observer
from genoscore.scoring.run import score_into

_Kept = tuple[Status, float, bool]  # of one variant: see PredictorScores


class SequenceStatus(StrEnum):
    """Whether a predictor has a value for a sequence."""

    SCORED = "SCORED"
    NO_TRACK = "NO_TRACK"

    @property
    def has_scores(self) -> bool:
        """Whether there is a value."""
        return self is SequenceStatus.SCORED

    @property
    def meaning(self) -> str:
        """One phrase for reports."""
        return "predicted" if self.has_scores else "the predictor has no track of that name"


@dataclass(frozen=True, slots=True)
class PredictorScores:
    """One predictor's scores for V variants, or its predictions for V sequences.

    Attributes:
        field: ID of the score, `MAX` or a ScoreField's; `PREDICTED` for sequences.
        values: (V,), signed; NaN if there is none.
        canonical: (V,), whether a variant touches the first or last two bases of an intron of the transcript that the
            score belongs to; False where there is none.
    """

    predictor: str
    field: str
    statuses: tuple[Status | SequenceStatus, ...]
    values: NDArray[np.float64]
    canonical: NDArray[np.bool_]

    @property
    def counts(self) -> dict[str, int]:
        """Variants by status; `NO_VALUE` for those that are scored but lack this field."""
        pairs = zip(self.statuses, self.values, strict=True)
        texts = ["NO_VALUE" if status.has_scores and math.isnan(value) else str(status) for status, value in pairs]
        return dict(Counter(texts).most_common())

    def cells(self, index: int) -> list[str]:
        """Status and score of one variant, as text."""
        value = self.values[index]
        return [str(self.statuses[index]), "." if math.isnan(value) else f"{value:.10g}"]


def check_fields(config: EvaluateConfig, resolved: Mapping[str, ResolvedPredictor]) -> None:
    """Refuse, before any network is loaded, a score that a predictor does not have.

    Raises:
        ConfigError: unknown field.
    """
    for name, predictor in resolved.items():
        scorer = make_scorer(predictor.spec, config.run)
        known = [MAXIMUM, *(score.id for score in scorer.fields if score.type in ("Float", "Integer"))]
        if config.field_of(name) not in known:
            raise ConfigError(f"{name} has no score {config.field_of(name)}", f"it has: {', '.join(known)}")


def score_rows(
    config: EvaluateConfig, rows: Sequence[VariantRow], observer: Observer | None
) -> tuple[list[PredictorScores], RunSummary]:
    """Score the variants of rows with the engine of `genoscore score`.

    Returns:
        The scores of each predictor, in the order of `rows`, and the summary of the run.

    Raises:
        GenoscoreError: as `score_vcf`.
    """
    order = _order(rows)
    variants = (GivenVariant(row.contig, row.pos, row.ref, row.alt) for row in (rows[i] for i in order))
    records = MemoryRecords(variants, f"table {config.run.input}")
    run = replace(config.run, output=(STDOUT,), consequences=False)
    fields = {name: config.field_of(name) for name in run.predictor}
    collected: dict[str, list[_Kept]] = {name: [] for name in fields}
    summary = score_into(run, lambda _, context: _Collector(context, fields, collected), observer, records)
    return [_in_order(name, fields[name], scores, order) for name, scores in collected.items()], summary


def _order(rows: Sequence[VariantRow]) -> list[int]:
    """Indices of rows by contig and position, since neighbours share what is read from the reference."""
    contigs = {name: place for place, name in enumerate(dict.fromkeys(row.contig for row in rows))}
    return sorted(range(len(rows)), key=lambda i: (contigs[rows[i].contig], rows[i].pos))


def _in_order(name: str, score: str, scores: list[_Kept], order: list[int]) -> PredictorScores:
    values, canonical = np.full(len(order), math.nan), np.zeros(len(order), np.bool_)
    statuses = [Status.NO_ALT] * len(order)
    for index, kept in zip(order, scores, strict=True):
        statuses[index], values[index], canonical[index] = kept
    return PredictorScores(name, score, tuple(statuses), values, canonical)


@dataclass(slots=True)
class _Collector:
    """A writer that keeps one number per record, each of which has one ALT; no file is written."""

    context: WriterContext
    fields: Mapping[str, str]
    collected: Mapping[str, list[_Kept]]
    target: str = STDOUT
    note: str = field(default="", init=False)

    def write(self, result: RecordResult) -> None:
        """Keep one record's status and number."""
        for name, (alt_result,) in result.alts.items():
            scorer = self.context.scorers[name]
            best = best_of_alt(alt_result, scorer) if alt_result.status.has_scores else None
            value = _number(alt_result, best, scorer, self.fields[name])
            self.collected[name].append((alt_result.status, value, _is_canonical(result.record, best)))

    def prepare(self) -> None:
        """Nothing to finish."""

    def commit(self) -> None:
        """Nothing to name."""

    def discard(self) -> None:
        """Nothing to remove."""


def _is_canonical(record: Record, best: Best | None) -> bool:
    if best is None or best.scores.gene is None:
        return False
    variant = Variant(record.contig, record.pos, record.ref.upper(), record.alts[0].upper())
    return touches_canonical(variant, best.scores.gene)


def _number(result: AltResult, best: Best | None, scorer: Scorer, score: str) -> float:
    """The number that `GS_<PREDICTOR>_<score>` prints; NaN if it prints none."""
    if best is None:
        return math.nan
    if score == MAXIMUM:
        return float(best.printed)
    values = values_of_alt(result, best, scorer)
    texts = {field.id: field.text(value) for field, value in zip(scorer.fields, values, strict=True)}
    return math.nan if texts[score] == "." else float(texts[score])

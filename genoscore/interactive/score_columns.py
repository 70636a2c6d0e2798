"""Turns the engine's results into columns of a frame: one group of columns per predictor."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from genoscore.consequences.consequence import Consequence
from genoscore.engine.results import GeneScores, RecordResult
from genoscore.inputs.gene import Gene
from genoscore.interactive.given import FLOAT, INTEGER, TEXT, Cell, NewColumn
from genoscore.outputs.best import Best, best_of_alt, best_of_gene, values_of_alt
from genoscore.outputs.consequence_fields import COLUMN_TYPES, Evidence, evidence_word, told
from genoscore.scores.base import Scorer, shown

BAD_ROW = "BAD_ROW"  # the status of a row that is not a variant
_KINDS = {"Float": FLOAT, "Integer": INTEGER, "String": TEXT}
TOLD_KINDS = {name: _KINDS[type_] for name, type_ in COLUMN_TYPES.items()}  # columns of a consequence
_GeneKey = tuple[Gene | None, int]  # a gene, and a number that tells apart transcripts with the same bounds and names


@dataclass(frozen=True, slots=True)
class Shown:
    """One predictor's part of one row; `values` as outputs show them, () where nothing was scored."""

    status: str
    source: str = ""
    gene: Gene | None = None
    best: Best | None = None
    values: Sequence[float] = ()
    consequence: Consequence | None = None
    evidence: str = ""

    @property
    def told(self) -> dict[str, Cell]:
        """The columns of its consequence."""
        return told(self.consequence, self.evidence)


BAD = Shown(BAD_ROW)


class PredictorColumns:
    """The columns of one predictor: `<PREDICTOR>_STATUS`, `_GENE`, `_MAX` and so on.

    Args:
        sourced: whether some of its scores come from files (`precomputed`).
        consequences: whether its results say what becomes of the transcript.
        evidence: what its scores count for, if there are rules for them.
    """

    def __init__(
        self,
        name: str,
        scorer: Scorer,
        sourced: bool,
        consequences: bool = False,
        evidence: Evidence | None = None,
    ) -> None:
        self.name = name
        self.has_consequences = consequences
        self._scorer, self._sourced, self._evidence = scorer, sourced, evidence
        prefix = f"{name.upper()}_UNTRAINED" if scorer.untrained else name.upper()
        kinds = {"STATUS": TEXT, "GENE": TEXT, "GENE_ID": TEXT, "TRANSCRIPT": TEXT, "STRAND": TEXT}
        kinds |= {"MAX": FLOAT, "ABS": FLOAT}
        kinds |= {"BAND": TEXT} if scorer.banded else {}
        kinds |= {"PCT": FLOAT} if scorer.percentiles else {}
        kinds |= {scorer.track_key: TEXT} if scorer.tracks else {}
        kinds |= {field.id: _KINDS[field.type] for field in scorer.fields}
        kinds |= {"SOURCE": TEXT} if sourced else {}
        kinds |= TOLD_KINDS if consequences else {}
        self.kinds = {f"{prefix}_{key}": kind for key, kind in kinds.items()}

    def cells(self, result: Shown) -> list[Cell]:
        """The cells of one row, in the order of `kinds`."""
        scorer, gene, best = self._scorer, result.gene, result.best
        names = (gene.symbol, gene.gene_id, gene.transcript_id, gene.strand) if gene else (None,) * 4
        row: list[Cell] = [result.status, *(name or None for name in names)]
        row += [best.value, abs(best.value)] if best else [None, None]
        row += [best.band or None if best else None] if scorer.banded else []
        row += [_number_or_none(best.percent) if best else None] if scorer.percentiles else []
        row += [best.track if best else None] if scorer.tracks else []
        values = result.values or (math.nan,) * len(scorer.fields)
        for field, value in zip(scorer.fields, values, strict=True):
            number = _number_or_none(value)
            row.append(number if number is None or field.type != "Integer" else int(number))
        row += [result.source or None] if self._sourced else []
        return row + ([*result.told.values()] if self.has_consequences else [])

    def of_alt(self, found: RecordResult) -> Shown:
        """What a record's one ALT has in the gene (and track) of its largest score."""
        (result,) = found.alts[self.name]
        best = best_of_alt(result, self._scorer)
        if best is None:
            return self._shown(found, GeneScores(None, None), None, ())
        return self._shown(found, best.scores, best, values_of_alt(result, best, self._scorer))

    def of_genes(self, found: RecordResult) -> dict[_GeneKey, Shown]:
        """What it has in every gene; in the key, None stands for scores that belong to no gene."""
        (result,) = found.alts[self.name]
        by_gene: dict[_GeneKey, Shown] = {}
        for scores in result.genes:
            number = sum(gene == scores.gene for gene, _ in by_gene)
            best = best_of_gene(scores, self._scorer)
            values = shown(self._scorer.fields, best.scores.values) if best and best.scores.values else ()
            by_gene[scores.gene, number] = self._shown(found, scores, best, values)
        return by_gene or {(None, 0): Shown(result.status.value, result.source)}

    def _shown(self, found: RecordResult, scores: GeneScores, best: Best | None, values: Sequence[float]) -> Shown:
        (result,) = found.alts[self.name]
        word = evidence_word(self._evidence, found.record, 0, best) if self.has_consequences else ""
        return Shown(result.status.value, result.source, scores.gene, best, values, scores.consequence, word)


def rows_of_maximum(groups: Sequence[PredictorColumns], results: Sequence[RecordResult | None]) -> list[NewColumn]:
    """One row per variant.

    Args:
        results: for each row, a record of one ALT; None if the row is not a variant.
    """
    rows = [[group.of_alt(result) if result is not None else BAD for group in groups] for result in results]
    return _columns(groups, rows)


def rows_of_genes(
    groups: Sequence[PredictorColumns], results: Sequence[RecordResult | None]
) -> tuple[list[NewColumn], list[int]]:
    """One row per variant and gene, and the index of each row's variant.

    A predictor's scores that belong to no gene are repeated in the row of every gene for which it has no other scores.
    If it has no scores for a gene at all, the row shows only its status.
    """
    rows, numbers = [], []
    for number, result in enumerate(results):
        for row in _genes_of(groups, result) if result is not None else [[BAD] * len(groups)]:
            rows.append(row)
            numbers.append(number)
    return _columns(groups, rows), numbers


def _genes_of(groups: Sequence[PredictorColumns], result: RecordResult) -> Iterator[list[Shown]]:
    of_predictors = [group.of_genes(result) for group in groups]
    keys = dict.fromkeys(key for by_gene in of_predictors for key in by_gene if key[0] is not None)
    if any((None, 0) in by_gene and keys.keys() <= by_gene.keys() for by_gene in of_predictors):
        keys = {(None, 0): None, **keys}  # else it would be in no row
    for key in keys:
        yield [by_gene.get(key) or by_gene.get((None, 0)) or _status_alone(by_gene) for by_gene in of_predictors]


def _status_alone(by_gene: Mapping[_GeneKey, Shown]) -> Shown:
    return Shown(next(iter(by_gene.values())).status)


def _columns(groups: Sequence[PredictorColumns], rows: Sequence[Sequence[Shown]]) -> list[NewColumn]:
    columns = []
    for number, group in enumerate(groups):
        cells = [group.cells(row[number]) for row in rows]
        for index, (name, kind) in enumerate(group.kinds.items()):
            columns.append(NewColumn(name, kind, [row[index] for row in cells]))
    return columns


def _number_or_none(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)

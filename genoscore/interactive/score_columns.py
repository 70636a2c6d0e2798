"""Turns the engine's results into columns of a frame: one group of columns per predictor."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from genoscore.engine.results import AltResult
from genoscore.inputs.gene import Gene
from genoscore.interactive.given import FLOAT, INTEGER, TEXT, Cell, NewColumn
from genoscore.outputs.best import Best, best_of_alt, best_of_gene, values_of_alt
from genoscore.scores.base import Scorer, shown

BAD_ROW = "BAD_ROW"  # the status of a row that is not a variant
_KINDS = {"Float": FLOAT, "Integer": INTEGER, "String": TEXT}
_GeneKey = tuple[Gene | None, int]  # a gene, and a number that tells apart transcripts with the same bounds and names


@dataclass(frozen=True, slots=True)
class _Shown:
    """One predictor's part of one row; `values` as outputs show them, () where nothing was scored."""

    status: str
    source: str = ""
    gene: Gene | None = None
    best: Best | None = None
    values: Sequence[float] = ()


_BAD = _Shown(BAD_ROW)


class PredictorColumns:
    """The columns of one predictor: `<PREDICTOR>_STATUS`, `_GENE`, `_MAX` and so on.

    Args:
        sourced: whether some of its scores come from files (`precomputed`).
    """

    def __init__(self, name: str, scorer: Scorer, sourced: bool) -> None:
        self.name = name
        self._scorer, self._sourced = scorer, sourced
        prefix = f"{name.upper()}_UNTRAINED" if scorer.untrained else name.upper()
        kinds = {"STATUS": TEXT, "GENE": TEXT, "GENE_ID": TEXT, "TRANSCRIPT": TEXT, "STRAND": TEXT}
        kinds |= {"MAX": FLOAT, "ABS": FLOAT}
        kinds |= {"BAND": TEXT} if scorer.banded else {}
        kinds |= {"PCT": FLOAT} if scorer.percentiles else {}
        kinds |= {scorer.track_key: TEXT} if scorer.tracks else {}
        kinds |= {field.id: _KINDS[field.type] for field in scorer.fields}
        kinds |= {"SOURCE": TEXT} if sourced else {}
        self.kinds = {f"{prefix}_{key}": kind for key, kind in kinds.items()}

    def cells(self, result: _Shown) -> list[Cell]:
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
        return row + ([result.source or None] if self._sourced else [])

    def of_alt(self, result: AltResult) -> _Shown:
        """An ALT's result in the gene (and track) of its largest score."""
        best = best_of_alt(result, self._scorer)
        if best is None:
            return _Shown(result.status.value, result.source)
        values = values_of_alt(result, best, self._scorer)
        return _Shown(result.status.value, result.source, best.scores.gene, best, values)

    def of_genes(self, result: AltResult) -> dict[_GeneKey, _Shown]:
        """An ALT's result in every gene; in the key, None stands for scores that belong to no gene."""
        by_gene: dict[_GeneKey, _Shown] = {}
        for scores in result.genes:
            number = sum(gene == scores.gene for gene, _ in by_gene)
            best = best_of_gene(scores, self._scorer)
            values = shown(self._scorer.fields, best.scores.values) if best and best.scores.values else ()
            by_gene[scores.gene, number] = _Shown(result.status.value, result.source, scores.gene, best, values)
        return by_gene or {(None, 0): _Shown(result.status.value, result.source)}


def rows_of_maximum(
    groups: Sequence[PredictorColumns], results: Sequence[Mapping[str, AltResult] | None]
) -> list[NewColumn]:
    """One row per variant.

    Args:
        results: for each row, predictor -> its result; None if the row is not a variant.
    """
    rows = [
        [group.of_alt(result[group.name]) if result is not None else _BAD for group in groups] for result in results
    ]
    return _columns(groups, rows)


def rows_of_genes(
    groups: Sequence[PredictorColumns], results: Sequence[Mapping[str, AltResult] | None]
) -> tuple[list[NewColumn], list[int]]:
    """One row per variant and gene, and the index of each row's variant.

    A predictor's scores that belong to no gene are repeated in the row of every gene for which it has no other scores.
    If it has no scores for a gene at all, the row shows only its status.
    """
    rows, numbers = [], []
    for number, result in enumerate(results):
        for row in _genes_of(groups, result) if result is not None else [[_BAD] * len(groups)]:
            rows.append(row)
            numbers.append(number)
    return _columns(groups, rows), numbers


def _genes_of(groups: Sequence[PredictorColumns], result: Mapping[str, AltResult]) -> Iterator[list[_Shown]]:
    of_predictors = [group.of_genes(result[group.name]) for group in groups]
    keys = dict.fromkeys(key for by_gene in of_predictors for key in by_gene if key[0] is not None)
    if any((None, 0) in by_gene and keys.keys() <= by_gene.keys() for by_gene in of_predictors):
        keys = {(None, 0): None, **keys}  # else it would be in no row
    for key in keys:
        yield [by_gene.get(key) or by_gene.get((None, 0)) or _status_alone(by_gene) for by_gene in of_predictors]


def _status_alone(by_gene: Mapping[_GeneKey, _Shown]) -> _Shown:
    return _Shown(next(iter(by_gene.values())).status)


def _columns(groups: Sequence[PredictorColumns], rows: Sequence[Sequence[_Shown]]) -> list[NewColumn]:
    columns = []
    for number, group in enumerate(groups):
        cells = [group.cells(row[number]) for row in rows]
        for index, (name, kind) in enumerate(group.kinds.items()):
            columns.append(NewColumn(name, kind, [row[index] for row in cells]))
    return columns


def _number_or_none(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)

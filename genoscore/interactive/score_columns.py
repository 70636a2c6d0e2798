"""Results of the engine to columns of a frame: a group of columns for each predictor."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from genoscore.engine.results import AltResult
from genoscore.inputs.gene import Gene
from genoscore.interactive.given import FLOAT, INTEGER, TEXT, Cell, NewColumn
from genoscore.outputs.best import Best, best_of_alt, best_of_gene
from genoscore.scores.base import Scorer, shown

BAD_ROW = "BAD_ROW"  # the status of a row that is not a variant
_KINDS = {"Float": FLOAT, "Integer": INTEGER, "String": TEXT}
_GeneKey = tuple[Gene | None, int]  # a gene, and the number of the transcript of these very bounds and names


@dataclass(frozen=True, slots=True)
class _Shown:
    """What one row says of one predictor."""

    status: str
    source: str = ""
    gene: Gene | None = None
    best: Best | None = None


_BAD = _Shown(BAD_ROW)


class PredictorColumns:
    """The columns of one predictor: `<PREDICTOR>_STATUS`, `_GENE`, `_MAX` and so on.

    Args:
        sourced: some of its scores come from files (`precomputed`).
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
        """One row's, in the order of `kinds`."""
        scorer, gene, best = self._scorer, result.gene, result.best
        names = (gene.symbol, gene.gene_id, gene.transcript_id, gene.strand) if gene else (None,) * 4
        row: list[Cell] = [result.status, *(name or None for name in names)]
        row += [best.value, abs(best.value)] if best else [None, None]
        row += [best.band or None if best else None] if scorer.banded else []
        row += [_given(best.percent) if best else None] if scorer.percentiles else []
        row += [best.track if best else None] if scorer.tracks else []
        values: Sequence[float] = (math.nan,) * len(scorer.fields)
        if best and best.scores.values:
            values = shown(scorer.fields, best.scores.values)
        for field, value in zip(scorer.fields, values, strict=True):
            number = _given(value)
            row.append(number if number is None or field.type != "Integer" else int(number))
        return row + ([result.source or None] if self._sourced else [])

    def of_alt(self, result: AltResult) -> _Shown:
        """An ALT in the gene (and track) of its largest score."""
        best = best_of_alt(result, self._scorer)
        return _Shown(result.status.value, result.source, best.scores.gene if best else None, best)

    def of_genes(self, result: AltResult) -> dict[_GeneKey, _Shown]:
        """An ALT in every gene; the key of what belongs to no gene holds None."""
        found: dict[_GeneKey, _Shown] = {}
        for scores in result.genes:
            number = sum(gene == scores.gene for gene, _ in found)
            best = best_of_gene(scores, self._scorer)
            found[scores.gene, number] = _Shown(result.status.value, result.source, scores.gene, best)
        return found or {(None, 0): _Shown(result.status.value, result.source)}


def rows_of_maximum(
    groups: Sequence[PredictorColumns], results: Sequence[Mapping[str, AltResult] | None]
) -> list[NewColumn]:
    """One row per variant.

    Args:
        results: for each variant, predictor -> its result; None for what is not a variant.
    """
    rows = [
        [group.of_alt(result[group.name]) if result is not None else _BAD for group in groups] for result in results
    ]
    return _columns(groups, rows)


def rows_of_genes(
    groups: Sequence[PredictorColumns], results: Sequence[Mapping[str, AltResult] | None]
) -> tuple[list[NewColumn], list[int]]:
    """One row per variant and gene, and for each the number of its variant.

    A predictor's scores that belong to no gene stand in the row of every gene of which it has no others. Where it has
    no scores for a gene, its status alone stands there.
    """
    rows, numbers = [], []
    for number, result in enumerate(results):
        for row in _genes_of(groups, result) if result is not None else [[_BAD] * len(groups)]:
            rows.append(row)
            numbers.append(number)
    return _columns(groups, rows), numbers


def _genes_of(groups: Sequence[PredictorColumns], result: Mapping[str, AltResult]) -> Iterator[list[_Shown]]:
    of_predictors = [group.of_genes(result[group.name]) for group in groups]
    keys = dict.fromkeys(key for own in of_predictors for key in own if key[0] is not None)
    if any((None, 0) in own and keys.keys() <= own.keys() for own in of_predictors):
        keys = {(None, 0): None, **keys}  # else it would stand in no row
    for key in keys:
        yield [own.get(key) or own.get((None, 0)) or _status_alone(own) for own in of_predictors]


def _status_alone(own: Mapping[_GeneKey, _Shown]) -> _Shown:
    return _Shown(next(iter(own.values())).status)


def _columns(groups: Sequence[PredictorColumns], rows: Sequence[Sequence[_Shown]]) -> list[NewColumn]:
    columns = []
    for at, group in enumerate(groups):
        cells = [group.cells(row[at]) for row in rows]
        for place, (name, kind) in enumerate(group.kinds.items()):
            columns.append(NewColumn(name, kind, [row[place] for row in cells]))
    return columns


def _given(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)

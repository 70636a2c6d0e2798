"""Which rows of a table are compared with scores, and what became of the others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from genoscore.errors import InputError
from genoscore.evaluation.config import EvaluateConfig
from genoscore.inputs.contigs import without_chr
from genoscore.inputs.variant_table import TableRow, VariantTable, is_missing
from genoscore.variants import trim_alleles

MAX_GROUPS = 100
NO_GROUP = "."


class Use(StrEnum):
    """What became of a row."""

    GIVEN = "given"  # handed to the predictors; each has its own status
    OTHER_LABEL = "other_label"
    MISSING = "missing"
    DUPLICATE = "duplicate"
    CONTRADICTORY = "contradictory"

    @property
    def meaning(self) -> str:
        """One phrase for reports."""
        return _MEANINGS[self]


_MEANINGS = {
    Use.GIVEN: "given to the predictors",
    Use.OTHER_LABEL: "with labels that are neither positive nor negative",
    Use.MISSING: "without a label or value",
    Use.DUPLICATE: "of a variant that stands further up with the same label or value",
    Use.CONTRADICTORY: "of variants that stand there with different labels or values, all of them",
}


@dataclass(frozen=True, slots=True)
class Observation:
    """A row of the table.

    Attributes:
        said: the label or value as it stands.
        target: 1.0 for positive, 0.0 for negative, or the measured effect; NaN where the row is not compared.
        group: of `--group`, `.` where the cell is empty; '' without it.
    """

    row: TableRow
    said: str
    target: float
    group: str
    use: Use


@dataclass(slots=True)
class Observations:
    """All rows of a table, in its order.

    Attributes:
        other_labels: label -> rows.
    """

    rows: list[Observation] = field(default_factory=list)
    other_labels: Counter[str] = field(default_factory=Counter)

    @property
    def given(self) -> list[Observation]:
        """Those that are given to the predictors."""
        return [one for one in self.rows if one.use is Use.GIVEN]

    @property
    def uses(self) -> Counter[Use]:
        """Rows by what became of them."""
        return Counter(one.use for one in self.rows)


def read_observations(config: EvaluateConfig) -> Observations:
    """Read the whole table.

    Raises:
        InputError: see VariantTable; a value that is no number, too many groups, or nothing to compare.
    """
    found = Observations()
    with VariantTable(config.run.input) as table:
        column = table.column(config.label or config.value or "")
        grouping = table.column(config.group) if config.group is not None else None
        judge = _judge_label(config) if config.label is not None else _judge_value(table, config)
        for row in table:
            said = row.cells[column]
            target = judge(said)
            use = Use.GIVEN if target is not None else Use.MISSING if is_missing(said) else Use.OTHER_LABEL
            if use is Use.OTHER_LABEL:
                found.other_labels[said] += 1
            group = "" if grouping is None else row.cells[grouping] or NO_GROUP
            found.rows.append(Observation(row, said, math.nan if target is None else target, group, use))
        found.rows = _without_repeats(found.rows)
        _check(found, table.name, config)
    return found


def _judge_label(config: EvaluateConfig) -> Callable[[str], float | None]:
    classes = dict.fromkeys(config.positive, 1.0) | dict.fromkeys(config.negative, 0.0)
    return classes.get


def _judge_value(table: VariantTable, config: EvaluateConfig) -> Callable[[str], float | None]:
    def judge(said: str) -> float | None:
        if is_missing(said):
            return None
        try:
            value = float(said)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise table.malformed(f"{config.value} is {said[:30]!r}, not a number")
        return value

    return judge


def _without_repeats(rows: list[Observation]) -> list[Observation]:
    """A variant is compared once: the first row of those that agree, none of those that do not."""
    targets: dict[tuple[str, int, str, str], set[float]] = {}
    for one in rows:
        if one.use is Use.GIVEN:
            targets.setdefault(_key(one.row), set()).add(one.target)
    seen, kept = set(), []
    for one in rows:
        use, key = one.use, _key(one.row)
        if use is Use.GIVEN and len(targets[key]) > 1:
            use = Use.CONTRADICTORY
        elif use is Use.GIVEN and key in seen:
            use = Use.DUPLICATE
        elif use is Use.GIVEN:
            seen.add(key)
        target = one.target if use is Use.GIVEN else math.nan
        kept.append(Observation(one.row, one.said, target, one.group, use))
    return kept


def _key(row: TableRow) -> tuple[str, int, str, str]:
    ref, alt, skipped = trim_alleles(row.ref.upper(), row.alt.upper())
    return without_chr(row.contig), row.pos + skipped, ref, alt


def _check(found: Observations, name: str, config: EvaluateConfig) -> None:
    given = found.given
    left_out = ", ".join(f"{count} {use.meaning}" for use, count in found.uses.items() if use is not Use.GIVEN)
    told = f" (of {len(found.rows)} rows; {left_out})" if left_out else ""
    if config.label is None:
        if len(given) < 3:
            raise InputError(
                f"table {name} has {len(given)} variants with a value in {config.value}{told}", "give 3 or more"
            )
    else:
        positives = sum(one.target == 1 for one in given)
        for word, labels, count in (
            ("positive", config.positive, positives),
            ("negative", config.negative, len(given) - positives),
        ):
            if count < 2:
                raise InputError(
                    f"table {name} has {count} variants whose {config.label} is {word}, {' or '.join(labels)}{told}",
                    f"give 2 or more; labels there: {_labels_of(found)}",
                )
    groups = {one.group for one in given}
    if len(groups) > MAX_GROUPS:
        raise InputError(
            f"table {name} has {len(groups)} values in {config.group}", f"group by a column of at most {MAX_GROUPS}"
        )


def _labels_of(found: Observations) -> str:
    counts = Counter(one.said for one in found.rows)
    listed = ", ".join(f"{label or 'nothing'} {count}" for label, count in counts.most_common(8))
    return listed + (", ..." if len(counts) > 8 else "") or "none"

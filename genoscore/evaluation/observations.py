"""Which rows of a table are compared with scores, and what became of the others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from genoscore.core.choices import INFO
from genoscore.core.errors import InputError
from genoscore.core.wording import tallied
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.labels import Judge, judge_cell, judge_info
from genoscore.inputs.table import Table, is_missing
from genoscore.inputs.table_rows import SEQUENCE_COLUMN, VARIANT_COLUMNS, TableRow, sequence_rows, variant_rows
from genoscore.inputs.vcf_rows import VcfTable

MAX_GROUPS = 100
NO_GROUP = "."


@dataclass(frozen=True, slots=True)
class Kind:
    """What the rows of a table are about.

    Attributes:
        noun: in the singular.
        columns: names of what `TableRow.told` gives.
    """

    noun: str
    columns: tuple[str, ...]

    @property
    def file(self) -> str:
        """Name of the file with a row for each."""
        return f"{self.noun}s.tsv"


VARIANTS = Kind("variant", VARIANT_COLUMNS)
SEQUENCES = Kind("sequence", ("SEQUENCE", "TRACK"))


class Use(StrEnum):
    """What became of a row."""

    GIVEN = "given"  # handed to the predictors; each has its own status
    OTHER_LABEL = "other_label"
    MISSING = "missing"
    DUPLICATE = "duplicate"
    CONTRADICTORY = "contradictory"

    def meaning(self, kind: Kind) -> str:
        """One phrase for reports."""
        return _MEANINGS[self].replace("NOUN", kind.noun)


_MEANINGS = {
    Use.GIVEN: "given to the predictors",
    Use.OTHER_LABEL: "with labels that are neither positive nor negative",
    Use.MISSING: "without a label or value",
    Use.DUPLICATE: "of a NOUN that stands further up with the same label or value",
    Use.CONTRADICTORY: "of NOUNs that stand there with different labels or values, all of them",
}


@dataclass(frozen=True, slots=True)
class Observation:
    """A row of the table.

    Attributes:
        said: the label or value as it stands.
        target: 1.0 for positive, 0.0 for negative, or the measured effect; NaN where the row is not compared.
        group: of the grouping column, `.` where the cell is empty; '' without one.
        cluster: of `--cluster`; '' without it.
    """

    row: TableRow
    said: str
    target: float
    group: str
    cluster: str
    use: Use


@dataclass(slots=True)
class Observations:
    """All rows of a table, in its order.

    Attributes:
        other_labels: label -> rows.
    """

    kind: Kind
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
    """Read the whole table, or the whole VCF where a column is named `INFO/KEY`.

    Raises:
        InputError: see Table and VcfTable; a value that is not a number, a row without a cluster, too many groups,
            nothing to compare.
        ConfigError: options that mean nothing for what the table is about.
    """
    if config.of_info:
        config.check_variants()
        vcf = VcfTable(config.run.input, config.columns, [config.label or config.value or ""])
        return _observed(vcf, VARIANTS, vcf.rows(), config)
    with Table(config.run.input, [VARIANT_COLUMNS, [config.sequence or SEQUENCE_COLUMN]]) as table:
        kind, rows = _open(table, config)
        if table.has("ID", "QUAL", "FILTER", "INFO"):
            _refuse_keys(table, config)
        return _observed(table, kind, rows, config)


def _observed(table: Table | VcfTable, kind: Kind, rows: Iterator[TableRow], config: EvaluateConfig) -> Observations:
    found = Observations(kind)
    column = table.column(config.label or config.value or "")
    grouping = None if config.grouping is None else table.column(config.grouping)
    clustering = None if config.cluster is None else table.column(config.cluster)
    judge = _judge_label(config) if config.label is not None else _judge_value(table, config)
    for row in rows:
        said = row.cells[column]
        target = judge(said)
        use = Use.GIVEN if target is not None else Use.MISSING if is_missing(said) else Use.OTHER_LABEL
        if use is Use.OTHER_LABEL:
            found.other_labels[said] += 1
        group = "" if grouping is None else row.cells[grouping] or NO_GROUP
        cluster = "" if clustering is None else row.cells[clustering]
        if use is Use.GIVEN and clustering is not None and is_missing(cluster):
            raise table.malformed(f"{config.cluster} is {cluster!r}, so that its cluster is not known")
        found.rows.append(Observation(row, said, math.nan if target is None else target, group, cluster, use))
    found.rows = _without_repeats(found.rows)
    _check(found, table.name, config)
    return found


def _refuse_keys(table: Table, config: EvaluateConfig) -> None:
    """A VCF read as a table: what is asked for as a column is a key of its INFO."""
    for name in config.columns:
        if not table.has(name):
            why = f"table {table.name} is a VCF, and {name} is not one of its columns"
            raise InputError(why, f"give INFO/{name} for a key of INFO")


def _open(table: Table, config: EvaluateConfig) -> tuple[Kind, Iterator[TableRow]]:
    """What the table is about. Beside columns of variants, that of sequences has to be named."""
    of_variants = any(map(table.has, VARIANT_COLUMNS))
    if config.sequence is None and not of_variants and not table.has(SEQUENCE_COLUMN):
        raise InputError(
            f"table {table.name} has neither columns CHROM, POS, REF and ALT nor a column {SEQUENCE_COLUMN}",
            f"for sequences give --sequence COLUMN; its columns, between tabs, are: {', '.join(table.columns)}",
        )
    if config.sequence is None and of_variants:
        rows = variant_rows(table)
        config.check_variants()
        return VARIANTS, rows
    config.check_sequences()
    return SEQUENCES, sequence_rows(table, config.sequence or SEQUENCE_COLUMN, config.track_column)


def _judge_label(config: EvaluateConfig) -> Judge:
    judge = judge_info if (config.label or "").startswith(INFO) else judge_cell
    return judge(config.positive, config.negative)


def _judge_value(table: Table | VcfTable, config: EvaluateConfig) -> Judge:
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
    """What a row is about is compared once: the first row of those that agree, none of those that do not."""
    targets: dict[tuple[object, ...], set[float]] = {}
    for one in rows:
        if one.use is Use.GIVEN:
            targets.setdefault(one.row.key, set()).add(one.target)
    seen, kept = set(), []
    for one in rows:
        use, key = one.use, one.row.key
        if use is Use.GIVEN and len(targets[key]) > 1:
            use = Use.CONTRADICTORY
        elif use is Use.GIVEN and key in seen:
            use = Use.DUPLICATE
        elif use is Use.GIVEN:
            seen.add(key)
        kept.append(replace(one, target=one.target if use is Use.GIVEN else math.nan, use=use))
    return kept


def _check(found: Observations, name: str, config: EvaluateConfig) -> None:
    given, noun = found.given, f"{found.kind.noun}s"
    others = [(use, count) for use, count in found.uses.items() if use is not Use.GIVEN]
    left_out = ", ".join(f"{count} {use.meaning(found.kind)}" for use, count in others)
    told = f" (of {len(found.rows)} rows; {left_out})" if left_out else ""
    if config.label is None:
        if len(given) < 3:
            raise InputError(
                f"table {name} has {len(given)} {noun} with a value in {config.value}{told}", "give 3 or more"
            )
    else:
        positives = sum(one.target == 1 for one in given)
        for word, labels, count in (
            ("positive", config.positive, positives),
            ("negative", config.negative, len(given) - positives),
        ):
            if count < 2:
                present = tallied(Counter(one.said for one in found.rows).most_common()) or "none"
                raise InputError(
                    f"table {name} has {count} {noun} whose {config.label} is {word}, {' or '.join(labels)}{told}",
                    f"give 2 or more; labels there: {present}",
                )
    groups = {one.group for one in given}
    if len(groups) > MAX_GROUPS:
        raise InputError(
            f"table {name} has {len(groups)} values in {config.grouping}", f"group by a column of at most {MAX_GROUPS}"
        )

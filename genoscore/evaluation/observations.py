"""Which rows of a table are compared with scores, and why the others are not."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from genoscore.core.choices import INFO
from genoscore.core.errors import InputError
from genoscore.core.number_text import finite_number
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
    """What the rows of a table contain.

    Attributes:
        noun: in the singular.
        columns: names of the values in `TableRow.shown`.
    """

    noun: str
    columns: tuple[str, ...]

    @property
    def file(self) -> str:
        """Name of the output file with one line per row."""
        return f"{self.noun}s.tsv"


VARIANTS = Kind("variant", VARIANT_COLUMNS)
SEQUENCES = Kind("sequence", ("SEQUENCE", "TRACK"))


class Use(StrEnum):
    """How a row is used."""

    GIVEN = "given"  # to the predictors, each of which has its own status
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
    Use.DUPLICATE: "that repeat the NOUN of an earlier row, with the same label or value",
    Use.CONTRADICTORY: "of NOUNs that have different labels or values in different rows",
}


@dataclass(frozen=True, slots=True)
class Observation:
    """A row of the table.

    Attributes:
        text: the label or value as written.
        target: 1.0 for positive, 0.0 for negative, or the measured effect; NaN if the row is not compared.
        group: from the grouping column, `.` if the cell is empty; '' without such a column.
        cluster: from the column of `--cluster`; '' without it.
    """

    row: TableRow
    text: str
    target: float
    group: str
    cluster: str
    use: Use


@dataclass(slots=True)
class Observations:
    """All rows of a table, in its order.

    Attributes:
        other_labels: label -> number of rows.
    """

    kind: Kind
    rows: list[Observation] = field(default_factory=list)
    other_labels: Counter[str] = field(default_factory=Counter)

    @property
    def given(self) -> list[Observation]:
        """The rows that are given to the predictors."""
        return [observation for observation in self.rows if observation.use is Use.GIVEN]

    @property
    def uses(self) -> Counter[Use]:
        """Number of rows by use."""
        return Counter(observation.use for observation in self.rows)


def read_observations(config: EvaluateConfig) -> Observations:
    """Read the whole table, or the whole VCF if a column is named `INFO/KEY`.

    Raises:
        InputError: see Table and VcfTable; a value that is not a number, a row without a cluster, too many groups,
            nothing to compare.
        ConfigError: options that mean nothing for what the table contains.
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
    observations = Observations(kind)
    column = table.column(config.label or config.value or "")
    grouping = None if config.grouping is None else table.column(config.grouping)
    clustering = None if config.cluster is None else table.column(config.cluster)
    judge = _judge_label(config) if config.label is not None else _judge_value(table, config)
    for row in rows:
        text = row.cells[column]
        target = judge(text)
        use = Use.GIVEN if target is not None else Use.MISSING if is_missing(text) else Use.OTHER_LABEL
        if use is Use.OTHER_LABEL:
            observations.other_labels[text] += 1
        group = "" if grouping is None else row.cells[grouping] or NO_GROUP
        cluster = "" if clustering is None else row.cells[clustering]
        if use is Use.GIVEN and clustering is not None and is_missing(cluster):
            raise table.malformed(f"{config.cluster} is {cluster!r}, so its cluster is unknown")
        observations.rows.append(Observation(row, text, math.nan if target is None else target, group, cluster, use))
    observations.rows = _without_repeats(observations.rows)
    _check(observations, table.name, config)
    return observations


def _refuse_keys(table: Table, config: EvaluateConfig) -> None:
    """For a VCF that is read as a table: a requested column that it lacks is probably a key of INFO."""
    for name in config.columns:
        if not table.has(name):
            why = f"table {table.name} is a VCF, and {name} is not one of its columns"
            raise InputError(why, f"give INFO/{name} for a key of INFO", path=config.run.input)


def _open(table: Table, config: EvaluateConfig) -> tuple[Kind, Iterator[TableRow]]:
    """What the table contains. If it also has columns of variants, the column of sequences must be named."""
    of_variants = any(map(table.has, VARIANT_COLUMNS))
    if config.sequence is None and not of_variants and not table.has(SEQUENCE_COLUMN):
        raise InputError(
            f"table {table.name} has neither columns CHROM, POS, REF and ALT nor a column {SEQUENCE_COLUMN}",
            f"for sequences, give --sequence COLUMN; the table's columns are: {', '.join(table.columns)}",
            path=config.run.input,
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
    def judge(text: str) -> float | None:
        if is_missing(text):
            return None
        value = finite_number(text)
        if value is None:
            raise table.malformed(f"{config.value} is {text[:30]!r}, not a number")
        return value

    return judge


def _without_repeats(rows: list[Observation]) -> list[Observation]:
    """Each variant or sequence is compared once: the first of rows that agree, none of rows that do not."""
    targets: dict[tuple[object, ...], set[float]] = {}
    for observation in rows:
        if observation.use is Use.GIVEN:
            targets.setdefault(observation.row.key, set()).add(observation.target)
    seen, kept = set(), []
    for observation in rows:
        use, key = observation.use, observation.row.key
        if use is Use.GIVEN and len(targets[key]) > 1:
            use = Use.CONTRADICTORY
        elif use is Use.GIVEN and key in seen:
            use = Use.DUPLICATE
        elif use is Use.GIVEN:
            seen.add(key)
        kept.append(replace(observation, target=observation.target if use is Use.GIVEN else math.nan, use=use))
    return kept


def _check(observations: Observations, name: str, config: EvaluateConfig) -> None:
    given, noun = observations.given, f"{observations.kind.noun}s"
    others = [(use, count) for use, count in observations.uses.items() if use is not Use.GIVEN]
    left_out = ", ".join(f"{count} {use.meaning(observations.kind)}" for use, count in others)
    context = f" (of {len(observations.rows)} rows; {left_out})" if left_out else ""
    if config.label is None:
        if len(given) < 3:
            why = f"table {name} has {len(given)} {noun} with a value in {config.value}{context}"
            raise InputError(why, "give 3 or more", path=config.run.input)
    else:
        positives = sum(observation.target == 1 for observation in given)
        for word, labels, count in (
            ("positive", config.positive, positives),
            ("negative", config.negative, len(given) - positives),
        ):
            if count < 2:
                present = (
                    tallied(Counter(observation.text for observation in observations.rows).most_common()) or "none"
                )
                raise InputError(
                    f"table {name} has {count} {noun} whose {config.label} is {word}, {' or '.join(labels)}{context}",
                    f"give 2 or more; labels in the table: {present}",
                    path=config.run.input,
                )
    groups = {observation.group for observation in given}
    if len(groups) > MAX_GROUPS:
        raise InputError(
            f"table {name} has {len(groups)} values in {config.grouping}",
            f"group by a column with at most {MAX_GROUPS}",
            path=config.run.input,
        )

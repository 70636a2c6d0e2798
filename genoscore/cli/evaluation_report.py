"""The output of `genoscore evaluate` on standard output: a table of results, then what was and was not compared.

The table fits a terminal of 100 columns. Each line is a score; if results are by group, a group of the only score, or
a score below the heading of its group.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from genoscore.cli.calibration_report import calibration_line, calibration_table
from genoscore.cli.console import TerminalConsole, say
from genoscore.core.variants import Status
from genoscore.core.wording import counted, tallied
from genoscore.evaluation.comparing import OWN, Result
from genoscore.evaluation.evaluating import Evaluation
from genoscore.evaluation.observations import Use
from genoscore.evaluation.scoring import SequenceStatus
from genoscore.evaluation.thresholds import EXACT, EXACT_OR_BOOTSTRAP, Proportion

_NAMES = {
    "auroc": "AUROC", "average_precision": "average\nprecision", "pearson": "Pearson", "spearman": "Spearman",
}  # fmt: skip
_LABELLED, _MEASURED = ("auroc", "average_precision"), ("pearson", "spearman")
_WIDE = 10_000  # columns if standard output is not a terminal, so that cells are not wrapped
_ALL = "all"


def print_evaluation(evaluation: Evaluation) -> None:
    """Print the table, then what was and was not compared."""
    console = TerminalConsole()
    if not console.is_terminal:
        console.width = _WIDE
    console.print(_measures(evaluation))
    if any(result.thresholds for result in evaluation.results):
        console.print()
        console.print(_thresholds(evaluation))
        console.print()
    for calibration in evaluation.calibrations:
        if not any(result.thresholds for result in evaluation.results):
            console.print()
        console.print(calibration_table(calibration))
        console.print()
    for line in (*_lines(evaluation), *map(calibration_line, evaluation.calibrations)):
        say(console, line)


def _measures(evaluation: Evaluation) -> Table:
    labelled, noun = evaluation.config.label is not None, evaluation.observations.kind.noun
    measures = _LABELLED if labelled else _MEASURED
    table = _empty_table(evaluation)
    for heading in ("positive", "negative") if labelled else (f"{noun}s",):
        table.add_column(heading, justify="right", no_wrap=True)
    if evaluation.config.cluster is not None:
        table.add_column("clusters", justify="right", no_wrap=True)
    for name in measures:
        table.add_column(_NAMES[name], justify="right", no_wrap=True)
        table.add_column("95 % interval", no_wrap=True)
    for label, result in _labelled_results(evaluation):
        table.add_row(label, *(() if result is None else (*_counts(result), *_figures(result, measures))))
    return table


def _thresholds(evaluation: Evaluation) -> Table:
    table = _empty_table(evaluation)
    table.add_column("cutoff", justify="right", no_wrap=True)
    for name in ("sensitivity", "specificity", "PPV"):
        table.add_column(f"{name} (95 %)", no_wrap=True)
    for label, result in _labelled_results(evaluation):
        if result is None:
            table.add_row(label)
            continue
        for threshold in result.thresholds:
            cells = (
                _proportion(proportion) for proportion in (threshold.sensitivity, threshold.specificity, threshold.ppv)
            )
            table.add_row(label, f"{threshold.threshold:g}", *cells)
            label = ""
    return table


def _proportion(proportion: Proportion | None) -> str:
    return "." if proportion is None else f"{proportion.value:.3f} ({proportion.low:.3f} to {proportion.high:.3f})"


def _empty_table(evaluation: Evaluation) -> Table:
    """A table with its first column, the only one that is wrapped on a narrow terminal."""
    table = Table(box=None, pad_edge=False)
    grouping = evaluation.config.grouping
    heading = _score_name(evaluation.results[0]) if grouping is not None and len(evaluation.scored) == 1 else "score"
    table.add_column(heading if grouping is None else f"{heading}\nby {grouping}", overflow="fold")
    return table


def _labelled_results(evaluation: Evaluation) -> Iterator[tuple[str, Result | None]]:
    """Text of the first column, and the result of that line; None for the heading of a group."""
    grouped, alone = evaluation.config.grouping is not None, len(evaluation.scored) == 1
    before: str | None = None
    for result in evaluation.results:
        group = _ALL if result.group is None else result.group
        if grouped and alone:
            yield group, result
            continue
        if grouped and group != before:
            yield group, None
            before = group
        yield "  " * grouped + _score_name(result), result


def _score_name(result: Result) -> str:
    return f"GS_{result.predictor.upper()}_{result.score}" + (" (own)" if result.of == OWN else "")


def _counts(result: Result) -> list[str]:
    numbers = [result.count] if result.positives is None else [result.positives, result.count - result.positives]
    return [f"{number:,}" for number in [*numbers, *([] if result.clusters is None else [result.clusters])]]


def _figures(result: Result, measures: tuple[str, ...]) -> list[str]:
    cells = []
    for name in measures:
        estimate = result.estimates.get(name)
        cells += [f"{estimate.value:.4f}", f"{estimate.low:.4f} to {estimate.high:.4f}"] if estimate else [".", "."]
    return cells


def _lines(evaluation: Evaluation) -> Iterator[str]:
    uses, kind = evaluation.observations.uses, evaluation.observations.kind
    if any(result.of == OWN for result in evaluation.results):
        yield f"(own): on all {kind.noun}s that this predictor scored; the others: on those that all predictors scored"
    yield from _without_figures(evaluation)
    yield f"{counted(len(evaluation.observations.rows), 'row')} read, {uses[Use.GIVEN]:,} {Use.GIVEN.meaning(kind)}"
    for use in Use:
        if use is not Use.GIVEN and uses[use]:
            labels = (
                f": {tallied(evaluation.observations.other_labels.most_common())}" if use is Use.OTHER_LABEL else ""
            )
            yield f"left out: {counted(uses[use], 'row')} {use.meaning(kind)}{labels}"
    for scored in evaluation.scored:
        for word, count in scored.counts.items():
            if word != Status.SCORED:
                why = f"{word} ({_meaning(word, scored.field)})"
                yield f"without a score of {scored.predictor}: {counted(count, kind.noun)}, {why}"
    yield _intervals(evaluation)
    if any(result.thresholds for result in evaluation.results):
        method = EXACT if evaluation.config.cluster is None else EXACT_OR_BOOTSTRAP
        yield f"cutoffs: scores at or above the cutoff are called positive; intervals: {method}"
    if evaluation.files:
        yield f"written: {', '.join(evaluation.files)}"


def _without_figures(evaluation: Evaluation) -> Iterator[str]:
    """Reasons for lines without figures."""
    for result in evaluation.results:
        if result.note:
            group = "" if result.group is None else f", {evaluation.config.grouping} {result.group}"
            measure = "correlation" if result.positives is None else "AUROC and average precision"
            yield f"no {measure} of {_score_name(result)}{group}: {result.note}"


def _intervals(evaluation: Evaluation) -> str:
    resamples = evaluation.config.resamples
    fewest = min(estimate.resamples for result in evaluation.results for estimate in result.estimates.values())
    criterion = (
        "both classes were drawn" if evaluation.config.label is not None else "the numbers drawn were not all equal"
    )
    few = f"; in at least {fewest:,} of them {criterion}, the others are left out" if fewest < resamples else ""
    whole = "" if evaluation.config.cluster is None else f" of whole clusters ({evaluation.config.cluster})"
    return f"intervals: {resamples:,} bootstrap resamples{whole}, seed {evaluation.config.seed}{few}"


def _meaning(word: str, field: str) -> str:
    for statuses in (Status, SequenceStatus):
        if word in {*statuses}:
            return statuses(word).meaning
    return f"scored, and its {field} is missing"

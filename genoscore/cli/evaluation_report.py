"""What `genoscore evaluate` prints on standard output: a table of results, and what was compared and what was not.

The table fits a terminal of 100 columns. A line stands for a score, or, where results are by group, for a group of the
one score or for a score below the heading of its group.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

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
_WIDE = 10_000  # columns where standard output is no terminal, so that no cell is broken
_ALL = "all"


def print_evaluation(found: Evaluation) -> None:
    """The table, then what was compared and what was not."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _WIDE
    console.print(_measures(found))
    if any(result.thresholds for result in found.results):
        console.print()
        console.print(_thresholds(found))
        console.print()
    for line in _lines(found):
        console.print(line, soft_wrap=True)


def _measures(found: Evaluation) -> Table:
    labelled, noun = found.config.label is not None, found.observations.kind.noun
    measures = _LABELLED if labelled else _MEASURED
    table = _empty_table(found)
    for heading in ("positive", "negative") if labelled else (f"{noun}s",):
        table.add_column(heading, justify="right", no_wrap=True)
    if found.config.cluster is not None:
        table.add_column("clusters", justify="right", no_wrap=True)
    for name in measures:
        table.add_column(_NAMES[name], justify="right", no_wrap=True)
        table.add_column("95 % interval", no_wrap=True)
    for label, result in _labelled_results(found):
        table.add_row(label, *(() if result is None else (*_counts(result), *_figures(result, measures))))
    return table


def _thresholds(found: Evaluation) -> Table:
    table = _empty_table(found)
    table.add_column("cutoff", justify="right", no_wrap=True)
    for name in ("sensitivity", "specificity", "PPV"):
        table.add_column(f"{name} (95 %)", no_wrap=True)
    for label, result in _labelled_results(found):
        if result is None:
            table.add_row(label)
            continue
        for at in result.thresholds:
            cells = (_proportion(one) for one in (at.sensitivity, at.specificity, at.ppv))
            table.add_row(label, f"{at.threshold:g}", *cells)
            label = ""
    return table


def _proportion(one: Proportion | None) -> str:
    return "." if one is None else f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"


def _empty_table(found: Evaluation) -> Table:
    """With its first column, which alone is broken where a terminal is narrow."""
    table = Table(box=None, pad_edge=False)
    grouping = found.config.grouping
    heading = _score_name(found.results[0]) if grouping is not None and len(found.scored) == 1 else "score"
    table.add_column(heading if grouping is None else f"{heading}\nby {grouping}", overflow="fold")
    return table


def _labelled_results(found: Evaluation) -> Iterator[tuple[str, Result | None]]:
    """What stands in the first column, and the result of that line; None for the heading of a group."""
    grouped, alone = found.config.grouping is not None, len(found.scored) == 1
    before: str | None = None
    for result in found.results:
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


def _lines(found: Evaluation) -> Iterator[str]:
    uses, kind = found.observations.uses, found.observations.kind
    if any(result.of == OWN for result in found.results):
        yield f"(own): on all {kind.noun}s that this predictor scored; the others: on those that all predictors scored"
    yield from _without_figures(found)
    yield f"{counted(len(found.observations.rows), 'row')} read, {uses[Use.GIVEN]:,} {Use.GIVEN.meaning(kind)}"
    for use in Use:
        if use is not Use.GIVEN and uses[use]:
            labels = f": {tallied(found.observations.other_labels.most_common())}" if use is Use.OTHER_LABEL else ""
            yield f"left out: {counted(uses[use], 'row')} {use.meaning(kind)}{labels}"
    for one in found.scored:
        for word, count in one.counts.items():
            if word != Status.SCORED:
                why = f"{word} ({_meaning(word, one.field)})"
                yield f"without a score of {one.predictor}: {counted(count, kind.noun)}, {why}"
    yield _intervals(found)
    if any(result.thresholds for result in found.results):
        how = EXACT if found.config.cluster is None else EXACT_OR_BOOTSTRAP
        yield f"cutoffs: a score of at least so much is called positive; intervals: {how}"
    if found.files:
        yield f"written: {', '.join(found.files)}"


def _without_figures(found: Evaluation) -> Iterator[str]:
    """Why a line has none."""
    for result in found.results:
        if result.note:
            group = "" if result.group is None else f", {found.config.grouping} {result.group}"
            measure = "correlation" if result.positives is None else "AUROC and average precision"
            yield f"no {measure} of {_score_name(result)}{group}: {result.note}"


def _intervals(found: Evaluation) -> str:
    asked = found.config.resamples
    fewest = min(each.resamples for one in found.results for each in one.estimates.values())
    what = "both classes were drawn" if found.config.label is not None else "the numbers drawn were not all equal"
    few = f"; in at least {fewest:,} of them {what}, the others are left out" if fewest < asked else ""
    whole = "" if found.config.cluster is None else f" of whole clusters ({found.config.cluster})"
    return f"intervals: {asked:,} bootstrap resamples{whole}, seed {found.config.seed}{few}"


def _meaning(word: str, field: str) -> str:
    for statuses in (Status, SequenceStatus):
        if word in {*statuses}:
            return statuses(word).meaning
    return f"scored, and its {field} is missing"

"""What `genoscore evaluate` prints on standard output."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table

from genoscore.core.variants import Status
from genoscore.evaluation.comparing import OWN, Result
from genoscore.evaluation.evaluating import Evaluation
from genoscore.evaluation.observations import Use
from genoscore.evaluation.scoring import SequenceStatus

_NAMES = {
    "auroc": "AUROC", "average_precision": "average precision", "pearson": "Pearson", "spearman": "Spearman",
}  # fmt: skip
_WIDE = 10_000  # columns where standard output is no terminal, so that no cell is broken
_LISTED = 8  # labels


def print_evaluation(found: Evaluation) -> None:
    """The table, then what was compared and what was not."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _WIDE
    console.print(_table(found))
    for line in _lines(found):
        console.print(line, soft_wrap=True)


def _table(found: Evaluation) -> Table:
    labelled = found.config.label is not None
    measures = list(_NAMES)[:2] if labelled else list(_NAMES)[2:]
    several = any(one.of == OWN for one in found.results)
    grouping, noun = found.config.grouping, found.observations.kind.noun
    clustered = found.config.cluster is not None
    table = Table(box=None, pad_edge=False)
    table.add_column("score")
    for heading, wanted in ((f"{noun}s", several), (grouping or "", grouping is not None)):
        if wanted:
            table.add_column(heading)
    for heading in ("positive", "negative") if labelled else (f"{noun}s",):
        table.add_column(heading if not several or labelled else "number", justify="right")
    if clustered:
        table.add_column("clusters", justify="right")
    for name in measures:
        table.add_column(_NAMES[name], justify="right")
        table.add_column("95 % interval")
    noted = any(one.note for one in found.results)
    if noted:
        table.add_column("why there are no figures")
    for one in found.results:
        cells = [f"GS_{one.predictor.upper()}_{one.score}"]
        cells += [one.of] if several else []
        cells += ["all" if one.group is None else one.group] if grouping is not None else []
        table.add_row(*cells, *_counts(one), *_figures(one, measures), *([one.note] if noted else []))
    return table


def _counts(one: Result) -> list[str]:
    numbers = [one.count] if one.positives is None else [one.positives, one.count - one.positives]
    return [f"{number:,}" for number in [*numbers, *([] if one.clusters is None else [one.clusters])]]


def _figures(one: Result, measures: list[str]) -> list[str]:
    cells = []
    for name in measures:
        found = one.estimates.get(name)
        cells += [f"{found.value:.4f}", f"{found.low:.4f} to {found.high:.4f}"] if found else [".", "."]
    return cells


def _lines(found: Evaluation) -> list[str]:
    uses, kind = found.observations.uses, found.observations.kind
    lines = [f"{_some(len(found.observations.rows), 'row')} read, {uses[Use.GIVEN]:,} {Use.GIVEN.meaning(kind)}"]
    for use in Use:
        if use is not Use.GIVEN and uses[use]:
            labels = f": {_listed(found.observations.other_labels)}" if use is Use.OTHER_LABEL else ""
            lines.append(f"left out: {_some(uses[use], 'row')} {use.meaning(kind)}{labels}")
    for one in found.scored:
        for word, count in one.counts.items():
            if word != Status.SCORED:
                why = f"{word} ({_meaning(word, one.field)})"
                lines.append(f"without a score of {one.predictor}: {_some(count, kind.noun)}, {why}")
    lines.append(_intervals(found))
    return lines + ([f"written: {', '.join(found.files)}"] if found.files else [])


def _intervals(found: Evaluation) -> str:
    asked = found.config.resamples
    fewest = min(each.resamples for one in found.results for each in one.estimates.values())
    what = "both classes were drawn" if found.config.label is not None else "the numbers drawn were not all equal"
    few = f"; in at least {fewest:,} of them {what}, the others are left out" if fewest < asked else ""
    whole = "" if found.config.cluster is None else f" of whole clusters ({found.config.cluster})"
    return f"intervals: {asked:,} bootstrap resamples{whole}, seed {found.config.seed}{few}"


def _some(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _meaning(word: str, field: str) -> str:
    for statuses in (Status, SequenceStatus):
        if word in {*statuses}:
            return statuses(word).meaning
    return f"scored, and its {field} is missing"


def _listed(labels: Counter[str]) -> str:
    shown = ", ".join(f"{label} {count:,}" for label, count in labels.most_common(_LISTED))
    return shown + (f" and {len(labels) - _LISTED:,} others" if len(labels) > _LISTED else "")

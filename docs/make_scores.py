"""Write docs/scores.md from the code: fields, peers' strings, bands, statuses. With `--check` only compare."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from genoscore.consequences.evidence import EvidenceRules
from genoscore.consequences.wanted import FAMILIES
from genoscore.core.choices import BANDS
from genoscore.core.config import RunConfig
from genoscore.core.variants import Status
from genoscore.outputs.columns import Column, consequence_columns
from genoscore.outputs.info import InfoFields
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec
from genoscore.scores.activity import ActivityScorer
from genoscore.scores.background import Background
from genoscore.scores.bands import PERCENT_FROM, SCORE_FROM
from genoscore.scores.base import ScoreField, Scorer
from genoscore.scores.chromatin import ChromatinScorer
from genoscore.scores.registry import make_scorer
from genoscore.scores.sequence_classes import N_CLASSES, SequenceClasses

PAGE = Path(__file__).resolve().parent / "scores.md"
_INFO = re.compile(r'##INFO=<ID=([^,]+),Number=([^,]+),Type=([^,]+),Description="([^"]*)"')

_HEAD = """# Scores, bands and statuses

<!-- Made by docs/make_scores.py from the code. Do not edit: change the code and run the script again. -->

Filter on `GS_<PREDICTOR>_ABS` (in tables: `ABS`), the magnitude of the score of largest magnitude. `MAX` is the same
number with its sign, and negative for a loss of Pangolin's, so that a filter such as `MAX>=0.2` drops losses without
a word.

A delta score is ALT minus REF, except for the losses of `spliceai` and `openspliceai`, which are REF minus ALT, so that
a loss is positive. Pangolin's losses are negative, as its own.
`Number=A` fields hold one value per ALT, in the order of the ALT column; a missing value is `.`.
A position (`DP_*`) is missing where its score prints as zero, and so are the probabilities there; only the peers' own
strings have a number.
"""

_CONSEQUENCES = """The columns of tables in a run that says what becomes of the transcript;
[consequences](consequences.md) explains them.
"""

_STATUS_HEAD = """## Statuses

Every ALT has one status per predictor: the first of this table that applies (`KEPT` is decided before all others,
for the whole record). `--strict` makes the exit code 1 if any ALT has one of the kind `error`; the
outputs are complete all the same.
"""


def page() -> str:
    """The text of docs/scores.md."""
    parts = [_HEAD]
    for name in sorted(registry._BUILT_IN):
        config = RunConfig(input="-", reference=Path("-"), predictor=(name,))
        spec = registry.get(name).spec(config)
        if "mask" in spec.heeds:
            config = replace(config, mask="none,site", site_probabilities=True)
        parts += _predictor(spec, _scorer(spec, config))
    parts += ["## Consequences\n", _CONSEQUENCES, _table(("column", "type", "what"), map(_told, _told_columns()))]
    columns = "band", "magnitude of the printed score", "percentile, with a background"
    parts += ["## Bands\n", _table(columns, map(_band, BANDS))]
    parts.append("Bands are decided on the score as printed, so that a filter on either gives the same records.\n")
    parts.append(_STATUS_HEAD)
    rows = ((f"`{one}`", "error" if one.is_error else "ok", one.meaning) for one in Status)
    parts.append(_table(("status", "kind", "when"), rows))
    return "\n".join(parts)


def _told_columns() -> list[Column[Any]]:
    return [*consequence_columns({"": None})]


def _told(column: Column[Any]) -> tuple[str, ...]:
    return (
        f"`{column.name}`",
        {"word": "text", "long": "integer"}.get(column.type, column.type),
        column.about["description"],
    )


def _scorer(spec: PredictorSpec, config: RunConfig) -> Scorer:
    """That of a run with all that its weights may come with: sequence classes, a background."""
    if spec.family == "activity":
        return ActivityScorer(spec, Background.empty({}, spec.tracks, ()))
    if spec.family != "chromatin":
        return make_scorer(spec, config)
    names = tuple(f"class_{index}" for index in range(N_CLASSES))
    classes = SequenceClasses(names, np.zeros((N_CLASSES, len(spec.tracks))), np.zeros(0, np.int64))
    return ChromatinScorer(spec, classes=classes)


def _predictor(spec: PredictorSpec, scorer: Scorer) -> list[str]:
    parts = [f"## `{spec.name}` (family `{spec.family}`)\n"]
    sourced = scorer.fields[0].id == "DS_AG"  # what `--precomputed` can take
    of_sites = spec.family in FAMILIES
    with_genes = spec.genes.bound or spec.genes.starts
    fields = InfoFields(
        spec.name,
        scorer,
        False,
        sourced,
        with_genes,
        consequences=of_sites,
        evidence=EvidenceRules.for_predictor(spec.name, None),
    )
    header = fields.header_lines("")
    found = [match.groups() for line in header if (match := _INFO.match(line))]
    parts.append("INFO fields, in the order in which they are written:\n")
    parts.append(_table(("INFO ID", "Number", "Type", "Description"), ((f"`{row[0]}`", *row[1:]) for row in found)))
    if with_genes:
        parts.append(
            f"`{fields.prefix}GENE_ID` and `{fields.prefix}TRANSCRIPT` are written where the annotation has IDs: "
            "from GTF and GFF3,\nnot from SpliceAI's tables.\n"
        )
    if sourced:
        parts.append(f"`{fields.prefix}SOURCE` is written with `--precomputed` alone.\n")
    if scorer.optional:
        masked, first, *_, last = (f"`{fields.prefix}{key}`" for key in scorer.optional)
        parts.append(
            f"{masked} is written with two masks alone, here `-m none,site`, and {first} to\n{last} with "
            "`--site-probabilities` alone ([coordinates](coordinates.md#masks)).\n"
        )
    if of_sites:
        parts.append(
            f"The fields from `{fields.prefix}EVENT` on are written where a run says what becomes of the transcript: "
            "see\n[consequences](consequences.md).\n"
        )
    parts.append("Score fields: the columns between `BAND` and `TRANSCRIPT` in the TSV.\n")
    columns = ("column", "Type", "unit", "decimals", "counts for MAX", "what")
    parts.append(_table(columns, map(_field, scorer.fields)))
    if scorer.peer:
        parts.append(
            f"`{scorer.peer.info_id}` holds one string per ALT and gene, separated by commas; with `--transcripts`\n"
            "one per ALT and transcript, with the symbol of the gene.\n"
        )
    return parts


def _field(field: ScoreField) -> tuple[str, ...]:
    in_maximum = "yes" if field.in_maximum else "no"
    return f"`{field.id}`", field.type, field.unit, str(field.decimals), in_maximum, field.description


def _band(name: str) -> tuple[str, ...]:
    at = BANDS.index(name)
    return f"`{name}`", *(_span(edges[at], edges[at + 1 :]) for edges in (SCORE_FROM, PERCENT_FROM))


def _span(least: float, above: tuple[float, ...]) -> str:
    return f"{least:g} to below {above[0]:g}" if above else f"{least:g} and more"


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(columns)
    lines = [names, ["---"] * len(names), *([_escape(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _escape(cell: str) -> str:
    """Markdown would read `|` as a column and `<...>` as HTML."""
    return cell.replace("|", "\\|").replace("<", "&lt;")


def main() -> int:
    """Write the page, or compare it."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
    print("docs/scores.md is up to date" if same else "docs/scores.md is old: run python docs/make_scores.py")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())

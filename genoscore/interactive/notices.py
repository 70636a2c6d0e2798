"""Warnings about the variants that a user passed in, and about their results. They point at the user's own line."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence

from genoscore.engine.results import RecordResult
from genoscore.interactive.given import Given, NotAVariant
from genoscore.interactive.score_columns import BAD_ROW
from genoscore.scoring.notes import build_suspicion

_ROWS_NAMED = 3  # in a warning


def warn_of_bad_rows(given: Given) -> None:
    """Warn of rows that are not variants, and name some of them."""
    bad = [(row, variant.reason) for row, variant in enumerate(given.variants) if isinstance(variant, NotAVariant)]
    if bad:
        listed = "; ".join(f"row {row}: {reason}" for row, reason in bad[:_ROWS_NAMED])
        more = f"; and {len(bad) - _ROWS_NAMED} more" if len(bad) > _ROWS_NAMED else ""
        warnings.warn(
            f"{len(bad)} of {len(given.variants)} rows are not variants and have the status {BAD_ROW} "
            f"(rows count from 0): {listed}{more}",
            stacklevel=3,
        )


def warn_of_builds(results: Sequence[RecordResult | None]) -> None:
    """Warn if so many REF alleles differ from the reference that the builds are probably different."""
    scored = [result.alts for result in results if result is not None]
    for name in scored[0] if scored else ():
        if message := build_suspicion(name, Counter(alts[name][0].status for alts in scored)):
            warnings.warn(message, stacklevel=3)


def warn_of_replaced(given: Given, names: Iterable[str]) -> None:
    """Warn of columns that a result replaces."""
    if existing := [name for name in names if name in given.names]:
        warnings.warn(f"{len(existing)} columns of earlier scores are replaced: {existing[0]}, ...", stacklevel=3)

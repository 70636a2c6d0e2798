"""Options of predictors with windows of one length, and tables of scores in the journal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.engine.journal import _row, _words
from tests.conftest import Score


def test_tables_outlast_a_crash() -> None:
    table = np.random.default_rng(1).normal(size=(7, 3)).astype(np.float32)
    table[2, 1] = np.nan
    again = _row(_words(table))
    assert isinstance(again, np.ndarray)
    np.testing.assert_array_equal(again, table)


@pytest.mark.parametrize(
    "options",
    [
        {"shifts": (0, 3)},
        {"strand": "both"},
        {"centre": "grid"},
        {"tracks": "x"},
        {"head": "mouse"},
        {"untrained": True},
    ],
)
def test_options_that_mean_nothing_are_refused(score_small: Score, options: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="is not supported by spliceai"):
        score_small(["chr1 300 A C"], "o.vcf", predictor="spliceai", **options)


@pytest.mark.parametrize("shifts", ["", "a", "65", "0,0", "1.5"])
def test_bad_shifts(shifts: str) -> None:
    with pytest.raises(ConfigError, match="shifts"):
        RunConfig("x", Path("y"), shifts=shifts)  # type: ignore[arg-type]

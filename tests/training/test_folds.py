"""Folds: what shares an element or a stretch of sequence stays together, against plain Python."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from genoscore.core.errors import InputError
from genoscore.training.config import (
    DataConfig,
)
from genoscore.training.folds import assign_folds
from tests.training.toy_data import OTHER, random_insert, table_of


def _plain_sets(inserts: list[str], groups: list[int], size: int) -> list[set[int]]:
    """Rows joined while any two of different sets share a group or a stretch."""

    def stretches(insert: str) -> set[str]:
        both = (insert, insert.translate(OTHER)[::-1])
        cut = {one[at : at + size] for one in both for at in range(len(one) - size + 1)}
        return {one for one in cut if "N" not in one}

    sets = [
        ({row}, stretches(insert), {group}) for row, (insert, group) in enumerate(zip(inserts, groups, strict=True))
    ]
    joined = True
    while joined:
        joined = False
        for one in range(len(sets)):
            for other in range(one + 1, len(sets)):
                if sets[one][1] & sets[other][1] or sets[one][2] & sets[other][2]:
                    sets[one] = tuple(a | b for a, b in zip(sets[one], sets.pop(other), strict=True))  # type: ignore[assignment]
                    joined = True
                    break
            if joined:
                break
    return [rows for rows, _, _ in sets]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.sampled_from([8, 12, 33, 40]))
def test_nothing_that_belongs_together_is_parted(seed: int, size: int) -> None:
    rng = random.Random(seed)
    inserts = [random_insert(rng, 48) for _ in range(40)]
    for _ in range(6):  # stretches of one in another, on either strand, just long enough or a base too short
        source, target = rng.sample(range(40), 2)
        length = size - rng.randrange(2)
        begin, at = rng.randrange(48 - length + 1), rng.randrange(48 - length + 1)
        stretch = inserts[source][begin : begin + length]
        stretch = stretch.translate(OTHER)[::-1] if rng.random() < 0.5 else stretch
        inserts[target] = inserts[target][:at] + stretch + inserts[target][at + length :]
    unknown = rng.randrange(40)
    inserts[unknown] = "N" * 44 + inserts[unknown][44:]
    groups = [rng.randrange(60) for _ in range(40)]
    wanted = _plain_sets(inserts, groups, size)
    assume(len(wanted) > 1)
    folds, numbers = assign_folds(table_of(inserts, groups), DataConfig(Path("t"), Path("m"), shared=size, folds=2))
    assert sorted(map(sorted, wanted)) == sorted(np.flatnonzero(numbers == one).tolist() for one in np.unique(numbers))
    for rows in wanted:
        assert len({folds[row] for row in rows}) == 1
    counts = [sum(folds[min(rows)] == fold for rows in wanted) for fold in (0, 1)]
    assert abs(counts[0] - counts[1]) <= 1


def test_unknown_bases_are_no_stretch() -> None:
    inserts = ["N" * 40 + "ACGTGCTC", "A" * 40 + "GGTCTCAC", "CCTGACCT" + "N" * 40]
    _, numbers = assign_folds(table_of(inserts, [0, 1, 2]), DataConfig(Path("t"), Path("m"), shared=8, folds=2))
    assert len(set(numbers)) == 3


def test_folds_without_shared_stretches() -> None:
    rng = random.Random(1)
    inserts = [random_insert(rng)] * 30
    together, _ = assign_folds(table_of(inserts, [*range(29), 0]), DataConfig(Path("t"), Path("m"), shared=0, folds=2))
    assert together[0] == together[29]
    assert len(set(together)) == 2
    with pytest.raises(InputError, match="has 1 sets"):
        assign_folds(table_of(inserts, [*range(30)]), DataConfig(Path("t"), Path("m"), shared=8, folds=2))

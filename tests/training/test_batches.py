"""Batches: one-hot windows, the other strand, and the variations that training makes."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import numpy as np

from genoscore.core.encode import PLAIN, one_hot_codes, reverse_complement_codes
from genoscore.training.batches import batches, varied
from genoscore.training.config import (
    FitConfig,
)
from tests.training.toy_data import LENGTH, OTHER, random_insert


def _codes(inserts: list[str]) -> Any:
    return PLAIN[np.frombuffer("".join(inserts).encode(), np.uint8)].reshape(len(inserts), -1)


def test_one_hot_and_other_strand() -> None:
    rng = random.Random(5)
    inserts = [random_insert(rng)[:-1] + "N" for _ in range(9)]
    codes = _codes(inserts)
    turned = ["".join("ACGTN"[code] for code in row) for row in reverse_complement_codes(codes)]
    assert turned == [insert.translate(OTHER)[::-1] for insert in inserts]
    x = one_hot_codes(codes)
    assert x.shape == (9, 4, LENGTH)
    for row, insert in enumerate(inserts):
        for at, base in enumerate(insert):
            assert x[row, :, at].tolist() == [float(base == one) for one in "ACGT"]


def test_batches_and_their_variations() -> None:
    rng = np.random.default_rng(0)
    drawn = list(batches(23, 5, rng))
    assert [len(one) for one in drawn] == [5] * 4
    assert len({row for one in drawn for row in one.tolist()}) == 20
    codes = np.array([[0, 1, 1, 2]], np.uint8)
    assert varied(codes, FitConfig(shift=0, flip=0.0), rng).tolist() == [[0, 1, 1, 2]]
    assert varied(codes, FitConfig(shift=0, flip=1.0), rng).tolist() == [[1, 2, 2, 3]]
    seen = Counter(map(tuple, varied(codes.repeat(3000, axis=0), FitConfig(shift=2, flip=0.5), rng).tolist()))
    wanted = set()
    for order in ([0, 1, 1, 2], [1, 2, 2, 3]):
        for by in range(-2, 3):
            wanted.add(tuple(order[at - by] if 0 <= at - by < 4 else 4 for at in range(4)))
    assert set(seen) == wanted
    assert all(220 < count < 380 for count in seen.values())

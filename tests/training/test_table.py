"""The table that `genoscore train` reads: columns, adaptors, missing values, what is refused."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genoscore.core.encode import PLAIN
from genoscore.core.errors import InputError
from genoscore.training.config import (
    DataConfig,
    TrainConfig,
)
from genoscore.training.rows import read_rows
from genoscore.training.run import train
from genoscore.training.table import read_table
from tests.training.toy_data import GOOD, LEFT, LENGTH, NETWORK, RIGHT


def test_table(toy: TrainConfig) -> None:
    table = read_table(toy.data, LENGTH)
    text = toy.data.table.read_text()
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    assert table.track_names == ["a", "b"]
    assert [table.track_names[one] for one in table.tracks] == [row[0] for row in rows]
    assert ["".join("ACGTN"[code] for code in codes) for codes in table.codes] == [row[2][4:-3] for row in rows]
    assert table.values.tolist() == [float(row[3]) for row in rows]
    assert table.ids == [str(number) for number in range(2, 122)]
    assert table.sha256 == hashlib.sha256(text.encode()).hexdigest()
    packed = toy.data.table.with_suffix(".gz")
    packed.write_bytes(gzip.compress(text.encode()))
    again = read_table(replace(toy.data, table=packed), LENGTH)
    assert (again.codes == table.codes).all()
    assert again.sha256 == hashlib.sha256(packed.read_bytes()).hexdigest()


def test_inserts_with_and_without_adaptors_and_missing_values(tmp_path: Path) -> None:
    insert = "ACGTNACGTNACGTNA"
    path = tmp_path / "t.tsv"
    path.write_text(f"\ufeffsequence\tvalue\n{insert.lower()}\t1\n\n{LEFT + insert + RIGHT}\t2e-1\n{insert}\tNA\n")
    table = read_table(DataConfig(path, path, adaptors=(LEFT, RIGHT), track_name="only"), LENGTH)
    assert (table.codes[0] == table.codes[1]).all()
    assert table.codes[0].tolist() == PLAIN[np.frombuffer(insert.encode(), np.uint8)].tolist()
    assert (table.ids, table.missing, table.track_names) == (["2", "4"], 1, ["only"])
    assert table.groups[0] != table.groups[1], "without a column of groups every row is its own"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no header line"),
        ("sequence\tvalue\n", "has no row with a value"),
        ("sequence\tactivity\n", "has no column value; its columns"),
        ("sequence\tvalue\tvalue\n", "has several columns value"),
        (f"sequence\tvalue\n{GOOD}\thigh\n", "line 2: value is 'high', not a number"),
        (f"sequence\tvalue\n{GOOD}\tinf\n", "line 2: value is 'inf', not a number"),
        (f"sequence\tvalue\n{GOOD}\t1\n{GOOD}\n", "line 3: 1 cells separated by tabs, but the header has 2"),
        (f"sequence\tvalue\n{GOOD}\t1\n{GOOD}A\t1\n", "line 3: the sequence has 17 bases, but [network] length is 16"),
        (f"sequence\tvalue\n{'X' + GOOD[1:]}\t1\n", "line 2: sequence contains 'X', which is not a base"),
        (f"sequence\tvalue\n{'A' * 23}\t1\n", "line 2: the sequence of 23 bases lacks the adaptors ACCA and TTG"),
        (f"sequence\tvalue\n{GOOD}\t1\n" * 1, "has 1 sets of rows that must stay together, but folds is 5"),
    ],
)
def test_tables_that_cannot_be(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(text)
    with pytest.raises(InputError) as told:
        train(TrainConfig(DataConfig(path, path, adaptors=(LEFT, RIGHT), folds=5), NETWORK), tmp_path / "out")
    assert message in told.value.one_line()
    assert str(path) in told.value.one_line() or path.name in told.value.one_line()
    assert told.value.hint
    assert not (tmp_path / "out").exists()


def test_tracks_of_few_rows_or_of_one_value(toy: TrainConfig) -> None:
    text = toy.data.table.read_text()
    toy.data.table.write_text(text + f"c\telse\t{GOOD}\t1\n")
    with pytest.raises(InputError, match=r"track 'c' has [01] rows to fit, but 10 are needed"):
        read_rows(toy)
    flat = "".join(f"c\tg{number}\t{GOOD}\t1\n" for number in range(60))
    toy.data.table.write_text(text + flat)
    with pytest.raises(InputError, match="all values of track 'c' to fit are equal"):
        read_rows(toy)

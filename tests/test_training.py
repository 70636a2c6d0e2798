"""`genoscore train`: reading, folds, batches and masking against plain Python; fitting again, in parts, and resumed."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import itertools
import json
import random
import struct
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import typer
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from genoscore.cli.train import train as train_command
from genoscore.cli.training_report import TrainReporter
from genoscore.core.encode import PLAIN
from genoscore.core.errors import ConfigError, InputError, OutputError
from genoscore.networks.regulatory import RegulatoryEnsemble, RegulatoryNetwork
from genoscore.networks.regulatory_config import RegulatoryConfig
from genoscore.training import masking
from genoscore.training.batches import batches, one_hot, reverse_complement, varied
from genoscore.training.config import (
    DataConfig,
    FitConfig,
    KernelConfig,
    MaskingConfig,
    SyntheticConfig,
    TrainConfig,
    read_config,
)
from genoscore.training.fitting import FitObserver
from genoscore.training.folds import assign_folds
from genoscore.training.metrics import accuracy, pearson, predict, ranks
from genoscore.training.motifs import diverse, read_motifs, similarities
from genoscore.training.rows import read_rows
from genoscore.training.run import train
from genoscore.training.table import Table, read_table
from tests.conftest import ROOT

LENGTH = 16
OTHER = str.maketrans("ACGTN", "TGCAN")
LEFT, RIGHT = "ACCA", "TTG"
CPU = torch.device("cpu")
NETWORK = RegulatoryConfig(
    length=LENGTH, filters=6, filter_width=5, pool=2, token_size=2, channels=8, width=3, blocks=1, layers=1, heads=2,
    queries=1, hidden=8, dropout=0.1, motif_width=5, directions=6,
)  # fmt: skip


def _insert(rng: random.Random, length: int = LENGTH) -> str:
    return "".join(rng.choice("ACGT") for _ in range(length))


def _value(insert: str) -> float:
    """The toy rule: G and C less A and T, the same on both strands."""
    return (sum(base in "GC" for base in insert) - len(insert) / 2) / 2


def _write(path: Path, rows: list[tuple[str, str, str, float]]) -> Path:
    """Track, element, sequence, value."""
    lines = ["cell\telement\tsequence\tactivity"]
    lines += ["\t".join([track, element, sequence, str(value)]) for track, element, sequence, value in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def _motif(name: str, consensus: str) -> str:
    rows = [f"{base} [ {' '.join('97' if base == one else '1' for one in consensus)} ]" for base in "ACGT"]
    return "\n".join([f">{name}", *rows])


def _write_motifs(path: Path, consensus: list[str]) -> Path:
    path.write_text("# some\n" + "\n".join(_motif(f"M{at}", one) for at, one in enumerate(consensus)) + "\n")
    return path


@pytest.fixture
def toy(tmp_path: Path) -> TrainConfig:
    """120 rows of 60 elements in two tracks, and a tiny network."""
    rng, rows = random.Random(3), []
    for number in range(60):
        insert = _insert(rng)
        rows += [
            (track, f"e{number}", LEFT + insert + RIGHT, scale * _value(insert) + 3)
            for track, scale in (("b", 1), ("a", 2))
        ]
    data = DataConfig(
        _write(tmp_path / "toy.tsv", rows), _write_motifs(tmp_path / "toy.jaspar", ["C", "A", "GG", "AC", "TCA"]),
        value="activity", track="cell", group="element", adaptors=(LEFT, RIGHT), shared=0, folds=5, validation_fold=1,
        units="log2 RNA/DNA",
    )  # fmt: skip
    fit = FitConfig(epochs=3, batch=16, shift=1, networks=2, threads=1, device="cpu", learning_rate=0.01, ema=0.8)
    masking = MaskingConfig(share=0.25, start=0, full=1, every=2)
    kernel = KernelConfig(centres=20, share=0.4)
    return TrainConfig(data, NETWORK, fit, masking, kernel, SyntheticConfig(rows=30, weight=0.5))


# The table.


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


GOOD = "ACGTACGTACGTACGT"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no header line"),
        ("sequence\tvalue\n", "holds no row with a value"),
        ("sequence\tactivity\n", "has no column value; its columns"),
        ("sequence\tvalue\tvalue\n", "has several columns value"),
        (f"sequence\tvalue\n{GOOD}\thigh\n", "line 2: value is 'high', not a number"),
        (f"sequence\tvalue\n{GOOD}\tinf\n", "line 2: value is 'inf', not a number"),
        (f"sequence\tvalue\n{GOOD}\t1\n{GOOD}\n", "line 3: 1 cells between tabs, and the header has 2"),
        (f"sequence\tvalue\n{GOOD}\t1\n{GOOD}A\t1\n", "line 3: the sequence has 17 bases, and [network] length is 16"),
        (f"sequence\tvalue\n{'X' + GOOD[1:]}\t1\n", "line 2: sequence holds 'X', which stands for no base"),
        (f"sequence\tvalue\n{'A' * 23}\t1\n", "line 2: the sequence of 23 bases lacks the adaptors ACCA and TTG"),
        (f"sequence\tvalue\n{GOOD}\t1\n" * 1, "has 1 sets of rows that may not be parted, and folds is 5"),
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
    with pytest.raises(InputError, match=r"track 'c' has [01] rows to fit, and 10 are needed"):
        read_rows(toy)
    flat = "".join(f"c\tg{number}\t{GOOD}\t1\n" for number in range(60))
    toy.data.table.write_text(text + flat)
    with pytest.raises(InputError, match="all values of track 'c' to fit are equal"):
        read_rows(toy)


# Folds.


def _table(inserts: list[str], groups: list[int]) -> Table:
    codes = PLAIN[np.frombuffer("".join(inserts).encode(), np.uint8)].reshape(len(inserts), -1)
    count = len(inserts)
    return Table("t", "", [""] * count, codes, np.arange(count) * 1.0, np.zeros(count, np.int64), ["x"],
                 np.array(groups), 0)  # fmt: skip


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
    inserts = [_insert(rng, 48) for _ in range(40)]
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
    folds, numbers = assign_folds(_table(inserts, groups), DataConfig(Path("t"), Path("m"), shared=size, folds=2))
    assert sorted(map(sorted, wanted)) == sorted(np.flatnonzero(numbers == one).tolist() for one in np.unique(numbers))
    for rows in wanted:
        assert len({folds[row] for row in rows}) == 1
    counts = [sum(folds[min(rows)] == fold for rows in wanted) for fold in (0, 1)]
    assert abs(counts[0] - counts[1]) <= 1


def test_unknown_bases_are_no_stretch() -> None:
    inserts = ["N" * 40 + "ACGTGCTC", "A" * 40 + "GGTCTCAC", "CCTGACCT" + "N" * 40]
    _, numbers = assign_folds(_table(inserts, [0, 1, 2]), DataConfig(Path("t"), Path("m"), shared=8, folds=2))
    assert len(set(numbers)) == 3


def test_folds_without_shared_stretches() -> None:
    rng = random.Random(1)
    inserts = [_insert(rng)] * 30
    together, _ = assign_folds(_table(inserts, [*range(29), 0]), DataConfig(Path("t"), Path("m"), shared=0, folds=2))
    assert together[0] == together[29]
    assert len(set(together)) == 2
    with pytest.raises(InputError, match="has 1 sets"):
        assign_folds(_table(inserts, [*range(30)]), DataConfig(Path("t"), Path("m"), shared=8, folds=2))


# Batches and masking.


def _codes(inserts: list[str]) -> Any:
    return PLAIN[np.frombuffer("".join(inserts).encode(), np.uint8)].reshape(len(inserts), -1)


def test_one_hot_and_other_strand() -> None:
    rng = random.Random(5)
    inserts = [_insert(rng)[:-1] + "N" for _ in range(9)]
    codes = _codes(inserts)
    turned = ["".join("ACGTN"[code] for code in row) for row in reverse_complement(codes)]
    assert turned == [insert.translate(OTHER)[::-1] for insert in inserts]
    x = one_hot(codes)
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


def test_the_least_important_tokens_are_suppressed(toy: TrainConfig) -> None:
    rows = read_rows(toy)
    torch.manual_seed(0)
    network = RegulatoryNetwork(toy.network).eval()
    codes = rows.table.codes
    ranks = masking.ranked(network, codes, rows.fitted)
    with torch.no_grad():
        importance = network.importance(one_hot(codes[rows.fitted])).tolist()
    for share, count in ((0.0, 0), (0.1, 1), (0.25, 2), (0.9, 7)):
        suppressed = masking.suppressed(ranks, share)
        left = masking.without(codes[rows.fitted], suppressed)
        for row, (values, masked) in enumerate(zip(importance, suppressed.tolist(), strict=True)):
            least = sorted(range(8), key=lambda at: (values[at], at))[:count]
            assert masked == [at in least for at in range(8)]
            before = codes[rows.fitted[row]].tolist()
            assert left[row].tolist() == [4 if at // 2 in least else base for at, base in enumerate(before)]


def test_masking_grows() -> None:
    config = MaskingConfig(share=0.2, start=2, full=6, every=3)
    assert [round(masking.share_at(epoch, config), 3) for epoch in range(8)] == [0, 0, 0, 0.05, 0.1, 0.15, 0.2, 0.2]
    assert [epoch for epoch in range(12) if masking.is_due(epoch, config)] == [3, 6, 9]
    at_once = MaskingConfig(share=0.2, start=2, full=2)
    assert [masking.share_at(epoch, at_once) for epoch in range(4)] == [0, 0, 0.2, 0.2]
    assert [epoch for epoch in range(4) if masking.is_due(epoch, at_once)] == [2, 3]
    assert not any(masking.is_due(epoch, MaskingConfig()) for epoch in range(20))


# Fitting.


class _Stop(FitObserver):
    """Ctrl-C in the middle of an epoch."""

    def __init__(self, after: int) -> None:
        self._left = after

    def step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise KeyboardInterrupt


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _without_seconds(metrics: bytes) -> Any:
    found = json.loads(metrics)
    for member in found["members"]:
        for row in member["epochs"]:
            assert row.pop("seconds") >= 0
    return found


def test_interrupted_in_parts_and_whole_are_the_same(toy: TrainConfig, tmp_path: Path) -> None:
    whole_summary = train(toy, tmp_path / "whole")
    whole = _files(tmp_path / "whole")
    assert set(whole) == {"weights.safetensors", "metrics.json", "predictions.tsv"}
    parts, steps = tmp_path / "parts", 72 // 16
    train(toy, parts, member=1)
    (prepared,) = set(_files(parts)) - {"member-1.pt"}
    assert prepared.startswith("kernel-")
    with pytest.raises(KeyboardInterrupt):
        train(toy, parts, member=0, observer=_Stop(2 * steps + 1))
    before = _files(parts)
    assert set(before) == {"member-0.pt", "member-1.pt", prepared}
    with pytest.raises(ConfigError, match=r"member-0\.pt holds 2 epochs of a run that was interrupted") as told:
        train(toy, parts)
    assert "--resume" in told.value.hint
    with pytest.raises(InputError, match=r"member-0\.pt: training\.seed was '0' and is '7' now"):
        train(replace(toy, training=replace(toy.training, seed=7)), parts, resume=True)
    assert _files(parts) == before
    assert train(toy, parts, resume=True).accuracy == whole_summary.accuracy
    found = _files(parts)
    assert found["weights.safetensors"] == whole["weights.safetensors"]
    assert found["predictions.tsv"] == whole["predictions.tsv"]
    assert _without_seconds(found["metrics.json"]) == _without_seconds(whole["metrics.json"])
    assert set(found) == set(whole), "checkpoints and what was prepared are gone"
    _check_files(toy, tmp_path / "whole", whole_summary.accuracy)


def _check_files(toy: TrainConfig, folder: Path, told: Any) -> None:
    """Header, tensors, metrics and predictions say the same."""
    raw = (folder / "weights.safetensors").read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + size])
    metadata = header.pop("__metadata__")
    trained = json.loads(metadata["trained"])
    metrics = _without_seconds((folder / "metrics.json").read_bytes())
    assert metadata["format"] == "genoscore-regulatory-2"
    assert (metadata["networks"], metadata["units"]) == ("2", "log2 RNA/DNA")
    assert json.loads(metadata["tracks"]) == ["a", "b"]
    assert json.loads(metadata["adaptors"]) == [LEFT, RIGHT]
    assert trained["accuracy"] == metrics["accuracy"] == told
    assert trained["table_sha256"] == hashlib.sha256(toy.data.table.read_bytes()).hexdigest()
    assert (trained["rows"], trained["rows_fitted"], trained["rows_held_out"]) == (120, 72, 24)
    assert trained["masking"] == {"share": 0.25, "start": 0, "full": 1, "every": 2}
    assert trained["synthetic"] == {"rows": 30, "weight": 0.5}
    assert [[row["masked"] for row in member["epochs"]] for member in metrics["members"]] == [[0, 0.25, 0.25]] * 2
    shape = RegulatoryConfig.read(json.loads(metadata["config"]))
    assert shape == replace(NETWORK, motifs=5, centres=20)
    assert set(metrics["parts"]) == {"networks", "kernel"}
    from safetensors.torch import load

    ensemble = RegulatoryEnsemble(shape, 2).eval()
    ensemble.load_state_dict(load(raw))
    rows = read_rows(toy)
    assert rows.folds[rows.held_out].tolist() == [0] * 24
    predicted = predict(ensemble, rows.table.codes[rows.held_out])[2]
    lines = [line.split("\t") for line in (folder / "predictions.tsv").read_text().splitlines()]
    assert lines[0] == ["ID", "TRACK", "MEASURED", "PREDICTED"]
    for line, row, values in zip(lines[1:], rows.held_out.tolist(), predicted, strict=True):
        track = int(rows.table.tracks[row])
        assert line[:2] == [rows.table.ids[row], "ab"[track]]
        assert float(line[2]) == pytest.approx(rows.table.values[row], rel=1e-5)
        assert float(line[3]) == pytest.approx(values[track], abs=2e-6)
    for track in "ab":
        pairs = [(float(line[2]), float(line[3])) for line in lines[1:] if line[1] == track]
        assert told[track]["pearson"] == pytest.approx(np.corrcoef(np.array(pairs).T)[0, 1], abs=1e-4)
        assert told[track]["pearson_low"] < told[track]["pearson"] < told[track]["pearson_high"]


def test_a_rule_is_learned(toy: TrainConfig, tmp_path: Path) -> None:
    fit = replace(toy.training, epochs=20, networks=1, ema=0.9)
    shape = replace(NETWORK, dropout=0.0)
    found = train(TrainConfig(toy.data, shape, fit), tmp_path / "out").accuracy
    assert found is not None
    for track in "ab":
        assert found[track]["pearson"] > 0.8
        assert found[track]["spearman"] > 0.75


def test_targets_are_standardized_and_mixed(toy: TrainConfig) -> None:
    double = toy.data.table.read_text().splitlines()
    more = [f"{line.rsplit(chr(9), 1)[0]}\t{float(line.rsplit(chr(9), 1)[1]) + 1}" for line in double[1:]]
    toy.data.table.write_text("\n".join([*double, *more]) + "\n")
    config = replace(toy, training=replace(toy.training, mix=0.5))
    rows = read_rows(config)
    table = rows.table
    for track in range(2):
        fitted = [row for row in rows.fitted.tolist() if table.tracks[row] == track]
        mean = sum(table.values[fitted]) / len(fitted)
        deviation = (sum((table.values[fitted] - mean) ** 2) / len(fitted)) ** 0.5
        assert rows.means[track] == pytest.approx(mean, rel=1e-6)
        assert rows.deviations[track] == pytest.approx(deviation, rel=1e-6)
        for row in fitted[:5]:
            alike = (table.groups == table.groups[row]) & (table.tracks == track)
            mixed = (table.values[row] + table.values[alike].mean()) / 2
            assert alike.sum() == 2
            assert rows.targets[row] == pytest.approx((mixed - mean) / deviation, abs=1e-5)


def test_measures() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=50) + 1e4, rng.normal(size=50).round(1)
    weights = rng.integers(0, 3, (4, 50)).astype(float)
    for row, found in zip(weights, pearson(one, other, weights), strict=True):
        repeated = np.repeat(np.arange(50), row.astype(int))
        assert found == pytest.approx(np.corrcoef(one[repeated], other[repeated])[0, 1], abs=1e-9)
    order = [sum(v < w for v in other) + (sum(v == w for v in other) + 1) / 2 for w in other]
    assert ranks(other).tolist() == order
    table = _table([GOOD] * 50, [*range(50)])
    flat = accuracy(replace(table, values=one), np.arange(50), np.arange(50), np.zeros((50, 1)))["x"]
    assert (flat["pearson"], flat["spearman"], flat["pearson_low"]) == (None, None, None)


# Motifs.


def test_motifs_are_filters(tmp_path: Path) -> None:
    consensus = ["TGACTC", "TTGACTC", "CCGG", "GAGTCA", "AATATTAATT"]  # the fourth is the first on the other strand
    motifs = read_motifs(_write_motifs(tmp_path / "some.jaspar", consensus))
    alike = similarities(motifs.matrices)
    assert alike[0, 3] == pytest.approx(1)
    assert alike[0, 1] > 0.9 > 0.7 > alike[0, 2]
    order = diverse(motifs.matrices)
    assert sorted(order) == [0, 1, 2, 3, 4]
    assert {2, 4} <= {*order[:3]}, "of those that are alike one is enough"
    for count, indices in ((5, [0, 1, 2, 3, 4]), (9, [0, 1, 2, 3, 4]), (3, order[:3])):
        filters = motifs.filters(count, 5)
        assert filters.shape == (len(indices), 4, 5)
        for values, index in zip(filters, indices, strict=True):
            wanted = consensus[index]
            assert values.max(axis=0).sum() == pytest.approx(4), "what the best sequence matches with"
            if len(wanted) <= 5:
                assert (values[:, len(wanted) :] == 0).all()
                for at, base in enumerate(wanted):
                    assert values["ACGT".index(base), at] == pytest.approx(4 / len(wanted), rel=1e-5)
            else:
                assert "".join("ACGT"[one] for one in values.argmax(axis=0)) in wanted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file holds no motif"),
        (">M\nA [ 1 ]\n>N\n", "line 3: the motif before it lacks a row"),
        (">M\nA [ 1 ]\nC [ 1 ]\n", "the file ends within a motif"),
        (">M\nA [ x ]\n", "line 2: it is no row of counts"),
        (">M\nA [ 1 ]\nA [ 1 ]\n", "line 3: it is no row of counts"),
        (">M\nA [ 1 2 ]\nC [ 1 ]\nG [ 1 ]\nT [ 1 ]\n", "line 5: the rows of the motif differ in length"),
        (">M\nA [ 0 ]\nC [ 0 ]\nG [ 0 ]\nT [ 0 ]\n", "line 5: a position of the motif has no counts"),
    ],
)
def test_motifs_that_cannot_be(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "m.jaspar"
    path.write_text(text)
    with pytest.raises(InputError) as told:
        read_motifs(path)
    assert message in told.value.one_line()


# The config and the command.

MINIMAL = '[data]\ntable = "t.tsv"\nmotifs = "m.jaspar"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "[data] lacks table"),
        ("data = 1\n", "'data' is no table of it"),
        (MINIMAL + "[train]\n", "'train' is no table of it"),
        (MINIMAL + "colour = 1\n", "[data] has no key 'colour'; known keys: table, motifs, sequence"),
        (MINIMAL + 'folds = "ten"\n', "[data] folds is 'ten'; give a whole number"),
        (MINIMAL + "folds = true\n", "[data] folds is True; give a whole number"),
        (MINIMAL + "test_fold = 10\n", "[data] test_fold must be 0 to 9, or -1 for none"),
        (MINIMAL + "validation_fold = 0\n", "validation_fold must not be test_fold"),
        (MINIMAL + "shared = 5\n", "shared must be 0, or 8 to 64"),
        (MINIMAL + 'adaptors = ["ACX", ""]\n', "adaptors must be of A, C, G and T"),
        (MINIMAL + 'adaptors = "ACX"\n', "give a list of two texts"),
        (MINIMAL + "[network]\nlength = 10\ntoken_size = 4\n", "[network] length 10 is no multiple of token_size 4"),
        (MINIMAL + "[network]\ntoken_size = 10\n", "[network] token_size 10 is no multiple of pool 4"),
        (MINIMAL + "[network]\nmotif_width = 20\n", "motif_width must be odd"),
        (MINIMAL + "[synthetic]\nrows = 10\n", "[synthetic] rows take their values from a kernel regression"),
        (MINIMAL + "[synthetic]\nweight = 0\n", "[synthetic] weight must be above 0"),
        (MINIMAL + "[kernel]\npower = 5\n", "[kernel] power must be 0 to 4"),
        (MINIMAL + "[network]\ndepth = 10\n", "[network] depth is unknown"),
        (MINIMAL + "[network]\ntracks = 3\n", "[network] tracks follow the table"),
        (MINIMAL + "[training]\nflip = 2\n", "[training] flip must be 0 to 1"),
        (MINIMAL + "[training]\nlearning_rate = 0\n", "[training] learning_rate must be above 0"),
        (MINIMAL + '[training]\ndevice = "tpu"\n', "[training] device must be auto, cpu, cuda or cuda:N"),
        (MINIMAL + "[masking]\nshare = 1.0\n", "[masking] share must be from 0 to below 1"),
        (MINIMAL + "[masking]\nstart = 5\nfull = 4\n", "[masking] start and full must be"),
        ("[data\n", "is not TOML"),
    ],
)
def test_configs_that_cannot_be(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as told:
        read_config(path)
    assert message in told.value.one_line()
    assert str(path) in told.value.one_line()


def test_the_shipped_config() -> None:
    config = read_config(ROOT / "configs" / "regulatory.toml")
    assert config.data.table == ROOT / "configs" / "lentimpra.train.tsv.gz"
    assert config.data.adaptors == ("AGGACCGGATCAACT", "CATTGCGTGAACCGA")
    assert len(read_motifs(config.data.motifs).matrices) == config.network.motifs == 872


def test_the_command(
    toy: TrainConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, data = tmp_path / "c.toml", toy.data
    text = f'[data]\ntable = "{data.table.name}"\nmotifs = "{data.motifs.name}"\nvalue = "activity"\n'
    text += f'track = "cell"\ngroup = "element"\nfolds = 5\nadaptors = ["{LEFT}", "{RIGHT}"]\nshared = 0\n'
    text += "[training]\nepochs = 2\nbatch = 32\nthreads = 1\n[network]\n"
    shape = {
        name: getattr(NETWORK, name)
        for name in ("length", "filters", "filter_width", "pool", "token_size", "channels", "heads", "hidden")
    }
    path.write_text(text + "".join(f"{name} = {value}\n" for name, value in shape.items()) + "layers = 1\nblocks = 1\n")
    out = tmp_path / "out"
    steps = itertools.count()

    def interrupted(reporter: TrainReporter) -> None:
        if next(steps) == 4:  # in the second epoch
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(TrainReporter, "step", interrupted)
        with pytest.raises(typer.Exit) as ended:
            train_command(path, output=out, device="cpu")
    assert ended.value.exit_code == 130
    told = capsys.readouterr().err
    assert "120 rows of a, b: 96 to fit, 0 watched, 24 held out" in told
    assert "network 0, epoch 1: loss" in told
    assert f"complete epochs are kept in {out}; give --resume to go on" in " ".join(told.split())
    assert not {"weights.safetensors", "metrics.json", "predictions.tsv"} & set(_files(out))
    train_command(path, output=out, device="cpu", resume=True)
    told = capsys.readouterr().err
    assert "network 0, epoch 1: loss" not in told
    assert "network 0, epoch 2: loss" in told
    assert str(out / "weights.safetensors") in told
    with pytest.raises(OutputError, match="the folder around it does not exist"):
        train(read_config(path), tmp_path / "missing" / "out")
    with pytest.raises(ConfigError, match="member is 3"):
        train(read_config(path), out, member=3)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file"):
        train(read_config(path), tmp_path / "file")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "member-0.pt").write_bytes(b"nothing")
    with pytest.raises(InputError, match="is damaged"):
        train(read_config(path), tmp_path / "bad", resume=True)


# The perturbation test.


@pytest.fixture
def benchmark() -> Any:
    specification = importlib.util.spec_from_file_location("masking_benchmark", ROOT / "benchmarks" / "masking.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_salient_positions_are_replaced(benchmark: Any) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, (6, 20)).astype(np.uint8)
    scores = rng.random((6, 20))
    for by in ("zeros", "random bases"):
        changed = benchmark.without(codes, scores, 0.2, by, rng)
        for row in range(6):
            most = sorted(range(20), key=lambda at: -scores[row, at])[:4]
            for at in range(20):
                if at not in most or codes[row, at] == 4:
                    assert changed[row, at] == codes[row, at]
                else:
                    assert (
                        changed[row, at] == 4 if by == "zeros" else changed[row, at] in {0, 1, 2, 3} - {codes[row, at]}
                    )


def test_random_tokens(benchmark: Any) -> None:
    rng = np.random.default_rng(0)
    codes = np.zeros((3, 24), np.uint8)
    changed = benchmark.without(codes, benchmark.at_random(codes, 8, rng), 1 / 3, "zeros", rng)
    for row in (changed == 4).reshape(3, 3, 8):
        assert sorted(row.sum(axis=1)) == [0, 0, 8]
    assert len({tuple(row) for row in benchmark.at_random(codes, 1, rng)[0][:, None]}) == 24


@pytest.mark.slow  # scikit-learn takes seconds to import
def test_perturbation(
    toy: TrainConfig,
    benchmark: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = replace(toy.data, folds=3, validation_fold=1)
    config = replace(toy, data=data, training=replace(toy.training, epochs=1, networks=1))
    train(config, tmp_path / "out")
    monkeypatch.setattr(benchmark, "read_config", lambda path: config)
    weights = tmp_path / "out" / "weights.safetensors"
    monkeypatch.setattr("sys.argv", ["masking.py", "c.toml", f"plain={weights}", "--rows", "50", "--draws", "2"])
    capsys.readouterr()
    benchmark.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("50 rows that no network was fitted to: ")
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    assert len(table) == 2 + 1 + 3 * 2 * 4
    assert {len(row) for row in table} == {3 + 2 * 5}
    assert table[0][3:8] == ["a Pearson", "a Spearman", "a MSE", "a AUROC", "a accuracy"]
    methods = ("attention", "input x gradient", "random", "random tokens")
    assert Counter(row[1] for row in table[3:]) == dict.fromkeys(methods, 6)
    assert len({tuple(row[3:]) for row in table[2:]}) > 20, "they differ"

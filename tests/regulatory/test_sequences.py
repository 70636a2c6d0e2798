"""`predict` with the regulatory predictor: inserts with and without their adaptors."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from genoscore.core.config import PredictConfig
from genoscore.core.errors import InputError
from genoscore.predictors.regulatory.weights import load_networks
from genoscore.scoring.sequences import predict_sequences
from tests.regulatory.oracle import activities
from tests.regulatory.toy_networks import LEFT, LENGTH, RIGHT, TRACKS, write_fasta
from tests.small import read_table


def test_inserts_with_and_without_adaptors(weights: Path, tmp_path: Path) -> None:
    rng = random.Random(8)
    inserts = {name: "".join(rng.choice("ACGT") for _ in range(LENGTH)) for name in ("one", "two", "three")}
    inserts["three"] = inserts["three"][:20] + "N" + inserts["three"][21:]
    plain = write_fasta(tmp_path / "plain.fa", **inserts)
    whole = write_fasta(tmp_path / "whole.fa", **{name: LEFT + one.lower() + RIGHT for name, one in inserts.items()})
    given = {"regulatory": weights}
    for source in (plain, whole):
        output = source.with_suffix(".tsv"), source.with_suffix(".npz")
        predict_sequences(PredictConfig(tuple(map(str, output)), str(source), predictor="regulatory", weights=given))
    assert plain.with_suffix(".tsv").read_bytes() == whole.with_suffix(".tsv").read_bytes()
    networks = load_networks(weights)
    rows = read_table(plain.with_suffix(".tsv"))
    arrays = np.load(whole.with_suffix(".npz"))
    assert [row["CHROM"] for row in rows] == list(inserts)
    for row, (name, one) in zip(rows, inserts.items(), strict=True):
        wanted = activities(networks, one)
        assert [float(row[track]) for track in TRACKS] == pytest.approx(wanted, abs=1e-5)
        assert arrays[name][:, 0].tolist() == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize(
    ("bases", "message"),
    [
        ("A" * 39, "odd has 39 bases, but regulatory reads 40, or 48 with its adaptors"),
        ("A" * 200, "odd has 200 bases"),
        ("A" * 48, f"odd has 48 bases, but regulatory reads 40, or 48 that begin with {LEFT} and end with {RIGHT}"),
        (LEFT + "A" * 43, "odd has 48 bases"),
    ],
)
def test_sequences_of_other_lengths(weights: Path, tmp_path: Path, bases: str, message: str) -> None:
    source = write_fasta(tmp_path / "in.fa", good="C" * 40, odd=bases)
    output = tmp_path / "o.tsv"
    given = {"regulatory": weights}
    with pytest.raises(InputError, match=message):
        predict_sequences(PredictConfig(str(output), str(source), predictor="regulatory", weights=given))
    assert not output.exists()

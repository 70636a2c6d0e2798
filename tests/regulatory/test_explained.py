"""`explain` with the regulatory predictor: attention, gradients, pages."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from genoscore.core.config import RunConfig
from genoscore.core.encode import one_hot, reverse_complement
from genoscore.explaining.config import ExplainConfig
from genoscore.explaining.run import explain
from genoscore.networks.regulatory import RegulatoryNetwork
from genoscore.predictors import registry
from genoscore.predictors.base import DifferentiablePredictor
from genoscore.predictors.regulatory.weights import load_networks
from tests.regulatory.oracle import check_insert
from tests.regulatory.toy_networks import LEFT, LENGTH, RIGHT, SHIFTS, write_fasta
from tests.small import SmallGenome, read_table, vcf_text
from tests.toy import loaded


def _page(folder: Path) -> Path:
    (page,) = folder.glob("0001_*")
    return page


def _one_variant(small: SmallGenome, folder: Path) -> Path:
    base = small.sequences["chr1"][599]
    source = folder / "in.vcf"
    source.write_text(vcf_text([f"chr1 600 {base} {'A' if base != 'A' else 'C'}"]))
    return source


def test_attention_of_a_variant(small: SmallGenome, weights: Path, tmp_path: Path) -> None:
    """Rolled out network by network; what the outputs take of every base is the networks' own importance."""
    explain(
        ExplainConfig(
            str(_one_variant(small, tmp_path)), small.fasta, (str(tmp_path / "o"),), ("regulatory",),
            {"regulatory": weights}, annotation="none", shifts=SHIFTS, figures=("attention",),
        )
    )  # fmt: skip
    arrays = np.load(_page(tmp_path / "o") / "attention.npz")
    networks = load_networks(weights)
    start = 599 - LENGTH // 2
    sequence = small.sequences["chr1"][start : start + LENGTH]
    x = one_hot([sequence])
    token = int(arrays["token"])
    assert (int(arrays["start"]), token) == (start, LENGTH // 2 // 4)
    pooled, rolled = np.zeros(LENGTH), np.zeros(LENGTH // 4)
    for y, turned in ((x, False), (reverse_complement(x), True)):
        for network in networks.networks:
            assert isinstance(network, RegulatoryNetwork)
            here = LENGTH // 4 - 1 - token if turned else token
            (layer,) = network.attention(y)[0]
            row = (layer[0].mean(dim=0)[here] / 2).numpy()
            row[here] += 0.5
            own = network.importance(y)[0].numpy().repeat(4) / 4
            rolled += (row[::-1] if turned else row) / 4
            pooled += (own[::-1] if turned else own) / 4
    np.testing.assert_allclose(arrays["ref_rollout"], rolled, atol=1e-6)
    np.testing.assert_allclose(arrays["ref_pooled"], pooled, atol=1e-6)
    assert arrays["ref_heads"].shape == (1, 4, LENGTH // 4)


def test_gradients_flow(weights: Path) -> None:
    config = RunConfig("-", Path("-"), predictor="regulatory", weights={"regulatory": weights})  # type: ignore[arg-type]
    predictor = loaded(registry.get("regulatory"), config)
    assert isinstance(predictor, DifferentiablePredictor)
    x = torch.rand(2, 4, LENGTH, requires_grad=True)
    y = predictor.differentiable(x)
    torch.testing.assert_close(y.detach(), predictor.predict(x.detach()))
    (slope,) = torch.autograd.grad(y[:, 0, 0].sum(), x)
    assert slope.abs().amax(dim=(1, 2)).min() > 0


@pytest.mark.slow
def test_every_figure_of_a_variant(small: SmallGenome, weights: Path, tmp_path: Path) -> None:
    explain(
        ExplainConfig(
            str(_one_variant(small, tmp_path)), small.fasta, (str(tmp_path / "o"),), ("regulatory",),
            {"regulatory": weights}, annotation="none", window=3, steps=4,
        )
    )  # fmt: skip
    names = {path.name for path in _page(tmp_path / "o").iterdir()}
    assert {"mutagenesis.png", "integrated.svg", "attention.png", "attention.bed", "index.html"} <= names


@pytest.mark.slow
def test_page_of_an_insert(weights: Path, tmp_path: Path) -> None:
    """Its adaptors are taken off, and substitutions made in it as it stands, whatever the shifts."""
    insert = "".join(random.Random(9).choice("ACGT") for _ in range(LENGTH))
    explain(
        ExplainConfig(
            str(write_fasta(tmp_path / "in.fa", element=LEFT + insert + RIGHT)), Path("-"), (str(tmp_path / "o"),),
            ("regulatory",), {"regulatory": weights}, annotation="none", shifts=SHIFTS, figures=("mutagenesis",),
        )
    )  # fmt: skip
    rows = read_table(_page(tmp_path / "o") / "mutagenesis.tsv")
    assert len(rows) == 3 * LENGTH
    scores = {(int(row["POS"]) - 1, row["ALT"]): float(row["SCORE"]) for row in rows[::17]}
    check_insert(load_networks(weights), insert, scores)

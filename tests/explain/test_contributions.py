"""Contributions and attention, against their own sums and slopes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from genoscore.core.config import RunConfig
from genoscore.explaining.attention import attention_of, rollout
from genoscore.explaining.cases import Case, cases_of
from genoscore.explaining.config import ExplainConfig
from genoscore.explaining.contributions import Contributions, contributions_of
from genoscore.explaining.subjects import Opened, open_subjects
from genoscore.predictors import registry
from tests.explain.explained import snv_at
from tests.explain.transformer import TRANSFORMER_ENTRY
from tests.small import SmallGenome, vcf_text
from tests.toy import loaded

pytestmark = pytest.mark.usefixtures("toy")


def _opened(small: SmallGenome, tmp_path: Path, row: str, predictor: str, **options: object) -> tuple[Case, Opened]:
    from contextlib import ExitStack

    (tmp_path / "one.vcf").write_text(vcf_text([row]))
    config = ExplainConfig(
        str(tmp_path / "one.vcf"), small.fasta, "x", predictor, annotation=str(small.genes), distance=10, **options
    )  # type: ignore[arg-type]
    spec = registry.get(predictor).spec(config)
    opened = open_subjects(config, spec, ExitStack())
    (subject,) = opened.subjects
    assert subject.record is not None
    case, *_ = cases_of(subject, opened.builder.look_up(subject.record, 0), opened, spec)
    return case, opened


@pytest.mark.parametrize("predictor", ["toy", "tissue_toy", "transformer"])
@pytest.mark.parametrize(("ref", "alt"), [(1, "A"), (3, ""), (1, "TT")])
def test_integrated_gradients_sum_to_the_difference(
    small: SmallGenome, tmp_path: Path, predictor: str, ref: int, alt: str
) -> None:
    """f(x) - f(N); f is what `predict` gives; nothing is lost where ALT is put on the reference."""
    bases = small.sequences["chr1"]
    start = bases.index("C", 700)
    first = bases[start : start + ref]
    row = f"chr1 {start + 1} {first} {'A' if len(first) == len(alt) else first[0] + alt}"
    case, opened = _opened(small, tmp_path, row, predictor)
    network = loaded(registry.get(predictor), RunConfig("-", Path("-"), predictor=predictor, distance=10))
    parts: list[float] = []
    found = contributions_of(case, network, opened.inputs.genome, 200, parts.append)
    assert sum(parts) == pytest.approx(1)
    alleles = [found.ref, *([found.alt] if found.alt else [])]
    for one in alleles:
        assert abs(one.gap) <= 0.02 * max(abs(one.value - one.baseline), 1e-2)
        assert np.abs(one.integrated).max() > 1e-6
    assert alleles[0].value == pytest.approx(_value(found, network, found.ref.sequence, found.target.bin), abs=1e-5)
    for method in ("integrated", "input_x_gradient"):
        before, after = found.placed(method)
        assert len(before) == len(found.ref.sequence)
        if found.alt is not None and after is not None:
            own = getattr(found.alt, method)
            outside = len(before) + len(case.edit.alt) - case.edit.ref_length
            assert after.sum() == pytest.approx(own.sum(), abs=1e-3 + np.abs(own[outside - 40 :]).sum())


def _value(found: Contributions, network: object, sequence: str, bin_: int) -> float:
    from genoscore.explaining.cases import outputs_of

    at = bin_ if network.spec.input_length else 0  # type: ignore[attr-defined]
    return float(outputs_of(sequence, found.case.reading(network.spec), network)[found.target.track, at])  # type: ignore[attr-defined, arg-type]


def test_input_x_gradient_is_the_slope(small: SmallGenome, tmp_path: Path) -> None:
    """Against a finite difference at the bases that matter most, on the gene's strand."""
    case, opened = _opened(small, tmp_path, snv_at(small, 700), "toy")
    network = loaded(registry.get("toy"), RunConfig("-", Path("-"), predictor="toy", distance=10))
    found = contributions_of(case, network, opened.inputs.genome, 4, lambda _: None)
    from genoscore.core.encode import one_hot, reverse_complement

    x = one_hot([found.ref.sequence]).double()
    double = [one.double() for one in network.networks]

    def output(x: torch.Tensor) -> float:
        y = torch.stack([one(reverse_complement(x)) for one in double]).mean(0)
        return float(y[0, found.target.track, 0])

    for at in np.argsort(-np.abs(found.ref.input_x_gradient))[:4].tolist():
        moved = x.clone()
        moved[:, :, at] *= 1 + 1e-4
        assert (output(moved) - output(x)) / 1e-4 == pytest.approx(found.ref.input_x_gradient[at], rel=0.02, abs=1e-6)


def test_the_differentiable_tower_is_the_network(small: SmallGenome) -> None:
    network = loaded(TRANSFORMER_ENTRY, RunConfig("-", Path("-"), predictor="transformer"))
    x = torch.nn.functional.one_hot(torch.randint(4, (2, 1024)), 4).transpose(1, 2).float()
    torch.testing.assert_close(network.differentiable(x), network.predict(x), rtol=1e-4, atol=1e-5)


def test_rollout_sums_to_one(small: SmallGenome, tmp_path: Path) -> None:
    weights = [torch.softmax(torch.randn(2, 6, 6, generator=torch.Generator().manual_seed(at)), -1) for at in range(3)]
    found = rollout(weights)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(6, dtype=torch.float64))
    by_hand = torch.eye(6, dtype=torch.float64)
    for one in weights:
        by_hand = (0.5 * one.double().mean(0) + 0.5 * torch.eye(6)) @ by_hand
    torch.testing.assert_close(found, by_hand)
    torch.testing.assert_close(rollout(weights, 4)[0], by_hand[4])
    for strand in ("spec", "both"):
        case, opened = _opened(small, tmp_path, snv_at(small, 700), "transformer", strand=strand)
        network = loaded(TRANSFORMER_ENTRY, RunConfig("-", Path("-"), predictor="transformer", strand=strand))
        seen = attention_of(case, network, opened.inputs.genome)
        assert (seen.start, seen.token, seen.size) == (699 - 512, 4, 128)
        assert seen.alt is not None
        for one in (seen.ref, seen.alt):
            assert one.rollout.sum() == pytest.approx(1)
            np.testing.assert_allclose(one.heads.sum(axis=2), 1, atol=1e-5)
        assert [place for place, _, _ in seen.top(3) if place == seen.start + 4 * 128] == []

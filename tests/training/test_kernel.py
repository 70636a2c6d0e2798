"""The kernel regression that `genoscore train` fits, and what networks learn of it, against plain numpy and loops."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from genoscore.core.encode import one_hot_codes, reverse_complement_codes
from genoscore.networks.regulatory_config import RegulatoryConfig
from genoscore.networks.regulatory_kernel import MotifBank
from genoscore.training.config import KernelConfig, SyntheticConfig, TrainConfig
from genoscore.training.fitting import FitObserver
from genoscore.training.material import read_material
from genoscore.training.prepared import Prepared, prepare
from genoscore.training.rows import Rows
from genoscore.training.synthetic import synthesized

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def test_occupancy_by_loops() -> None:
    """Plain Python: exp of every match on either strand, averaged over every four bases; then over the element."""
    shape = RegulatoryConfig(motifs=3, motif_width=5)
    bank, rng = MotifBank(shape), np.random.default_rng(4)
    filters = rng.normal(size=(3, 4, 5)).astype(np.float32)
    bank.filters.copy_(torch.from_numpy(filters))
    codes = np.array([[0, 1, 2, 3, 4, 3, 1, 1, 0, 2, 3, 0], [2] * 12], dtype=np.uint8)
    found = bank.occupancy(one_hot_codes(codes))
    for row, track, token in itertools.product(range(2), range(3), range(3)):
        total = 0.0
        for base in range(4 * token, 4 * token + 4):
            forward = reverse = 0.0
            for offset in range(5):
                at = base + offset - 2
                if 0 <= at < 12 and codes[row][at] < 4:
                    forward += filters[track][codes[row][at]][offset]
                    reverse += filters[track][3 - codes[row][at]][4 - offset]
            total += np.exp(forward) + np.exp(reverse)
        assert float(found[row, track, token]) == pytest.approx(total / 4, rel=1e-5)
    seen = bank(one_hot_codes(codes))
    torch.testing.assert_close(seen[:, :3], found.mean(dim=2))
    torch.testing.assert_close(seen[:, 3:], (found**3).mean(dim=2))
    torch.testing.assert_close(bank(one_hot_codes(reverse_complement_codes(codes))), seen)


class _Saying(FitObserver):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, message: str) -> None:
        self.said.append(message)


def _prepared(config: TrainConfig, folder: Path) -> tuple[Rows, Prepared, list[str]]:
    material, observer = read_material(config), _Saying()
    return material.rows, prepare(material, config, folder, torch.device("cpu"), observer.say), observer.said


def _near(one: Array, other: Array, rate: float) -> Array:
    found: Array = np.exp(-rate * ((one[:, None] - other[None]) ** 2).sum(axis=2))
    return found


def _clustered(read: Array, centres: Array) -> Array:
    for _ in range(2):
        nearest = ((read[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
        centres = np.array(
            [read[nearest == at].mean(axis=0) if at in nearest else centres[at] for at in range(len(centres))]
        )
    return centres


def _coefficients(read: Array, centres: Array, rows: Rows, config: KernelConfig) -> Array:
    """(M, T), by normal equations."""
    near = _near(read, centres, config.rate)
    own = _near(centres, centres, config.rate) + 1e-6 * np.eye(len(centres))
    wanted, tracks = rows.targets[rows.fitted], rows.table.tracks[rows.fitted]
    common = np.linalg.solve(near.T @ near + config.ridge * own, near.T @ wanted)
    found = []
    for track in (0, 1):
        some = near[tracks == track]
        left = (wanted - near @ common)[tracks == track]
        found.append(common + np.linalg.solve(some.T @ some + config.ridge * config.own * own, some.T @ left))
    return np.stack(found, axis=1)


def test_kernel_regression_by_normal_equations(toy: TrainConfig, tmp_path: Path) -> None:
    """Plain numpy: centres by k-means, all tracks first, then what is left of each; twice, gradients in between."""
    config = KernelConfig(centres=30, rate=3.0, ridge=0.7, own=2.5, power=0.8, share=0.4)
    rows, prepared, _ = _prepared(replace(toy, kernel=config), tmp_path)
    kernel = prepared.kernel
    assert kernel is not None
    assert float(kernel.share) == pytest.approx(0.4)
    with torch.no_grad():
        seen = kernel.bank(one_hot_codes(rows.table.codes)).double().numpy()
    inside = seen[rows.fitted]
    read = ((seen - inside.mean(axis=0)) / inside.std(axis=0, ddof=1)).clip(-6, 6) / 10**0.5
    fitted, drawn = read[rows.fitted], np.random.default_rng(toy.training.seed).permutation(72)[:30]

    centres = _clustered(fitted, fitted[drawn])
    coefficients = _coefficients(fitted, centres, rows, config)
    products = np.zeros((10, 10))
    for row, track in itertools.product(fitted, (0, 1)):
        near = _near(row[None], centres, 3.0)[0]
        gradient = (-6.0 * (coefficients[:, track] * near)[:, None] * (row - centres)).sum(axis=0)
        products += np.outer(gradient, gradient)
    values, vectors = np.linalg.eigh(products)
    directions = (vectors * (values.clip(0) / values.max()) ** 0.4)[:, ::-1][:, :6]
    directions *= (fitted.var(axis=0).sum() / (fitted @ directions).var(axis=0).sum()) ** 0.5

    projected = fitted @ directions
    centres = _clustered(projected, projected[drawn])
    found = _near(read @ directions, centres, 3.0) @ _coefficients(projected, centres, rows, config)
    with torch.no_grad():
        given = kernel(one_hot_codes(rows.table.codes)).numpy()
    np.testing.assert_allclose(given, found * rows.deviations + rows.means, atol=2e-3)


def test_synthetic_rows_are_the_kernels(toy: TrainConfig, tmp_path: Path) -> None:
    """Made once, kept beside the checkpoints, made again where the file is damaged or of another run."""
    rows, first, said = _prepared(toy, tmp_path)
    assert [one.split(" ")[0] for one in said] == ["fitting", "computing"]
    _, again, said = _prepared(toy, tmp_path)
    assert said == []
    (path,) = tmp_path.glob("kernel-*.pt")
    path.write_bytes(path.read_bytes()[:100])
    _, mended, said = _prepared(toy, tmp_path)
    assert len(said) == 2
    for one in (first, again, mended):
        assert one.kernel is not None
        assert one.synthetic is not None
        assert one.synthetic.codes.shape == (30, 16)
        with torch.no_grad():
            wanted = (one.kernel(one_hot_codes(one.synthetic.codes)).numpy() - rows.means) / rows.deviations
        np.testing.assert_allclose(one.synthetic.targets, wanted, atol=1e-5)
        assert (one.synthetic.codes == first.synthetic.codes).all()  # type: ignore[union-attr]
    _, other, said = _prepared(replace(toy, synthetic=SyntheticConfig(rows=31)), tmp_path)
    assert other.synthetic is not None
    assert (len(said), len(other.synthetic.codes)) == (2, 31)
    _, alone, _ = _prepared(replace(toy, synthetic=SyntheticConfig()), tmp_path)
    assert alone.kernel is not None
    assert alone.synthetic is None
    assert _prepared(replace(toy, kernel=KernelConfig(), synthetic=SyntheticConfig()), tmp_path)[1] == Prepared()


def test_chimeras_and_mutants() -> None:
    codes = np.random.default_rng(2).integers(0, 4, (5, 40)).astype(np.uint8)
    codes[:, 7] = 4
    made = synthesized(codes, 301, np.random.default_rng(3))
    assert made.shape == (301, 40)
    others = np.concatenate([codes, reverse_complement_codes(codes)])
    for row in made[:150]:
        assert any(
            (row[:cut] == left[:cut]).all() and (row[cut:] == right[cut:]).all()
            for left in codes
            for right in others
            for cut in range(6, 35)
        )
    rates = [min(float((row != one).mean()) for one in codes) for row in made[150:]]
    assert 0.05 < np.mean(rates) < 0.14, "three quarters of 3, 10 or 25 %"
    assert (made[150:, 7] == 4).all()
    assert (made <= 4).all()

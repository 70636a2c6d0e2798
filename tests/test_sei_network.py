"""Sei: the network against the published one's outputs, its loader, its sequence classes."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from genoscore.api import load_predictor
from genoscore.config import RunConfig
from genoscore.errors import WeightsError
from genoscore.networks.sei import Sei, SeiConfig, spline_basis
from genoscore.networks.sei_edits import SeiPasses
from genoscore.predictors.sei import N_PROFILES, SEI, read_network

LETTERS = torch.cat([torch.eye(4), torch.full((1, 4), 0.25)])  # A, C, G, T, N


@pytest.fixture(scope="module")
def parity(shared: Path) -> dict[str, torch.Tensor]:
    return load_file(shared / "parity" / "sei" / "io.safetensors")


@pytest.fixture(scope="module")
def weights(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of weights of the parity network, 64 profiles."""
    config = json.loads((shared / "parity" / "sei" / "config.json").read_text())
    state = {key: torch.empty(shape) for key, shape in config["state_dict_keys"].items()}
    found = importlib.util.spec_from_file_location("recipe", shared / "parity" / "recipe.py")
    assert found is not None
    assert found.loader is not None
    recipe = importlib.util.module_from_spec(found)
    found.loader.exec_module(recipe)
    recipe.fill_(state, config["seed"], config["gains"])
    folder = tmp_path_factory.mktemp("sei")
    save_file(state, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_profiles_are_the_published_codes(weights: Path, parity: dict[str, torch.Tensor]) -> None:
    predictor = load_predictor("sei", weights, device="cpu", precision="fp32")
    x = LETTERS[parity["x"].long()].permute(0, 2, 1)
    profiles = predictor.predict(x)
    assert profiles.shape == (2, 1, 64, 1)
    torch.testing.assert_close(profiles[:, 0, :, 0], parity["y_profiles"], atol=1e-4, rtol=0)


def _de_boor(index: int, degree: int, place: float, knots: list[float]) -> float:
    """A basis function by the recursion as it stands in textbooks."""
    if degree == 0:
        closes = place == knots[-1] == knots[index + 1] > knots[index]
        return float(knots[index] <= place < knots[index + 1] or closes)
    total = 0.0
    if (length := knots[index + degree] - knots[index]) > 0:
        total += (place - knots[index]) / length * _de_boor(index, degree - 1, place, knots)
    if (length := knots[index + degree + 1] - knots[index + 1]) > 0:
        total += (knots[index + degree + 1] - place) / length * _de_boor(index + 1, degree - 1, place, knots)
    return total


@pytest.mark.parametrize(("n_positions", "n_splines"), [(256, 16), (4, 4), (19, 7)])
def test_spline_basis(n_positions: int, n_splines: int) -> None:
    basis = spline_basis(n_positions, n_splines)
    last, inner = n_positions - 1, n_splines - 3
    knots = [0.0] * 3 + [last * step / inner for step in range(inner + 1)] + [float(last)] * 3
    places = range(0, n_positions, max(1, n_positions // 40))
    wanted = [[_de_boor(index, 3, float(place), knots) for index in range(n_splines)] for place in places]
    torch.testing.assert_close(basis[list(places)], torch.tensor(wanted, dtype=torch.float64), atol=1e-9, rtol=0)
    torch.testing.assert_close(basis.sum(1), torch.ones(n_positions, dtype=torch.float64))
    assert basis[-1, -1] == 1


def test_the_published_prefix_is_tolerated(weights: Path, tmp_path: Path) -> None:
    state = load_file(weights / "model.safetensors")
    wrapped = {f"module.model.{key}": value for key, value in state.items()}
    torch.save(wrapped | {"module.model.spline_tr.1.spline_tr": torch.zeros(16, 256)}, tmp_path / "sei.pth")
    (tmp_path / "config.json").write_text('{"n_genomic_features": 64}')
    network = read_network(SEI.folder(tmp_path))
    assert network.state_dict().keys() == state.keys()
    for key, value in network.state_dict().items():
        torch.testing.assert_close(value, state[key], atol=0, rtol=0)
    assert network.basis.sum() == pytest.approx(256)


def _folder(path: Path, state: dict[str, torch.Tensor], config: str | None = None) -> Path:
    save_file(state, path / "model.safetensors")
    if config is not None:
        (path / "config.json").write_text(config)
    return path


def test_what_a_folder_says(tmp_path: Path) -> None:
    """config.json and target.names are followed; without them, the published number and numbered names."""
    config = RunConfig("-", Path("-"), predictor=("sei",), weights={"sei": _folder(tmp_path, {"a": torch.zeros(1)})})
    spec = SEI.spec(config)
    assert (spec.input_length, spec.centre, spec.n_bins, spec.strand, spec.n_fill) == (4096, 2047, 1, "both", 0.25)
    assert (len(spec.tracks), spec.tracks[-1]) == (N_PROFILES, "profile_21906")
    assert spec.tracks == SEI.spec(replace(config, weights={})).tracks
    (tmp_path / "config.json").write_text('{"n_genomic_features": 3, "sequence_length": 128}')
    assert SEI.spec(config).tracks == ("profile_0", "profile_1", "profile_2")
    assert SEI.spec(config).input_length == 128
    (tmp_path / "target.names").write_text("K562 | CTCF\nK562 | CTCF\n\n")
    with pytest.raises(WeightsError, match="has 2 names, the network 3 profiles"):
        SEI.spec(config)
    (tmp_path / "target.names").write_text("K562 | CTCF\nA549 | H3K4me3\nK562 | CTCF\n")
    assert SEI.spec(config).tracks == ("K562 | CTCF", "A549 | H3K4me3", "K562 | CTCF (profile_2)")
    (tmp_path / "projvec_targets.npy").write_bytes(b"")
    assert [*SEI.find_weights(tmp_path)] == ["model.safetensors", "config.json", "target.names", "projvec_targets.npy"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("[3]", "no JSON object"),
        ("{", "no JSON object"),
        ('{"n_genomic_features": 0}', "n_genomic_features is 0"),
        ('{"n_genomic_features": "64"}', "n_genomic_features is '64'"),
        ('{"sequence_length": 100}', "sequence_length is 100"),
    ],
)
def test_a_configuration_that_cannot_be_followed(config: str, said: str, tmp_path: Path) -> None:
    _folder(tmp_path, {"a": torch.zeros(1)}, config)
    with pytest.raises(WeightsError, match=said):
        SEI.folder(tmp_path)


def test_weights_that_are_missing_or_do_not_fit(weights: Path, tmp_path: Path) -> None:
    for folder, said in ((None, "not installed"), (tmp_path / "no", "is no folder"), (tmp_path, "holds neither")):
        with pytest.raises(WeightsError, match=said) as caught:
            SEI.find_weights(folder)
        assert "Zenodo record 4906997" in caught.value.one_line()
        assert "academic use only" in caught.value.one_line()
    state = load_file(weights / "model.safetensors")
    for changed, said in (
        ({key: value for key, value in state.items() if key != "dconv5.1.bias"}, "it lacks dconv5.1.bias"),
        (state | {"extra.weight": torch.zeros(1)}, "it also holds extra.weight"),
    ):
        with pytest.raises(WeightsError, match=said):
            read_network(SEI.folder(_folder(tmp_path, changed, '{"n_genomic_features": 64}')))
    with pytest.raises(WeightsError, match=r"classifier.0.weight has shape \(64, 15360\), wanted \(65, 15360\)"):
        read_network(SEI.folder(_folder(tmp_path, state, '{"n_genomic_features": 65}')))


NARROW = SeiConfig(sequence_length=256, n_genomic_features=5, channels=(40, 12, 10), dilations=(2, 4), n_splines=6)


@pytest.fixture(scope="module")
def narrow() -> Sei:
    torch.manual_seed(3)
    return Sei(NARROW).eval().requires_grad_(False)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    span=st.tuples(st.integers(0, 256), st.integers(0, 256)).map(sorted),
    alternatives=st.integers(1, 3),
    spectral=st.booleans(),
)
def test_alternatives_are_whole_windows(
    seed: int, span: list[int], alternatives: int, spectral: bool, narrow: Sei
) -> None:
    """Any part of a window changes, nothing and all of it included; of the second of two windows."""
    first, last = span
    rng = torch.Generator().manual_seed(seed)
    windows = torch.randint(0, 5, (2, 256), generator=rng)
    changed = windows[1].repeat(alternatives, 1)
    changed[:, first:last] = torch.randint(0, 5, (alternatives, last - first), generator=rng)
    x, y = (LETTERS[codes].permute(0, 2, 1) for codes in (windows, changed))
    passes = SeiPasses(narrow, spectral)
    kept = passes.reference(x)
    torch.testing.assert_close(kept.features, narrow.tower(x), atol=1e-5, rtol=1e-5)
    features = passes.alternatives(kept, 1, y[:, :, first:last], first)
    torch.testing.assert_close(features, narrow.tower(y), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(passes.profiles(features), narrow(y), atol=1e-6, rtol=0)

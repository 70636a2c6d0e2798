"""Sei: the network against the published one's outputs, its loader, its sequence classes."""

from __future__ import annotations

import importlib.util
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.errors import WeightsError
from genoscore.core.variants import Variant
from genoscore.core.windows import FixedWindow, Stretch, alt_sequence, ref_window
from genoscore.engine.full_windows import FullWindows
from genoscore.networks.sei import Sei, SeiConfig, spline_basis
from genoscore.networks.sei_edits import SeiPasses
from genoscore.planning.jobs import Job
from genoscore.predictors.sei.predictor import SEI, SeiPredictor
from genoscore.predictors.sei.weights import N_PROFILES, find_folder, read_network
from genoscore.predictors.sei.windows import shared_windows
from genoscore.scores.sequence_classes import SequenceClasses, class_deltas, class_scores, read_classes
from genoscore.scoring.loading import load_predictor

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
    places = range(0, n_positions, max(1, n_positions // 12))
    wanted = [[_de_boor(index, 3, float(place), knots) for index in range(n_splines)] for place in places]
    torch.testing.assert_close(basis[list(places)], torch.tensor(wanted, dtype=torch.float64), atol=1e-9, rtol=0)
    torch.testing.assert_close(basis.sum(1), torch.ones(n_positions, dtype=torch.float64))
    assert basis[-1, -1] == 1


def test_the_published_prefix_is_tolerated(weights: Path, tmp_path: Path) -> None:
    state = load_file(weights / "model.safetensors")
    wrapped = {f"module.model.{key}": value for key, value in state.items()}
    torch.save(wrapped | {"module.model.spline_tr.1.spline_tr": torch.zeros(16, 256)}, tmp_path / "sei.pth")
    (tmp_path / "config.json").write_text('{"n_genomic_features": 64}')
    network = read_network(find_folder(tmp_path, needed=True))
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
    assert (spec.input_length, spec.fixed.centre, spec.n_bins, spec.strand, spec.n_fill) == (
        4096,
        2047,
        1,
        "both",
        0.25,
    )
    assert (len(spec.tracks), spec.tracks[-1]) == (N_PROFILES, "profile_21906")
    assert spec.tracks == SEI.spec(replace(config, weights={})).tracks
    (tmp_path / "config.json").write_text('{"n_genomic_features": 3, "sequence_length": 128}')
    assert SEI.spec(config).tracks == ("profile_0", "profile_1", "profile_2")
    assert SEI.spec(config).input_length == 128
    (tmp_path / "target.names").write_text("K562 | CTCF\nK562 | CTCF\n\n")
    with pytest.raises(WeightsError, match="has 2 names, but the network has 3 profiles"):
        SEI.spec(config)
    (tmp_path / "target.names").write_text("K562 | CTCF\nA549 | H3K4me3\nK562 | CTCF\n")
    assert SEI.spec(config).tracks == ("K562 | CTCF [0]", "A549 | H3K4me3", "K562 | CTCF [2]")
    assert SEI.spec(replace(config, tracks=("2", "(?i)h3k4"))).tracks == ("A549 | H3K4me3", "K562 | CTCF [2]")
    (tmp_path / "projvec_targets.npy").write_bytes(b"")
    assert [*SEI.find_weights(tmp_path)] == ["model.safetensors", "config.json", "target.names", "projvec_targets.npy"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("[3]", "not a JSON object"),
        ("{", "not a JSON object"),
        ('{"n_genomic_features": 0}', "n_genomic_features is 0"),
        ('{"n_genomic_features": "64"}', "n_genomic_features is '64'"),
        ('{"sequence_length": 100}', "sequence_length is 100"),
    ],
)
def test_a_configuration_that_cannot_be_followed(config: str, said: str, tmp_path: Path) -> None:
    _folder(tmp_path, {"a": torch.zeros(1)}, config)
    with pytest.raises(WeightsError, match=said):
        find_folder(tmp_path, needed=True)


def test_weights_that_are_missing_or_do_not_fit(weights: Path, tmp_path: Path) -> None:
    for folder, said in ((None, "not installed"), (tmp_path / "no", "is not a folder"), (tmp_path, "holds neither")):
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
            read_network(find_folder(_folder(tmp_path, changed, '{"n_genomic_features": 64}'), needed=True))
    with pytest.raises(WeightsError, match=r"classifier.0.weight has shape \(64, 15360\), expected \(65, 15360\)"):
        read_network(find_folder(_folder(tmp_path, state, '{"n_genomic_features": 65}'), needed=True))


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
    """Any part of a window changes, nothing and all of it included; of both of two windows, the second first."""
    first, last = span
    rng = torch.Generator().manual_seed(seed)
    windows = torch.randint(0, 5, (2, 256), generator=rng)
    rows = torch.tensor([1, 0, 1][:alternatives])
    changed = windows[rows]
    changed[:, first:last] = torch.randint(0, 5, (alternatives, last - first), generator=rng)
    x, y = (LETTERS[codes].permute(0, 2, 1) for codes in (windows, changed))
    passes = SeiPasses(narrow, spectral)
    kept = passes.reference(x)
    torch.testing.assert_close(kept.features, narrow.tower(x), atol=1e-5, rtol=1e-5)
    features = passes.alternatives(kept, rows, y[:, :, first:last], first)
    torch.testing.assert_close(features, narrow.tower(y), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(passes.profiles(features), narrow(y), atol=1e-6, rtol=0)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    shapes=st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=5),
    shifts=st.sampled_from([(0,), (0, -16, 5)]),
    strand=st.sampled_from(["both", "forward"]),
    batch_size=st.sampled_from([None, 1]),
    at_once=st.sampled_from([1, 3]),
)
def test_edits_are_whole_windows(
    seed: int,
    shapes: list[tuple[int, int]],
    shifts: tuple[int, ...],
    strand: str,
    batch_size: int | None,
    at_once: int,
    narrow: Sei,
) -> None:
    """Substitutions, insertions, deletions, several at one site or at neighbouring ones; N; ALTs equal to REF."""
    rng = random.Random(seed)
    spec = replace(SEI.spec(RunConfig("-", Path("-"), predictor=("sei",))), bin_size=256)
    spec = replace(spec, fixed=FixedWindow(256, 127, "middle", shifts), tracks=tuple("abcde"), strand=strand)
    predictor = SeiPredictor(spec, lambda: narrow, torch.device("cpu"))
    predictor._at_once = at_once
    edits = []
    for ref_length, alt_length in shapes:
        start = 400 + rng.choice([0, 0, rng.randrange(50)])
        edits.append(Edit(start, start + ref_length, "".join(rng.choice("ACGTN") for _ in range(alt_length))))
    sequence = "".join(rng.choice("ACGT" if at < 450 else "ACGTN") for at in range(900))
    stretch = Stretch("c", 0, 900, "+", sequence)
    done: list[float] = []
    ref, alt = predictor.predict_edits(stretch, edits, batch_size, computed=done.append)
    assert ref.shape == alt.shape == (len(edits), 1, 5, 1)
    assert sum(done) == pytest.approx(len(edits))
    jobs = [Job(Variant("c", edit.start + 1, "N", "N"), None, "+", 0, 0, 0, edit) for edit in edits]
    whole = FullWindows(predictor, 8).predict([(stretch, job) for job in jobs])
    for row, (whole_ref, whole_alt) in enumerate(whole):
        torch.testing.assert_close(ref[row], whole_ref, atol=2e-6, rtol=0)
        torch.testing.assert_close(alt[row], whole_alt, atol=2e-6, rtol=0)


def _selene(genome: str, pos: int, ref: str, alt: str) -> tuple[str, str]:
    """Both windows as the rule in words has them; pos is 1-based."""
    start = pos + len(ref) // 2 - 2048
    window = genome[start : start + 4096]
    changed = genome[: pos - 1] + alt + genome[pos - 1 + len(ref) :]
    if len(alt) > len(ref):
        start += (len(alt) - len(ref)) // 2
    elif len(alt) < len(ref):
        start -= len(ref) // 2 - len(alt) // 2
    return window, changed[start : start + 4096]


@pytest.mark.parametrize(("r", "a"), [(1, 1), (3, 3), (1, 2), (1, 3), (1, 6), (2, 1), (3, 1), (6, 1), (4, 7), (7, 4)])
def test_windows_are_selenes(r: int, a: int) -> None:
    rng = random.Random(r * 10 + a)
    genome = "".join(rng.choice("ACGT") for _ in range(9000))
    spec = SEI.spec(RunConfig("-", Path("-"), predictor=("sei",)))
    ref, alt = genome[4499 : 4499 + r], "".join(rng.choice("ACGT") for _ in range(a))
    edit = Edit(4499, 4499 + r, alt)
    stretch = Stretch("c", 0, 9000, "+", genome)
    windows = stretch.cut(*ref_window(edit, spec)), alt_sequence(stretch, edit, spec)
    assert windows == _selene(genome, 4500, ref, alt)
    (shared,) = shared_windows(stretch, [edit], spec)
    ((first, last, changed),) = shared.changed
    assert windows[0][:first] + changed + windows[0][last:] == windows[1]
    if r == a == 1:
        assert (first, last) == ((2047, 2048) if alt != ref else (4096, 4096))


def _classes(projection: torch.Tensor, histones: list[int]) -> SequenceClasses:
    rows = projection.double().numpy()
    return SequenceClasses(tuple(f"c{at}" for at in range(len(rows))), rows, np.array(histones, dtype=np.int64))


def test_sequence_classes_are_the_published_codes(parity: dict[str, torch.Tensor], tmp_path: Path) -> None:
    np.save(tmp_path / "projvec_targets.npy", parity["sc_projvec"].numpy())
    np.save(tmp_path / "histone_inds.npy", parity["sc_histone_inds"].numpy())
    (tmp_path / "config.json").write_text('{"n_genomic_features": 64}')
    classes = read_classes(find_folder(tmp_path, needed=False))
    assert classes is not None
    assert classes.names[::39] == ("class_0", "class_39")
    deltas = class_deltas(parity["sc_ref"], parity["sc_alt"], classes)
    torch.testing.assert_close(deltas, parity["y_sequence_class_delta"], atol=1e-9, rtol=0)


def test_an_enhancer_class_falls() -> None:
    """The example of the literature: a class whose score falls from 0.92 to 0.23 has a delta of -0.69."""
    classes = _classes(torch.tensor([[0.6, 0.8, 0.0], [0.0, 0.0, 1.0]]), [2])
    ref, alt = torch.tensor([[0.2, 1.0, 0.5]]), torch.tensor([[0.25, 0.1, 0.3]])
    torch.testing.assert_close(class_scores(ref, classes)[0, 0].item(), 0.92, atol=1e-6, rtol=0)
    torch.testing.assert_close(class_scores(alt, classes)[0, 0].item(), 0.23, atol=1e-6, rtol=0)
    # The histone profile changes as all histone profiles together do, which counts for nothing.
    torch.testing.assert_close(class_deltas(ref, alt, classes).float(), torch.tensor([[-0.69, 0.0]]), atol=1e-6, rtol=0)


def test_histones_that_are_all_zero() -> None:
    classes = _classes(torch.eye(3), [0, 1])
    ref, alt = torch.tensor([[0.0, 0.0, 0.3], [0.0, 0.0, 0.1]]), torch.tensor([[0.2, 0.4, 0.1], [0.0, 0.0, 0.2]])
    wanted = torch.tensor([[0.1, 0.2, -0.2], [0.0, 0.0, 0.1]])
    torch.testing.assert_close(class_deltas(ref, alt, classes).float(), wanted)


@pytest.mark.parametrize(
    ("file", "array", "said"),
    [
        ("projvec_targets.npy", np.ones((61, 5)), r"has shape \(61, 5\), expected \(61, 4\)"),
        ("projvec_targets.npy", np.ones((39, 4)), r"has shape \(39, 4\)"),
        ("projvec_targets.npy", np.zeros((61, 4)), "has a row of zeros"),
        ("projvec_targets.npy", None, "lacks projvec_targets.npy"),
        ("histone_inds.npy", None, "lacks histone_inds.npy"),
        ("histone_inds.npy", np.array([0, 4]), "distinct profile indices from 0 to 3"),
        ("histone_inds.npy", np.array([1, 1]), "distinct profile indices from 0 to 3"),
        ("histone_inds.npy", np.array([0.5]), "distinct profile indices from 0 to 3"),
        ("histone_inds.npy", np.array([{}], dtype=object), "not a numpy array"),
        ("seqclass.names", ["a", "b"], "names 2 classes, expected 40"),
    ],
)
def test_classes_that_do_not_fit(file: str, array: Any, said: str, tmp_path: Path) -> None:
    np.save(tmp_path / "projvec_targets.npy", np.ones((61, 4)))
    np.save(tmp_path / "histone_inds.npy", np.array([0, 2]))
    (tmp_path / "config.json").write_text('{"n_genomic_features": 4}')
    assert read_classes(find_folder(tmp_path, needed=False)) is not None
    (tmp_path / file).unlink(missing_ok=True)
    if isinstance(array, list):
        (tmp_path / file).write_text("\n".join(array))
    elif array is not None:
        np.save(tmp_path / file, array)
    with pytest.raises(WeightsError, match=said):
        read_classes(find_folder(tmp_path, needed=False))

"""Manifests and networks that cannot be used, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from genoscore.core.errors import ConfigError, WeightsError
from genoscore.predictors import registry
from genoscore.predictors.custom.folder import models_folder
from genoscore.predictors.custom.manifest import find_manifest, read_manifest
from genoscore.scoring.loading import load_predictor
from tests.conftest import Invoke

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")  # users have such files all the same


BAD = [
    ({"name": None}, "name is missing"),
    ({"name": "Mine"}, "name is 'Mine'"),
    ({"file": "../net.pt"}, "file is '../net.pt'"),
    ({"file": "model.toml"}, "file is 'model.toml'"),
    ({"file": "net.bin"}, "format cannot be inferred from 'net.bin'"),
    ({"format": "onnx"}, "format is 'onnx'; give one of torchscript, export"),
    ({"tracks": []}, "tracks is []"),
    ({"tracks": ["a", "a"]}, "tracks has a duplicate name"),
    ({"tracks": ["a", 1]}, "tracks is ['a', 1]"),
    ({"tracks": 2}, "tracks is 2; give a list of names"),
    ({"tracks": "sub/targets.txt"}, "tracks is 'sub/targets.txt'"),
    ({"input_length": None}, "input_length is missing; give it, or context_length"),
    ({"input_length": "64"}, "input_length is '64'; give a whole number"),
    ({"input_length": True}, "input_length is True; give a whole number"),
    ({"input_length": -1}, "input_length is -1; give 0 to"),
    ({"input_length": 63}, "n_bins leaves 15 bases outside the bins"),
    ({"input_length": 40}, "n_bins x bin_size is 48 bases; it must be at most the input_length, 40"),
    ({"bin_size": None}, "bin_size is missing; give 1 or more"),
    ({"n_bins": 0}, "n_bins is 0; give 1 or more"),
    ({"context_length": 18}, "context_length is 18; leave it out: 16 bases"),
    ({"input_length": None, "centre": None, "context_length": 15}, "context_length leaves 15 bases"),
    ({"input_length": None, "context_length": 16}, "centre is given without input_length"),
    ({"input_length": None, "context_length": 16, "output_layout": "tracks"}, "input_length is missing; give it"),
    ({"centre": 7}, "centre is 7, outside the bins; give 8 to 55"),
    ({"centre": 56}, "centre is 56, outside the bins; give 8 to 55"),
    ({"output_layout": "tracks"}, "n_bins is 6; with output_layout tracks it must be 1"),
    ({"strand": "gene"}, "strand is 'gene'; give one of forward, both"),
    ({"n_fill": 0.5}, "n_fill is 0.5; give 0 or 0.25"),
    ({"alphabet": "ACGU"}, "alphabet is 'ACGU'"),
    ({"family": "splicing"}, "family is 'splicing'; give one of"),
    ({"commercial": "yes"}, "commercial is 'yes'; give true or false"),
    ({"tracs": ["a"]}, "unknown key 'tracs'; known keys: name, file, tracks"),
]


@pytest.mark.parametrize(("values", "words"), BAD, ids=[words for _, words in BAD])
def test_bad_manifests(write: Callable[..., Path], values: dict[str, object], words: str) -> None:
    path = write(**values)
    with pytest.raises(ConfigError) as caught:
        registry.add_custom(path)
    assert caught.value.one_line().startswith(f"manifest {path}: ")
    assert words in caught.value.one_line()
    assert caught.value.hint
    assert not models_folder().exists()


def test_manifests_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    for text, words in ((None, "cannot be read"), (b"name = ", "is not TOML"), (b"name = '\xff'", "is not TOML")):
        if text is not None:
            path.write_bytes(text)
        with pytest.raises(ConfigError, match=words) as caught:
            read_manifest(path)
        assert str(path) in str(caught.value)
    assert find_manifest(tmp_path) == path
    (tmp_path / "y.toml").write_text("")
    with pytest.raises(ConfigError, match=r"holds 2 \.toml files"):
        find_manifest(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"holds no \.toml file"):
        find_manifest(tmp_path / "empty")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"file": "absent.pt"}, "names absent.pt, which is not in the same folder"),
        ({"tracks": "targets.txt"}, "names targets.txt, which is not in the same folder"),
        ({"file": "junk.pt"}, "is damaged, or holds no network"),
        ({"file": "tensors.pt"}, "holds tensors, but no network"),
        ({"file": "net.pt", "format": "export"}, 'is in torchscript format, not export; set format = "torchscript"'),
        ({"file": "net.pt2", "format": "torchscript"}, "is in export format, not torchscript"),
    ],
)
def test_files_that_do_not_fit(
    invoke: Invoke, write: Callable[..., Path], values: dict[str, object], words: str
) -> None:
    done = invoke("models", "add", write(**values))
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert words in done.stderr
    assert not models_folder().exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"tracks": ["a"]}, "outputs of shape (1, 2, 6), but model.toml promises (1, 1, 6) (windows, tracks, bins)"),
        ({"output_layout": "bins_tracks"}, "promises (1, 6, 2) (windows, bins, tracks)"),
        ({"output_layout": "tracks", "n_bins": None, "bin_size": None}, "promises (1, 2) (windows, tracks)"),
        ({"input_layout": "channels_last"}, "cannot read an input of shape (1, 64, 4)"),
        ({"file": "net.pt2", "input_length": 80}, "cannot read an input of shape (1, 4, 80)"),
        ({"file": "couple.pt"}, "returns a tuple, not a tensor"),
        ({"file": "two.pt2"}, "requires 2 inputs; export a network whose only input is the windows"),
        ({"file": "dropout.pt"}, "different outputs for the same window in different batches; "
         "export the network in eval mode"),
        ({"file": "batch.pt"}, "returns different outputs for the same window in different batches"),
    ],
)  # fmt: skip
def test_networks_that_do_not_fit(write: Callable[..., Path], values: dict[str, object], words: str) -> None:
    registry.add_custom(write(**values))
    with pytest.raises(WeightsError) as caught:
        load_predictor("mine", device="cpu")
    line = caught.value.one_line()
    assert line.startswith(str(models_folder() / "mine"))
    assert caught.value.hint
    assert words in line

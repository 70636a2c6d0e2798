"""The file of weights: read, damaged, described; and the one that comes with genoscore."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from genoscore.core.config import RunConfig
from genoscore.core.errors import WeightsError
from genoscore.predictors import registry
from genoscore.predictors.regulatory.weights import FILE, find_file, load_networks, read_header, shipped
from genoscore.scoring.run import score_vcf
from genoscore.weights.files import sha256
from tests.conftest import TEST_DATA, Run
from tests.regulatory.toy_networks import HEADER, LENGTH, toy_ensemble
from tests.test_fences import _BLOCKED
from tests.toy import loaded


def test_a_folder_is_as_good_as_the_file(weights: Path) -> None:
    entry = registry.get("regulatory")
    assert entry.find_weights(weights.parent) == entry.find_weights(weights) == {FILE: weights}
    assert read_header(weights).trained["rows"] == 12


def test_loading_leaves_random_numbers_alone(weights: Path) -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    networks = load_networks(weights)
    assert torch.equal(before, torch.get_rng_state())
    x = torch.rand(3, 4, LENGTH)
    torch.testing.assert_close(networks(x), toy_ensemble()(x))
    assert not any(value.requires_grad for value in networks.parameters())


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:2_000])


def _rewritten(change: Callable[[dict[str, torch.Tensor]], Any], **header: str | None) -> Callable[[Path], None]:
    def rewrite(path: Path) -> None:
        state = dict(toy_ensemble().state_dict())
        change(state)
        save_file(state, path, {key: value for key, value in {**HEADER, **header}.items() if value is not None})

    return rewrite


def _as_is(state: dict[str, torch.Tensor]) -> None:
    pass


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_cut, "is damaged or not a .safetensors file"),
        (lambda path: path.write_bytes(b"hello, this is text"), "is damaged or not a .safetensors file"),
        (lambda path: path.unlink(), "there is no file"),
        (_rewritten(_as_is, format=None), "has no format in its header, expected genoscore-regulatory-2"),
        (_rewritten(_as_is, format="genoscore-regulatory-1"), "has format 'genoscore-regulatory-1'"),
        (_rewritten(_as_is, config=None), "config is missing"),
        (_rewritten(_as_is, config="{"), "header is not understood"),
        (_rewritten(_as_is, config='{"length": 41}'), "41 is not a multiple of"),
        (_rewritten(_as_is, config='{"depth": 4}'), "depth is unknown"),
        (_rewritten(_as_is, config='{"filters": 1000000000}'), "filters is 1,000,000,000, more than 10,000"),
        (_rewritten(_as_is, networks="many"), "networks is 'many'"),
        (_rewritten(_as_is, networks="3"), "it lacks networks.2."),
        (_rewritten(_as_is, networks="1"), "it also holds networks.1."),
        (_rewritten(_as_is, tracks='["liver"]'), "tracks must be 2 different names"),
        (_rewritten(_as_is, tracks='["a\\tb", "c"]'), "tracks must be 2 different names"),
        (_rewritten(_as_is, adaptors='["AC", "xx"]'), "adaptors must be two sequences"),
        (_rewritten(_as_is, units='a "b"'), "units is not a valid name"),
        (_rewritten(lambda state: state.pop("networks.0.norm.weight")), "it lacks networks.0.norm.weight"),
        (
            _rewritten(lambda state: state.update({"networks.0.norm.weight": torch.ones(9)})),
            r"networks.0.norm.weight has shape \(9,\), expected \(4,\)",
        ),
        (
            _rewritten(lambda state: state.update({"networks.1.mean": torch.tensor([0.0, float("nan")])})),
            "networks.1.mean holds NaN",
        ),
    ],
)
def test_damaged_files(damage: Callable[[Path], object], message: str, tmp_path: Path) -> None:
    path = tmp_path / FILE
    _rewritten(_as_is)(path)
    damage(path)
    config = RunConfig("-", Path("-"), predictor="regulatory", weights={"regulatory": path})  # type: ignore[arg-type]
    with pytest.raises(WeightsError, match=message) as caught:
        loaded(registry.get("regulatory"), config)
    assert "\n" not in caught.value.one_line()
    assert str(path) in str(caught.value)


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.pt").write_bytes(b"x")
    with pytest.raises(WeightsError, match=r"is not a \.safetensors file"):
        find_file(tmp_path / "w.pt")


@pytest.mark.parametrize("command", ["tracks", "verify"])
def test_light_commands_need_no_torch(command: str, weights: Path) -> None:
    arguments = ["models", command, "regulatory", "--weights", f"regulatory={weights}"]
    code = _BLOCKED.format(blocked={"torch"}, arguments=arguments)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert ("liver" in done.stdout) if command == "tracks" else (sha256(weights) in done.stdout), done.stderr
    assert "torch" not in done.stderr


def test_the_card_says_what_the_file_says(as_shipped: Path) -> None:
    card = registry.get("regulatory").card
    assert card.commercial
    assert card.about["trained_rows"] == "12"
    assert card.about["trained_pearson"] == '{"liver": 0.5}'
    assert card.about["size"].startswith("2 networks")


def test_nothing_is_to_be_fetched(genoscore: Run) -> None:
    done = genoscore("models", "fetch", "regulatory", "--from", "x")
    assert done.returncode == 1
    assert "--from x: the weights of regulatory come with genoscore" in done.stderr


def test_what_is_shipped(tmp_path: Path) -> None:
    """Scores the demo genome without anything to install, with percentiles; small, pinned and licensed."""
    config = RunConfig(
        str(TEST_DATA / "variants.vcf"), TEST_DATA / "genome.fa", (str(tmp_path / "o.vcf"),), ("regulatory",),
        annotation="none", region="chrA:7000-7300", threads=1,
    )  # fmt: skip
    summary = score_vcf(config)
    assert summary.status["regulatory"]["SCORED"] >= 3
    assert not summary.warnings
    assert "GS_REGULATORY_PCT=" in (tmp_path / "o.vcf").read_text()
    assert shipped(FILE).stat().st_size < 12_000_000
    assert registry.get("regulatory").card.sha256 == {FILE: sha256(shipped(FILE))}
    assert shipped("regulatory.LICENSE").is_file()
    header = read_header(shipped(FILE))
    assert header.tracks == ("HepG2", "WTC11")
    assert header.trained

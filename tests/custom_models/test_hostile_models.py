"""Manifests and networks that mean harm, or are damaged in the same ways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, WeightsError, is_out_of_memory
from genoscore.predictors import registry
from genoscore.predictors.custom.manifest import read_manifest
from tests.custom_models.toy_networks import Net, save_exported, save_traced

LONG = "a" * 5_000
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of TorchScript


@pytest.mark.parametrize(
    "values",
    [
        {"name": LONG},
        {"file": f"{LONG}.pt"},
        {"file": LONG},
        {"tracks": LONG},
        {"tracks": [LONG, "b"]},
        {"format": LONG},
        {"alphabet": LONG},
        {"family": LONG},
        {LONG: 1},
        {"n_bins": [LONG]},
    ],
    ids=lambda values: next(iter(values))[:9],
)
def test_long_names(write: Callable[..., Path], values: dict[str, Any]) -> None:
    path = write()
    text = "".join(line for line in path.read_text().splitlines(True) if line.split(" = ")[0] not in values)
    path.write_text(text + "".join(f"{key} = {value!r}\n" for key, value in values.items()))
    with pytest.raises(ConfigError) as caught:
        read_manifest(path)
    assert len(caught.value.one_line()) < 500


def test_names_may_be_as_long_as_file_systems_allow(write: Callable[..., Path]) -> None:
    assert read_manifest(write(name="a" * 100, file="é" * 126 + ".pt")).name == "a" * 100
    path = write()
    path.write_text(path.read_text().replace("net.pt", "é" * 127 + ".pt"))
    with pytest.raises(ConfigError, match="file is"):
        read_manifest(path)


class Weighted(torch.nn.Module):
    """Net, with a parameter and a mask."""

    def __init__(self, parameter: float, mask: float) -> None:
        super().__init__()
        self.net = Net()
        self.bias = torch.nn.Parameter(torch.tensor([0.0, parameter]))
        self.register_buffer("mask", torch.tensor([0.0, mask]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x) + torch.nan_to_num(self.bias.sum() + self.mask.sum(), 0.0, 0.0, 0.0)


class Vast(torch.nn.Module):
    """Asks for more memory than there is."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.zeros([1 << 50]) + x.sum()


def _load(path: Path) -> Any:
    registry.add_custom(path, force=True)
    config = RunConfig("-", Path("-"), predictor=("mine",))
    entry = registry.get("mine")
    return entry.load(config, entry.spec(config))


@pytest.mark.parametrize(
    ("parameter", "mask", "wrong"),
    [
        (1, 1, ""),
        (1, float("-inf"), ""),
        (float("nan"), 1, "bias"),
        (float("inf"), 1, "bias"),
        (1, float("nan"), "mask"),
    ],
)
@pytest.mark.parametrize("form", ["torchscript", "export"])
def test_weights_that_are_no_numbers(
    write: Callable[..., Path], form: str, parameter: float, mask: float, wrong: str
) -> None:
    path, network = write(file="net.pt" if form == "torchscript" else "net.pt2"), Weighted(parameter, mask)
    if form == "torchscript":
        save_traced(path.parent / "net.pt", network)
    else:
        save_exported(path.parent / "net.pt2", 1, None, network)
    if not wrong:
        assert _load(path).spec.name == "mine"
        return
    with pytest.raises(WeightsError, match=rf"tensor \S*{wrong} holds NaN or infinity") as caught:
        _load(path)
    assert "net.pt" in str(caught.value)


def test_too_little_memory_is_not_called_a_wrong_length(write: Callable[..., Path]) -> None:
    path = write()
    torch.jit.save(torch.jit.script(Vast()), str(path.parent / "net.pt"))
    with pytest.raises(RuntimeError) as caught:
        _load(path)
    assert is_out_of_memory(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"PK\x05\x06" + b"\xff" * 18])
def test_damaged_networks_are_refused_when_they_are_added(write: Callable[..., Path], content: bytes) -> None:
    path = write()
    (path.parent / "net.pt").write_bytes(content)
    with pytest.raises(WeightsError, match="is damaged, or holds no network"):
        registry.add_custom(path)

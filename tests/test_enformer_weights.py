"""Enformer's checkpoints: every layout that users have, and what is wrong with one."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from genoscore.core.errors import WeightsError
from genoscore.networks.enformer_config import EnformerConfig
from genoscore.predictors.enformer.weights import find_files, load_network, port_key, read_config, untrained

SIZES = {
    "dim": 24, "depth": 1, "heads": 2, "output_heads": {"human": 3}, "target_length": 4, "dim_divisible_by": 4,
    "attn_dim_key": 8, "use_tf_gamma": False, "input_length": 1_024,
}  # fmt: skip
# What the port writes beside: keys of training and of Hugging Face.
BESIDE = {
    "model_type": "enformer", "architectures": ["Enformer"], "num_downsamples": 7, "dropout_rate": 0.4,
    "attn_dropout": 0.05, "pos_dropout": 0.01, "use_checkpointing": False, "transformers_version": "4.56.2",
}  # fmt: skip
_TRUNK = {"stem": "_trunk.1", "conv_tower": "_trunk.2", "transformer": "_trunk.4", "final_pointwise": "_trunk.6"}

State = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def state() -> State:
    """A state dict with the port's keys."""
    network = untrained(EnformerConfig(**SIZES))  # type: ignore[arg-type]
    made = {port_key(name): value.clone() for name, value in network.state_dict().items()}
    for key in made:  # convolutions of width 1
        if re.search(r"(1\.fn\.2|final_pointwise\.1\.2)\.weight$", key):
            made[key] = made[key][..., None]
        elif key.endswith("to_attn_logits.weight"):
            made[key] = made[key][..., None, None]
    return made


def duplicated(state: State) -> State:
    """As the port's state dict has it: the trunk a second time, under numbers."""
    twice = dict(state)
    for name, value in state.items():
        head, _, rest = name.partition(".")
        if head in _TRUNK:
            twice[f"{_TRUNK[head]}.{rest}"] = value
    return twice


def only_trunk(state: State) -> State:
    """What is left where duplicates were dropped and the numbers were kept."""
    twice = duplicated(state)
    return {name: value for name, value in twice.items() if name.partition(".")[0] not in _TRUNK}


def write(folder: Path, state: State, name: str = "model.safetensors", **config: object) -> Path:
    (folder / "config.json").write_text(json.dumps(SIZES | config))
    if name.endswith(".safetensors"):
        save_file({key: value.clone() for key, value in state.items()}, folder / name)
    else:
        torch.save(state, folder / name)
    return folder


def test_the_port_s_keys_are_those_of_its_own_file(shared: Path, state: State) -> None:
    theirs = load_file(shared / "parity" / "enformer_tiny" / "weights.safetensors")
    here = {name for name in theirs if not name.startswith(("transformer.1.", "_heads.mouse"))}
    assert here == set(state)
    assert [key for key in here if theirs[key].ndim != state[key].ndim] == []


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize("keep", [dict, duplicated, only_trunk])
@torch.inference_mode()
def test_every_layout_gives_the_same_network(
    tmp_path: Path, state: State, name: str, keep: Callable[[State], State]
) -> None:
    network = load_network(write(tmp_path, keep(state), name, **BESIDE))
    x = torch.nn.functional.one_hot(torch.arange(1_024) * 7 % 11 % 4, 4).T[None].float()
    wanted = untrained(EnformerConfig(**SIZES))(x)["human"]  # type: ignore[arg-type]
    torch.testing.assert_close(network(x)["human"], wanted)
    assert wanted.shape == (1, 3, 4)
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_half_precision_files_are_computed_in_float32(tmp_path: Path, state: State) -> None:
    halves = {name: value.half() if value.is_floating_point() else value for name, value in state.items()}
    network = load_network(write(tmp_path, halves))
    assert {value.dtype for value in network.parameters()} == {torch.float32}


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("stem.0.weight", None, "it lacks stem.0.weight"),
        ("transformer.0.0.fn.1.to_q.weight", None, "it lacks transformer.0.0.fn.1.to_q.weight"),
        ("conv_tower.6.0.2.bias", torch.zeros(24), "it also holds conv_tower.6.0.2.bias"),
        ("_trunk.3.bias", torch.zeros(24), "it also holds _trunk.3.bias"),
        ("optimizer", torch.zeros(1), "it also holds optimizer"),
        ("stem.0.bias", torch.zeros(24), r"stem.0.bias has shape \(24,\), expected \(12,\)"),
        ("stem.1.fn.2.weight", torch.zeros(12, 12, 2), r"has shape \(12, 12, 2\), expected \(12, 12\)"),
        ("_trunk.1.0.bias", torch.zeros(12), "it holds two different stem.0.bias"),
    ],
)  # fmt: skip
def test_other_tensors_are_refused_by_name(
    tmp_path: Path, state: State, key: str, value: torch.Tensor | None, said: str
) -> None:
    changed = {name: one for name, one in state.items() if name != key}
    folder = write(tmp_path, changed if value is None else changed | {key: value})
    with pytest.raises(WeightsError, match=said) as caught:
        load_network(folder)
    assert "model.safetensors does not hold the Enformer of its config.json" in caught.value.one_line()
    assert "\n" not in caught.value.one_line()


def test_dimensions_and_tensors_must_agree(tmp_path: Path, state: State) -> None:
    with pytest.raises(WeightsError, match="does not hold the Enformer of its config"):
        load_network(write(tmp_path, state, dim=48))
    with pytest.raises(WeightsError, match=r"it lacks transformer\.1\."):
        load_network(write(tmp_path, state, depth=2))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"num_downsamples": 6}, "num_downsamples is 6, only 7 is supported"),
        ({"dim": "24"}, "dim is '24', not a whole number"),
        ({"depth": True}, "depth is True, not a whole number"),
        ({"depth": 0}, "depth is 0"),
        ({"output_heads": {"human": "many"}}, "output_heads.human is 'many'"),
        ({"output_heads": [3]}, "output_heads is not an object"),
        ({"output_heads": {}}, "output_heads names no tracks"),
        ({"heads": 5}, "dim 24 with 5 heads"),
        ({"heads": 3}, "width must be a multiple of 6"),
        ({"dim_divisible_by": 100}, "leaves no channels"),
        ({"dim_divisible_by": 16}, "dim 24 is not a multiple of dim_divisible_by 16"),
        ({"input_length": 1_000}, "not a multiple of 128"),
        ({"target_length": 9}, "target_length 9 cannot be the middle of 8 bins"),
        ({"target_length": 5}, "target_length 5 cannot be the middle of 8 bins"),
        ({"target_length": 0}, "target_length 0"),
        ({"use_tf_gamma": "yes"}, "use_tf_gamma is 'yes'"),
        ({"use_tf_gamma": True}, "use_tf_gamma needs 1,536 bins, not 8"),
        ({"use_tf_gamma": True, "input_length": 196_608}, "use_tf_gamma needs dim / heads of 192, not 12"),
    ],
)  # fmt: skip
def test_dimensions_that_cannot_be_are_refused(tmp_path: Path, config: dict[str, object], said: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps(SIZES | config))
    with pytest.raises(WeightsError, match=said) as caught:
        read_config(tmp_path)
    assert "config.json" in caught.value.one_line()


@pytest.mark.parametrize("text", ["", "{", "[1]", "\udcff"])
def test_what_is_no_config_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(WeightsError, match=r"config.json (is not valid JSON|is not a JSON object)"):
        read_config(tmp_path)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="nowhere is not a folder"):
        find_files(tmp_path / "nowhere")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match=r"lacks model.safetensors or pytorch_model.bin; give|lacks model"):
        find_files(tmp_path)
    (tmp_path / "pytorch_model.bin").touch()
    assert list(find_files(tmp_path)) == ["config.json", "pytorch_model.bin"]
    (tmp_path / "model.safetensors").touch()
    assert list(find_files(tmp_path)) == ["config.json", "model.safetensors"]
    (tmp_path / "config.json").unlink()
    with pytest.raises(WeightsError, match="lacks config"):
        find_files(tmp_path)


def test_the_table_of_gammas_is_the_default_for_its_length(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The published config.json says nothing of it, nor of the length."""
    path = tmp_path / "config.json"
    with caplog.at_level(logging.INFO, "genoscore"):
        path.write_text(json.dumps(BESIDE | {"dim": 1_536, "depth": 11, "heads": 8}))
        assert read_config(tmp_path) == EnformerConfig()
        assert "has no use_tf_gamma: the table of the published weights is used" in caplog.text
        caplog.clear()
        path.write_text(json.dumps({name: value for name, value in SIZES.items() if name != "use_tf_gamma"}))
        assert not read_config(tmp_path).use_tf_gamma  # another length
        path.write_text(json.dumps({"dim": 768, "heads": 8}))
        assert not read_config(tmp_path).use_tf_gamma  # other features
        path.write_text(json.dumps({"use_tf_gamma": False}))
        assert not read_config(tmp_path).use_tf_gamma
        assert not caplog.text


def test_config_is_read_without_torch(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    code = (
        "import sys, pathlib; from genoscore.predictors.enformer.weights import read_config;"
        f"print(read_config(pathlib.Path({str(tmp_path)!r})).dim, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "1536 False\n"


def test_untrained_weights_are_seeded_and_leave_the_generator() -> None:
    config = EnformerConfig(**SIZES)  # type: ignore[arg-type]
    torch.manual_seed(5)
    wanted = torch.rand(1)
    torch.manual_seed(5)
    one, other = untrained(config).state_dict(), untrained(config).state_dict()
    assert torch.equal(torch.rand(1), wanted)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert all(value.isfinite().all() for value in one.values())

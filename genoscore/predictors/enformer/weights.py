"""Enformer's checkpoints as users have them: a folder in Hugging Face layout, with keys of the PyTorch port.

`config.json` holds the dimensions; `model.safetensors` or `pytorch_model.bin` the tensors. The port registers its
modules both in a trunk and under their own names, and saves them under both: `_trunk.1` is `stem`, and so on.
"""

from __future__ import annotations

import logging
import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genoscore.core.errors import WeightsError
from genoscore.networks.enformer_config import TABLE_FEATURES, TABLE_LENGTH, EnformerConfig
from genoscore.weights.checkpoints import load_checkpoint
from genoscore.weights.files import read_json_object, require_regular

if TYPE_CHECKING:
    import torch

    from genoscore.networks.enformer import Enformer

_LOG = logging.getLogger("genoscore")
_TENSORS = ("model.safetensors", "pytorch_model.bin", "weights.safetensors")
_LAYOUT = "give a folder with config.json and model.safetensors or pytorch_model.bin"
_POOLINGS = 7
_TRUNK = {"1": "stem", "2": "conv_tower", "4": "transformer", "6": "final_pointwise"}
_SEED = 2_021
# Larger dimensions mean a damaged file, and making a network of them would take forever.
_MOST = {"input_length": 10_000_000, "target_length": 10_000_000, "output_heads": 10_000_000, "depth": 1_000}
_WIDEST = 100_000

# Our name of a layer or tensor -> the port's; * is the number of a stage or block, or a head's name.
_KEYS = {
    "stem.conv": "stem.0",
    "stem.norm2": "stem.1.fn.0",
    "stem.pointwise": "stem.1.fn.2",
    "stem.pool": "stem.2.to_attn_logits",
    "tower.*.norm1": "conv_tower.*.0.0",
    "tower.*.conv": "conv_tower.*.0.2",
    "tower.*.norm2": "conv_tower.*.1.fn.0",
    "tower.*.pointwise": "conv_tower.*.1.fn.2",
    "tower.*.pool": "conv_tower.*.2.to_attn_logits",
    "transformer.*.norm1": "transformer.*.0.fn.0",
    "transformer.*.attention.query": "transformer.*.0.fn.1.to_q",
    "transformer.*.attention.key": "transformer.*.0.fn.1.to_k",
    "transformer.*.attention.value": "transformer.*.0.fn.1.to_v",
    "transformer.*.attention.out": "transformer.*.0.fn.1.to_out",
    "transformer.*.attention.position_key": "transformer.*.0.fn.1.to_rel_k",
    "transformer.*.attention.content_bias": "transformer.*.0.fn.1.rel_content_bias",
    "transformer.*.attention.position_bias": "transformer.*.0.fn.1.rel_pos_bias",
    "transformer.*.norm2": "transformer.*.1.fn.0",
    "transformer.*.widen": "transformer.*.1.fn.1",
    "transformer.*.narrow": "transformer.*.1.fn.4",
    "final_norm": "final_pointwise.1.0",
    "final": "final_pointwise.1.2",
    "heads.*": "_heads.*.0",
}


def find_files(folder: Path) -> dict[str, Path]:
    """`config.json` and the file of tensors of a folder.

    Raises:
        WeightsError: there is no such folder, or it lacks one of them.
    """
    if not folder.is_dir():
        raise WeightsError(f"weights of enformer: {folder} is not a folder", _LAYOUT)
    require_regular(*(folder / name for name in ("config.json", *_TENSORS)))
    tensors = [name for name in _TENSORS if (folder / name).is_file()][:1]
    if not (folder / "config.json").is_file() or not tensors:
        lacking = "config.json" if tensors else f"{_TENSORS[0]} or {_TENSORS[1]}"
        raise WeightsError(f"weights of enformer: {folder} lacks {lacking}", _LAYOUT)
    return {name: folder / name for name in ("config.json", *tensors)}


def read_config(folder: Path) -> EnformerConfig:
    """The dimensions in a folder's `config.json`; missing keys default to the published values.

    If it does not say which position features the weights need, the table is used for 1,536 positions, and this is
    logged: the published weights need it, but their file does not say so.

    Raises:
        WeightsError: not a JSON object, or impossible dimensions.
    """
    path = folder / "config.json"
    values = read_json_object(path)
    try:
        return _config(values, path)
    except ValueError as error:
        raise WeightsError(
            f"{path}: {error}", "the dimensions must be those that the weights were saved with"
        ) from None


def _config(values: dict[str, Any], path: Path) -> EnformerConfig:
    if values.get("num_downsamples", _POOLINGS) != _POOLINGS:
        raise ValueError(f"num_downsamples is {values['num_downsamples']!r}, only {_POOLINGS} is supported")
    names = ("dim", "depth", "heads", "target_length", "dim_divisible_by", "attn_dim_key", "input_length")
    sizes: dict[str, Any] = {name: _whole(name, values[name]) for name in names if name in values}
    if "output_heads" in values:
        heads = values["output_heads"]
        if not isinstance(heads, dict):
            raise ValueError("output_heads is not an object of head names and track counts")
        sizes["output_heads"] = {str(name): _whole(f"output_heads.{name}", count) for name, count in heads.items()}
    table = values.get("use_tf_gamma")
    if table is None:
        without = EnformerConfig(**sizes, use_tf_gamma=False)
        table = (without.tokens, without.dim // without.heads) == (TABLE_LENGTH, TABLE_FEATURES)
        if table:
            _LOG.info("%s has no use_tf_gamma: the table of the published weights is used", path)
    if not isinstance(table, bool):
        raise ValueError(f"use_tf_gamma is {table!r}, expected true or false")
    return EnformerConfig(**sizes, use_tf_gamma=table)


def _whole(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}, not a whole number")
    most = _MOST.get(name.partition(".")[0], _WIDEST)
    if value > most:
        raise ValueError(f"{name} is more than {most:,}")
    return value


def load_network(folder: Path) -> Enformer:
    """The network of a folder, on the CPU in float32.

    Raises:
        WeightsError: a file is missing or damaged, or its tensors do not match `config.json`.
    """
    import torch

    files = find_files(folder)
    config = read_config(folder)
    path = next(path for name, path in files.items() if name != "config.json")
    network = _empty(config, "meta")
    expected = {port_key(name): (name, tensor) for name, tensor in network.state_dict().items()}
    state: dict[str, torch.Tensor] = {}
    for key, value in load_checkpoint(path).items():
        if _without_trunk(key) not in expected:
            raise _no_model(path, f"it also holds {key[:80]}")
        name, tensor = expected[_without_trunk(key)]
        fitted = _fitted(value, tensor, key, path)
        if name in state and not torch.equal(state[name], fitted):
            raise _no_model(path, f"it holds two different {_without_trunk(key)}")
        state[name] = fitted
    for key, (name, tensor) in expected.items():
        if key.endswith("num_batches_tracked"):
            state[name] = torch.zeros_like(tensor, device="cpu")
        elif name not in state:
            raise _no_model(path, f"it lacks {key}")
    network.load_state_dict(state, assign=True)
    return network.requires_grad_(False)


def untrained(config: EnformerConfig) -> Enformer:
    """A network of these dimensions with seeded random weights, whose outputs mean nothing; on the CPU in float32.

    Torch's own generator is left unchanged.
    """
    import torch

    network = _empty(config, "cpu")
    generator = torch.Generator().manual_seed(_SEED)
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if name.endswith("num_batches_tracked"):
                value.zero_()
            elif value.ndim > 1:
                value.normal_(0.0, value[0].numel() ** -0.5, generator=generator)
            else:
                value.normal_(0.0, 0.1, generator=generator)
                if name.endswith(("running_var", "norm1.weight", "norm2.weight", "final_norm.weight")):
                    value.exp_()
    return network.requires_grad_(False)


def _empty(config: EnformerConfig, device: str) -> Enformer:
    """On `meta`, or with uninitialised memory."""
    import torch

    from genoscore.networks.enformer import Enformer

    gammas = None
    if config.use_tf_gamma:
        with resources.as_file(resources.files("genoscore.networks") / "tf_gammas.safetensors") as path:
            gammas = load_checkpoint(path)["gammas"]
    with torch.device("meta"):
        network = Enformer(config, gammas)
    return network if device == "meta" else network.to_empty(device=device)


def port_key(name: str) -> str:
    """The port's name of one of our tensors.

    >>> port_key("tower.3.conv.weight")
    'conv_tower.3.0.2.weight'
    """
    part, which, *_ = name.split(".")
    pattern = name if part in ("stem", "final_norm", "final") else name.replace(f".{which}", ".*", 1)
    own = next(own for own in _KEYS if pattern == own or pattern.startswith(f"{own}."))
    return (_KEYS[own] + pattern[len(own) :]).replace("*", which)


def _without_trunk(key: str) -> str:
    """The port's own name of a tensor that is named by its number in the trunk."""
    trunk = re.match(r"_trunk\.(\d+)\.", key)
    return f"{_TRUNK.get(trunk[1], trunk[0])}.{key[trunk.end() :]}" if trunk else key


def _fitted(value: torch.Tensor, expected: torch.Tensor, key: str, path: Path) -> torch.Tensor:
    """In our shape: a convolution of width 1 is a matrix."""
    shape = tuple(expected.shape)
    if tuple(value.shape[: expected.ndim]) != shape or value.numel() != expected.numel():
        raise _no_model(path, f"{key} has shape {tuple(value.shape)}, expected {shape}")
    return value.reshape(shape)


def _no_model(path: Path, why: str) -> WeightsError:
    return WeightsError(
        f"{path} does not hold the Enformer of its config.json ({why})", "get the published files again"
    )

"""Small files of weights in every format that is read, by predictor."""

from __future__ import annotations

import functools
import importlib.metadata
import io
import json
import tempfile
from pathlib import Path

import torch
from safetensors.torch import save as safetensors_bytes

from genoscore.networks.dilated import DilatedConfig, DilatedStack
from genoscore.networks.enformer_config import EnformerConfig
from genoscore.predictors.enformer.weights import port_key, untrained
from tests.custom_models.conftest import toml_text
from tests.custom_models.toy_networks import MANIFEST, Net, save_exported, save_traced
from tests.regulatory.toy_networks import HEADER, toy_ensemble

Files = dict[str, bytes]
_ENFORMER = {
    "dim": 24, "depth": 1, "heads": 2, "output_heads": {"human": 3}, "target_length": 4, "dim_divisible_by": 4,
    "attn_dim_key": 8, "use_tf_gamma": False, "input_length": 1_024,
}  # fmt: skip


@functools.cache
def openspliceai() -> Files:
    """A network with a context of 80, as a zip and in torch's older format."""
    full = DilatedConfig()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        network = DilatedStack(DilatedConfig(widths=full.widths[:4], dilations=full.dilations[:4]))
    layers = {"initial_conv": network.stem, "initial_skip.conv": network.skips[0], "final_conv": network.head}
    for number, block in enumerate(network.blocks):
        for part in ("1", "2"):
            layers[f"residual_units.{number}.conv{part}"] = getattr(block, f"conv{part}")
            layers[f"residual_units.{number}.batchnorm{part}"] = getattr(block, f"norm{part}")
    layers["residual_units.4.conv"] = network.skips[1]
    state = {}
    for name, layer in layers.items():
        for key, value in layer.state_dict().items():
            state[f"{name}.{key}"] = value[:, :, 0] if value.ndim == 4 else value
    return {"new.pt": _saved(state), "old.pt": _saved(state, False)}


@functools.cache
def enformer() -> Files:
    """A tiny network's `config.json` and weights, in both formats."""
    network = untrained(EnformerConfig(**_ENFORMER))  # type: ignore[arg-type]
    state = {port_key(name): value.clone() for name, value in network.state_dict().items()}
    for name in state:
        if name.endswith(("1.fn.2.weight", "final_pointwise.1.2.weight")):
            state[name] = state[name][..., None]
        elif name.endswith("to_attn_logits.weight"):
            state[name] = state[name][..., None, None]
    config = json.dumps(_ENFORMER, indent=1).encode()
    return {
        "config.json": config, "model.safetensors": safetensors_bytes(_contiguous(state)),
        "pytorch_model.bin": _saved(state),
    }  # fmt: skip


@functools.cache
def regulatory() -> Files:
    """Two tiny networks."""
    return {"regulatory.safetensors": safetensors_bytes(_contiguous(toy_ensemble().state_dict()), HEADER)}


@functools.cache
def custom(exported: bool = False) -> Files:
    """A custom model: its manifest and its network."""
    with tempfile.TemporaryDirectory(prefix="genoscore-fuzz-") as name:
        path = Path(name, "net.pt2" if exported else "net.pt")
        if exported:
            save_exported(path, 2, torch.export.Dim("windows"))
        else:
            save_traced(path, Net())
        manifest = toml_text({**MANIFEST, "file": path.name, "licence": "MIT", "summary": "Made here."})
        return {"model.toml": manifest.encode(), path.name: path.read_bytes()}


@functools.cache
def spliceai() -> Files:
    """The published Keras files, if they are installed."""
    try:
        folder = importlib.metadata.distribution("spliceai").locate_file("spliceai/models")
    except importlib.metadata.PackageNotFoundError:
        return {}
    return {f"spliceai{number}.h5": Path(str(folder), f"spliceai{number}.h5").read_bytes() for number in range(1, 6)}


def _saved(state: dict[str, torch.Tensor], as_zip: bool = True) -> bytes:
    out = io.BytesIO()
    torch.save(state, out, _use_new_zipfile_serialization=as_zip)
    return out.getvalue()


def _contiguous(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value.contiguous() for name, value in state.items()}

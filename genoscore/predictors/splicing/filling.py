"""A state dict of 1-D layers into the layers of a dilated network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from genoscore.core.errors import WeightsError

if TYPE_CHECKING:
    import torch
    from torch import nn


def fill(layers: Mapping[str, nn.Module], state: Mapping[str, torch.Tensor], path: Path, model: str) -> None:
    """Copy a state dict of 1-D layers into the layers of a DilatedStack, by their names in the state dict.

    Raises:
        WeightsError: a tensor is missing, left over or of another shape; the message names it.
    """
    left = {key for key in state if not key.endswith("num_batches_tracked")}
    for name, layer in layers.items():
        for key, target in layer.state_dict().items():
            if key == "num_batches_tracked":
                continue
            full = f"{name}.{key}"
            if full not in state:
                raise _no_model(path, model, f"it lacks {full}")
            source = state[full]
            if source.ndim == 3:
                source = source.unsqueeze(2)  # (out, in, width) to (out, in, 1, width)
            if source.shape != target.shape:
                raise _no_model(path, model, f"{full} has shape {tuple(state[full].shape)}")
            target.copy_(source)
            left.discard(full)
    if left:
        raise _no_model(path, model, f"it also holds {min(left)[:80]}")


def _no_model(path: Path, model: str, why: str) -> WeightsError:
    return WeightsError(f"{path} does not hold {model} ({why})", "get the published file again")

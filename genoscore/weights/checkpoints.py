"""Reads checkpoints as tensors and nothing else: a file that would run code when loaded is refused."""

from __future__ import annotations

import pickle
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genoscore.core.errors import WeightsError

if TYPE_CHECKING:
    import torch

_FOREIGN = re.compile(r"(?:unsupported GLOBAL|Unsupported global: GLOBAL) (\S+)", re.IGNORECASE)
_PICKLE = b"\x80"  # begins a pickle of protocol 2 and later


def load_checkpoint(path: Path) -> dict[str, torch.Tensor]:
    """Name -> tensor of a state dict, on the CPU.

    Reads what `torch.save` writes, both its formats, with `weights_only=True`, and `.safetensors`.

    Raises:
        WeightsError: the file cannot be read, would run code, is damaged, or holds something other than named tensors.
    """
    try:
        with open(path, "rb") as handle:
            head = handle.read(1)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror})", "check the path and its permissions") from None
    try:
        state = _read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path)
    except MemoryError:
        raise
    except Exception as error:  # damage raises many kinds of errors
        raise _refusal(path, head, error) from None
    return _named_tensors(path, state)


def _read_torch(path: Path) -> Any:
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # about a foreign pickle protocol, before the refusal
        return torch.load(path, map_location="cpu", weights_only=True)


def _read_safetensors(path: Path) -> Any:
    from safetensors.torch import load_file

    return load_file(path, device="cpu")


def _refusal(path: Path, head: bytes, error: Exception) -> WeightsError:
    text = str(error)
    foreign = _FOREIGN.search(text)
    if foreign or "TorchScript" in text or (isinstance(error, pickle.UnpicklingError) and head == _PICKLE):
        content = (
            f"it names {foreign[1]}" if foreign else "TorchScript" if "TorchScript" in text else "a foreign pickle"
        )
        return WeightsError(
            f"{path} is refused: it holds more than tensors ({content}), and loading that may run code",
            "get the published file again, or save the state dict alone",
        )
    first = (text.strip().splitlines() or [type(error).__name__])[0]
    why = "not a torch checkpoint" if isinstance(error, pickle.UnpicklingError) else first.split(". ")[0][:120]
    return WeightsError(f"{path} is damaged or not a checkpoint ({why})", "get the published file again")


def _named_tensors(path: Path, state: Any) -> dict[str, torch.Tensor]:
    import torch

    if not isinstance(state, dict) or not state:
        kind = "nothing" if isinstance(state, dict) else f"a {type(state).__name__}"
        raise WeightsError(f"{path} holds {kind}, not a state dict", "give a file of named tensors")
    for name, value in state.items():
        if not (isinstance(name, str) and isinstance(value, torch.Tensor)):
            raise WeightsError(
                f"{path} holds {type(value).__name__} {str(name)[:60]!r} beside or instead of tensors",
                "save the state dict alone",
            )
    return dict(state)

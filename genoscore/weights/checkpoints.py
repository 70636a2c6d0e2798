"""Reads checkpoints as tensors and nothing else: a file that would run code when loaded is refused.

Every weight of every built-in predictor passes `as_weights`: scores from altered weights look like any others.
"""

from __future__ import annotations

import pickle
import re
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genoscore.core.errors import WeightsError, is_out_of_memory
from genoscore.weights.files import require_regular

if TYPE_CHECKING:
    import torch

_FOREIGN = re.compile(r"(?:unsupported GLOBAL|Unsupported global: GLOBAL) (\S+)", re.IGNORECASE)
_PICKLE = b"\x80"  # begins a pickle of protocol 2 and later
_ARCHIVE = b"PK"
_COUNTER = "num_batches_tracked"  # of batch normalization: a whole number, used only in training
_AGAIN = "get the published file again"
_SAVE = "get the published file again, or save the state dict in float32"
_NAME = 60  # characters of a tensor's name in messages


def load_checkpoint(path: Path, computed: tuple[str, ...] = ()) -> dict[str, torch.Tensor]:
    """Name -> tensor of a state dict, on the CPU: weights in float32, and the counters of batch normalization.

    Reads what `torch.save` writes, both its formats, with `weights_only=True`, and `.safetensors`.

    Args:
        computed: parts of the names of tensors that the network computes itself; these are left out unchecked.

    Raises:
        WeightsError: the file cannot be read, would run code, is damaged, or holds something other than named tensors
            of weights (see `as_weights`).
    """
    state = _read_safetensors(path) if path.suffix == ".safetensors" else read_torch(path)
    tensors = _named_tensors(path, state)
    return {
        name: value if name.endswith(_COUNTER) and _is_counter(value) else as_weights(path, name, value)
        for name, value in tensors.items()
        if not any(part in name for part in computed)
    }


def as_weights(path: Path, name: str, tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of weights in float32.

    float16 and bfloat16 are widened, which changes no value. Other types are refused: whole numbers are quantized
    weights without their scale, and float64 would be rounded.

    Args:
        path, name: of the file and the tensor, for messages.

    Raises:
        WeightsError: another type; not dense; NaN or infinity.
    """
    import torch

    oddity = _oddity(tensor)
    if oddity:
        raise WeightsError(f"{path}: tensor {name[:_NAME]} is {oddity}, expected float32", _SAVE)
    if tensor.numel():
        low, high = torch.aminmax(tensor.detach())  # NaN comes out of it too; far faster than isfinite
        if not (low.isfinite() and high.isfinite()):
            raise WeightsError(f"{path}: tensor {name[:_NAME]} holds NaN or infinity", _AGAIN)
    return tensor.float()


def _oddity(tensor: torch.Tensor) -> str:
    """Why a tensor cannot be weights, in words that follow `is`; '' if it can."""
    import torch

    if tensor.is_quantized:
        return "quantized"
    if tensor.is_meta:
        return "without data (on the device meta)"
    if tensor.is_nested:
        return "nested"
    if tensor.layout is not torch.strided:
        return "sparse"
    if tensor.dtype not in (torch.float32, torch.float16, torch.bfloat16):
        return f"of type {str(tensor.dtype).removeprefix('torch.')}"
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        return f"{tensor.numel():,} numbers, of which the file holds fewer"
    return ""


def _is_counter(tensor: torch.Tensor) -> bool:
    """Whether a tensor is one whole number, of any value."""
    return tensor.numel() <= 1 and not (tensor.is_floating_point() or tensor.is_complex() or tensor.is_meta)


def read_torch(path: Path) -> Any:
    """What `torch.save` wrote: tensors, numbers, texts and containers of them, on the CPU.

    Raises:
        WeightsError: the file cannot be read, would run code, is damaged, or unpacks to more than its own size.
    """
    import torch

    head = _head(path)
    if head == _ARCHIVE:
        _check_archive(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about a foreign pickle protocol, before the refusal
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damage raises many kinds of errors
        raise _refusal(path, head, error) from None


def _read_safetensors(path: Path) -> Any:
    from safetensors.torch import load_file

    head = _head(path)
    try:
        return load_file(path, device="cpu")
    except Exception as error:
        raise _refusal(path, head, error) from None


def _head(path: Path) -> bytes:
    """The first two bytes of a file, or fewer."""
    require_regular(path)
    try:
        with open(path, "rb") as handle:
            return handle.read(2)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror})", "check the path and its permissions") from None


def _check_archive(path: Path) -> None:
    """Refuse an archive whose members are larger than itself: torch stores them uncompressed, each once."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except Exception:  # damaged: torch.load will say how
        return
    size = path.stat().st_size
    if unpacked > size:
        raise WeightsError(
            f"{path} is refused: its {size:,} bytes unpack to {unpacked:,}, and torch.save does not compress", _AGAIN
        )


def _refusal(path: Path, head: bytes, error: Exception) -> WeightsError:
    text = str(error)
    if is_out_of_memory(error):
        return WeightsError(
            f"{path} cannot be loaded: it needs more memory than there is", f"free some memory, or {_AGAIN}"
        )
    foreign = _FOREIGN.search(text)
    if foreign or "TorchScript" in text or (isinstance(error, pickle.UnpicklingError) and head[:1] == _PICKLE):
        content = (
            f"it names {foreign[1]}" if foreign else "TorchScript" if "TorchScript" in text else "a foreign pickle"
        )
        return WeightsError(
            f"{path} is refused: it holds more than tensors ({content}), and loading that may run code",
            "get the published file again, or save the state dict alone",
        )
    first = (text.strip().splitlines() or [type(error).__name__])[0]
    why = "not a torch checkpoint" if isinstance(error, pickle.UnpicklingError) else first.split(". ")[0][:120]
    return WeightsError(f"{path} is damaged or not a checkpoint ({why})", _AGAIN)


def _named_tensors(path: Path, state: Any) -> dict[str, torch.Tensor]:
    import torch

    if not isinstance(state, dict) or not state:
        kind = "nothing" if isinstance(state, dict) else f"a {type(state).__name__}"
        raise WeightsError(f"{path} holds {kind}, not a state dict", "give a file of named tensors")
    for name, value in state.items():
        if not (isinstance(name, str) and isinstance(value, torch.Tensor)):
            raise WeightsError(
                f"{path} holds {type(value).__name__} {str(name)[:_NAME]!r} beside or instead of tensors",
                "save the state dict alone",
            )
    return dict(state)

"""Where to compute: which device, and how many threads."""

from __future__ import annotations

import ctypes
import sys

import torch

from genoscore.core.errors import ConfigError

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # from malloc.h


def choose_device(name: str) -> torch.device:
    """The device of that name; `auto`: the first CUDA device if there is one, else the CPU.

    Raises:
        ConfigError: a CUDA device is requested that this machine or this build of torch lacks.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if "," in name or name == "cuda:all":
        raise ConfigError(f"device {name}: only one device is supported here", "use cuda:0")
    device = torch.device(name)
    if device.type == "cuda":
        _full_fp32()
        if not torch.cuda.is_available():
            raise ConfigError(f"device {name}: torch sees no CUDA device", "use --device cpu")
        if device.index is not None and device.index >= torch.cuda.device_count():
            raise ConfigError(f"device {name}: torch sees {torch.cuda.device_count()} CUDA device(s)", "use cuda:0")
    return device


def _full_fp32() -> None:
    """fp32 means fp32: torch lets CUDA's convolutions round their inputs to TF32 (10 bits) by default."""
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


def choose_devices(name: str) -> list[str]:
    """The devices of a run: one, or the CUDA devices that share its chunks (`cuda:0,cuda:1`, or `cuda:all`).

    Raises:
        ConfigError: as `choose_device`.
    """
    if name == "cuda:all":
        choose_device("cuda")
        return [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    names = name.split(",")
    for device in names:
        choose_device(device)
    return names


def choose_threads(threads: int | None) -> None:
    """Set the number of torch's threads; None keeps torch's default, every core."""
    if threads is not None:
        torch.set_num_threads(threads)


def keep_freed_memory() -> None:
    """Make glibc reuse freed memory instead of returning it to the system; no effect with other C libraries.

    Activations are allocated and freed by the megabyte; requesting zeroed pages from the system each time costs up to a
    quarter of a reference pass. Memory use stays bounded by its peak.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        mallopt(_M_TRIM_THRESHOLD, (1 << 31) - 1)

"""Where to compute: which device, how many threads."""

from __future__ import annotations

import ctypes
import sys

import torch

from genoscore.errors import ConfigError

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h


def choose_device(name: str) -> torch.device:
    """`auto` takes the first CUDA device where there is one, else the CPU.

    Raises:
        ConfigError: a CUDA device is asked for that this machine or this build of torch lacks.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda":
        if not torch.cuda.is_available():
            raise ConfigError(f"device {name}: torch sees no CUDA device", "use --device cpu")
        if device.index is not None and device.index >= torch.cuda.device_count():
            raise ConfigError(f"device {name}: torch sees {torch.cuda.device_count()} CUDA device(s)", "use cuda:0")
    return device


def choose_threads(threads: int | None) -> None:
    """Set torch's threads; None leaves its own choice, every core."""
    if threads is not None:
        torch.set_num_threads(threads)


def keep_freed_memory() -> None:
    """Let the C library hand freed memory out again instead of returning it to the system, where that is glibc.

    Activations are allocated and freed by the megabyte; asking the system for zeroed pages each time costs up to a
    quarter of a reference pass. What the process holds stays bounded by its peak.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        mallopt(_M_TRIM_THRESHOLD, (1 << 31) - 1)

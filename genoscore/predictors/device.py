"""Where to compute: which device, how many threads."""

from __future__ import annotations

import torch

from genoscore.errors import ConfigError


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

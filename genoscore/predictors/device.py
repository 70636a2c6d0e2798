"""Where to compute: which device, how many threads, how large a batch."""

from __future__ import annotations

import torch

from genoscore.errors import ConfigError
from genoscore.windows import WindowSpec


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


_BYTES_PER_BASE = 32 * 4 * 6  # channels, float32, tensors alive at once
_CPU_BATCH = 8  # windows: larger ones gain nothing on a CPU
_CPU_BYTES = 512 << 20


def fit_batch(spec: WindowSpec, device: str) -> int:
    """Windows a call that fit the device's memory."""
    window = (spec.context_length + spec.n_bins * spec.bin_size) * _BYTES_PER_BASE
    chosen = choose_device(device)
    if chosen.type == "cuda":
        free, _ = torch.cuda.mem_get_info(chosen)
        return max(1, min(512, int(free * 0.5) // window))
    return max(1, min(_CPU_BATCH, _CPU_BYTES // window))

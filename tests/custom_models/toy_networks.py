"""Small networks of one weighted sum per bin, in the layouts and formats that custom models may have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

LENGTH, BIN, BINS, FLANK, CENTRE = 64, 8, 6, 8, 29
# Signal of one base in a bin, by track, base and place in the bin: no symmetry that would hide a wrong strand.
WEIGHTS = np.random.default_rng(3).uniform(0.05, 1, (2, 4, BIN)).round(3)
TRACKS = ("liver", "heart")
MANIFEST = {
    "name": "mine", "file": "net.pt", "tracks": list(TRACKS), "input_length": LENGTH, "bin_size": BIN, "n_bins": BINS,
    "centre": CENTRE, "n_fill": 0.25, "tss": False,
}  # fmt: skip


class Net(torch.nn.Module):
    """(B, 4, L) to (B, 2, N): the weighted bases of every bin; 8 bases of context on each side do nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("weights", torch.tensor(WEIGHTS, dtype=torch.float32))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.conv1d(x[:, :, FLANK:-FLANK], self.weights, stride=BIN)


class Wrapped(torch.nn.Module):
    """Net with another layout, so that the same outputs are wanted."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.net = Net()
        self.kind = kind

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.kind == "turned":
            return self.net(x.transpose(1, 2).flip(2)).transpose(1, 2)
        if self.kind == "one":
            return self.net(x).mean(dim=2)
        if self.kind == "nan":
            return self.net(x) / 0 * 0
        if self.kind == "dropout":
            return torch.nn.functional.dropout(self.net(x), 0.5, training=True)
        return self.net(x) - self.net(x).mean(dim=0)  # batch statistics


class Typed(Net):
    """Net, with a cast, which torch.export guards by an assertion that autocast would break."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x).to(torch.float32)


class Two(torch.nn.Module):
    """More than the windows."""

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return x + y


class Couple(torch.nn.Module):
    """More than one tensor."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x, x


def save_traced(path: Path, network: torch.nn.Module, windows: int = 1) -> None:
    torch.jit.save(torch.jit.trace(network, torch.zeros(windows, 4, LENGTH), check_trace=False), str(path))


def save_exported(
    path: Path, windows: int, dim: torch.export.Dim | None, network: torch.nn.Module | None = None
) -> None:
    shapes = None if dim is None else ({0: dim},)
    torch.export.save(
        torch.export.export(network or Net(), (torch.zeros(windows, 4, LENGTH),), dynamic_shapes=shapes), path
    )

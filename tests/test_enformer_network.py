"""Enformer's network against the PyTorch port's own outputs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from genoscore.predictors.enformer_weights import load_network


def one_hot(indices: torch.Tensor) -> torch.Tensor:
    """(B, L) of 0 to 3, or 4 for N, to (B, 4, L)."""
    return torch.nn.functional.one_hot(indices.long(), 5)[..., :4].transpose(1, 2).float()


@pytest.mark.parametrize("name", ["enformer_tiny", "enformer_full_window_tf_gamma"])
def test_outputs_are_those_of_the_port(shared: Path, name: str) -> None:
    folder = shared / "parity" / name
    stored = load_file(folder / "io.safetensors")
    network = load_network(folder)
    with torch.inference_mode():
        x = one_hot(stored["x"])
        embeddings = network.trunk(network.tokens(x))
        tracks = network(x)
    torch.testing.assert_close(embeddings, stored["y_embeddings"], rtol=1e-4, atol=1e-4)
    for head, y in tracks.items():
        torch.testing.assert_close(y.transpose(1, 2), stored[f"y_{head}"], rtol=1e-4, atol=1e-4)

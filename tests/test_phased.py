"""Convolutions over phases, direct and through the frequency domain, against float64 and PyTorch's own dilation."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from genoscore.networks.phased import PhasedConv


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    width=st.sampled_from([1, 3, 11, 21, 41]),
    more_rows=st.one_of(st.integers(0, 40), st.integers(41, 600)),
    phases=st.sampled_from([1, 4, 10, 25]),
    edits=st.integers(1, 3),
    channels=st.sampled_from([1, 8]),
)
def test_equals_a_dilated_convolution(
    seed: int, width: int, more_rows: int, phases: int, edits: int, channels: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    conv = PhasedConv(
        torch.randn(channels, channels, width, generator=generator), torch.randn(channels, generator=generator)
    )
    rows = conv.whole_rows(1 + more_rows) + width - 1
    x = torch.randn(rows, edits, phases, channels, generator=generator)
    lines = x.permute(1, 3, 0, 2).reshape(edits, channels, rows * phases)
    wanted = functional.conv1d(lines.double(), conv.weight.double(), conv.bias.double(), dilation=phases)
    found = conv(x.flatten(1, 2)).view(-1, edits, phases, channels)
    found = found.permute(1, 3, 0, 2).reshape(edits, channels, -1)
    assert found.shape == wanted.shape
    assert (found - wanted).abs().max() < 1e-6 * (1 + width * channels) ** 0.5 * 10


def test_wide_kernels_over_many_rows_take_the_frequency_domain() -> None:
    """Both ways are computed, and agree, but not to the bit."""
    weight, x = torch.randn(4, 4, 41), torch.randn(160, 50, 4)
    spectral, direct = (PhasedConv(weight, torch.zeros(4), spectral)(x) for spectral in (True, False))
    assert torch.allclose(spectral, direct, atol=1e-4)
    assert not torch.equal(spectral, direct)

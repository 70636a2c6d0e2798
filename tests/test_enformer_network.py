"""Enformer's network: the port's own outputs, blocks, edits, attention."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from genoscore.networks.enformer import Enformer
from genoscore.networks.enformer_config import EnformerConfig
from genoscore.networks.enformer_positions import position_features
from genoscore.networks.short_convolution import ShortConv
from genoscore.predictors.enformer.weights import load_network, untrained

LENGTH = 128 * 18
SMALL = EnformerConfig(
    dim=48, depth=2, heads=2, output_heads={"human": 5, "mouse": 2}, target_length=12, dim_divisible_by=8,
    attn_dim_key=16, use_tf_gamma=False, input_length=LENGTH,
)  # fmt: skip


@pytest.fixture(scope="module")
def small() -> Enformer:
    return untrained(SMALL)


def one_hot(indices: torch.Tensor) -> torch.Tensor:
    """(B, L) of 0 to 3, or 4 for N, to (B, 4, L)."""
    return torch.nn.functional.one_hot(indices.long(), 5)[..., :4].transpose(1, 2).float()


def bases(count: int, length: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 5, (count, length), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", ["enformer_tiny", "enformer_full_window_tf_gamma"])
@torch.inference_mode()
def test_outputs_are_those_of_the_port(shared: Path, name: str) -> None:
    folder = shared / "parity" / name
    stored = load_file(folder / "io.safetensors")
    network = load_network(folder)
    embeddings = network.trunk(network.tokens(one_hot(stored["x"])))
    torch.testing.assert_close(embeddings, stored["y_embeddings"], rtol=1e-5, atol=1e-5)
    assert set(network.heads) == {"human", "mouse"}
    for head in network.heads:
        wanted = stored[f"y_{head}"].transpose(1, 2)
        torch.testing.assert_close(network.head(embeddings, head), wanted, rtol=1e-5, atol=1e-5)


@torch.inference_mode()
def test_the_other_gammas_give_other_tracks(shared: Path) -> None:
    """With the wrong ones they look as good. The fixture's tokens are all alike and its positions weigh little."""
    right = load_network(shared / "parity" / "enformer_full_window_tf_gamma")
    right.transformer[0].attention.position_key.weight *= 10
    config = {name: getattr(right.config, name) for name in EnformerConfig.__slots__} | {"use_tf_gamma": False}
    wrong = Enformer(EnformerConfig(**config))
    wrong.load_state_dict(right.state_dict())
    tokens = torch.randn(1, 1_536, 192, generator=torch.Generator().manual_seed(0))
    one, other = (network.head(network.trunk(tokens), "human") for network in (right, wrong))
    assert 1e-2 < (one - other).abs().max() < 0.5
    assert abs(one.mean() - other.mean()) < 1e-2


def test_gammas_are_scaled_over_features_or_come_from_the_table() -> None:
    own = position_features(40, 48)
    assert own.shape == (79, 48)
    assert torch.equal(own[:, 16:24].amax(1), torch.ones(79))  # at each position
    assert own[:, 16:24].amax(0).min() == 1
    unsigned, signed = own[:, :24], own[:, 24:]
    assert torch.equal(signed, unsigned * torch.arange(-39, 40).sign()[:, None])
    assert torch.equal(unsigned, unsigned.flip(0))
    assert own[39, 24:].abs().max() == 0
    table = torch.rand(79, 8)
    assert torch.equal(position_features(40, 48, table)[:, 16:24], table)
    with pytest.raises(ValueError, match="table of gammas has shape"):
        position_features(41, 48, table)


def test_a_network_without_its_table_is_refused() -> None:
    with pytest.raises(ValueError, match="a table of gammas is needed with use_tf_gamma"):
        Enformer(EnformerConfig(depth=1))


@torch.inference_mode()
def test_blocks_of_any_size_give_the_same_tokens(small: Enformer) -> None:
    x = one_hot(bases(3, LENGTH))
    whole = small.tokens(x, block=3 * LENGTH)
    for block in (4, 100, 1_000):
        torch.testing.assert_close(small.tokens(x, block=block), whole, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(small.tokens(x[1:2]), whole[1:2], rtol=1e-5, atol=1e-5)


@torch.inference_mode()
def test_tokens_are_those_of_the_layers_one_by_one(small: Enformer) -> None:
    """As the paper has them, in float64."""
    functional, network = torch.nn.functional, untrained(SMALL).double()
    h = one_hot(bases(2, LENGTH)).double()
    for stage in (network.stem, *network.tower):
        if stage.norm1 is not None:
            h = stage.norm1(h)
            h = h * torch.sigmoid(1.702 * h)
        h = stage.conv(h)
        g = stage.norm2(h)
        h = h + functional.conv1d(g * torch.sigmoid(1.702 * g), stage.pointwise.weight[..., None], stage.pointwise.bias)
        logits = functional.conv1d(h, stage.pool.weight[..., None])
        h = (h.unflatten(2, (-1, 2)) * logits.unflatten(2, (-1, 2)).softmax(-1)).sum(-1)
    torch.testing.assert_close(
        small.tokens(one_hot(bases(2, LENGTH))).double(), h.transpose(1, 2), rtol=1e-5, atol=1e-5
    )


@torch.inference_mode()
def test_reach_is_exact(small: Enformer) -> None:
    assert (small.reach, small.halo) == (259, 3)
    network = untrained(SMALL).double()  # so that even the faintest trace shows
    x = one_hot(bases(1, LENGTH)).double()
    before = network.tokens(x)[0]
    for place in (0, 124, 125, 127, 128, 130, 1_000, 1_155, 1_156, 1_157, LENGTH - 1):
        edited = x.clone()
        edited[:, :, place] = 1.0 - x[:, :, place]
        changed = (network.tokens(edited)[0] != before).any(1).nonzero().flatten().tolist()
        assert changed == list(range(*small.touched(place, place + 1)))
    assert small.touched(0, LENGTH) == (0, 18)
    assert small.touched(70, 70) == (0, 0)


@settings(max_examples=60, deadline=None)
@given(
    places=st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)).map(sorted),
    short=st.booleans(),
    seed=st.integers(0, 99),
    count=st.integers(1, 3),
)
@torch.inference_mode()
def test_edited_tokens_are_those_of_a_whole_pass(
    small: Enformer, places: list[int], short: bool, seed: int, count: int
) -> None:
    first, last = places
    if short:
        last = min(last, first + 1 + seed % 8)
    ref, other = bases(1, LENGTH, seed), bases(count, LENGTH, seed + 1_000)
    alt = ref.repeat(count, 1)
    alt[:, first:last] = other[:, first:last]
    reference = small.tokens(one_hot(ref))[0]
    kept = reference.clone()
    wanted = small.tokens(one_hot(alt))
    given_back = small.edited_tokens(one_hot(alt), reference, first, last)
    torch.testing.assert_close(given_back, wanted, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(small.edited_tokens(one_hot(alt)[0], reference, first, last), given_back[0])
    assert torch.equal(reference, kept)


@torch.inference_mode()
def test_edits_of_the_port_s_network(shared: Path) -> None:
    """An SNV and an insertion that shifts the right side, at every phase of a bin and at the window's ends."""
    network = load_network(shared / "parity" / "enformer_tiny")
    ref = bases(1, network.config.input_length)
    reference = network.tokens(one_hot(ref))[0]
    for place in (0, 3, 4_096 - 61, 4_096, 4_096 + 67, 8_191):
        snv = ref.clone()
        snv[0, place] = (ref[0, place] + 1) % 4
        shifted = torch.cat([ref[:, :place], bases(1, 7), ref[:, place:-7]], dim=1)[:, : ref.shape[1]]
        for alt, last in ((snv, place + 1), (shifted, ref.shape[1])):
            edited = network.edited_tokens(one_hot(alt), reference, place, last)
            torch.testing.assert_close(edited, network.tokens(one_hot(alt)), rtol=1e-5, atol=1e-5)
            assert (edited[0] != reference).any()


@torch.inference_mode()
def test_chosen_tracks_are_rows_of_all(small: Enformer) -> None:
    embeddings = small.trunk(small.tokens(one_hot(bases(2, LENGTH))))
    assert embeddings.shape == (2, 12, 96)
    tracks = small.head(embeddings, "human")
    assert tracks.shape == (2, 5, 12)
    assert tracks.min() > 0
    chosen = small.head(embeddings, "human", torch.tensor([3, 0]))
    torch.testing.assert_close(chosen, tracks[:, [3, 0]])
    both = small(one_hot(bases(2, LENGTH)))
    torch.testing.assert_close(both["human"], tracks)
    assert both["mouse"].shape == (2, 2, 12)


@torch.inference_mode()
def test_attention_weights_explain_each_block(small: Enformer) -> None:
    tokens = small.tokens(one_hot(bases(2, LENGTH)))
    weights = small.attention(tokens)
    assert [tuple(one.shape) for one in weights] == [(2, 2, 18, 18)] * 2
    x = tokens
    for one, (block, position_keys) in zip(weights, small._blocks(tokens), strict=True):
        torch.testing.assert_close(one.sum(-1), torch.ones(2, 2, 18))
        value = block.attention.value(block.norm1(x)).unflatten(2, (2, -1)).transpose(1, 2)
        y = x + block.attention.out((one @ value).transpose(1, 2).flatten(2))
        y = y + block.narrow(block.widen(block.norm2(y)).relu())
        x = block(x, position_keys, 0, 18)
        torch.testing.assert_close(x, y, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(block(tokens, position_keys, 3, 15), block(tokens, position_keys, 0, 18)[:, 3:15])


@torch.inference_mode()
def test_attention_is_that_of_torch_with_the_position_term_as_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a CPU the softmax is taken row by row, in pieces; a mask of every pair says the same."""
    monkeypatch.setattr("genoscore.networks.enformer_attention._ROWS", 7)
    network = untrained(SMALL)
    tokens = network.tokens(one_hot(bases(2, LENGTH)))
    block, position_keys = next(iter(network._blocks(tokens)))
    attention = block.attention
    query, key, value = attention._projected(tokens, 0, 18)
    by_pair = torch.empty(2, 2, 18, 18)
    for i in range(18):
        for j in range(18):
            distance = position_keys[:, :, 17 + j - i]  # (heads, keys)
            by_pair[:, :, i, j] = ((query[:, :, i] + attention.position_bias[:, :, 0]) * distance).sum(-1)
    taken = torch.nn.functional.scaled_dot_product_attention(
        query + attention.content_bias, key, value, attn_mask=by_pair, scale=1.0
    )
    wanted = attention.out(taken.transpose(1, 2).flatten(2))
    torch.testing.assert_close(attention(tokens, position_keys, 0, 18), wanted, rtol=1e-5, atol=1e-5)


@torch.inference_mode()
def test_bfloat16_is_close(small: Enformer) -> None:
    x = one_hot(bases(1, LENGTH))
    wanted = small(x)["human"]
    with torch.autocast("cpu", torch.bfloat16):
        rough = small(x)["human"]
    assert 1e-5 < (rough - wanted).abs().max() < 0.05
    torch.testing.assert_close(small(x)["human"], wanted)  # nothing rough is kept


@torch.inference_mode()
def test_what_was_derived_from_weights_follows_the_network(small: Enformer) -> None:
    network = untrained(SMALL)
    x = one_hot(bases(1, LENGTH))
    wanted = network(x)["human"]
    exact = network.double()(x.double())["human"]
    torch.testing.assert_close(exact.float(), wanted, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(network.float()(x)["human"], wanted)


def test_wrong_shapes_are_refused(small: Enformer) -> None:
    with pytest.raises(ValueError, match=r"x has shape \(1, 4, 100\)"):
        small.tokens(torch.zeros(1, 4, 100))
    with pytest.raises(ValueError, match=r"tokens have shape \(1, 17, 48\), expected \(B, 18, 48\)"):
        small.trunk(torch.zeros(1, 17, 48))


@pytest.mark.parametrize(("channels", "out"), [(6, 3), (96, 32)])
def test_short_convolutions_round_little(channels: int, out: int) -> None:
    generator = torch.Generator().manual_seed(0)
    kernel = torch.randn(out, channels, 5, generator=generator) * (5 * channels) ** -0.5
    x = torch.randn(channels, 404, generator=generator)
    exact = torch.nn.functional.conv1d(x.double()[None], kernel.double())[0].T
    y = ShortConv(kernel)(x.T.reshape(101, 4, channels).transpose(0, 1).contiguous())
    assert y.shape == (4, 100, out)
    error = (y.transpose(0, 1).reshape(400, out) - exact).abs().max()
    assert error < 1e-5

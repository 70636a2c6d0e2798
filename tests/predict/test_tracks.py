"""Tracks of sequences: every base, in pieces, in batches, on either strand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.variants import Variant
from genoscore.core.windows import Stretch
from genoscore.engine import tracks
from genoscore.engine.full_windows import FullWindows
from genoscore.planning.jobs import Job
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.splicing.predictor import SplicePredictor
from tests.predict.toy_sequences import COMPLEMENT, TRACKS, load_arrays, predicted_by_hand, random_bases
from tests.toy import BINS, CONFIG, TOY, loaded

pytestmark = pytest.mark.usefixtures("toy", "bins")


def test_every_base_of_every_sequence(predict: Callable[..., Path]) -> None:
    short, long = random_bases(7), random_bases(300)
    text = f">short what it is\n{short}\n\n>long\r\n{long[:100].lower()}\r\n{long[100:]}\n"
    found = load_arrays(predict(text) / "o.npz")
    assert list(found) == ["tracks", "short", "long"]
    assert found["tracks"].tolist() == TRACKS
    assert found["tracks"].dtype.kind == "U"
    for name, sequence in (("short", short), ("long", long)):
        assert found[name].dtype == np.float32
        assert found[name].shape == (3, len(sequence))
        np.testing.assert_allclose(found[name], predicted_by_hand(sequence), atol=1e-6)


def test_letters(predict: Callable[..., Path]) -> None:
    """Lower case is folded, U is T, every other letter of the code is N."""
    plain = random_bases(60)
    found = load_arrays(
        predict(f">a\n{plain}RYSWKMBDHVNX\n>b\n{plain.lower()}{'n' * 12}\n>c\n{plain.replace('T', 'U')}NN\n") / "o.npz"
    )
    np.testing.assert_array_equal(found["a"], found["b"])
    np.testing.assert_allclose(found["c"][:, :60], found["a"][:, :60], atol=1e-6)
    np.testing.assert_allclose(found["a"], predicted_by_hand(plain + "N" * 12), atol=1e-6)


@pytest.mark.parametrize("batch_size", [None, 1, 3])
def test_pieces_and_batches_equal_one_pass(
    predict: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, batch_size: int | None
) -> None:
    sequences = {f"s{length}": random_bases(length, length) for length in (500, 41, 40, 40, 80, 129, 1)}
    text = "".join(f">{name}\n{bases}\n" for name, bases in sequences.items())
    text += f">again\n{sequences['s40']}\n"
    monkeypatch.setattr(tracks, "PIECE", 40)
    calls: list[tuple[int, ...]] = []
    own = SplicePredictor.predict

    def counted(self: SplicePredictor, x: torch.Tensor) -> torch.Tensor:
        calls.append(tuple(x.shape))
        return own(self, x)

    monkeypatch.setattr(SplicePredictor, "predict", counted)
    found = load_arrays(predict(text, batch_size=batch_size) / "o.npz")
    assert max(shape[2] for shape in calls) == 40 + CONFIG.context_length, "memory is bounded by the piece"
    assert max(shape[0] for shape in calls) == (batch_size or 8)
    monkeypatch.undo()
    for name, bases in sequences.items():
        np.testing.assert_allclose(found[name], predicted_by_hand(bases), atol=1e-6, err_msg=name)
    np.testing.assert_allclose(found["again"], found["s40"], atol=1e-6)


def test_strands(predict: Callable[..., Path]) -> None:
    sequence = random_bases(120)
    text = f">s\n{sequence}\n"
    spec, forward, reverse = (
        load_arrays(predict(text, strand=strand) / "o.npz")["s"] for strand in ("spec", "forward", "reverse")
    )
    np.testing.assert_array_equal(spec, forward)
    turned = predicted_by_hand(sequence.translate(COMPLEMENT)[::-1])[:, ::-1]
    np.testing.assert_allclose(reverse, turned, atol=1e-6)
    assert np.abs(reverse - forward).max() > 0.01


def test_a_network_of_one_length(predict: Callable[..., Path]) -> None:
    """Short sequences lie with their middle base at the spec's centre, among N; bins are the window's."""
    sequence = "A" * 5 + "C" * 15
    found = load_arrays(predict(f">s\n{sequence}\n>w\n{'A' * 64}\n", predictor="bins", strand="forward") / "o.npz")
    window = "N" * 21 + sequence + "N" * 23  # base 10 at index 31
    known = [sum(base != "N" for base in window[at : at + 8]) for at in range(8, 56, 8)]
    assert known == [0, 3, 8, 8, 1, 0]
    assert found["s"].shape == (2, 6)
    assert found["s"][1].tolist() == [8.0] * 6, "N is 0.25 in each of four channels"
    first = {"A": 1.0, "C": 0.0, "N": 0.25}
    assert found["s"][0].tolist() == [first[window[at]] for at in range(8, 56, 8)]
    assert found["w"][0].tolist() == [1.0] * 6


def test_both_strands_are_averaged(predict: Callable[..., Path]) -> None:
    """`--strand spec` of a predictor that reads both strands; the other strand's bins are turned back."""
    text = f">s\n{random_bases(64)}\n"
    spec, forward, reverse = (
        load_arrays(predict(text, predictor="bins", strand=strand) / "o.npz")["s"]
        for strand in ("spec", "forward", "reverse")
    )
    np.testing.assert_allclose(spec, (forward + reverse) / 2)
    last_is_t = [float(random_bases(64)[at + 7] == "T") for at in range(8, 56, 8)]
    assert reverse[0].tolist() == last_is_t
    assert forward[0].tolist() != last_is_t


def test_a_variant_on_both_strands() -> None:
    """Whole windows of REF and ALT under a spec that says `both`, whatever the stretch's strand."""
    config = RunConfig("-", Path("-"), predictor=("toy",), distance=5)
    predictor = loaded(TOY, config)
    one_strand = predictor.spec
    edit = Edit(60, 61, "GT")
    sequence = random_bases(120)
    job = Job(Variant("s", 61, sequence[60], "GT"), None, "+", 61, 0, 120, edit)

    def windows(spec: PredictorSpec, strand: str) -> list[torch.Tensor]:
        predictor.spec = spec
        stretch = Stretch("s", 0, 120, strand, sequence)
        return list(FullWindows(predictor, 2).predict([(stretch, job)])[0])

    forward, backward = windows(one_strand, "+"), windows(one_strand, "-")
    both = windows(replace(one_strand, strand="both"), "+")
    for found, *two in zip(both, forward, backward, strict=True):
        torch.testing.assert_close(found, sum(two) / 2)
        assert (two[0] - two[1]).abs().max() > 0.01


def test_bins_spec_is_whole() -> None:
    """So that the tests above mean something."""
    spec = BINS.spec(RunConfig("-", Path("-"), predictor=("bins",)))
    assert spec.input_length == spec.context_length + spec.n_bins * spec.bin_size

"""Outputs far from edits equal those of whole windows, wherever they are said to be computed."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.windows import Stretch, read_span
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.networks.dilated import DilatedConfig
from genoscore.networks.dilated_edits import DilatedEdits, EditBatch
from genoscore.networks.dilated_far import far_outputs, whole_cones
from genoscore.networks.kept_activations import Arena
from genoscore.predictors.base import DENSE, FarPredictor
from genoscore.predictors.splicing import far, predictor
from genoscore.predictors.splicing.predictor import SplicePredictor
from genoscore.scoring.loading import load_predictor
from tests.consequences.whole_windows import Ensemble, away, counterpart, encoded, own_places, with_alt
from tests.consequences.wide_toy import FLANK, WIDE, WIDE_TISSUES, WIDE_TOY, WideEntry, whole_networks
from tests.toy import CONFIG, LEAKY, loaded, toy_network

TOLERANCE = 1e-5  # networks with random weights round more than trained ones
CONFIGS = (
    WIDE,  # wide kernels, two blocks in the last group
    replace(WIDE, widths=(5, 21, 41), dilations=(1, 3, 5), blocks_per_skip=1),
    replace(CONFIG, widths=(3, 3, 5, 5, 3, 3), dilations=(1, 1, 2, 2, 7, 7)),
    replace(LEAKY, widths=(5, 5), dilations=(1, 1)),  # a single group
)


def _bases(rng: random.Random, length: int, letters: str = "ACGT") -> str:
    return "".join(rng.choice(letters) for _ in range(length))


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    config=st.sampled_from(CONFIGS),
    shapes=st.lists(st.tuples(st.integers(1, 60), st.integers(1, 25)), min_size=1, max_size=4),
    reach=st.integers(0, 400),
    spectral=st.booleans(),
)
def test_far_outputs_equal_whole_windows(
    seed: int, config: DilatedConfig, shapes: list[tuple[int, int]], reach: int, spectral: bool
) -> None:
    """At the limit of the context and at the stretch's ends too; alleles of other lengths in the same batch."""
    rng, flank = random.Random(seed), config.context_length // 2
    network = toy_network(seed % 7, config).eval()
    reach = min(reach, flank)
    margin = flank + reach
    edits = [(start := margin + rng.randrange(40), start + r, _bases(rng, a)) for r, a in shapes]
    text = _bases(rng, max(end for _, end, _ in edits) + margin, "ACGTN" if seed % 3 == 0 else "ACGT")
    longest = max(len(alt) for _, _, alt in edits)
    lengthened = [alt + (text + "N" * 60)[end : end + longest - len(alt)] for _, end, alt in edits]
    batch = EditBatch(
        torch.stack([encoded(alt).T for alt in lengthened]),
        torch.tensor([start for start, _, _ in edits]),
        torch.tensor([end - start for start, end, _ in edits]),
        torch.tensor([len(alt) for _, _, alt in edits]),
        left=0,
        right=0,
    )
    wanted = []
    for number, (_, _, alt) in enumerate(edits):
        around = range(-reach, len(alt) + reach)
        places = {-reach, len(alt) + reach - 1, len(alt), -1, *rng.choices(around, k=12)}
        wanted += [(number, place) for place in places if place in around]
    rng.shuffle(wanted)
    with torch.inference_mode():
        own = DilatedEdits(network, spectral)
        kept = own.reference(encoded(text).T.contiguous(), Arena(0))
        numbers, at = (torch.tensor(values) for values in zip(*wanted, strict=True))
        found = far_outputs(own, kept, whole_cones(own, kept, batch), numbers, at)
        if own.is_whole(batch):
            assert torch.equal(found, far_outputs(own, kept, own.cones(kept, batch), numbers, at))
        windows = []
        for number, place in wanted:
            start, end, alt = edits[number]
            whole, centre = with_alt(text, start, end, alt), start + place
            windows.append(encoded(whole[centre - flank : centre + flank + 1]))
        expected = network(torch.stack(windows))[:, :, 0]
    assert found.shape == expected.shape
    assert float((found - expected).abs().max()) < TOLERANCE


def _predictor(entry: WideEntry, near: int) -> tuple[SplicePredictor, Ensemble]:
    config = RunConfig("-", Path("-"), predictor=(entry.name,), distance=near)
    loaded_one = loaded(entry, config)
    tissues = entry.tissues
    return loaded_one, Ensemble(whole_networks(tissues), len(loaded_one.spec.tracks), 1 if tissues else None)


def _far_and_expected(
    entry: WideEntry, stretch: Stretch, edits: Sequence[Edit], near: int, reach: int, floor: float
) -> tuple[float, int]:
    """The largest difference from what FarPredictor promises, and the number of places computed beyond DENSE."""
    dilated, ensemble = _predictor(entry, near)
    assert isinstance(dilated, FarPredictor)
    ref, alt = (side.numpy() for side in dilated.predict_far(stretch, edits, near, reach, floor))
    text, strand = stretch.sequence, stretch.strand
    in_ref = ensemble.outputs(text, strand, range(FLANK, len(text) - FLANK))
    first_ref = ensemble.first.outputs(text, strand, range(FLANK, len(text) - FLANK))
    known = max(near, min(far.DENSE, reach))
    site = slice(0, None) if entry.tissues else slice(1, None)
    worst, beyond = 0.0, 0
    for row, edit in enumerate(edits):
        start, end = edit.start - stretch.start, edit.end - stretch.start
        bases, places = own_places(start, end, edit.alt, reach)
        _, near_places = own_places(start, end, edit.alt, near)
        _, known_places = own_places(start, end, edit.alt, known)
        wholly = ensemble.outputs(with_alt(text, start, end, edit.alt), strand, places)
        first_alt = ensemble.first.outputs(with_alt(text, start, end, edit.alt), strand, places)
        differences = []
        for place in places:
            base = counterpart(place, start, end, edit.alt)
            distance = max(away(place, start, edit.alt))
            strength = first_ref[base][site].max() if base in first_ref else 0.0
            moved = np.abs(first_alt[place] - first_ref[base]).max() if base in first_ref else 0.0
            ratios = moved / far.MOVED, strength / floor, strength / floor / far.FAR_FLOOR
            if min(abs(ratio - 1) for ratio in ratios) < 1e-4:
                continue  # rounding decides
            if near >= min(far.DENSE, reach) and place in near_places:
                computed = False  # of the allele itself, nothing is promised
            elif place in known_places and near < far.DENSE:
                computed = True
            else:
                least = floor * (1 if distance <= far.CLOSE else far.FAR_FLOOR)
                computed = bool(moved >= far.MOVED and (distance <= far.DENSE or strength >= least))
                beyond += computed
            if distance or computed:
                at = place - places[0]
                differences.append(float(np.abs(alt[row, :, at] - (wholly[place] if computed else in_ref[base])).max()))
        assert np.isfinite(ref).all()
        whole_ref = np.stack([in_ref[base] for base in bases], axis=1)
        worst = max(worst, float(np.abs(ref[row, :, : len(bases)] - whole_ref).max()))
        worst = max([worst, *differences])
    assert ref.shape[2] == 2 * reach + 1
    return worst, beyond


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    entry=st.sampled_from([WIDE_TOY, WIDE_TISSUES]),
    strand=st.sampled_from("+-"),
    shapes=st.lists(st.tuples(st.integers(1, 90), st.integers(1, 60)), min_size=1, max_size=5),
    near=st.sampled_from([0, 1, 10, 49, 50, 51, 100]),
    reach=st.sampled_from([0, 1, 30, 60, 150, FLANK]),
    floor=st.sampled_from([0.001, 0.01, 0.05]),
    close=st.sampled_from([70, 600]),
    slots=st.sampled_from([1, 2, 50]),
)
def test_what_is_promised(
    seed: int,
    entry: WideEntry,
    strand: str,
    shapes: list[tuple[int, int]],
    near: int,
    reach: int,
    floor: float,
    close: int,
    slots: int,
) -> None:
    """Also at the stretch's ends, where too little memory keeps the activations of few networks, and reading N."""
    rng = random.Random(seed)
    near, margin = min(near, reach), reach + FLANK
    edits = []
    for ref_length, alt_length in shapes:
        start = 1000 + margin + rng.randrange(120)
        edits.append(Edit(start, start + ref_length, _bases(rng, alt_length, "ACGTN")))
    end = max(edit.end + max(0, reach + 1 - edit.ref_length) for edit in edits) + FLANK
    end = max([end, *(edit.start + margin + 1 for edit in edits)])
    text = _bases(rng, end - 1000)
    stretch = Stretch("c", 1000, end, strand, "N" * 40 + text[40:] if seed % 4 == 0 else text)
    room = slots * predictor._BYTES_PER_BASE * len(text)
    with patch.object(far, "CLOSE", close), patch.object(predictor, "ACTIVATION_BYTES", room):
        worst, _ = _far_and_expected(entry, stretch, edits, near, reach, floor)
    assert worst < TOLERANCE


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    entry=st.sampled_from([WIDE_TOY, WIDE_TISSUES]),
    strand=st.sampled_from("+-"),
    shapes=st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=1, max_size=8),
    near=st.sampled_from([50, 51, 100]),
    least=st.sampled_from([0.0, 0.05, 0.5]),
    batch_size=st.sampled_from([None, 1, 3]),
)
def test_one_pass_gives_what_two_give(
    seed: int,
    entry: WideEntry,
    strand: str,
    shapes: list[tuple[int, int]],
    near: int,
    least: float,
    batch_size: int | None,
) -> None:
    """Outputs beside all edits, and far from those by which the first network changes enough, or that must be."""
    rng, reach = random.Random(seed), 200
    edits = []
    for ref_length, alt_length in shapes:
        start = 1000 + reach + FLANK + rng.randrange(120)
        edits.append(Edit(start, start + ref_length, _bases(rng, alt_length, "ACGTN")))
    edits = list(dict.fromkeys(edits))
    end = max(max(edit.end, edit.start + reach + 1) for edit in edits) + reach + FLANK
    stretch = Stretch("c", 1000, end, strand, _bases(rng, end - 1000))
    always = frozenset(row for row in range(len(edits)) if rng.random() < 0.3)
    dilated, _ = _predictor(entry, near)
    ref, alt, far_ones = dilated.predict_edits_and_far(stretch, edits, reach, 0.01, least, always, batch_size)
    expected = dilated.predict_edits(replace(stretch), edits, batch_size)
    assert float((ref - expected[0]).abs().max()) < TOLERANCE
    assert float((alt - expected[1]).abs().max()) < TOLERANCE
    looked = [row for row in range(len(edits)) if far_ones.has(row)]
    assert always <= {*looked}
    first = SplicePredictor(dilated.spec, whole_networks(entry.tissues)[:1], dilated.device)
    channels = [1] if entry.tissues else [1, 2]
    for row, edit in enumerate(edits):
        one, other = (side[0, 0] for side in first.predict_edits(replace(stretch), [edit]))
        moved = 0.0
        for at in range(other.shape[1]):
            base = counterpart(edit.start - near + at, edit.start, edit.end, edit.alt) - edit.start + near
            if base < one.shape[1]:
                moved = max(moved, float((other[channels, at] - one[channels, base]).abs().max()))
        if row not in always and abs(moved - least) > 1e-4:
            assert far_ones.has(row) == (moved >= least)
    if looked:
        chosen = rng.sample(looked, rng.randint(1, len(looked)))
        far_ref, far_alt = dilated.predict_far(replace(stretch), [edits[row] for row in chosen], near, reach, 0.01)
        own_ref, own_alt = far_ones.outputs(chosen)
        assert (own_ref.shape, own_alt.shape) == (far_ref.shape, far_alt.shape)
        assert float((own_ref - far_ref).abs().max()) < TOLERANCE
        assert float((own_alt - far_alt).abs().max()) < TOLERANCE


@pytest.mark.parametrize("entry", [WIDE_TOY, WIDE_TISSUES], ids=lambda entry: entry.name)
def test_many_edits_in_one_call(entry: WideEntry) -> None:
    """More than a batch holds, of many lengths; what is computed for one does not depend on the others."""
    rng = random.Random(8)
    first = 200 + FLANK
    edits = [Edit(start := first + rng.randrange(300), start + rng.randint(1, 30), _bases(rng, rng.randint(1, 40)))
             for _ in range(16)]  # fmt: skip
    text = _bases(rng, first + 330 + 201 + FLANK)
    stretch = Stretch("c", 0, len(text), "-", text)
    worst, beyond = _far_and_expected(entry, stretch, edits, 50, 200, 0.02)
    assert worst < TOLERANCE
    assert beyond > 25
    dilated, _ = _predictor(entry, 50)
    ref, alt = dilated.predict_far(stretch, edits, 50, 200, 0.02)
    for row in (0, 15):
        alone_ref, alone_alt = dilated.predict_far(stretch, [edits[row]], 50, 200, 0.02)
        assert float((alone_ref[0] - ref[row]).abs().max()) < TOLERANCE
        assert float((alone_alt[0] - alt[row, :, : alone_alt.shape[2]]).abs().max()) < TOLERANCE


def test_calls_that_follow_each_other_on_a_stretch() -> None:
    """Edits, a search and a screening in any order: activations kept for one are those that the other reads."""
    rng = random.Random(3)
    text = _bases(rng, 2 * FLANK + 500)
    stretch = Stretch("c", 0, len(text), "+", text)
    edits = [Edit(FLANK + 240, FLANK + 242, "TTT"), Edit(FLANK + 251, FLANK + 252, "G")]
    one = _predictor(WIDE_TOY, 60)[0]
    calls = {
        "edits": lambda on: one.predict_edits(on, edits)[1],
        "screen": lambda on: one.predict_edits(on, edits, screen=True)[1],
        "far": lambda on: one.predict_far(on, edits, 60, 200, 0.01)[1],
    }
    alone = {name: call(replace(stretch)) for name, call in calls.items()}
    for names in rng.sample([*itertools.product(calls, calls, calls)], 8):
        on = replace(stretch)
        for name, keeps in zip(names, rng.choices([1, 600], k=3), strict=True):
            with patch.object(predictor, "ACTIVATION_BYTES", keeps << 20):
                assert torch.equal(calls[name](on), alone[name])


def test_in_bf16() -> None:
    """Whatever the precision, a search gives numbers near the exact ones."""
    rng = random.Random(5)
    text = _bases(rng, 2 * FLANK + 400)
    stretch = Stretch("c", 0, len(text), "+", text)
    edits = [Edit(FLANK + 190, FLANK + 191, "TTT"), Edit(FLANK + 199, FLANK + 202, "G")]
    exact = _predictor(WIDE_TOY, 10)[0]
    rough = SplicePredictor(exact.spec, whole_networks(False), torch.device("cpu"), "bf16")
    ref, alt = rough.predict_far(stretch, edits, 10, 150, 0.001)
    exact_ref, exact_alt = exact.predict_far(stretch, edits, 10, 150, 0.001)
    assert (ref.dtype, alt.shape) == (torch.float32, exact_alt.shape)
    assert float((ref - exact_ref).abs().max()) < 0.2
    assert float((alt - exact_alt).abs().mean()) < 0.02


@pytest.mark.slow
def test_spliceai_around_real_variants(shared: Path, spliceai_weights: Path) -> None:
    """Indels in and beside BRCA2's exons, and longer ones."""
    rows = (shared / "data" / "splice_effects.BRCA2.grch38.tsv").read_text().splitlines()[1:]
    edits = []
    for row in rows:
        _, pos, ref, alt = row.split("\t")[:4]
        if len(ref) != len(alt):
            edits.append(Edit(int(pos) - 1, int(pos) - 1 + len(ref), alt))
    edits += [
        Edit(edits[-1].start + 30, edits[-1].start + 330, "A"),
        Edit(edits[2].start - 60, edits[2].start, "GTAAGT"),
    ]
    assert len(edits) > 5
    dilated = load_predictor("spliceai", weights=spliceai_weights, distance=50).network
    assert isinstance(dilated, SplicePredictor)
    reach, floor = 5000, 0.001
    wide = replace(dilated.spec, n_bins=2 * reach + 1)
    whole = SplicePredictor(wide, dilated.networks, dilated.device)
    genome, changed = ReferenceGenome(shared / "data" / "grch38.slices.fa.gz"), 0
    for edit in edits:
        first, end = read_span(edit, wide)
        stretch = Stretch("chr13", first, end, "+", genome.fetch("chr13", first, end))
        ref, alt = (side[0] for side in dilated.predict_far(stretch, [edit], 50, reach, floor))
        each_ref, each_alt = (side[0] for side in whole.predict_edits(stretch, [edit]))  # of each network
        whole_ref, whole_alt = each_ref.mean(dim=0), each_alt.mean(dim=0)
        assert float((ref - whole_ref).abs().max()) < 2e-6
        for at in range(alt.shape[1]):
            place = edit.start - reach + at
            base = counterpart(place, edit.start, edit.end, edit.alt) - edit.start + reach
            near = edit.start - 50 <= place < edit.start + len(edit.alt) + max(0, 51 - edit.ref_length)
            if near or base >= ref.shape[1]:
                continue
            distance = max(away(place, edit.start, edit.alt))
            strength = float(each_ref[0, 1:, base].max()) / (floor * (1 if distance <= far.CLOSE else far.FAR_FLOOR))
            moved = float((each_alt[0, :, at] - each_ref[0, :, base]).abs().max()) / far.MOVED
            if abs(strength - 1) < 1e-3 or abs(moved - 1) < 1e-3:
                continue
            looked = moved >= 1 and (distance <= DENSE or strength >= 1)
            wanted = whole_alt[:, at] if looked else ref[:, base]
            assert float((alt[:, at] - wanted).abs().max()) < 2e-6, (edit, distance)
            changed += looked and float((alt[1:, at] - ref[1:, base]).abs().max()) > 0.1
    assert changed > 5

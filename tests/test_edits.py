"""`predict_edits` equals whole windows, with the real weights and with a network small enough for many cases."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.variants import Variant
from genoscore.core.windows import Stretch
from genoscore.engine.full_windows import FullWindows
from genoscore.inputs.gene import Gene
from genoscore.networks.dilated import DilatedConfig
from genoscore.planning.jobs import Job
from genoscore.predictors.splicing.predictor import SplicePredictor
from genoscore.scoring.loading import load_predictor
from tests.toy import TISSUE_TOY, TOY, TissueToyEntry, ToyEntry, loaded, toy_network

TOLERANCE = 2e-6


def _largest_difference(
    predictor: SplicePredictor, sequence: str, strand: str, edits: list[Edit], batch_size: int | None = None
) -> float:
    gene = Gene("G", "G", "c", strand, 0, len(sequence), (0,), (len(sequence),))
    stretch = Stretch("c", 0, len(sequence), strand, sequence)
    windows = FullWindows(predictor, 8)
    worst = 0.0
    ref, alt = predictor.predict_edits(stretch, edits, batch_size)
    jobs = [Job(Variant("c", edit.start + 1, "N", "N"), gene, strand, 0, 0, 0, edit) for edit in edits]
    for row, job in enumerate(jobs):
        ((whole_ref, whole_alt),) = windows.predict([(stretch, job)])
        own_ref, own_alt = ref[row, ..., : whole_ref.shape[-1]], alt[row, ..., : whole_alt.shape[-1]]
        assert own_ref.shape == whole_ref.shape
        assert own_alt.shape == whole_alt.shape
        worst = max(worst, float((own_ref - whole_ref).abs().max()), float((own_alt - whole_alt).abs().max()))
    return worst


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    strand=st.sampled_from("+-"),
    distance=st.sampled_from([0, 1, 3, 20, 21, 50, 120]),
    shapes=st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=1, max_size=6),
    batch_size=st.sampled_from([None, 1, 2]),
    entry=st.sampled_from([TOY, TISSUE_TOY]),
    compat=st.booleans(),
)
def test_small_network(
    seed: int,
    strand: str,
    distance: int,
    shapes: list[tuple[int, int]],
    batch_size: int | None,
    entry: ToyEntry | TissueToyEntry,
    compat: bool,
) -> None:
    """SpliceAI's kind and Pangolin's, whose outputs run to REF's end under `--compat`."""
    rng = random.Random(seed)
    predictor = loaded(entry, RunConfig("-", Path("-"), predictor=("toy",), distance=distance, compat=compat))
    margin = distance + predictor.spec.flank
    edits = []
    for ref_length, alt_length in shapes:
        start = margin + rng.randrange(120)  # edits overlap; the last may end where the stretch does
        edits.append(Edit(start, start + ref_length, "".join(rng.choice("ACGTN") for _ in range(alt_length))))
    end = max(edit.end + distance + 1 + margin for edit in edits)
    sequence = "".join(rng.choice("ACGTN" if rng.random() < 0.1 else "ACGT") for _ in range(end))
    assert _largest_difference(predictor, sequence, strand, edits, batch_size) < TOLERANCE


WIDE = DilatedConfig(channels=4, widths=(5, 21, 41), dilations=(1, 3, 5), blocks_per_skip=1)  # context 528


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    strand=st.sampled_from("+-"),
    distance=st.sampled_from([0, 7, 50, 300]),
    shapes=st.lists(st.tuples(st.integers(1, 90), st.integers(1, 90)), min_size=1, max_size=3),
)
def test_wide_kernels(seed: int, strand: str, distance: int, shapes: list[tuple[int, int]]) -> None:
    """Kernels that are computed in the frequency domain, on windows that are no whole number of rows."""
    rng = random.Random(seed)
    spec = TOY.spec(RunConfig("-", Path("-"), distance=distance))
    spec = replace(spec, context_length=WIDE.context_length, replicates=1)
    predictor = SplicePredictor(spec, [toy_network(1, WIDE)], torch.device("cpu"))
    margin = distance + spec.flank
    edits = []
    for ref_length, alt_length in shapes:
        start = margin + rng.randrange(200)
        edits.append(Edit(start, start + ref_length, "".join(rng.choice("ACGT") for _ in range(alt_length))))
    end = max(max(edit.start + distance + 1, edit.end) + margin for edit in edits)
    sequence = "".join(rng.choice("ACGT") for _ in range(end))
    assert _largest_difference(predictor, sequence, strand, edits) < TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("strand", "distance"),
    [("+", 50), ("-", 50), ("-", 700)],
)
def test_real_weights(test_genome: dict[str, str], spliceai_weights: Path, strand: str, distance: int) -> None:
    predictor = load_predictor("spliceai", weights=spliceai_weights, distance=distance).network
    assert isinstance(predictor, SplicePredictor)
    reach = distance + predictor.spec.flank
    sequence = test_genome["chrA"][6000 : 6000 + 2 * reach + 900]
    rng = random.Random(distance)
    edits = []
    for ref_length, alt_length in [(1, 1), (1, 7), (90, 1), (4, 3)]:
        start = reach + rng.randrange(600)
        edits.append(Edit(start, start + ref_length, "".join(rng.choice("ACGT") for _ in range(alt_length))))
    assert _largest_difference(predictor, sequence, strand, edits) < TOLERANCE

"""Windows of one length: how many are computed, and what is in them."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.variants import Variant
from genoscore.core.windows import FixedWindow, Stretch, WindowSpec, alt_sequence, read_span, ref_window
from genoscore.engine.full_windows import FullWindows
from genoscore.planning.jobs import Job
from genoscore.predictors import registry
from tests.small import SmallGenome
from tests.toy import loaded


def test_sites_share_their_reference(small: SmallGenome) -> None:
    """Three ALTs of a site: four windows; on a grid neighbours of one bin share it."""
    from genoscore.inputs.fasta import ReferenceGenome
    from genoscore.planning.jobs import read_stretch

    sequence = small.sequences["chr1"]
    with_genome = ReferenceGenome(small.fasta)
    for grid, windows in ((False, 9), (True, 7)):
        config = RunConfig("-", Path("-"), predictor=("weighed",), centre="grid" if grid else "variant", device="cpu")
        predictor = loaded(registry.get("weighed"), config)
        jobs = []
        for start in (304, 305, 306):
            for alt in [base for base in "ACGT" if base != sequence[start]][:2]:
                edit = Edit(start, start + 1, alt)
                variant = Variant("chr1", start + 1, sequence[start], alt)
                jobs.append(Job(variant, None, "+", start + 1, *read_span(edit, predictor.spec), edit))
        stretch = read_stretch(jobs, with_genome, predictor.spec)
        FullWindows(predictor, 4).predict([(stretch, job) for job in jobs])
        assert predictor.windows == windows  # type: ignore[attr-defined]
    with_genome.close()


@settings(max_examples=200, deadline=None)
@given(
    start=st.integers(60, 200),
    ref_length=st.integers(1, 20),
    alt=st.text("ACGT", min_size=1, max_size=20),
    shift=st.integers(-8, 8),
    anchor=st.sampled_from(["start", "middle"]),
)
def test_windows_keep_their_length_and_the_haplotype(
    start: int, ref_length: int, alt: str, shift: int, anchor: str
) -> None:
    fixed = FixedWindow(64, centre=30, anchor=anchor, shifts=(shift,))
    spec = WindowSpec(context_length=16, bin_size=8, n_bins=6, max_allele_length=20, fixed=fixed)
    contig = "".join(random.Random(1).choices("ACGT", k=400))
    edit = Edit(start, start + ref_length, alt)
    begin, end = read_span(edit, spec)
    stretch = Stretch("c", begin, end, "+", contig[begin:end])
    first, last = ref_window(edit, spec, shift)
    assert last - first == 64
    at = start + (ref_length // 2 if anchor == "middle" else 0)
    assert at - first == 30 - shift
    window = alt_sequence(stretch, edit, spec, shift)
    assert len(window) == 64
    haplotype = contig[:start] + alt + contig[start + ref_length :]
    found = haplotype.index(window)
    moved = found - first  # where the ALT window begins, against REF's
    grown = len(alt) - ref_length
    if anchor == "start":
        assert moved == 0
    else:  # as Selene centres them
        assert moved == (grown // 2 if grown > 0 else len(alt) // 2 - ref_length // 2)

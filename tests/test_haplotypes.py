"""A stretch with a background: what is read is the edited contig, against the edits made on plain text."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit, haplotype_bases, on_haplotype
from genoscore.core.encode import one_hot, reverse_complement
from genoscore.core.variants import Variant
from genoscore.core.windows import read_span
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.gene import Gene
from genoscore.planning.jobs import Job, read_stretch
from tests.small import SmallGenome
from tests.toy import TISSUE_TOY, TOY, loaded


def _edited(sequence: str, edits: list[Edit]) -> str:
    """The text with the edits made, from the right, so that the places of the others stay."""
    for edit in reversed(edits):
        sequence = sequence[: edit.start] + edit.alt + sequence[edit.end :]
    return sequence


@st.composite
def _apart(draw: st.DrawFn, length: int, most: int) -> list[Edit]:
    """Edits in order, at least a base between them."""
    edits, place = [], 0
    for _ in range(draw(st.integers(1, most))):
        start = draw(st.integers(place, max(place, length - 1)))
        end = start + draw(st.integers(1, 12))
        if end > length:
            break
        edits.append(Edit(start, end, draw(st.text("ACGT", min_size=1, max_size=12))))
        place = end + 1
    return edits


@settings(max_examples=200, deadline=None)
@given(
    sequence=st.text("ACGT", min_size=40, max_size=120), data=st.data(),
    start=st.integers(-20, 150), length=st.integers(0, 160),
)  # fmt: skip
def test_bases_of_a_haplotype(sequence: str, data: st.DataObject, start: int, length: int) -> None:
    edits = data.draw(_apart(len(sequence), 4))

    def fetch(first: int, last: int) -> str:
        return "".join(sequence[at] if 0 <= at < len(sequence) else "N" for at in range(first, last))

    edited = _edited(sequence, edits)
    wanted = "".join(edited[at] if 0 <= at < len(edited) else "N" for at in range(start, start + length))
    assert haplotype_bases(fetch, start, start + length, edits) == wanted


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), strand=st.sampled_from("+-"), masked=st.booleans())
def test_outputs_given_a_background(small: SmallGenome, data: st.DataObject, strand: str, masked: bool) -> None:
    """Of an edit with neighbours, as of the same edit on a contig that holds the neighbours."""
    sequence = small.sequences["chr1"]
    edits = data.draw(_apart(len(sequence) - 400, 3).filter(lambda edits: len(edits) > 1))
    edits = [Edit(edit.start + 200, edit.end + 200, edit.alt) for edit in edits]
    own = edits.pop(data.draw(st.integers(0, len(edits) - 1)))
    predictor = loaded(TOY if masked else TISSUE_TOY, RunConfig("-", Path("-"), distance=20))
    spec, gene = predictor.spec, Gene("G", "G", "chr1", strand, 0, len(sequence), (0,), (len(sequence),))
    job = Job(Variant("chr1", own.start + 1, "N", "N"), gene, strand, own.start + 1, *read_span(own, spec), own)
    genome = ReferenceGenome(small.fasta)
    stretch = read_stretch([job], genome, spec, tuple(edits))
    genome.close()

    edited = _edited(sequence, edits)
    placed = stretch.placed(own)
    assert stretch.sequence == edited[stretch.start : stretch.end]
    assert _edited(edited, [placed]) == _edited(sequence, sorted([*edits, own]))
    ref, alt = predictor.predict_edits(stretch, [placed])
    wanted = [
        stretch.sequence,
        _edited(stretch.sequence, [Edit(placed.start - stretch.start, placed.end - stretch.start, own.alt)]),
    ]
    for outputs, window in zip((ref, alt), wanted, strict=True):
        x = one_hot([window])
        whole = predictor.predict(reverse_complement(x) if strand == "-" else x)
        whole = whole.flip(-1) if strand == "-" else whole
        assert torch.allclose(outputs[0], whole[0], atol=2e-6)


def test_a_background_is_masked_as_the_reference_is(small: SmallGenome) -> None:
    """What a neighbour inserts outside the gene is N, where the spec masks."""
    predictor = loaded(TOY, RunConfig("-", small.fasta, distance=20))
    gene = Gene("G", "G", "chr1", "+", 300, 600, (300,), (600,))
    own = Edit(310, 311, "A")
    job = Job(Variant("chr1", 311, "N", "A"), gene, "+", 311, *read_span(own, predictor.spec), own)
    genome = ReferenceGenome(small.fasta)
    background = (Edit(290, 291, "ACGT"), Edit(305, 306, "TT"))
    stretch = read_stretch([job], genome, predictor.spec, background)
    genome.close()
    sequence = small.sequences["chr1"]
    inside = sequence[300:305] + "TT" + sequence[306:]
    assert stretch.sequence == ("N" * 1000 + inside)[1000 + stretch.start - 303 :][: stretch.end - stretch.start]
    assert stretch.placed(own) == Edit(314, 315, "A")


def test_edits_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="edits at 12-13 and 10-14 overlap"):
        on_haplotype(Edit(12, 13, "A"), [Edit(10, 14, "C")])

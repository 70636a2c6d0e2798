"""`product_of` equals a slow oracle on random transcripts; its descriptions, applied, give the mRNA and the protein."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from genoscore.consequences.product import product_of
from genoscore.core.edits import Edit
from tests.consequences.hgvs_reader import agree, applied, apply_protein, check_form, numbers, rna_changes
from tests.consequences.oracle import Case, expected
from tests.consequences.transcripts import cases, model_of

TRANSCRIPTS = given(case=cases(), holds_stop=st.sampled_from([None, True, False]))


@settings(max_examples=400, deadline=None, derandomize=True)
@TRANSCRIPTS
def test_random_transcripts(case: Case, holds_stop: bool | None) -> None:
    _check(case, holds_stop)


@pytest.mark.slow
@settings(max_examples=5000, deadline=None)
@TRANSCRIPTS
def test_many_random_transcripts(case: Case, holds_stop: bool | None) -> None:
    _check(case, holds_stop)


def _check(case: Case, holds_stop: bool | None) -> None:
    model = model_of(case, holds_stop)
    wanted = expected(case)
    assume(wanted)
    assert wanted is not None
    assert model.reason == ""
    assert model.mrna == wanted.reference
    assert model.coding is not None
    assert model.coding.protein == wanted.protein
    product = product_of(model, Edit(*case.edit), case.aberrant)
    in_mrna, in_genome = numbers(list(case.exons), case.strand, case.cds)
    if product.hgvs_r != "r.?":
        told = rna_changes(product.hgvs_r, wanted.reference, in_mrna, in_genome, case.genome, case.strand)
        assert applied(wanted.reference, told) == wanted.mrna, product.hgvs_r
        check_form(wanted.reference, told, _junctions(case))
    assert product.frame == wanted.frame
    assert product.reason == ""
    assert (product.ptc, product.nmd) == (wanted.ptc, wanted.nmd)
    if product.hgvs_p == "p.?":
        assert wanted.frame in ("start_lost", "stop_lost")
        assert "*" not in wanted.aberrant_protein
        return
    protein, is_whole = apply_protein(product.hgvs_p, wanted.protein)
    if is_whole:
        assert agree(protein, wanted.aberrant_protein), product.hgvs_p
    else:
        assert agree(protein, wanted.aberrant_protein[: len(protein)]), product.hgvs_p
        assert wanted.aberrant_protein != wanted.protein + "*"


def _junctions(case: Case) -> set[int]:
    """Bases of the mRNA before each exon-exon junction."""
    exons = case.exons if case.strand == "+" else case.exons[::-1]
    ends = accumulate(end - start for start, end in exons)
    return set(list(ends)[:-1])

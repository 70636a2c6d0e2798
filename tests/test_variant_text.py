"""Variants in a line of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genoscore.core.errors import InputError
from genoscore.inputs.variant_text import parse_variant

_ALLELES = st.text("ACGTNacgt", min_size=1, max_size=12)
_CONTIGS = st.one_of(
    st.sampled_from(["1", "chr1", "X", "MT", "NC_000001.11", "HLA-A*01:01", "chr1_KI270706v1_random", "chr1-100-A-T"]),
    st.text("chrXY0123456789._*", min_size=1, max_size=12),
)

_SPELLINGS = ["{}-{}-{}-{}", "{}:{}:{}:{}", "{}_{}_{}_{}", "{} {} {} {}", "{}:{}{}>{}", "{}:{} {}>{}", "{}_{}_{}/{}"]


@given(
    _CONTIGS,
    st.integers(0, 250_000_000),
    _ALLELES,
    st.one_of(_ALLELES, st.sampled_from(["A,C", "*", ".", "<DEL>", "<DUP:TANDEM>", "A]chrB:100]", "[2:7[T"])),
    st.sampled_from(
        ["{}-{}-{}-{}", "{}:{}:{}:{}", "{}_{}_{}_{}", "{} {} {} {}", "{}:{}{}>{}", "{}:{} {}>{}", "{}_{}_{}/{}"]
    ),
)
def test_every_spelling_gives_the_same_variant(contig: str, pos: int, ref: str, alt: str, spelling: str) -> None:
    text = spelling.format(contig, pos, ref, alt)
    assert parse_variant(text)[:4] == (contig, pos, ref, alt)
    assert parse_variant(f"  {text}\n")[:4] == (contig, pos, ref, alt)


def test_tabs_and_thousands() -> None:
    assert parse_variant("chr13\t32,345,247\tT\tG")[:4] == ("chr13", 32345247, "T", "G")


@pytest.mark.parametrize(
    "text",
    [
        "", "chr1", "chr1:100", "chr1:100-200", "chr1:1,000-2,000", "chr1-A-T", "chr1-100", "chr1:12,34:A:T", "rs1234",
        "chr1-100-A-T-extra!", "chr1-1.5-A-T", "chr1--100-A-T x", "NM_000059.4:c.100A>T", "variants.vcf.gz",
        "chr1:100:A:1", "chr1:\u0661\u0660:A:T",
    ],
)  # fmt: skip
def test_what_is_not_a_variant_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InputError, match="is not understood") as caught:
        parse_variant(text)
    assert "chr1-100-A-T" in caught.value.hint


@pytest.mark.parametrize("text", ["chr1-100-A-", "chr1-100-A--", "chr1-100---A", "1:100:A:-", "1:100:-:A", "1:100A>"])
def test_an_allele_left_out_is_explained(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_variant(text)
    assert "base before" in caught.value.hint


def test_a_long_text_is_cut_in_the_message() -> None:
    with pytest.raises(InputError) as caught:
        parse_variant("A" * 5000)
    assert len(caught.value.one_line()) < 200

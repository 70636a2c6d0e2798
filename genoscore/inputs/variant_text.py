"""Variants as people write them in a line of text: `chr1-100-A-T`, `1:100:A:T`, `chr1:100 A>T`."""

from __future__ import annotations

import re

from genoscore.core.errors import InputError
from genoscore.inputs.record_source import GivenVariant

# Greedy to the left, so that a contig may itself hold the separators (`HLA-A*01:01`, `chr1_KI270706v1_random`).
_VARIANT = re.compile(
    r"""(?P<contig>\S+)
    (?:\s*[-:_]\s*|\s+)
    (?P<pos>\d{1,3}(?:,\d{3})+|\d{1,10})
    (?:\s*[-:_]\s*|\s*)
    (?P<ref>[A-Za-z]+)
    (?:\s*[-:_>/]\s*|\s+)
    (?P<alt>[A-Za-z]+(?:,[A-Za-z]+)*|[.*]|<[^<>\s]+>|[A-Za-z.]*[\[\]][^\[\]\s]+[\[\]][A-Za-z.]*)""",
    re.VERBOSE | re.ASCII,
)
# An allele that is left out, or written as a hyphen, as some tools do for insertions and deletions.
_WITHOUT_ANCHOR = re.compile(
    r"\S+[-:_\s]\d[\d,]*[-:_\s]*(?:[A-Za-z]+(?:\s*[-:_>/]\s*|\s+)-?|-(?:\s*[-:_>/]\s*|\s+)[A-Za-z]+)", re.ASCII
)
_SHOWN = 60  # characters of a text in messages


def parse_variant(text: str) -> GivenVariant:
    """Contig, position (1-based), REF and ALT, with `-`, `:`, `_` or spaces between, and `>` or `/` between alleles.

    Alleles are those of a VCF, in either case; several ALTs are comma-separated. The position may have commas between
    thousands. It is not checked whether the contig exists and has REF there.

    Raises:
        InputError: the text is not understood.

    >>> parse_variant("chr1-100-A-T")[:4], parse_variant("1:100:A:T")[:4]
    (('chr1', 100, 'A', 'T'), ('1', 100, 'A', 'T'))
    >>> parse_variant("chr1:1,100 CA>C")[:4], parse_variant("1:100A>T")[:4]
    (('chr1', 1100, 'CA', 'C'), ('1', 100, 'A', 'T'))
    >>> parse_variant("HLA-A*01:01-100-A-<DEL>")[:4]
    ('HLA-A*01:01', 100, 'A', '<DEL>')
    """
    match = _VARIANT.fullmatch(text.strip())
    if match is None:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
        hint = "write it as chr1-100-A-T or chr1:100:A:T"
        if _WITHOUT_ANCHOR.fullmatch(text.strip()):
            hint = "give both alleles, with the base before an insertion or a deletion, as a VCF does: chr1-99-CA-C"
        raise InputError(f"variant {shown!r} is not understood", hint)
    return GivenVariant(match["contig"], int(match["pos"].replace(",", "")), match["ref"], match["alt"])

"""What INPUT is: a file or a stream of variants, or the variants themselves."""

from __future__ import annotations

import os
import re
from contextlib import AbstractContextManager, nullcontext

from genoscore.core.errors import InputError
from genoscore.inputs.lines import STDIN, LineReader
from genoscore.inputs.record_source import GivenVariant, MemoryRecords, RecordSource
from genoscore.inputs.variant_table import VariantTable, looks_like_variants
from genoscore.inputs.variant_text import parse_variant
from genoscore.inputs.vcf import VcfReader

_HEAD = 1 << 16  # bytes, in which the header line of a table must end
_VCF_BEGINS = b"##fileformat=VCF"
_BCF_BEGINS = b"BCF"
_PARTED = (re.compile(r"[\s,;]+"), re.compile(r"[,;]\s+|;|\n"))  # between variants; those of the second may hold spaces
_OF_A_FILE = re.compile(r"/|\.(vcf|bcf|csv|tsv|txt|fa|fasta)(\.b?gz)?$", re.IGNORECASE)
_OF_A_VARIANT = re.compile(r"[-:_ ]\d[\d,]*[-:_ A-Za-z]")


def open_records(given: str) -> AbstractContextManager[RecordSource]:
    """The records of INPUT: a VCF, BCF or table of variants, `-` for one of these on standard input, or variants.

    A file of that name goes first. What a file is is told from its content.

    Args:
        given: a path, `-`, or variants as `chr13-32345247-T-G` with commas or spaces between them.

    Raises:
        InputError: there is no such file, and it is no variant either; see the readers.
    """
    variants = given_variants(given)
    if variants is not None:
        return nullcontext(MemoryRecords(variants, "the variants given"))
    reader = LineReader(given, "input")
    try:
        begins = reader.peek(len(_VCF_BEGINS))
        if begins == _VCF_BEGINS or begins.startswith(_BCF_BEGINS) or not looks_like_variants(reader.peek(_HEAD)):
            return VcfReader(reader)
        return VariantTable(reader)
    except BaseException:
        reader.close()
        raise


def given_variants(given: str) -> list[GivenVariant] | None:
    """The variants that INPUT itself is, in their order; None where it names a file or standard input.

    Raises:
        InputError: it looks like a variant and is not understood.

    >>> [variant[:4] for variant in given_variants("chr1-100-A-T,chr2:5:G:C") or ()]
    [('chr1', 100, 'A', 'T'), ('chr2', 5, 'G', 'C')]
    >>> [variant[:4] for variant in given_variants("chr1:1,100 A>T,C; 2:5 G>C") or ()]
    [('chr1', 1100, 'A', 'T,C'), ('2', 5, 'G', 'C')]
    >>> given_variants("sample-1-A.vcf"), given_variants("-")
    (None, None)
    """
    if given == STDIN or os.path.exists(given):
        return None
    for parted in _PARTED:
        texts = [text for text in parted.split(given) if text.strip()]
        try:
            return [_variant(text) for text in texts] or None
        except InputError:
            continue
    if _OF_A_FILE.search(given) or not _OF_A_VARIANT.search(given):
        return None
    texts = _PARTED[0].split(given.strip())
    if not all(map(_OF_A_VARIANT.search, texts)):
        texts = [given]
    return [_variant(text) for text in texts]


def _variant(text: str) -> GivenVariant:
    variant = parse_variant(text)
    if "," in variant.contig or "/" in variant.contig:  # several variants that were taken for one, or a path
        raise InputError(f"variant {text!r} is not understood", "put commas between variants")
    return variant

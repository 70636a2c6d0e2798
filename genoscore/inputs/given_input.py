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

_HEAD = 1 << 16  # bytes within which the header line of a table must end
_VCF_BEGINS = b"##fileformat=VCF"
_BCF_BEGINS = b"BCF"
_SEPARATORS = (re.compile(r"[\s,;]+"), re.compile(r"[,;]\s+|;|\n"))  # with the second, variants may contain spaces
_OF_A_FILE = re.compile(r"/|\.(vcf|bcf|csv|tsv|txt|fa|fasta)(\.b?gz)?$", re.IGNORECASE)
_OF_A_VARIANT = re.compile(r"[-:_ ]\d[\d,]*[-:_ A-Za-z]")


def open_records(text: str) -> AbstractContextManager[RecordSource]:
    """The records of INPUT: a VCF, BCF or table of variants, `-` for one of these on standard input, or variants.

    A file of that name takes precedence. The type of a file is recognised by its content.

    Args:
        text: a path, `-`, or variants as `chr13-32345247-T-G`, separated by commas or spaces.

    Raises:
        InputError: there is no such file, and it is not a variant either; see the readers.
    """
    variants = given_variants(text)
    if variants is not None:
        return nullcontext(MemoryRecords(variants, "the variants given"))
    reader = LineReader(text, "input")
    try:
        begins = reader.peek(len(_VCF_BEGINS))
        if begins == _VCF_BEGINS or begins.startswith(_BCF_BEGINS) or not looks_like_variants(reader.peek(_HEAD)):
            return VcfReader(reader)
        return VariantTable(reader)
    except BaseException:
        reader.close()
        raise


def given_variants(text: str) -> list[GivenVariant] | None:
    """The variants that INPUT consists of, in order; None if it names a file or standard input.

    Raises:
        InputError: it looks like a variant but is not understood.

    >>> [variant[:4] for variant in given_variants("chr1-100-A-T,chr2:5:G:C") or ()]
    [('chr1', 100, 'A', 'T'), ('chr2', 5, 'G', 'C')]
    >>> [variant[:4] for variant in given_variants("chr1:1,100 A>T,C; 2:5 G>C") or ()]
    [('chr1', 1100, 'A', 'T,C'), ('2', 5, 'G', 'C')]
    >>> given_variants("sample-1-A.vcf"), given_variants("-")
    (None, None)
    """
    if text == STDIN or os.path.exists(text):
        return None
    for separator in _SEPARATORS:
        parts = [part for part in separator.split(text) if part.strip()]
        try:
            return [_variant(part) for part in parts] or None
        except InputError:
            continue
    if _OF_A_FILE.search(text) or not _OF_A_VARIANT.search(text):
        return None
    parts = _SEPARATORS[0].split(text.strip())
    if not all(map(_OF_A_VARIANT.search, parts)):
        parts = [text]
    return [_variant(part) for part in parts]


def _variant(text: str) -> GivenVariant:
    variant = parse_variant(text)
    if "," in variant.contig or "/" in variant.contig:  # several variants read as one, or a path
        raise InputError(f"variant {text!r} is not understood", "put commas between variants")
    return variant

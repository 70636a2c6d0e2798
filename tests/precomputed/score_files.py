"""Files of scores, as genoscore writes them and as Illumina publishes them, and rows that ask for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pysam

from tests.small import SmallGenome

ILLUMINA = (
    '##INFO=<ID=SpliceAI,Number=.,Type=String,Description="SpliceAIv1.3 variant annotation. '
    'Format: ALLELE|SYMBOL|DS_AG|DS_AL|DS_DG|DS_DL|DP_AG|DP_AL|DP_DG|DP_DL">'
)
AS_HERE = "distance=50,mask=none"


def write_packed(text: str, path: Path) -> Path:
    """Text, bgzipped and indexed."""
    plain = path.with_suffix("")
    plain.write_text(text)
    pysam.tabix_compress(str(plain), str(path), force=True)
    pysam.tabix_index(str(path), preset="vcf", force=True)
    return path


def edited(path: Path, change: Callable[[str], str]) -> Path:
    """The same file with its text changed."""
    with pysam.BGZFile(str(path)) as file:
        text = file.read().decode()
    assert change(text) != text
    return write_packed(change(text), path.with_name("changed.vcf.gz"))


def row_at(small: SmallGenome, pos: int, alt: str = "", contig: str = "chr1") -> str:
    base = small.sequences[contig][pos - 1]
    return f"{contig} {pos} {base} {alt or other_base(base)}"


def other_base(base: str, turn: int = 1) -> str:
    return "ACGT"[("ACGT".index(base) + turn) % 4]


def gz_text(path: Path) -> str:
    """The text of a bgzipped file."""
    with pysam.BGZFile(str(path)) as file:
        text: str = file.read().decode()
    return text


def write_published(small: SmallGenome, path: Path, rows: list[tuple[int, str]]) -> Path:
    """A file as Illumina publishes them: no chr, one ALT a record, no word of distance and mask."""
    head = ["##fileformat=VCFv4.2", "##fileDate=20191004", "##contig=<ID=1,length=1200>", ILLUMINA]
    lines = [*head, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    for pos, string in rows:
        lines.append(f"1\t{pos}\t.\t{small.sequences['chr1'][pos - 1]}\t{string[0]}\t.\t.\tSpliceAI={string}")
    return write_packed("\n".join(lines) + "\n", path)


def published_string(
    small: SmallGenome, pos: int, symbol: str, values: str = "0.00|0.00|0.31|0.00|1|2|3|4", turn: int = 1
) -> str:
    return f"{other_base(small.sequences['chr1'][pos - 1], turn)}|{symbol}|{values}"

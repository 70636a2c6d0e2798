"""Small valid files, made once: what the mutations start from."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from tests.small import write_small_genome

_HEADER = """\
##fileformat=VCFv4.2
##FILTER=<ID=PASS,Description="All filters passed">
##FILTER=<ID=q10,Description="Quality below 10">
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##INFO=<ID=AF,Number=A,Type=Float,Description="Allele frequency">
##INFO=<ID=DB,Number=0,Type=Flag,Description="In dbSNP">
##INFO=<ID=NOTE,Number=.,Type=String,Description="Text, with a comma">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">
##contig=<ID=chr1,length=1200>
##contig=<ID=chr2,length=1200>
"""
_COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"


@functools.cache
def small_genome() -> tuple[dict[str, bytes], dict[str, str]]:
    """`g.fa`, its index and `genes.tsv`; and the bases by contig, upper case. See tests.small."""
    import pysam

    with tempfile.TemporaryDirectory(prefix="genoscore-fuzz-") as name:
        small = write_small_genome(Path(name))
        pysam.faidx(str(small.fasta))
        files = {
            "g.fa": small.fasta.read_bytes(),
            "g.fa.fai": Path(f"{small.fasta}.fai").read_bytes(),
            "genes.tsv": small.genes.read_bytes(),
        }
    return files, small.sequences


@functools.cache
def variant_rows() -> list[list[str]]:
    """CHROM to ALT of variants of every kind: in genes and outside, at the ends of contigs, several ALTs, none."""
    _, sequences = small_genome()
    shapes = [
        ("chr1", 1, 1, "N"), ("chr1", 151, 1, "S"), ("chr1", 199, 1, "SS"), ("chr1", 260, 3, "D"),
        ("chr1", 402, 1, "I"), ("chr1", 470, 2, "M"), ("chr1", 600, 1, "S*"), ("chr1", 700, 1, "."),
        ("chr1", 751, 4, "DI"), ("chr1", 1199, 2, "D"), ("chr2", 60, 1, "S"), ("chr2", 120, 1, "S"),
        ("chr2", 311, 1, "S<"), ("chr2", 1049, 1, "SSS"), ("chr2", 1200, 1, "S"),
    ]  # fmt: skip
    rows = []
    for number, (contig, pos, length, kinds) in enumerate(shapes):
        ref = sequences[contig][pos - 1 : pos - 1 + length]
        others = [base for base in "ACGT" if base != ref[0]]
        alt_of = {
            "N": "N", ".": ".", "*": "*", "<": "<DEL>", "D": ref[0], "I": ref + "GATTACA",
            "M": ref[::-1].translate(_SWAP),
        }  # fmt: skip
        alts = [others[at] if kind == "S" else alt_of[kind] for at, kind in enumerate(kinds)]
        rows.append([contig, str(pos), f"id{number}" if number % 2 else ".", ref, ",".join(alts)])
    return rows


_SWAP = str.maketrans("ACGT", "CATG")


@functools.cache
def vcfs() -> list[bytes]:
    """VCFs: without more than is needed, with INFO, with samples, and with genoscore's own annotation."""
    rows = variant_rows()
    plain = ["\t".join([*row, ".", ".", "."]) for row in rows]
    rich = [
        "\t".join([*row, str(number * 7.5), ("PASS", "q10", "q10;PASS")[number % 3], _info(number, row[4])])
        for number, row in enumerate(rows)
    ]
    calls = [f"{line}\tGT:GQ\t0/{1 + number % 2}:{number * 9}\t./.:." for number, line in enumerate(rich)]
    own = '##INFO=<ID=GS_TOY_MAX,Number=A,Type=Float,Description="of an earlier run">\n'
    earlier = [f"{line};GS_TOY_MAX={'0.5' if number % 2 else '.'}" for number, line in enumerate(rich)]
    bare = "##fileformat=VCFv4.3\n"
    texts = [
        (bare, _COLUMNS, plain), (_HEADER, _COLUMNS, rich), (_HEADER, _COLUMNS + "\tFORMAT\tS1\tS2", calls),
        (_HEADER + own, _COLUMNS, earlier),
    ]  # fmt: skip
    return ["\n".join([header + columns, *lines, ""]).encode() for header, columns, lines in texts]


def _info(number: int, alts: str) -> str:
    frequencies = ",".join("0.25" for _ in alts.split(","))
    return f"DP={number * 1000};AF={frequencies}" + (";DB;NOTE=a,b%3Bc" if number % 2 else "")


@functools.cache
def bcfs() -> list[bytes]:
    """The VCFs that declare their contigs, as BCF, not compressed."""
    import pysam.bcftools

    from tests.fuzz.containers import decompressed

    made = []
    with tempfile.TemporaryDirectory(prefix="genoscore-fuzz-") as name:
        vcf, bcf = Path(name, "a.vcf"), Path(name, "a.bcf")
        for data in vcfs()[1:]:
            vcf.write_bytes(data)
            pysam.bcftools.view("-Ob", "--no-version", "-o", str(bcf), str(vcf), catch_stdout=False)
            made.append(decompressed(bcf.read_bytes()))
    return made

"""Cases with damaged tables of variants, and regions in damaged BED files."""

from __future__ import annotations

import functools
import random
from functools import partial
from pathlib import Path

from tests.fuzz.case import Case
from tests.fuzz.containers import bgzip, damaged_container, decompressed
from tests.fuzz.lines import changed
from tests.fuzz.mutations import damaged
from tests.fuzz.readers import is_blank, vcf_parts
from tests.fuzz.reference import snvs
from tests.fuzz.seeds import small_genome, variant_rows
from tests.fuzz.variants import base_arguments

_SEPARATORS = (b"\t", b",", b";")
_COLUMNS = {b"CHROM", b"POS", b"REF", b"ALT"}


@functools.cache
def tables() -> tuple[bytes, ...]:
    """TSV, CSV and CSV with semicolons, with columns of the user's own."""
    rows = [[*row[:2], row[3], row[4], f"s{number}", "0.5", "a b"] for number, row in enumerate(variant_rows())]
    rows = [["chrom", "pos", "ref", "alt", "id", "allele freq", "note"], *(row for row in rows if "," not in row[3])]
    texts = ("\n".join(separator.join(row) for row in rows) + "\n" for separator in "\t,;")
    return tuple(text.encode() for text in texts)


def table_case(rng: random.Random) -> Case:
    """A table of variants, as INPUT of `check` or `score`."""
    data = rng.choice(tables())
    separator = next(one for one in _SEPARATORS if one in data)
    if rng.random() < 0.75:
        data = changed(rng, data.replace(separator, b"\t")).replace(b"\t", separator)
    else:
        data = damaged(rng, data)
    name = rng.choice(("in.csv", "in.tsv", "in.txt"))
    if rng.random() < 0.15:
        data = rng.choice((bgzip(data), damaged_container(rng, bgzip(data))))
    files = {**small_genome()[0], name: data}
    if rng.random() < 0.4:
        return Case(files, ["check", name, *base_arguments()])
    arguments = ["score", name, *base_arguments(), "--threads", "1", "-o", "o.vcf", "-o", "o.tsv", "-q"]
    return Case(files, arguments, frozenset({"o.vcf", "o.tsv"}), check=partial(_rows_lost, name))


def _rows_lost(name: str, folder: Path) -> list[str]:
    lines = [line for line in decompressed((folder / name).read_bytes()).split(b"\n") if not is_blank(line)]
    heads = [at for at, line in enumerate(lines) if {*map(bytes.strip, _cells(line.upper()))} >= _COLUMNS]
    rows, records = len(lines) - heads[0] - 1, len(vcf_parts(folder / "o.vcf")[1])
    return [] if rows == records else [f"{rows} rows became {records} records"]


def _cells(line: bytes) -> list[bytes]:
    line = line.removeprefix(b"\xef\xbb\xbf").removeprefix(b"#").replace(b'"', b"")
    return line.split(next((one for one in _SEPARATORS if one in line), b"\t"))


def bed_case(rng: random.Random) -> Case:
    """Regions."""
    data = b"track name=x\n#c\nchr1\t99\t500\tPLUS\n1\t600\t610\nchr2\t0\t1200\t.\t0\t+\nchr2\t5\t5\n"
    data = changed(rng, data) if rng.random() < 0.7 else damaged(rng, data)
    files = {**small_genome()[0], "in.vcf": snvs(), "r.bed": data}
    arguments = [*base_arguments(), "--regions-file", "r.bed"]
    if rng.random() < 0.3:
        return Case(files, ["check", "in.vcf", *arguments])
    arguments = ["score", "in.vcf", *arguments, "--threads", "1", "-o", "o.vcf", "-q"]
    return Case(files, arguments, frozenset({"o.vcf"}), check=_outside)


def _outside(folder: Path) -> list[str]:
    """Records inside the regions are in the output, no others."""
    intervals = []
    for line in (folder / "r.bed").read_bytes().split(b"\n"):
        if not is_blank(line) and not line.startswith((b"#", b"track", b"browser")):
            contig, start, end, *_ = line.split(b"\t") if b"\t" in line else line.split()
            intervals.append((contig.removeprefix(b"chr"), int(start), int(end)))
    expected = [
        row[:5]
        for row in vcf_parts(folder / "in.vcf")[1]
        if any(row[0][3:] == contig and start < int(row[1]) <= end for contig, start, end in intervals)
    ]
    written = [row[:5] for row in vcf_parts(folder / "o.vcf")[1]]
    return [] if written == expected else [f"{len(written)} records, but {len(expected)} lie in the regions"]

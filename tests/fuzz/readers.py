"""The fuzzer's own readers, of a few lines each: they share no code with genoscore's."""

from __future__ import annotations

import struct
from pathlib import Path

import pyarrow.parquet

from tests.fuzz.containers import decompressed

Columns = list[bytes]


def vcf_parts(path: Path, line_end: bytes = b"") -> tuple[list[bytes], list[Columns]]:
    """Header lines and records of a VCF, as their columns, without empty lines.

    Args:
        line_end: what may stand before the LF, and does not belong to the line.
    """
    lines = [line.removesuffix(line_end) for line in decompressed(path.read_bytes()).split(b"\n")]
    lines = [line for line in lines if line]
    first = next(at for at, line in enumerate(lines) if not line.startswith(b"##")) + 1
    return lines[:first], [line.split(b"\t") for line in lines[first:]]


_NO_POS = 1 << 32  # htslib reads positions without a sign, but for -1, which is POS 0


def bcf_sites(path: Path) -> list[Columns]:
    """CHROM, POS, ID, REF and ALT of the records of a BCF (VCF specification, 6.3)."""
    data = decompressed(path.read_bytes())
    (size,) = struct.unpack_from("<I", data, 5)
    contigs = _contigs(data[9 : 9 + size])
    at, sites = 9 + size, []
    while at < len(data):
        shared, individual, contig, pos = struct.unpack_from("<IIiI", data, at)
        (alleles,) = struct.unpack_from("<H", data, at + 26)
        place, texts = at + 32, []
        for _ in range(alleles + 1):  # ID comes first
            text, place = _typed_text(data, place)
            texts.append(text)
        sites.append(
            [contigs[contig], str((pos + 1) % _NO_POS).encode(), texts[0], texts[1], b",".join(texts[2:]) or b"."]
        )
        at += 8 + shared + individual
    return sites


def _contigs(header: bytes) -> dict[int, bytes]:
    contigs: dict[int, bytes] = {}
    for line in header.split(b"\n"):
        if line.startswith(b"##contig=<"):
            fields = dict(part.partition(b"=")[::2] for part in line[10:].rstrip(b">").split(b","))
            contigs[int(fields.get(b"IDX", len(contigs)))] = fields[b"ID"]
    return contigs


def _typed_text(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = data[at] >> 4, at + 1
    if length == 15:
        width = {1: "b", 2: "<h", 3: "<i"}[data[at] & 15]
        (length,) = struct.unpack_from(width, data, at + 1)
        at += 1 + struct.calcsize(width)
    return data[at : at + length].rstrip(b"\0") or b".", at + length


def table_rows(path: Path) -> list[dict[bytes, bytes]]:
    """Rows of a TSV."""
    head, *lines = decompressed(path.read_bytes()).removesuffix(b"\n").split(b"\n")
    names = head.split(b"\t")
    return [dict(zip(names, line.split(b"\t"), strict=True)) for line in lines]


def parquet_rows(path: Path) -> tuple[list[Columns], list[bytes]]:
    """CHROM to ALT of every row of a Parquet file, and the statuses; a null is `.`."""
    rows = pyarrow.parquet.read_table(path).to_pylist()
    places = [[str(row[key] or ".").encode() for key in ("CHROM", "POS", "ID", "REF", "ALT")] for row in rows]
    return places, [row["STATUS"].encode() for row in rows]


def as_parquet(cell: bytes) -> bytes:
    """What Parquet can hold of a cell: text, and null for a missing value."""
    return cell.decode("utf-8", "replace").encode() if cell else b"."


def is_blank(line: bytes) -> bool:
    """Whether a line holds white space only, of Unicode's kinds too."""
    return not line.decode("utf-8", "surrogateescape").strip()

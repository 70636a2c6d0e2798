"""A small random genome with genes on both strands, and VCF text made by hand."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pysam

GENES = (
    # name, contig, strand, tx_start, tx_end, exon starts, exon ends (0-based, half-open)
    ("PLUS", "1", "+", 100, 500, (100, 200, 400), (150, 260, 500)),
    ("MINUS", "1", "-", 450, 800, (450, 600, 750), (520, 650, 800)),
    ("EDGE", "1", "+", 0, 60, (0, 40), (20, 60)),
    ("SHORT", "2", "-", 300, 340, (300, 325), (310, 340)),
    ("LAST", "2", "+", 1000, 1200, (1000, 1100), (1050, 1200)),
)


@dataclass(frozen=True)
class SmallGenome:
    """Where the files lie, and what they hold."""

    fasta: Path
    genes: Path
    sequences: dict[str, str]


def write_small_genome(folder: Path, seed: int = 7) -> SmallGenome:
    """chr1 and chr2 of 1,200 bases; chr2 has N at [50, 70) and lower case at [100, 200)."""
    rng = random.Random(seed)
    sequences = {name: "".join(rng.choice("ACGT") for _ in range(1200)) for name in ("chr1", "chr2")}
    two = sequences["chr2"]
    sequences["chr2"] = two[:50] + "N" * 20 + two[70:]
    written = dict(sequences)
    written["chr2"] = sequences["chr2"][:100] + sequences["chr2"][100:200].lower() + sequences["chr2"][200:]
    fasta = folder / "small.fa"
    with open(fasta, "w") as out:
        for name, sequence in written.items():
            out.write(f">{name}\n")
            out.writelines(sequence[at : at + 50] + "\n" for at in range(0, len(sequence), 50))
    genes = folder / "genes.tsv"
    rows = ["#NAME\tCHROM\tSTRAND\tTX_START\tTX_END\tEXON_START\tEXON_END"]
    for name, contig, strand, start, end, starts, ends in GENES:
        lists = ("".join(f"{value}," for value in values) for values in (starts, ends))
        rows.append("\t".join([name, contig, strand, str(start), str(end), *lists]))
    genes.write_text("\n".join(rows) + "\n")
    return SmallGenome(fasta, genes, sequences)


def vcf_text(rows: Iterable[str], header: Iterable[str] = ()) -> str:
    """A VCF with contigs chr1 and chr2; rows are `CHROM POS REF ALT` or whole lines with tabs."""
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=chr1,length=1200>", "##contig=<ID=chr2,length=1200>", *header]
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    for row in rows:
        if "\t" in row:
            lines.append(row)
        else:
            contig, pos, ref, alt = row.split()
            lines.append(f"{contig}\t{pos}\t.\t{ref}\t{alt}\t.\t.\t.")
    return "\n".join(lines) + "\n"


def write_as(vcf: Path, path: Path) -> None:
    """A plain VCF as bgzipped VCF or BCF, by the suffix; as it is where the path is its own."""
    if path.suffix == ".gz":
        pysam.tabix_compress(str(vcf), str(path))
    elif path.suffix == ".bcf":
        with (
            pysam.VariantFile(str(vcf)) as source,
            pysam.VariantFile(str(path), "wb", header=source.header) as out,
        ):
            for record in source:
                out.write(record)


def records(path: Path) -> list[list[str]]:
    """Columns of every record of a plain VCF."""
    return [line.split("\t") for line in path.read_text().splitlines() if not line.startswith("#")]


def infos(path: Path) -> list[dict[str, str]]:
    """INFO of every record of a plain VCF."""
    return [info(columns) for columns in records(path)]


def leftmost(sequence: str, pos: int, ref: str, alt: str) -> tuple[int, str, str]:
    """POS, REF and ALT as `bcftools norm` has them, but not moved over N: a contig's sequence, and a variant on it."""
    while ref != alt and ref[-1] == alt[-1]:
        if len(ref) == 1 or len(alt) == 1:
            if pos == 1 or sequence[pos - 2] == "N":
                break
            pos, ref, alt = pos - 1, sequence[pos - 2] + ref, sequence[pos - 2] + alt
        ref, alt = ref[:-1], alt[:-1]
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        pos, ref, alt = pos + 1, ref[1:], alt[1:]
    return pos, ref, alt


def read_table(path: Path) -> list[dict[str, str]]:
    """Rows of a plain TSV by the names of its columns."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def info(columns: list[str]) -> dict[str, str]:
    """INFO as a dictionary."""
    return dict(entry.partition("=")[::2] for entry in columns[7].split(";"))

"""Annotations made by hand, and what is read of them."""

from __future__ import annotations

from pathlib import Path

from genoscore.inputs.gene import Coding
from genoscore.inputs.genes import GeneModels, load_gene_models


def rows(*lines: str) -> str:
    """`kind start end strand phase attributes` on contig 1, or `@CONTIG kind ...`, to lines of nine columns."""
    made = []
    for line in lines:
        contig, rest = line[1:].split(" ", 1) if line.startswith("@") else ("1", line)
        kind, start, end, strand, phase, attributes = rest.split(" ", 5)
        made.append("\t".join([contig, "made", kind, start, end, ".", strand, phase, attributes]))
    return "\n".join(made) + "\n"


def gtf(*lines: str, attributes: str = "") -> str:
    """`kind start end strand phase` of transcript T to lines of a GTF; other attributes may follow."""
    own = f'gene_id "G"; transcript_id "T"; gene_name "G"; {attributes}'
    return rows(*(f"{line} {own}" if line.count(" ") == 4 else line.replace("; ", f"; {own}", 1) for line in lines))


def gff3(*lines: str) -> str:
    """Lines of a GFF3."""
    return "##gff-version 3\n" + rows(*lines)


def read(folder: Path, text: str, transcripts: str = "all") -> GeneModels:
    """The gene models of an annotation's text."""
    path = folder / "annotation"
    path.write_text(text)
    return load_gene_models(path, transcripts)


def only(folder: Path, text: str) -> Coding | None:
    """The coding sequence of the only transcript, if nothing is odd."""
    models = read(folder, text)
    assert not models.warnings
    (gene,) = models
    return gene.coding


def coded(folder: Path, text: str) -> Coding:
    """The same, where there is one."""
    coding = only(folder, text)
    assert coding is not None
    return coding


def odd(folder: Path, text: str) -> tuple[Coding | None, str]:
    """The coding sequence of the only transcript, and the only warning."""
    models = read(folder, text)
    (gene,) = models
    (warning,) = models.warnings
    return gene.coding, warning

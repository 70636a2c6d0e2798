"""Cases with damaged gene annotations: SpliceAI's table, GTF and GFF3, and gene panels."""

from __future__ import annotations

import functools
import gzip
import random

from tests.fuzz.case import Case
from tests.fuzz.containers import bgzip, damaged_container
from tests.fuzz.lines import LINE_MUTATIONS, Lines, changed
from tests.fuzz.mutations import INTERESTING, damaged, spliced
from tests.fuzz.seeds import small_genome, vcfs
from tests.fuzz.variants import base_arguments, score_case, vcf_sites
from tests.small import GENES

_ATTRIBUTES = (
    b"Parent=", b"Parent=a,b", b"Parent=t_PLUS,t_PLUS", b"Parent=t_PLUS", b"ID=t_PLUS", b"ID=", b"ID=%00", b"ID=%",
    b"Parent=%ZZ", b"gene_id", b'gene_id ""', b'gene_id "', b'gene_id "x" "y"', b'tag "MANE_Select"', b"a" * 40_000,
    b"a " * 20_000, b'x "' + b"a" * 40_000, b";" * 10_000, b"=" * 10_000, b"Dbxref=GeneID:" + b"9" * 5000,
    b"Name=$x$", b"Name=\x1b[31mX", b"Name=" + b"x" * 5000, b'gene_name "a|b,c;d"', b"transcript_id",
    b'exon_number "x"',
)  # fmt: skip


def change_attributes(rng: random.Random, lines: Lines) -> None:
    """An attribute of a GTF or GFF3 line is added, replaced or removed."""
    at = rng.randrange(len(lines))
    head, _, text = lines[at].rpartition(b"\t")
    parts = text.split(b";")
    place = rng.randrange(len(parts))
    parts[place : place + rng.randint(0, 1)] = rng.choice(([], [rng.choice(_ATTRIBUTES)], [rng.choice(INTERESTING)]))
    lines[at] = head + b"\t" + b";".join(parts)


_MUTATIONS = (*LINE_MUTATIONS, change_attributes, change_attributes, change_attributes)


@functools.cache
def annotations() -> dict[str, bytes]:
    """The small genome's genes in every format."""
    return {"a.tsv": small_genome()[0]["genes.tsv"], "a.gtf": _lines(_gtf_pairs), "a.gff3": _lines(_gff3_pairs)}


def _lines(attributes: object) -> bytes:
    gff3 = attributes is _gff3_pairs
    lines = ["##gff-version 3" if gff3 else "##description: made here", "#!genome-build made"]
    for name, contig, strand, start, end, starts, ends in GENES:
        exons = [("exon", first, last) for first, last in zip(starts, ends, strict=True)]
        for kind, first, last in [("gene", start, end), ("transcript", start, end), *exons, ("CDS", start, end)]:
            text = (_gff3_pairs if gff3 else _gtf_pairs)(kind, name)
            lines.append(f"chr{contig}\tmade\t{kind}\t{first + 1}\t{last}\t.\t{strand}\t.\t{text}")
    return "\n".join([*lines, ""]).encode()


def _gtf_pairs(kind: str, name: str) -> str:
    of_gene = f'gene_id "G_{name}.1"; gene_name "{name}"; gene_type "protein_coding";'
    return of_gene if kind == "gene" else f'{of_gene} transcript_id "t_{name}.2"; tag "Ensembl_canonical";'


def _gff3_pairs(kind: str, name: str) -> str:
    if kind == "gene":
        return f"ID=g_{name};Name={name};gene_id=G_{name}"
    if kind == "transcript":
        return f"ID=t_{name};Parent=g_{name};transcript_id=t_{name};tag=basic,MANE_Select"
    return f"Parent=t_{name}"


def annotation_case(rng: random.Random) -> Case:
    """A damaged annotation, through `check` or `score`."""
    name = rng.choice(list(annotations()))
    data = annotations()[name]
    kind = rng.random()
    if kind < 0.75:
        data = changed(rng, data, _MUTATIONS)
    elif kind < 0.95:
        data = damaged(rng, data)
    else:
        data = spliced(rng, data, rng.choice(list(annotations().values())))
    if rng.random() < 0.2:
        name += ".gz"
        data = rng.choice((bgzip, gzip_made, lambda data: damaged_container(rng, bgzip(data))))(data)
    files = {**small_genome()[0], "in.vcf": vcfs()[0], name: data}
    more = rng.choice(([], [], ["--transcripts", "all"], ["--transcripts", "t_PLUS"]))
    return _run(rng, files, [*base_arguments(annotation=name), *more])


def panel_case(rng: random.Random) -> Case:
    """A damaged list of genes."""
    data = b"# panel\nPLUS\nMINUS\nG_LAST.1\nEDGE\n"
    data = changed(rng, data) if rng.random() < 0.7 else damaged(rng, data)
    files = {**small_genome()[0], "in.vcf": vcfs()[0], "a.gtf": annotations()["a.gtf"], "panel.txt": data}
    return _run(rng, files, [*base_arguments(annotation="a.gtf"), "--genes", "panel.txt"])


def _run(rng: random.Random, files: dict[str, bytes], arguments: list[str]) -> Case:
    if rng.random() < 0.5:
        return Case(files, ["check", "in.vcf", *arguments])
    return score_case(rng, files, "in.vcf", vcf_sites, arguments)


def gzip_made(data: bytes) -> bytes:
    """The same bytes every time."""
    return gzip.compress(data, 1, mtime=0)

"""Records for the benchmarks: real ones from SHARED, or made on the demo genome where there is none."""

from __future__ import annotations

import csv
import gzip
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from genoscore.inputs.gene import Gene
from genoscore.inputs.genes import load_gene_models

ROOT = Path(__file__).parent.parent
TWO_GENES = ("PSMF1", "SIRPG")
DEMO_PEER, PEER = 12, 24  # records that a slow program is given
_LENGTHS = {"17": 81195210, "20": 63025520, "22": 51304566}
CONTIGS = "".join(f"##contig=<ID={name},length={length}>\n" for name, length in _LENGTHS.items())
HEADER = "##fileformat=VCFv4.2\n{contigs}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


@dataclass
class Case:
    """Records, and what they are scored on.

    Attributes:
        peers: how many of them the slow programs are given.
    """

    name: str
    reference: Path
    annotation: str
    contigs: str
    lines: list[str]
    peers: int

    def text(self, count: int) -> str:
        """A VCF of the first so many."""
        return HEADER.format(contigs=self.contigs) + "".join(self.lines[:count])


def demo_case(count: int = 200) -> Case:
    """Random SNVs inside a demo gene."""
    folder = ROOT / "test_data"
    name, _, bases = (folder / "genome.fa").read_text().split(">")[1].partition("\n")
    bases = bases.replace("\n", "").upper()
    rng = random.Random(1)
    genes = [line.split("\t") for line in (folder / "genes.tsv").read_text().splitlines()[1:]]
    first = next(gene for gene in genes if "chr" + gene[1] == name.split()[0])
    places = sorted(rng.sample([p for p in range(int(first[3]), int(first[4])) if bases[p] in "ACGT"], count))
    lines = []
    for place in places:
        alt = rng.choice([base for base in "ACGT" if base != bases[place]])
        lines.append(f"{name.split()[0]}\t{place + 1}\t.\t{bases[place]}\t{alt}\t.\t.\t.\n")
    contigs = f"##contig=<ID={name.split()[0]},length={len(bases)}>\n"
    return Case("SNVs of a demo gene", folder / "genome.fa", str(folder / "genes.tsv"), contigs, lines, DEMO_PEER)


def real_cases(shared: Path, reference: Path | None) -> list[Case]:
    """The cases of docs/performance.md."""
    fasta = reference or shared / "data" / "grch37.slices.fa.gz"

    def case(name: str, lines: list[str], peers: int = PEER) -> Case:
        return Case(name, fasta, "grch37", CONTIGS, lines, peers)

    thousand = list(_lines(shared / "data" / "1000g.chr20_1-2Mb.grch37.vcf.gz"))
    exac = list(_lines(shared / "data" / "exac.chr22_17.4-17.7Mb.grch37.vcf.gz"))
    genes = load_gene_models("grch37")
    bounds = {gene.symbol: gene for gene in genes.overlapping("20", 1_000_000, 2_000_000)}
    snvs = [line for line in thousand if _is_snv(line)]
    two = [line for name in TWO_GENES for line in [one for one in snvs if _inside(one, bounds[name])][:500]]
    indels = [one for one in thousand if _is_indel(one) and any(_inside(one, gene) for gene in bounds.values())]
    alone = list(_one_each([one for one in snvs + exac if _is_snv(one)], [*bounds.values(), *_exac_genes(genes)]))
    return [
        case(f"{len(two)} SNVs of {' and '.join(TWO_GENES)}", two),
        case("1,000 SNVs of BRCA1's exons and their flanks", _brca1(shared, 1000)),
        case("200 indels", random.Random(1).sample(indels, 200)),
        case(f"{len(alone)} SNVs, each alone in its gene", alone, 12),
    ]


def thinned(shared: Path, apart: int) -> Case:
    """SNVs of the 1000 Genomes file, so many bases apart."""
    lines: list[str] = []
    for line in filter(_is_snv, _lines(shared / "data" / "1000g.chr20_1-2Mb.grch37.vcf.gz")):
        if not lines or _pos(line) - _pos(lines[-1]) >= apart:
            lines.append(line)
    return Case(f"SNVs {apart:,} bases apart", shared / "data" / "grch37.slices.fa.gz", "grch37", CONTIGS, lines, PEER)


def beside_sites(shared: Path) -> Case:
    """SNVs of BRCA1 at splice sites and up to eight bases from them."""
    with gzip.open(shared / "data" / "brca1_sge.grch37.tsv.gz", "rt") as table:
        rows = [row for row in csv.DictReader(table, delimiter="\t") if "plice" in row["consequence"]]
    rows.sort(key=lambda row: int(row["pos"]))
    lines = [f"{row['chrom']}\t{row['pos']}\t.\t{row['ref']}\t{row['alt']}\t.\t.\t.\n" for row in rows]
    return Case("at BRCA1's splice sites", shared / "data" / "grch37.slices.fa.gz", "grch37", CONTIGS, lines, PEER)


def _pos(line: str) -> int:
    return int(line.split("\t", 2)[1])


def _exac_genes(genes: object) -> list[Gene]:
    return list(genes.overlapping("22", 17_400_000, 17_700_000))  # type: ignore[attr-defined]


def _lines(path: Path) -> Iterator[str]:
    """Records without INFO and samples, single ALTs of sequence."""
    with gzip.open(path, "rt") as source:
        for line in source:
            columns = line.split("\t", 8)
            if line[0] != "#" and set(columns[3] + columns[4]) <= set("ACGT"):
                yield "\t".join([*columns[:5], ".", ".", ".\n"])


def _is_snv(line: str) -> bool:
    _, _, _, ref, alt, *_ = line.split("\t")
    return len(ref) == len(alt) == 1


def _is_indel(line: str) -> bool:
    _, _, _, ref, alt, *_ = line.split("\t")
    return len(ref) != len(alt) and min(len(ref), len(alt)) == 1


def _inside(line: str, gene: Gene) -> bool:
    contig, pos, *_ = line.split("\t")
    return contig == gene.contig and gene.tx_start < int(pos) <= gene.tx_end


def _one_each(lines: list[str], genes: list[Gene]) -> Iterator[str]:
    """The middle record of each gene, where it lies in no other."""
    for gene in genes:
        own = [one for one in lines if _inside(one, gene) and sum(_inside(one, other) for other in genes) == 1]
        if own:
            yield own[len(own) // 2]


def _brca1(shared: Path, count: int) -> list[str]:
    with gzip.open(shared / "data" / "brca1_sge.grch37.tsv.gz", "rt") as table:
        rows = sorted(csv.DictReader(table, delimiter="\t"), key=lambda row: int(row["pos"]))
    step = len(rows) / count
    chosen = [rows[int(i * step)] for i in range(count)]
    return [f"{row['chrom']}\t{row['pos']}\t.\t{row['ref']}\t{row['alt']}\t.\t.\t.\n" for row in chosen]

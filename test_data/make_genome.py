"""A synthetic genome and its genes, the same bases every time.

Introns are AT-rich random sequence, exons are partly built from hexamers that look
like splicing enhancers, and every splice site is close to the consensus, so that
SpliceAI's weights see the sites clearly. No base comes from a real genome.

`make_demo.py` writes the files; this module only makes their content.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

SEED = 3
LINE = 60
CONTIGS = {"chrA": 40_000, "chrB": 14_000, "chrC": 3_000}
ENHANCERS = (
    *("GAAGAA", "GAAGAC", "GATGAA", "CAAGAA", "GGAGAA", "TGAAGA", "GACGAA"),
    *("GCAGAA", "CTGAAG", "AAGAAG", "GGACGA", "CCTGAA", "ACGAAG", "TCAAGA"),
    *("GCTGCA", "CGGAGA", "ATGGAC", "TGCAAC"),
)


@dataclass(frozen=True)
class Gene:
    """A transcript; exons are 0-based, half-open and in order along the contig."""

    name: str
    contig: str
    strand: str
    exons: tuple[tuple[int, int], ...]


GENES = (
    Gene("DEMO1", "chrA", "+", ((6000, 6150), (7100, 7220), (8900, 9030),
                                (9800, 9910), (11500, 11690))),
    Gene("DEMO2", "chrA", "-", ((14000, 14190), (15200, 15325), (16100, 16240),
                                (18300, 18420), (19400, 19500), (20600, 20760))),
    Gene("DEMO3", "chrA", "+", ((23000, 23150), (24100, 24225), (25600, 25720),
                                (28400, 28580))),
    Gene("DEMO4", "chrA", "-", ((27100, 27290), (29700, 29830), (31000, 31115),
                                (33100, 33270))),
    Gene("DEMO5", "chrB", "+", ((1500, 1660), (3300, 3425), (5900, 6020),
                                (7600, 7735), (8800, 8990))),
    Gene("DEMO6", "chrC", "-", ((400, 560), (1200, 1320), (2500, 2650))),
)  # fmt: skip


# Near-sites which one SNV turns into a donor (GC to GT) or an acceptor (AC to AG):
# contig, strand, 0-based leftmost base, sequence in the gene's own direction.
DECOYS = (
    ("chrA", "+", 7175, "CAGGCAAGT"),
    ("chrA", "+", 8906, "TTTTCTTTCTTTTCCTTCACGACGAC"),
    ("chrA", "-", 18340, "CAGGCAAGT"),
    ("chrA", "-", 19460, "TTTTCTTTCTTTTCCTTCACGACGAC"),
)
HARD_MASKED = (("chrA", 10600, 10640), ("chrC", 1700, 1760))
SOFT_MASKED = (
    ("chrA", 300, 700), ("chrA", 7090, 7160), ("chrA", 9700, 9850),
    ("chrA", 15300, 15400), ("chrA", 25000, 25800), ("chrB", 6900, 7700),
    ("chrC", 2000, 2550),
)  # fmt: skip


def revcomp(seq: str) -> str:
    """Return the reverse complement; letters other than ACGT stay as they are."""
    return seq.translate(str.maketrans("ACGTacgt", "TGCAtgca"))[::-1]


def draw(rng: random.Random, letters: str, length: int) -> str:
    """Return random bases; a letter's weight is how often `letters` names it."""
    return "".join(letters[int(rng.random() * len(letters))] for _ in range(length))


def background(rng: random.Random, length: int) -> str:
    """Return AT-rich sequence without the strongest donor cores on either strand."""
    seq = draw(rng, "AAAAAATTTTTTTGGGGCCC", length)
    for core in ("GGTAAG", "GGTGAG", "AGGTAA", "AGGTGA", "GTAAGT", "GTGAGT"):
        seq = seq.replace(core, core.replace("GT", "TC"))
        seq = seq.replace(revcomp(core), revcomp(core).replace("AC", "CT"))
    return seq


def exon_body(rng: random.Random, length: int) -> str:
    """Return an exon: G first, CAG last, enhancer hexamers between."""
    words = [ENHANCERS[int(rng.random() * len(ENHANCERS))] for _ in range(length // 6)]
    words = [w if rng.random() < 0.3 else draw(rng, "AACCGGT", 6) for w in words]
    return "G" + "".join(words)[: length - 4].ljust(length - 4, "A") + "CAG"


def acceptor(rng: random.Random) -> str:
    """Return an intron's end: branch point, polypyrimidine tract and CAG."""
    branch = "TTACTAAC" + draw(rng, "ATTTC", 8)
    return branch + draw(rng, "TTTTCCCAA", 20) + "CAG"


def donor(rng: random.Random) -> str:
    """Return an intron's start."""
    core = ("GTAAGT", "GTGAGT", "GTAAGA", "GTACGT", "GTTAGT")[int(rng.random() * 5)]
    return core + draw(rng, "AATTTGC", 4)


def paint(rng: random.Random, seq: str, gene: Gene) -> str:
    """Return the contig with one gene's exons and splice sites written in."""
    exons = gene.exons if gene.strand == "+" else gene.exons[::-1]
    for rank, (start, end) in enumerate(exons):
        left = acceptor(rng) if rank > 0 else ""
        right = donor(rng) if rank < len(exons) - 1 else ""
        piece = left + exon_body(rng, end - start) + right
        at = start - len(left)
        if gene.strand == "-":
            piece, at = revcomp(piece), start - len(right)
        seq = seq[:at] + piece + seq[at + len(piece) :]
    return seq


def mask(seq: str, start: int, end: int, hard: bool) -> str:
    """Return the sequence with one stretch as N, or in lower case."""
    middle = "N" * (end - start) if hard else seq[start:end].lower()
    return seq[:start] + middle + seq[end:]


def make_genome() -> dict[str, str]:
    """Return every contig's sequence, masked stretches included."""
    rng = random.Random(SEED)
    genome = {name: background(rng, length) for name, length in CONTIGS.items()}
    for gene in GENES:
        genome[gene.contig] = paint(rng, genome[gene.contig], gene)
    for contig, strand, at, word in DECOYS:
        piece = word if strand == "+" else revcomp(word)
        seq = genome[contig]
        genome[contig] = seq[:at] + piece + seq[at + len(piece) :]
    for hard, stretches in ((True, HARD_MASKED), (False, SOFT_MASKED)):
        for contig, start, end in stretches:
            genome[contig] = mask(genome[contig], start, end, hard)
    return genome


def fasta_text(genome: dict[str, str]) -> str:
    """Return the genome as FASTA."""
    lines = []
    for name, seq in genome.items():
        lines.append(f">{name}")
        lines += [seq[at : at + LINE] for at in range(0, len(seq), LINE)]
    return "\n".join(lines) + "\n"


def genes_text() -> str:
    """Return the gene table; its contigs are spelt without "chr"."""
    lines = ["#NAME\tCHROM\tSTRAND\tTX_START\tTX_END\tEXON_START\tEXON_END"]
    for gene in GENES:
        starts = "".join(f"{start}," for start, _ in gene.exons)
        ends = "".join(f"{end}," for _, end in gene.exons)
        span = (str(gene.exons[0][0]), str(gene.exons[-1][1]))
        contig = gene.contig.removeprefix("chr")
        lines.append("\t".join((gene.name, contig, gene.strand, *span, starts, ends)))
    return "\n".join(lines) + "\n"

"""Random genomes with transcripts that have splice sites and, whole or broken, coding sequences; and their variants."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.consequences.hgvs_reader import opposite
from tests.consequences.oracle import STANDARD
from tests.consequences.transcripts import Intervals, coding_parts
from tests.motif_toy import DONOR

_ACCEPTOR = "TTCTTTTCTCTCAGG"
_BROKEN = (
    "length", "no start", "inner stop", "no stop", "cds outside", "overlapping exons", "phases", "off the contig",
    "unknown bases", "cds alone", "one row more", "strands",
)  # fmt: skip


@dataclass
class Transcript:
    """What the annotation says of one transcript, and what is true of it.

    Attributes:
        cds: first base and base after the last of the CDS, its stop codon included, in the mRNA; None: it has none.
        broken: what is wrong with it; '' for nothing.
    """

    name: str
    contig: str
    strand: str
    exons: Intervals
    cds: tuple[int, int] | None = None
    broken: str = ""

    @property
    def bases(self) -> list[int]:
        """Genomic bases of the mRNA, in reading direction."""
        forward = [base for start, end in self.exons for base in range(start, end)]
        return forward if self.strand == "+" else forward[::-1]


@dataclass
class World:
    """A genome and its transcripts."""

    contigs: dict[str, list[str]] = field(default_factory=dict)
    transcripts: list[Transcript] = field(default_factory=list)

    def bases(self, contig: str) -> str:
        """A contig's sequence."""
        return "".join(self.contigs[contig])


def random_world(rng: random.Random) -> World:
    """One or two contigs with up to four transcripts, which may overlap on either strand."""
    world = World(
        {name: rng.choices("ACGT", k=rng.randint(300, 2500)) for name in ("chr1", "chr2")[: rng.randint(1, 2)]}
    )
    for number in range(rng.randint(1, 4)):
        contig = rng.choice(list(world.contigs))
        exons = _exons(rng, len(world.contigs[contig]))
        if exons:
            plant(rng, world, Transcript(f"T{number}.1", contig, rng.choice("+-"), exons))
    return world


def _exons(rng: random.Random, length: int) -> Intervals:
    at = rng.choice([0, rng.randint(0, 60), rng.randint(0, length // 2)])
    exons = []
    for _ in range(rng.choice([1, 2, 3, 3, 4, 5, 7])):
        end = at + rng.choice([1, 2, 3, 9, 40, *(rng.randint(20, 200) for _ in range(8))])
        if end > length:
            break
        exons.append((at, end))
        at = end + rng.choice([1, 2, 4, 30, *(rng.randint(60, 300) for _ in range(8))])
    return tuple(exons)


def plant(rng: random.Random, world: World, made: Transcript, always: bool = False) -> None:
    """Write splice sites and mostly a coding sequence into the genome.

    Args:
        always: all splice sites, and no coding sequence.
    """
    genome = world.contigs[made.contig]
    forward = made.strand == "+"
    for at, (start, end) in enumerate(made.exons):
        inner_start, inner_end = at > 0, at < len(made.exons) - 1
        if not forward:
            inner_start, inner_end = inner_end, inner_start
        first, last = (start, end - 1) if forward else (end - 1, start)
        step = 1 if forward else -1
        if inner_start and (always or rng.random() < 0.9):
            _write(genome, first - step * (len(_ACCEPTOR) - 1), step, _ACCEPTOR)
        if inner_end and (always or rng.random() < 0.9):
            _write(genome, last - step * 2, step, DONOR)
    bases = made.bases
    if not always and len(bases) >= 9 and rng.random() < 0.85:
        codons = rng.choice([len(bases) // 3, rng.randint(3, len(bases) // 3), max(3, len(bases) // 4)])
        first = rng.choice([0, rng.randint(0, len(bases) - 3 * codons), rng.randint(0, len(bases) - 3 * codons)])
        made.cds = (first, first + 3 * codons)
        if rng.random() < 0.25:
            made.broken = rng.choice(_BROKEN)
        _write_cds(rng, genome, made, bases)
    world.transcripts.append(made)


def _write(genome: list[str], at: int, step: int, text: str) -> None:
    for letter in text:
        if 0 <= at < len(genome):
            genome[at] = letter if step == 1 else opposite(letter)
        at += step


def _write_cds(rng: random.Random, genome: list[str], made: Transcript, bases: list[int]) -> None:
    assert made.cds is not None
    first, end = made.cds
    forward = made.strand == "+"

    def put(at: int, text: str) -> None:
        for base, letter in zip(bases[at : at + len(text)], text, strict=True):
            genome[base] = letter if forward else opposite(letter)

    def read(at: int) -> str:
        letters = "".join(genome[base] for base in bases[at : at + 3])
        return letters if forward else "".join(map(opposite, letters))

    for at in range(first, end - 3, 3):
        if STANDARD.get(read(at)) == "*":
            put(at, "C")
    put(first, "CTG" if made.broken == "no start" else "ATG")
    if made.broken == "inner stop" and end - first > 12:
        put(first + 3 * rng.randint(1, (end - first) // 3 - 3), "TAA")
    put(end - 3, "TGG" if made.broken == "no stop" else rng.choice(["TAA", "TAG", "TGA"]))
    if made.broken == "unknown bases":
        put(rng.randint(first, end - 1), "N")


# The annotation


def annotation(rng: random.Random, world: World) -> tuple[str, bytes]:
    """Name and contents of a GTF or GFF3."""
    gff3 = rng.random() < 0.5
    lines = ["##gff-version 3"] if gff3 else ["#!made"]
    for made in world.transcripts:
        rows = _rows(rng, world, made, gff3)
        if rng.random() < 0.2:
            head = 2 if gff3 else 0
            rows[head:] = rng.sample(rows[head:], len(rows) - head)
        lines += rows
    return ("a.gff3" if gff3 else "a.gtf"), "\n".join([*lines, ""]).encode()


def _rows(rng: random.Random, world: World, made: Transcript, gff3: bool) -> list[str]:
    exons = [*made.exons]
    if made.broken == "overlapping exons" and len(exons) > 1:
        exons[1] = (exons[0][1] - 1, exons[1][1])
    if made.broken == "off the contig":
        exons[-1] = (exons[-1][0], len(world.contigs[made.contig]) + 50)
    rows = [("exon", start, end, ".", made.strand) for start, end in exons]
    rows += _cds_rows(rng, made)
    if made.broken == "cds alone":
        rows = [row for row in rows if row[0] != "exon"]
    start, end = exons[0][0], max(end for _, end in exons)
    own = made.name.split(".")[0]
    head = [("gene", start, end, ".", made.strand), ("mRNA" if gff3 else "transcript", start, end, ".", made.strand)]
    found = []
    for kind, first, last, phase, strand in [*head, *rows]:
        if gff3:
            ids = {"gene": f"ID=g{own};Name={own}", "mRNA": f"ID={own};Parent=g{own};transcript_id={made.name}"}
            text = ids.get(kind, f"Parent={own}")
        else:
            text = f'gene_id "G{own}"; gene_name "{own}";'
            text += "" if kind == "gene" else f' transcript_id "{made.name}";'
        found.append(f"{made.contig}\tmade\t{kind}\t{first + 1}\t{last}\t.\t{strand}\t{phase}\t{text}")
    return found


def _cds_rows(rng: random.Random, made: Transcript) -> list[tuple[str, int, int, str, str]]:
    if made.cds is None:
        return []
    first, end = made.cds
    stops = rng.random() < 0.4
    held = rng.random() < 0.5 and made.broken != "no stop"
    if made.broken == "length":
        end -= 1
    told = end if held or made.broken == "length" else end - 3
    parts = list(coding_parts(made.exons, made.strand, first, told))
    if made.broken == "cds outside":
        parts[-1] = (parts[-1][0], made.exons[-1][1] + 7)
    if made.broken == "one row more":
        parts.append((made.exons[0][0], made.exons[0][0] + 1))
    rows: list[tuple[str, int, int, str, str]] = []
    before = 0
    with_phases = rng.random() < 0.8
    for start, last in parts if made.strand == "+" else parts[::-1]:
        phase = str(-before % 3) if with_phases else "."
        if made.broken == "phases" and rng.random() < 0.7:
            phase = rng.choice("012")
        strand = rng.choice("+-") if made.broken == "strands" and rows else made.strand
        if made.broken == "strands" and not rows:
            strand = "-" if made.strand == "+" else "+"
        rows.append(("CDS", start, last, phase, strand))
        before += last - start
    if stops and made.broken == "":
        rows += [
            ("stop_codon", *part, "0", made.strand) for part in coding_parts(made.exons, made.strand, end - 3, end)
        ]
    return rows


# Variants


def variants(rng: random.Random, world: World) -> list[tuple[str, int, str, list[str]]]:
    """CHROM, POS, REF and ALTs, sorted: at splice sites, start and stop codons, ends of transcripts and contigs."""
    found = []
    for _ in range(rng.randint(4, 14)):
        made = rng.choice(world.transcripts) if world.transcripts else None
        contig = made.contig if made else rng.choice(list(world.contigs))
        genome = world.bases(contig)
        at = rng.choice([0, len(genome) - 1, rng.randrange(len(genome))])
        if made and rng.random() < 0.9:
            edge = rng.choice([edge for exon in made.exons for edge in exon])
            at = min(max(edge + rng.randint(-9, 8), 0), len(genome) - 1)
        found.append(_variant(rng, contig, genome, at, made))
    return sorted(found)


def _variant(
    rng: random.Random, contig: str, genome: str, at: int, made: Transcript | None
) -> tuple[str, int, str, list[str]]:
    length = rng.choice([1, 1, 1, 1, 2, 3, 4, 8, 30, 200, 590])
    if made and rng.random() < 0.1:  # an exon and what is around it
        start, end = rng.choice(made.exons)
        at = max(start - rng.randint(0, 20), 0)
        length = end + rng.randint(0, 20) - at
    ref = genome[at : at + min(length, 590)]
    alts = [_alt(rng, genome, at, ref) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    alts = [alt for alt in dict.fromkeys(alts) if alt != ref] or [("C" if ref[0] != "C" else "A") + ref[1:]]
    return contig, at + 1, ref, alts


def _alt(rng: random.Random, genome: str, at: int, ref: str) -> str:
    kind = rng.random()
    if kind < 0.45 and len(ref) == 1:
        return rng.choice("ACGT")
    if kind < 0.6:
        return ref[0]
    if kind < 0.75:  # a copy, so that sites are doubled
        return ref[0] + genome[max(at - 20, 0) : at + 20]
    if kind < 0.85:
        return ref[0] + "".join(rng.choices("ACGT", k=rng.choice([1, 2, 3, 20]))) + rng.choice(_MOTIFS)
    if kind < 0.95:
        return "".join(rng.choices("ACGT", k=len(ref)))
    return ref[0] + _EXON[: rng.randint(20, 140)] + rng.choice(["", "ACGT" * 100])


_MOTIFS = ("", DONOR, _ACCEPTOR, opposite(DONOR), opposite(_ACCEPTOR), _ACCEPTOR + "CATCATCATGGATTACATTAGAAA" + DONOR)
_EXON = _ACCEPTOR + "GATCATCATGGATTACATTAGAAACCATCATCCCAATGG" + DONOR + "CCCC" + opposite(DONOR)

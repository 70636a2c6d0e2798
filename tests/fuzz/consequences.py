"""Cases with consequences: random genomes, transcripts and variants, through every output at once."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

from tests.fuzz.case import Case
from tests.fuzz.told import outputs_differ
from tests.fuzz.transcripts import World, annotation, random_world, variants
from tests.fuzz.truth import untrue

OUTPUTS = ("o.vcf", "o.bcf", "o.tsv", "o.wide.tsv", "o.parquet", "o.wide.parquet")
_OPTIONS: tuple[tuple[list[str], ...], ...] = (
    ([], [], ["-d", "0"], ["-d", "1"], ["-d", "4"], ["-d", "20"], ["-d", "200"], ["-d", "399"]),
    ([], [], ["--reach", "0"], ["--reach", "3"], ["--reach", "60"], ["--reach", "5000"]),
    ([], [], ["-m", "site"], ["-m", "none,site"]),
    ([], ["--transcripts", "all"]),
    ([], [], [], ["--site-probabilities"]),
    ([], [], [], ["-p", "toy", "-d", "20"]),  # it sees sites at every base: farther, a case takes too long
    ([], [], [], ["--keep-existing"]),
)


def consequences_case(rng: random.Random) -> Case:
    """A run over variants of a random genome."""
    world, name, files = random_files(rng)
    arguments = ["score", "in.vcf", "-r", "g.fa", "-a", name, "-p", "motif", "--threads", "1", "-q"]
    arguments += [word for output in OUTPUTS for word in ("-o", output)]
    for options in _OPTIONS:
        arguments += rng.choice(options)
    check = partial(_check, world, "toy" in arguments)
    return Case(files, arguments, frozenset(OUTPUTS), kept=frozenset({"g.fa.fai"}), check=check)


def random_files(rng: random.Random) -> tuple[World, str, dict[str, bytes]]:
    """A genome with its transcripts, the annotation's name, and the files of a run."""
    world = random_world(rng)
    while not world.transcripts:
        world = random_world(rng)
    name, data = annotation(rng, world)
    return world, name, {"g.fa": _fasta(world), name: data, "in.vcf": _vcf(rng, world)}


def _fasta(world: World) -> bytes:
    lines = []
    for contig in world.contigs:
        bases = world.bases(contig)
        lines += [f">{contig}", *(bases[at : at + 60] for at in range(0, len(bases), 60))]
    return "\n".join([*lines, ""]).encode()


def _vcf(rng: random.Random, world: World) -> bytes:
    lines = ["##fileformat=VCFv4.2"]
    lines += [f"##contig=<ID={contig},length={len(bases)}>" for contig, bases in world.contigs.items()]
    earlier = '##INFO=<ID=GS_MOTIF_EVENT,Number=A,Type=String,Description="of an earlier run">'
    lines += [earlier, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    for contig, pos, ref, alts in variants(rng, world):
        old = f"GS_MOTIF_EVENT={','.join('none' for _ in alts)}" if rng.random() < 0.1 else "."
        lines.append(f"{contig}\t{pos}\t.\t{ref}\t{','.join(alts)}\t.\t.\t{old}")
    return "\n".join([*lines, ""]).encode()


def _check(world: World, with_toy: bool, folder: Path) -> list[str]:
    wrong = [line for name in ("MOTIF", *(["TOY"] if with_toy else [])) for line in outputs_differ(folder, name)]
    return wrong or untrue(world, folder)

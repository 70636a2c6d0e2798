"""Cases with a damaged FASTA, plain or bgzipped, or a damaged index of it."""

from __future__ import annotations

import functools
import json
import random
import struct
from collections import Counter
from functools import partial
from pathlib import Path

from tests.fuzz.case import Case
from tests.fuzz.containers import bgzip, damaged_container, decompressed
from tests.fuzz.lines import changed
from tests.fuzz.mutations import damaged
from tests.fuzz.readers import vcf_parts
from tests.fuzz.seeds import small_genome
from tests.fuzz.variants import base_arguments, compare, vcf_sites

_BLOCK = 300  # bytes in a block: the small genome has several
_EVERY = 9  # bases between records
_RIGHT = {b"SCORED", b"NO_GENE"}


@functools.cache
def snvs() -> bytes:
    """A VCF with an SNV every few bases of both contigs."""
    lines = ["##fileformat=VCFv4.2", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    for contig, bases in small_genome()[1].items():
        for pos in range(1, len(bases) + 1, _EVERY):
            alt = "ACGT"[("ACGT".find(bases[pos - 1]) + 1) % 4]
            lines.append(f"{contig}\t{pos}\t.\t{bases[pos - 1]}\t{alt}\t.\t.\t.")
    return "\n".join([*lines, ""]).encode()


@functools.cache
def fastas() -> dict[str, dict[str, bytes]]:
    """By the name of the FASTA: its files. With CR LF, with lines of different lengths per contig, in small blocks."""
    plain = small_genome()[0]["g.fa"]
    wide = b"".join(_in_lines(part, 61 + 9 * at) for at, part in enumerate(_parts(plain)))
    packed = bgzip(plain, _BLOCK)
    return {
        "g.fa": {"g.fa": plain, "g.fa.fai": _fai(plain)},
        "crlf.fa": {"crlf.fa": (crlf := plain.replace(b"\n", b"\r\n")), "crlf.fa.fai": _fai(crlf)},
        "wide.fa": {"wide.fa": wide, "wide.fa.fai": _fai(wide)},
        "g.fa.gz": {"g.fa.gz": packed, "g.fa.gz.fai": _fai(plain), "g.fa.gz.gzi": _gzi(packed)},
    }


def _parts(fasta: bytes) -> list[bytes]:
    return fasta.split(b">")[1:]


def _in_lines(part: bytes, width: int) -> bytes:
    head, *lines = part.split(b"\n")
    bases = b"".join(lines)
    return b">" + head + b"\n" + b"".join(bases[at : at + width] + b"\n" for at in range(0, len(bases), width))


def _fai(fasta: bytes) -> bytes:
    rows, at = [], 0
    for part in _parts(fasta):
        head, first, *_ = part.split(b"\n")
        bases = sum(len(line.strip()) for line in part.split(b"\n")[1:])
        at += 1 + len(head) + 1
        rows.append(b"%s\t%d\t%d\t%d\t%d\n" % (head.strip(), bases, at, len(first.strip()), len(first) + 1))
        at += len(part) - len(head) - 1
    return b"".join(rows)


def _gzi(packed: bytes) -> bytes:
    places, at, contents = [], 0, 0
    while at < len(packed):
        if at:
            places.append((at, contents))
        (size,) = struct.unpack_from("<H", packed, at + 16)
        contents += struct.unpack_from("<I", packed, at + size - 3)[0]
        at += size + 1
    places.pop()  # the empty block
    return struct.pack("<Q", len(places)) + b"".join(struct.pack("<QQ", *place) for place in places)


def fasta_case(rng: random.Random) -> Case:
    """The FASTA or its index is damaged, or both; or the index is missing, and made of a damaged FASTA."""
    name = rng.choice(list(fastas()))
    files = dict(fastas()[name])
    which = rng.choice(([name], [name], [name + ".fai"], [name + ".fai"], [*files], [*files][-1:]))
    for file in which:
        files[file] = _damaged(rng, file, files[file])
    if rng.random() < (0.4 if name in which else 0.1):
        del files[name + rng.choice([".fai"] if len(files) == 2 else [".fai", ".gzi"])]
    missing = {name + ".fai", *([name + ".gzi"] if name.endswith(".gz") else [])} - files.keys()
    remade = {file: files.pop(file) for file in (name + ".fai", name + ".gzi") if missing and file in files}
    files |= {"genes.tsv": small_genome()[0]["genes.tsv"], "in.vcf": snvs()}
    arguments, kept = base_arguments(name), frozenset(missing)
    if rng.random() < 0.6:
        arguments, stdout_check = ["check", "in.vcf", *arguments, "--json"], partial(counts_differ, name)
        return Case(files, arguments, kept=kept, before=remade, stdout_check=stdout_check)
    arguments = ["score", "in.vcf", *arguments, "--threads", "1", "-o", "o.vcf", "-q"]
    return Case(files, arguments, frozenset({"o.vcf"}), kept, before=remade, check=partial(_check_scored, name))


def _damaged(rng: random.Random, name: str, data: bytes) -> bytes:
    if name.endswith(".gz"):
        inner = rng.random() < 0.5
        return bgzip(_changed_fasta(rng, decompressed(data)), _BLOCK) if inner else damaged_container(rng, data)
    if name.endswith(".gzi"):
        return damaged(rng, data)
    if name.endswith(".fai"):
        return changed(rng, data, most=2) if rng.random() < 0.8 else damaged(rng, data, 2)
    return _changed_fasta(rng, data)


def _changed_fasta(rng: random.Random, data: bytes) -> bytes:
    return changed(rng, data, most=2) if rng.random() < 0.5 else damaged(rng, data, 3)


def expected_statuses(fasta: Path, vcf: Path) -> list[set[bytes] | None]:
    """Which statuses each SNV may have, by this file's own reading of the FASTA; None where anything goes."""
    contigs: dict[bytes, bytes] = {}
    for part in decompressed(fasta.read_bytes()).split(b"\n>"):
        head, _, lines = part.partition(b"\n")
        name = (head.removeprefix(b">").split() or [b""])[0]
        if name in contigs:
            return [None] * len(vcf_parts(vcf)[1])
        contigs[name] = b"".join(lines.split()).upper()
    return [_expected(contigs, *columns[:4]) for columns in vcf_parts(vcf)[1]]


def _expected(contigs: dict[bytes, bytes], contig: bytes, pos: bytes, _: bytes, ref: bytes) -> set[bytes] | None:
    bases = contigs.get(contig) or contigs.get(contig.removeprefix(b"chr"))
    if bases is None:
        return {b"UNKNOWN_CONTIG", b"NON_ACGT"}
    if not ref.strip(b"N"):
        return None
    here = bases[int(pos) - 1 : int(pos)]
    if not here:
        return {b"OUT_OF_RANGE"}
    if here not in (b"A", b"C", b"G", b"T"):
        return {b"REF_UNKNOWN", b"REF_MISMATCH"}
    return _RIGHT if here == ref else {b"REF_MISMATCH"}


def _check_scored(name: str, folder: Path) -> list[str]:
    """Every record, and no status that contradicts the FASTA."""
    wrong = compare("in.vcf", ["o.vcf"], vcf_sites, folder)
    expected = expected_statuses(folder / name, folder / "in.vcf")
    for columns, allowed in zip(vcf_parts(folder / "o.vcf")[1], expected, strict=True):
        status = columns[7].partition(b"GS_TOY_STATUS=")[2].partition(b";")[0]
        if allowed is not None and status not in allowed:
            place = b":".join(columns[:2]).decode()
            wrong.append(f"{place} is {status.decode()}, but by the FASTA {sorted(allowed)}")
    return wrong[:3]


def counts_differ(name: str, folder: Path, printed: bytes) -> list[str]:
    """What `check` counts contradicts the FASTA."""
    expected = expected_statuses(folder / name, folder / "in.vcf")
    counts = Counter(json.loads(printed)["status"].get("toy", {}))
    right = sum(allowed == _RIGHT for allowed in expected)
    free = sum(allowed is None or len(allowed) > 2 for allowed in expected)
    counted = sum(counts[status.decode()] for status in _RIGHT)
    if right <= counted <= right + free:
        return []
    return [f"{counted} of {len(expected)} SNVs have the FASTA's base as REF, but {right} should"]

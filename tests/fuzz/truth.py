"""Whether what outputs say of a transcript is true: by a slow oracle, from the event and its span alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tests.consequences.hgvs_reader import agree, applied, apply_protein, numbers, rna_changes
from tests.consequences.oracle import STANDARD, Case, expected, spliced
from tests.consequences.transcripts import Intervals
from tests.consequences.transcripts import mapped as mapped_indel
from tests.fuzz.told import rows_of_tsv
from tests.fuzz.transcripts import Transcript, World

_NO_MRNA = ("none", "site_loss", "site_gain", "unresolved", ".")
_UNTOLD = {"FRAME": ".", "PTC": ".", "NMD": ".", "HGVS_P": "."}
_NOT_KNOWN = ("overlapping exons", "off the contig", "cds alone", "one row more", "phases")  # what the annotation says
_READABLE = ("", "no start", "no stop", "inner stop", "unknown bases")  # then the bases decide


def untrue(world: World, folder: Path) -> list[str]:
    """A line for every claim of the long table that is wrong."""
    wrong = []
    of_name = {made.name: made for made in world.transcripts}
    for row in rows_of_tsv(folder / "o.tsv"):
        made = of_name.get(row["TRANSCRIPT"])
        if made is None or row["PREDICTOR"] != "motif" or row["EVENT"] in _NO_MRNA:
            continue
        told = {key: row[key] for key in ("EVENT_NT", "EVENT_REASON", *_UNTOLD, "HGVS_R")}
        place = f"{row['CHROM']}:{row['POS']} {row['REF'][:30]}>{row['ALT'][:30]} {made.name} {row['EVENT']} {told}"
        try:
            wrong += [f"{place}: {fault}" for fault in _faults(world, made, row)]
        except AssertionError as error:
            wrong.append(f"{place}: {error}")
    return wrong


def _faults(world: World, made: Transcript, row: dict[str, str]) -> Iterator[str]:
    if made.broken in _NOT_KNOWN:
        return
    genome = world.bases(made.contig)
    if made.cds is not None:
        mrna, end = spliced(genome, made.exons, made.strand), made.cds[1]
        if "*" in (STANDARD.get(mrna[end : end + 3]), STANDARD.get(mrna[end - 6 : end - 3])):
            return  # a CDS row that ends before the stop codon might be read as one that ends with this one
    usable = made.broken in _READABLE and _is_translated(genome, made)
    if not usable:
        untold = {key: row[key] for key in _UNTOLD}
        if untold != _UNTOLD and (made.cds is not None or untold != _UNTOLD | {"FRAME": "noncoding"}):
            yield "nothing can be said of its protein"
    exons = _aberrant(made, row)
    if exons is None or row["HGVS_R"] == ".":
        return
    case = Case(
        genome, made.strand, made.exons, made.cds or (0, 0), _edit(row), exons, is_spliced=True
    )  # fmt: skip
    start, end, alt = case.edit
    mrna = spliced(genome[:start] + alt + genome[end:], case.aberrant, made.strand)
    normal = spliced(genome, made.exons, made.strand)
    yield from _nt(row, made, case, mrna)
    if row["HGVS_R"] != "r.?" and "n[" not in row["HGVS_R"] and (usable or made.cds is None):
        in_mrna, in_genome = numbers(list(made.exons), made.strand, made.cds)
        try:
            found = applied(normal, rna_changes(row["HGVS_R"], normal, in_mrna, in_genome, genome, made.strand))
        except (AssertionError, KeyError) as error:
            yield f"HGVS_R cannot be read: {error}"
        else:
            if found != mrna:
                yield "HGVS_R makes another mRNA"
    if usable and "N" not in genome and row["FRAME"] != ".":
        yield from _protein(row, case)


def _nt(row: dict[str, str], made: Transcript, case: Case, mrna: str) -> Iterator[str]:
    """Bases gained, those of the variant itself included."""
    before = len(made.bases)
    if row["EVENT"] != "exon_inclusion" and row["EVENT_NT"] != str(len(mrna) - before):
        yield f"EVENT_NT is {len(mrna) - before}"


def _protein(row: dict[str, str], case: Case) -> Iterator[str]:
    try:
        wanted = expected(case)
    except ValueError:  # nothing is left before the stop codon
        return
    if wanted is None:
        return
    frame, ptc, nmd = row["FRAME"], row["PTC"], row["NMD"]
    one_by_one = len(row["REF"]) == len(row["ALT"]) > 8  # is a long block one change, or as many as its bases?
    if frame != wanted.frame and not one_by_one:
        yield f"FRAME is {wanted.frame}"
    if ptc != ("." if wanted.ptc is None else str(wanted.ptc)):
        yield f"PTC is {wanted.ptc}"
    if nmd != {None: ".", True: "yes", False: "no"}[wanted.nmd]:
        yield f"NMD is {wanted.nmd}"
    if row["HGVS_P"] == "p.?":
        if wanted.frame not in ("start_lost", "stop_lost"):
            yield "HGVS_P is unknown"
        return
    try:
        protein, is_whole = apply_protein(row["HGVS_P"], wanted.protein)
    except (AssertionError, KeyError) as error:
        yield f"HGVS_P cannot be read: {error}"
        return
    true = wanted.aberrant_protein
    if not agree(protein, true if is_whole else true[: len(protein)]):
        yield f"HGVS_P makes {protein}, not {true}"


def _is_translated(genome: str, made: Transcript) -> bool:
    """From a start codon to the only stop codon."""
    if made.cds is None:
        return False
    text = spliced(genome, made.exons, made.strand)[slice(*made.cds)]
    codons = [STANDARD.get(text[at : at + 3], "?") for at in range(0, len(text), 3)]
    return text[:3] == "ATG" and codons.index("*") == len(codons) - 1 if "*" in codons and "?" not in codons else False


def mapped(exons: Intervals, edit: tuple[int, int, str]) -> Intervals:
    """Exons on the haplotype that carries a variant."""
    if edit[1] - edit[0] == len(edit[2]):
        return exons
    return tuple((left, right) for left, right in mapped_indel(exons, edit))


def _edit(row: dict[str, str]) -> tuple[int, int, str]:
    start = int(row["POS"]) - 1
    return start, start + len(row["REF"]), row["ALT"]


def _aberrant(made: Transcript, row: dict[str, str]) -> Intervals | None:
    """Exons after the event on the haplotype; None where an edge is too near the variant to say where it goes."""
    if row["EVENT_START"] == ".":
        return None
    start, end = int(row["EVENT_START"]) - 1, int(row["EVENT_END"])
    exons = _after_event(made, row["EVENT"], row["EVENT_EXON"], start, end)
    if exons is None:
        return None
    edit = _edit(row)
    edges = {edge for exon in (*exons, *made.exons) for edge in exon}
    genome_slack = 0 if len(row["REF"]) == len(row["ALT"]) else 1
    if genome_slack and any(edit[0] - 45 <= edge <= edit[1] + 45 for edge in edges):
        return None
    found = mapped(exons, edit)
    return found if all(left < right for left, right in found) else None


def _after_event(made: Transcript, event: str, where: str, start: int, end: int) -> Intervals | None:
    """The exons after the event, on the reference."""
    exons = list(made.exons)
    ordered = exons if made.strand == "+" else exons[::-1]
    if event == "exon_skipping":
        first, _, last = where.partition("-")
        gone = ordered[int(first) - 1 : int(last or first)]
        assert (min(gone)[0], max(gone)[1]) == (start, end), f"span of {where}"
        return tuple(exon for exon in exons if exon not in gone)
    if event == "exon_inclusion":
        assert ordered[int(where) - 1] == (start, end), f"span of {where}"
        return tuple(exons)
    if event == "intron_retention":
        at = next((at for at, (one, two) in enumerate(pairwise(exons)) if (one[1], two[0]) == (start, end)), -1)
        assert at >= 0, "no such intron"
        number = at + 1 if made.strand == "+" else len(exons) - 1 - at
        assert where == f"intron {number}", f"{where} is {number}"
        return (*exons[:at], (exons[at][0], exons[at + 1][1]), *exons[at + 2 :])
    if event == "pseudoexon":
        at = next((at for at, (one, two) in enumerate(pairwise(exons)) if one[1] <= start and end <= two[0]), -1)
        assert at >= 0, "in no intron"
        return (*exons[: at + 1], (start, end), *exons[at + 1 :])
    at = exons.index(ordered[int(where) - 1])
    left, right = exons[at]
    at_right = (event == "donor_shift") == (made.strand == "+")
    if at_right:
        new = (left, end if start == right else start)
        assert right in (start, end), "a shift elsewhere"
    else:
        new = (start if end == left else end, right)
        assert left in (start, end), "a shift elsewhere"
    return (*exons[:at], new, *exons[at + 1 :])

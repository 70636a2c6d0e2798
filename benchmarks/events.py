"""How often the events of `genoscore score` are right, against effects seen in RNA: the tables of docs/accuracy.md.

Usage: python benchmarks/events.py TABLE REFERENCE ANNOTATION -p spliceai -p openspliceai=WEIGHTS -p pangolin=WEIGHTS
           [-d 50 -d 1000] [--reach 5000] [--keep FOLDER] [--rules FILE.json] [--mistakes]

TABLE is described in observed_splicing.py, ANNOTATION is a GTF. Each predictor is run once for each distance, in fp32,
without a mask; `--keep` leaves the runs' tables in a folder and reads those that are there already. `--rules` compares
with SAI-10k-calc's rules and with four lines of rules on the same deltas: a list of {chrom, pos, ref, alt,
scores: {DS_AG, ...}, aberrations: [{aberration_type, delta_type, geo_ag, ...}]}. What is printed is Markdown.

A class is right if the first event is the one that was seen: `skip` is exon_skipping, `alternative donor` donor_shift,
`alternative acceptor` acceptor_shift, `normal` none.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from observed_splicing import (
    NOTHING,
    WANTED,
    Key,
    Observed,
    Said,
    Share,
    by_exon,
    confusion,
    exons_of,
    mcnemar,
    measures,
    nearest_exon,
    read_observed,
    right,
    single,
    wilson,
)

import genoscore

Tool = Mapping[Key, Said]
_END = {"donor": "donor_shift", "acceptor": "acceptor_shift"}


def run(arguments: argparse.Namespace, predictor: str, distance: int, target: Path) -> None:
    """Score a table's variants.

    Args:
        predictor: a name, or NAME=WEIGHTS. target: a TSV.
    """
    name, _, weights = predictor.partition("=")
    genoscore.score_vcf(
        genoscore.RunConfig(
            str(arguments.table),
            arguments.reference,
            (str(target),),
            annotation=str(arguments.annotation),
            predictor=(name,),
            weights={name: Path(weights)} if weights else {},
            distance=distance,
            precision="fp32",
            consequences=True,
            reach=arguments.reach,
        )
    )


def read_said(path: Path, ends: set[int]) -> dict[Key, Said]:
    """What a run's table says of every variant that was scored.

    Args:
        ends: first and last bases of the annotated exons.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["EVENT"] != "."]
    said = {(row["CHROM"], int(row["POS"]), row["REF"], row["ALT"]): _said(row, ends) for row in rows}
    if len(said) != len(rows):
        raise SystemExit(f"{path}: a variant has several rows: give an annotation with one transcript for each")
    return said


def _said(row: dict[str, str], ends: set[int]) -> Said:
    named = [prefix for prefix in ("EVENT", "EVENT2") if row[prefix] != "."]
    gained: list[int | None] = []
    lost: list[tuple[int, int] | None] = []
    for prefix in named:
        event, span = row[prefix], (row[f"{prefix}_START"], row[f"{prefix}_END"])
        start, end = (0, 0) if "." in span else map(int, span)
        gained.append(new_end(event, row["STRAND"], start, end, ends) if event in _END.values() else None)
        lost.append(((start, end) if row["STRAND"] == "+" else (end, start)) if event == "exon_skipping" else None)
    return Said(tuple(row[prefix] for prefix in named), tuple(gained), tuple(lost))


def new_end(event: str, strand: str, start: int, end: int, ends: set[int]) -> int | None:
    """The exon's new first or last base, from the first and last of the bases that it gains or loses.

    >>> new_end("donor_shift", "+", 101, 110, {51, 100}), new_end("donor_shift", "+", 91, 100, {51, 100})
    (110, 90)
    """
    exon_is_left = (event == "donor_shift") == (strand == "+")
    places = {start - 1, end} if exon_is_left else {start, end + 1}
    return next(iter(places - ends), None)


def of_rules(entry: dict[str, Any]) -> Said:
    """What SAI-10k-calc's rules say, in the order in which the file has it."""
    named = entry["aberrations"]
    if not named:
        return Said(("none",))
    events = tuple(_named(one) for one in named)
    sites = {"donor_shift": "geo_dg", "acceptor_shift": "geo_ag"}
    gained = tuple(one[sites[event]] if event in sites else None for event, one in zip(events, named, strict=True))
    pairs = [(one["geo_al"], one["geo_dl"]) for one in named]
    skips = tuple(pair if event == "exon_skipping" else None for event, pair in zip(events, pairs, strict=True))
    return Said(events, gained, skips)


def _named(aberration: dict[str, Any]) -> str:
    name: str = aberration["aberration_type"]
    if name.startswith("partial"):
        return _END[aberration["delta_type"].split()[0]]
    return {"whole_intron_retention": "intron_retention"}.get(name, name)


def of_deltas(key: Key, scores: Mapping[str, Any]) -> Said:
    """Four lines of rules: a gain of 0.2 is a shift to where it is, else a loss of 0.2 is skipping, else nothing."""
    delta = {kind: float(scores[f"DS_{kind}"]) for kind in ("AG", "AL", "DG", "DL")}
    gain = "DG" if delta["DG"] > delta["AG"] else "AG"
    if delta[gain] >= 0.2:
        event = "donor_shift" if gain == "DG" else "acceptor_shift"
        return Said((event,), (key[1] + int(scores[f"DP_{gain}"]),))
    if max(delta["AL"], delta["DL"]) < 0.2:
        return Said(("none",))
    if "." in (scores["DP_AL"], scores["DP_DL"]):  # a loss that prints as zero has no place
        return Said(("exon_skipping",))
    return Said(("exon_skipping",), lost=((key[1] + int(scores["DP_AL"]), key[1] + int(scores["DP_DL"])),))


def read_deltas(path: Path) -> dict[Key, Said]:
    """The same rules on the deltas of a run of ours; {} where a predictor does not tell acceptors from donors."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row.get("DS_AG", ".") != "."]
    keys = [(row["CHROM"], int(row["POS"]), row["REF"], row["ALT"]) for row in rows]
    return {key: of_deltas(key, row) for key, row in zip(keys, rows, strict=True)}


def read_rules(path: Path) -> dict[str, Tool]:
    """Both sets of rules."""
    entries = {(one["chrom"], one["pos"], one["ref"], one["alt"]): one for one in json.loads(path.read_text())}
    return {
        "SAI-10k-calc's rules": {key: of_rules(entry) for key, entry in entries.items()},
        "rules on deltas": {key: of_deltas(key, entry["scores"]) for key, entry in entries.items()},
    }


def show(share: Share) -> str:
    """A share with its interval."""
    low, high = wilson(share)
    return f"{share[0]} of {share[1]} ({share[0] / share[1]:.3f}, {low:.3f} to {high:.3f})"


def table_of_measures(observed: list[Observed], tools: dict[str, Tool]) -> str:
    """A row for every question, a column for every tool."""
    columns = {name: measures(observed, said) for name, said in tools.items()}
    lines = [["", *columns], ["---"] * (len(columns) + 1)]
    for question in dict.fromkeys(question for found in columns.values() for question in found):
        lines.append([question, *(show(found[question]) if question in found else "" for found in columns.values())])
    return _markdown(lines)


def table_of_confusion(observed: list[Observed], tools: dict[str, Tool]) -> str:
    """First events by effect seen, a row for every tool and effect."""
    counts = {name: confusion(observed, said) for name, said in tools.items()}
    events = [*WANTED.values()]
    events += sorted({event for count in counts.values() for _, event in count} - set(events))
    lines = [["", "seen in RNA", *(f"`{event}`" for event in events)], ["---"] * (len(events) + 2)]
    for name, count in counts.items():
        for effect in (*WANTED, "multiple"):
            lines.append([name, effect, *(str(count[effect, event]) for event in events)])
    return _markdown(lines)


def table_of_tests(observed: list[Observed], pairs: list[tuple[str, Tool, str, Tool]]) -> str:
    """McNemar's exact test of the class, of one tool against another."""
    lines = [["", "against", "class right", "only the first", "only the second", "P"], ["---"] * 6]
    for name, said, other, theirs in pairs:
        hits = [[right(one, told.get(one.key, NOTHING)) for one in single(observed)] for told in (said, theirs)]
        ours, others, p = mcnemar(*hits)
        lines.append([name, other, f"{sum(hits[0])}, {sum(hits[1])}", str(ours), str(others), f"{p:.2g}"])
    return _markdown(lines)


def _markdown(lines: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)


def label(predictor: str, distance: int) -> str:
    """A column's heading."""
    name, _, weights = predictor.partition("=")
    version = f" {Path(weights).name}" if weights and Path(weights).name != name else ""
    return f"{name}{version}, -d {distance}"


def print_all(
    observed: list[Observed], tools: dict[str, Tool], deltas: dict[str, Tool], arguments: argparse.Namespace
) -> None:
    """All tables."""
    theirs = read_rules(arguments.rules) if arguments.rules else {}
    for some in filter(None, (tools, theirs)):
        print(table_of_measures(observed, some), end="\n\n")
        print(table_of_confusion(observed, some), end="\n\n")
    pairs = [(name, said, other, rules) for name, said in tools.items() for other, rules in theirs.items()]
    pairs += [(name, said, "rules on its own deltas", deltas[name]) for name, said in tools.items() if deltas[name]]
    print(table_of_tests(observed, pairs), end="\n\n")
    singles = single(observed)
    exons = {contig: exons_of(arguments.annotation, contig) for contig in {one.key[0] for one in observed}}
    groups = [nearest_exon(one.key[1], exons[one.key[0]]) for one in singles]
    for name, said in {**tools, **theirs}.items():
        low, high = by_exon([right(one, said.get(one.key, NOTHING)) for one in singles], groups)
        print(f"{name}: interval of the class, whole exons drawn ({len(set(groups))}): {low:.3f} to {high:.3f}")


def print_mistakes(observed: list[Observed], tools: dict[str, Tool]) -> None:
    """Every variant whose first event is not what was seen, or whose site is another."""
    for name, said in tools.items():
        for one in observed:
            told = said.get(one.key, NOTHING)
            seen, place = one.gained or one.lost, told.gained[0] or told.lost[0]
            if not right(one, told) or (seen and seen != place):
                print(name, one.hgvs or one.key, one.effect, seen or "", *told.events, place or "", sep="\t")


def parser_of_runs(description: str | None) -> argparse.ArgumentParser:
    """What both programs are told of the runs."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("reference", type=Path)
    parser.add_argument("annotation", type=Path)
    parser.add_argument("-p", "--predictor", action="append", required=True, metavar="NAME[=WEIGHTS]")
    parser.add_argument("--reach", type=int, default=5000)
    return parser


def main() -> None:
    """Run and print."""
    parser = parser_of_runs(__doc__)
    parser.add_argument("-d", "--distance", action="append", type=int)
    parser.add_argument("--keep", type=Path, help="folder of the runs' tables")
    parser.add_argument("--rules", type=Path, help="what SAI-10k-calc's rules say, as JSON")
    parser.add_argument("--mistakes", action="store_true")
    arguments = parser.parse_args()
    observed = read_observed(arguments.table)
    tools: dict[str, Tool] = {}
    deltas: dict[str, Tool] = {}
    contigs = {one.key[0] for one in observed}
    ends = {base for contig in contigs for exon in exons_of(arguments.annotation, contig) for base in exon}
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for distance in arguments.distance or [50]:
            for predictor in arguments.predictor:
                name = label(predictor, distance)
                target = folder / f"{name.replace(', -d ', '.').replace(' ', '')}.tsv"
                if not target.exists():
                    run(arguments, predictor, distance, target)
                tools[name], deltas[name] = read_said(target, ends), read_deltas(target)
    print_all(observed, tools, deltas, arguments)
    if arguments.mistakes:
        print_mistakes(observed, tools)


if __name__ == "__main__":
    main()

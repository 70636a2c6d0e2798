"""What outputs say of consequences: each field by itself, and the same in every output."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import cyvcf2
import pyarrow.parquet
import pysam

from tests.consequences.test_outputs import COLUMNS, INFO

EVENTS = frozenset(
    "none exon_skipping intron_retention donor_shift acceptor_shift pseudoexon exon_inclusion site_loss site_gain "
    "unresolved".split()
)
FRAMES = frozenset("noncoding utr start_lost stop_lost frameshift in_frame .".split())
_WITH_SPAN = EVENTS - {"none", "site_loss", "site_gain", "unresolved"}
_PLACE = r"[-*]?\d+(?:[+-]\d+)?"
_SEQUENCE = rf"(?:[acgun]+|n\[\d+\]|{_PLACE}_{_PLACE})"
_SEVERAL = rf"(?:{_SEQUENCE}|\[{_SEQUENCE}(?:;{_SEQUENCE})+\])"
_RANGE = rf"{_PLACE}(?:_{_PLACE})?"
_RNA = rf"(?:{_PLACE}[acgun]>[acgun]|{_RANGE}(?:del|dup|inv)|{_RANGE}delins{_SEVERAL}|{_PLACE}_{_PLACE}ins{_SEVERAL})"
HGVS_R = re.compile(rf"r\.(?:\?|\(=\)|\({_RNA}\)|\[\({_RNA}(?:;{_RNA})+\)\])|\.")
_AA = r"(?:[A-Z][a-z]{2})"
_AAS = rf"(?:{_AA}+|Xaa\[\d+\]|Ter\d+)"
_RESIDUES = rf"{_AA}\d+(?:_{_AA}\d+)?"
_CHANGE = rf"{_RESIDUES}(?:del|dup|fs|(?:del)?ins{_AAS})|{_AA}\d+{_AA}(?:extTer(?:\d+|\?))?"
HGVS_P = re.compile(rf"p\.(?:\?|=|\(=\)|\((?:{_CHANGE})\)|\[\((?:{_CHANGE})(?:;(?:{_CHANGE}))+\)\])|\.")
BEYOND = re.compile(r"\.|[AD][GL]:-?\d+:[01]\.\d\d(?:&[AD][GL]:-?\d+:[01]\.\d\d)*")
LONGEST = 20_000  # characters of a text
Cells = Mapping[str, str]


def rows_of_tsv(path: Path) -> list[dict[str, str]]:
    """The rows of a table."""
    head, *lines = path.read_text().removesuffix("\n").split("\n")
    return [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]


def odd_fields(row: Cells) -> list[str]:
    """What cannot be, of one row of the long table."""
    wrong = []
    for prefix in ("EVENT", "EVENT2"):
        told = {key: row[_named(prefix, key)] for key in ("", *_KEYS)}
        wrong += [f"{prefix}: {fault}" for fault in _odd_event(told, prefix)]
    wrong += [] if BEYOND.fullmatch(row["BEYOND"]) else [f"BEYOND {row['BEYOND'][:200]}"]
    return wrong


_KEYS = ("EXON", "START", "END", "NT", "FRAME", "PTC", "NMD", "HGVS_R", "HGVS_P", "P")


def _named(prefix: str, key: str) -> str:
    if not key:
        return prefix
    return key if prefix == "EVENT" and key in ("FRAME", "PTC", "NMD", "HGVS_R", "HGVS_P") else f"{prefix}_{key}"


def _odd_event(told: Cells, prefix: str) -> list[str]:
    event, wrong = told[""], []
    values = {key: value for key, value in told.items() if value != "."}
    if event == ".":
        return [f"no event, but {values}"] if values else []
    if event not in EVENTS:
        wrong.append(f"word {event}")
    if told["FRAME"] not in FRAMES:
        wrong.append(f"FRAME {told['FRAME']}")
    if event == "none" and values.keys() - {""}:
        wrong.append(f"none, but {values}")
    if "PTC" in values and told["FRAME"] not in ("frameshift", "in_frame", "stop_lost"):
        wrong.append(f"PTC with FRAME {told['FRAME']}")
    if told["NMD"] == "yes" and "PTC" not in values:
        wrong.append("NMD without PTC")
    if "P" in values and not 0 <= float(told["P"]) <= 1:
        wrong.append(f"P {told['P']}")
    for key, form in (("HGVS_R", HGVS_R), ("HGVS_P", HGVS_P)):
        if not form.fullmatch(told[key]) or len(told[key]) > LONGEST:
            wrong.append(f"{key} {told[key][:200]}")
    inserted = event in ("donor_shift", "acceptor_shift", "pseudoexon")  # perhaps only bases of ALT
    span = [int(values[key]) for key in ("START", "END") if key in values]
    spanless = not span and (event not in _WITH_SPAN or inserted)
    if not spanless and (len(span) != 2 or not 1 <= span[0] <= span[1]):
        wrong.append(f"span {told['START']} to {told['END']}")
    return wrong


_KEY = ("CHROM", "POS", "REF", "ALT", "TRANSCRIPT")


def outputs_differ(folder: Path, predictor: str) -> list[str]:
    """Where an output says something else than the long table."""
    long = [row for row in rows_of_tsv(folder / "o.tsv") if row["PREDICTOR"] == predictor.lower()]
    wrong = [f"{_place(row)} {fault}" for row in long for fault in odd_fields(row)]
    typed = [_printed(row) for row in pyarrow.parquet.read_table(folder / "o.parquet").to_pylist()]
    typed = [row for row in typed if row["PREDICTOR"] == predictor.lower()]
    wides = [
        rows_of_tsv(folder / "o.wide.tsv"),
        [_printed(row) for row in pyarrow.parquet.read_table(folder / "o.wide.parquet").to_pylist()],
    ]
    wrong += _tables_differ(long, typed, "o.parquet", "")
    for name, rows in zip(("o.wide.tsv", "o.wide.parquet"), wides, strict=True):
        beside = {(*(row[key] for key in _KEY), row[f"{predictor}_STATUS"]): row for row in rows}
        own = [row for row in long if row["TRANSCRIPT"] != "."]
        wrong += _tables_differ(
            own, [beside[(*(row[key] for key in _KEY), row["STATUS"])] for row in own], name, f"{predictor}_"
        )
    return wrong + _vcfs_differ(folder, long, predictor)


def _place(row: Cells) -> str:
    return f"{row['CHROM']}:{row['POS']} {row['REF'][:20]}>{row['ALT'][:20]} {row['TRANSCRIPT']}"


def _printed(row: Mapping[str, Any]) -> dict[str, str]:
    def text(key: str, value: Any) -> str:
        if value is None:
            return "."
        return f"{value:.2f}" if isinstance(value, float) and key.endswith(("EVENT_P", "EVENT2_P")) else str(value)

    return {key: text(key, value) for key, value in row.items()}


def _tables_differ(long: list[dict[str, str]], other: list[dict[str, str]], name: str, prefix: str) -> list[str]:
    if len(long) != len(other):
        return [f"{name}: {len(other)} rows, not {len(long)}"]
    wrong = []
    for row, beside in zip(long, other, strict=True):
        pairs = [(key, row[key], beside[key]) for key in _KEY] + [
            (key, row[key], beside[prefix + key]) for key in COLUMNS
        ]
        wrong += [
            f"{name}: {_place(row)} {key} {two}, not {one}" for key, one, two in pairs if not _same(key, one, two)
        ]
    return wrong


def _same(key: str, one: str, two: str) -> bool:
    """A probability in Parquet has 32 bits, and may round otherwise."""
    return one == two or (
        key in ("EVENT_P", "EVENT2_P") and "." not in (one, two) and abs(float(one) - float(two)) < 0.011
    )


def _vcfs_differ(folder: Path, long: list[dict[str, str]], predictor: str) -> list[str]:
    texts = [line.split("\t") for line in (folder / "o.vcf").read_text().splitlines() if line[0] != "#"]
    infos = [dict(entry.partition("=")[::2] for entry in row[7].split(";")) for row in texts]
    wrong = []
    of_alt: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in long:
        of_alt.setdefault(tuple(row[key] for key in ("CHROM", "POS", "REF", "ALT")), []).append(row)
    for columns, info in zip(texts, infos, strict=True):
        for at, alt in enumerate(columns[4].split(",")):
            rows = of_alt[columns[0], columns[1], columns[3], alt]
            wrong += _info_differs(info, at, rows, f"GS_{predictor}_")
    return wrong + _readers_differ(folder, infos, predictor)


def _info_differs(info: Cells, at: int, rows: list[dict[str, str]], prefix: str) -> list[str]:
    if f"{prefix}STATUS" not in info:
        kept = [row["EVENT"] for row in rows if row["STATUS"] == "KEPT"]
        return [] if set(kept) == {"."} else [f"o.vcf: {_place(rows[0])} has no status"]
    named = unquote(info[f"{prefix}TRANSCRIPT"].split(",")[at]) if f"{prefix}TRANSCRIPT" in info else "."
    found = [row for row in rows if row["TRANSCRIPT"] == named]
    if not found:
        return [f"o.vcf: {_place(rows[0])}: transcript {named} is in no row"]
    told = {key: unquote(info[prefix + key].split(",")[at]) if prefix + key in info else "-" for key in INFO}
    wanted = [{key: row[key] for key in INFO} for row in found]
    return [] if told in wanted else [f"o.vcf: {_place(found[0])} {told}, not {wanted}"]


def _readers_differ(folder: Path, infos: list[dict[str, str]], predictor: str) -> list[str]:
    """pysam and cyvcf2 read what is written, and the BCF holds the same."""
    wrong = []
    with pysam.VariantFile(str(folder / "o.vcf")) as vcf, pysam.VariantFile(str(folder / "o.bcf")) as bcf:
        by_pysam, of_bcf = list(vcf), list(bcf)
        for info, one, two in zip(infos, by_pysam, of_bcf, strict=True):
            for key in (f"GS_{predictor}_{key}" for key in INFO):
                told = tuple(info[key].split(",")) if key in info else ()
                for name, record in (("pysam", one), ("BCF", two)):
                    value = tuple("." if part is None else str(part) for part in record.info.get(key, ()))
                    if value != told:
                        wrong.append(f"{name}: {record.chrom}:{record.pos} {key} {value}, not {told}")
    by_cyvcf2 = [record.INFO.get(f"GS_{predictor}_HGVS_R") for record in cyvcf2.VCF(str(folder / "o.vcf"))]
    texts = [info.get(f"GS_{predictor}_HGVS_R") for info in infos]
    return wrong + ([] if by_cyvcf2 == texts else [f"cyvcf2: {by_cyvcf2}, not {texts}"])

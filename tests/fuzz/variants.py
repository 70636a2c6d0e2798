"""Cases with damaged variants: VCF and BCF through `check` and `score`."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from genoscore.core.variants import Status
from tests.fuzz.case import Case
from tests.fuzz.containers import bgzip, damaged_container
from tests.fuzz.lines import VCF_MUTATIONS, changed
from tests.fuzz.mutations import damaged, spliced
from tests.fuzz.readers import Columns, as_parquet, bcf_sites, parquet_rows, table_rows, vcf_parts
from tests.fuzz.seeds import bcfs, small_genome, vcfs

Sites = Callable[[Path], list[Columns]]
_STATUSES = {str(status).encode() for status in Status}
_PEERS = ("SpliceAI", "OpenSpliceAI", "Pangolin")


def base_arguments(reference: str = "g.fa", annotation: str = "genes.tsv", predictor: str = "toy") -> list[str]:
    """What every run is given."""
    return ["-r", reference, "-a", annotation, "-p", predictor]


def vcf_case(rng: random.Random) -> Case:
    """A damaged VCF: its lines, its bytes, its compression."""
    return _case(rng, *damaged_vcf(rng), vcf_sites)


def bcf_case(rng: random.Random) -> Case:
    """A damaged BCF: its records, or its compression."""
    seed = rng.choice(bcfs())
    data = spliced(rng, seed, rng.choice(bcfs())) if rng.random() < 0.1 else seed
    if rng.random() < 0.75:
        data = damaged(rng, data)
    data = bgzip(data, rng.choice((60_000, 700)))
    if rng.random() < 0.3:
        data = damaged_container(rng, data)
    return _case(rng, "in.bcf", data, bcf_sites)


def damaged_vcf(rng: random.Random) -> tuple[str, bytes]:
    """Name and contents."""
    data = rng.choice(vcfs())
    kind = rng.random()
    if kind < 0.7:
        data = changed(rng, data, VCF_MUTATIONS)
    if 0.6 < kind < 0.95:
        data = damaged(rng, data)
    if kind > 0.95:
        data = spliced(rng, data, rng.choice(vcfs()))
    if rng.random() < 0.7:
        return rng.choice(("in.vcf", "in.vcf", "in.vcf", "in.vcf.gz")), data
    data = bgzip(data, rng.choice((60_000, 500)))
    return "in.vcf.gz", damaged_container(rng, data) if rng.random() < 0.5 else data


def _case(rng: random.Random, name: str, data: bytes, sites: Sites) -> Case:
    files = {**small_genome()[0], name: data}
    if rng.random() < 0.1:
        return Case(files, ["check", "-", *base_arguments()], stdin=name)
    if rng.random() < 0.5:
        return Case(files, ["check", name, *base_arguments(), *rng.choice(([], [], ["--json"], ["--strict"], ["-q"]))])
    return score_case(rng, files, name, sites, base_arguments())


def score_case(
    rng: random.Random,
    files: dict[str, bytes],
    name: str,
    sites: Sites,
    arguments: list[str],
    predictor: str = "toy",
) -> Case:
    """A run of `score`, with the outputs compared with the input."""
    outputs = rng.choice(
        (["o.vcf", "o.tsv"], ["o.vcf", "o.tsv"], ["o.vcf.gz"], ["o.bcf"], ["o.vcf", "o.wide.tsv", "o.parquet"], ["-"])
    )
    options = [word for output in outputs for word in ("-o", output)]
    more = rng.choice(([], [], [], ["-m", "site"], ["--compat"])) if predictor == "toy" else []
    more = more or rng.choice(([], [], ["--summary", "o.json"], ["--keep-columns", "INFO/AF,INFO/DP,QUAL,FILTER"]))
    appear = frozenset([*outputs, *more[1:]] if "--summary" in more else outputs)
    arguments = ["score", name, *arguments, "--threads", "1", *options, *more, *rng.choice(([], ["-q"]))]
    return Case(files, arguments, appear, check=partial(compare, name, outputs, sites, predictor=predictor))


def compare(name: str, outputs: Sequence[str], sites: Sites, folder: Path, predictor: str = "toy") -> list[str]:
    """What is wrong in outputs: a record less, another order, another text, an ALT without a status."""
    wrong = []
    for output in outputs:
        if output in ("o.vcf", "o.vcf.gz"):
            if name.endswith(".bcf"):
                wrong += _sites_differ(output, sites(folder / name), _written(folder / output))
            else:
                wrong += _text_differs(folder / name, folder / output, predictor.upper())
            wrong += _statuses_missing(folder / output, predictor.upper())
        elif output == "o.bcf":
            wrong += _sites_differ(output, sites(folder / name), bcf_sites(folder / output))
        elif output.endswith((".tsv", ".parquet")):
            wrong += _rows_differ(sites(folder / name), folder / output, predictor.upper())
    return wrong


def vcf_sites(path: Path) -> list[Columns]:
    """CHROM to ALT of the records of an input."""
    return [columns[:5] for columns in vcf_parts(path, b"\r")[1]]


def _written(path: Path) -> list[Columns]:
    """The same of an output, whose lines end in LF."""
    return [columns[:5] for columns in vcf_parts(path)[1]]


def _sites_differ(output: str, before: list[Columns], after: list[Columns]) -> list[str]:
    if before == after:
        return []
    pairs = zip(before, after, strict=False)
    at = next((at for at, (old, new) in enumerate(pairs) if old != new), min(len(before), len(after)))
    shown = [repr(rows[at : at + 1])[:200] for rows in (before, after)]
    return [f"{output}: {len(before)} records became {len(after)}; record {at + 1}: {shown[0]} became {shown[1]}"]


def _text_differs(source: Path, output: Path, predictor: str) -> list[str]:
    """Text output is the input's own line, with entries added to INFO; own entries of an earlier run are replaced."""
    (meta, before), (new_meta, after) = vcf_parts(source, b"\r"), vcf_parts(output)
    wrong = _sites_differ(output.name, [row[:7] + row[8:] for row in before], [row[:7] + row[8:] for row in after])
    if wrong:
        return wrong
    for number, (old, new) in enumerate(zip(before, after, strict=True), 1):
        if _foreign(old[7], predictor) != _foreign(new[7], predictor):
            wrong.append(f"{output.name}, record {number}: INFO {old[7][:100]!r} became {new[7][:100]!r}")
    kept = iter(new_meta)
    lost = [line for line in meta if not _is_own(line, predictor) and line not in kept]
    return wrong + [f"{output.name}: header line {line[:100]!r} was lost or moved" for line in lost]


def _foreign(info: bytes, predictor: str) -> list[bytes]:
    """INFO entries that are not the predictor's."""
    own = tuple(key.encode() for key in (f"GS_{predictor}_", *_PEERS))
    return [entry for entry in info.split(b";") if not entry.startswith(own)] or [b"."]


def _is_own(line: bytes, predictor: str) -> bool:
    own = (f"##INFO=<ID=GS_{predictor}_", f"##genoscore=<ID={predictor}", *(f"##INFO=<ID={peer}" for peer in _PEERS))
    return line.startswith(tuple(map(str.encode, own)))


def _statuses_missing(output: Path, predictor: str) -> list[str]:
    wrong, key = [], f"GS_{predictor}_STATUS=".encode()
    for number, columns in enumerate(vcf_parts(output)[1], 1):
        found = [entry.removeprefix(key) for entry in columns[7].split(b";") if entry.startswith(key)]
        statuses = found[0].split(b",") if len(found) == 1 else []
        if len(statuses) != len(columns[4].split(b",")) or not _STATUSES.issuperset(statuses):
            wrong.append(f"{output.name}, record {number}: statuses {found!r}"[:200])
    return wrong


def _rows_differ(before: list[Columns], output: Path, predictor: str) -> list[str]:
    """A row per ALT and gene, in the order of the records."""
    expected = [[*row[:4], alt] for row in before for alt in row[4].split(b",")]
    if output.suffix == ".parquet":
        found, statuses = parquet_rows(output)
        expected = [[as_parquet(row[0]), b"%d" % int(row[1]), *map(as_parquet, row[2:])] for row in expected]
    else:
        rows = table_rows(output)
        found = [[row[key] for key in (b"CHROM", b"POS", b"ID", b"REF", b"ALT")] for row in rows]
        key = f"{predictor}_STATUS".encode() if output.name.endswith(".wide.tsv") else b"STATUS"
        statuses = [row[key] for row in rows]
    wrong = _sites_differ(output.name, _once(expected), _once(found))
    return wrong + [f"{output.name}: status {status!r}" for status in set(statuses) - _STATUSES]


def _once(rows: list[Columns]) -> list[Columns]:
    """Without repetitions: several genes, or the same ALT twice."""
    return [row for at, row in enumerate(rows) if not at or row != rows[at - 1]]

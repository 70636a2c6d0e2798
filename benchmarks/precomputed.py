"""Region queries of precomputed scores: pysam's lines, which `--precomputed` uses, against cyvcf2's variants.

    python benchmarks/precomputed.py SHARED [--runs 9]

SHARED holds parity/illumina_precomputed, excerpts of Illumina's files. The readers take turns on every file: all its
records in one query, and a query for each of 200 positions. Then the same on a file that is damaged in its middle.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cyvcf2
import pysam

Found = tuple[int, str, list[str], list[str]]  # POS, REF, ALTs, strings
Query = tuple[str, int, int]  # contig, 0-based half-open
KEY = "SpliceAI"
REPEATS = 10


def by_pysam(path: Path) -> Callable[[Query], Iterator[Found]]:
    """As inputs/precomputed.py reads."""
    file = pysam.TabixFile(str(path), encoding="utf-8")

    def find(query: Query) -> Iterator[Found]:
        for line in file.fetch(*query):
            columns = line.split("\t", 8)
            texts = [entry[len(KEY) + 1 :] for entry in columns[7].split(";") if entry.startswith(KEY + "=")]
            yield int(columns[1]), columns[3], columns[4].split(","), texts[0].split(",") if texts else []

    return find


def by_cyvcf2(path: Path) -> Callable[[Query], Iterator[Found]]:
    """The same through typed variants."""
    file = cyvcf2.VCF(str(path))

    def find(query: Query) -> Iterator[Found]:
        contig, start, end = query
        for variant in file(f"{contig}:{start + 1}-{end}"):
            text = variant.INFO.get(KEY)
            yield variant.POS, variant.REF, variant.ALT, text.split(",") if text else []

    return find


READERS = {"pysam": by_pysam, "cyvcf2": by_cyvcf2}


def compare(path: Path, what: str, queries: list[Query], runs: int) -> None:
    """Print medians and ranges of the process's seconds; both must find the same."""
    taken: dict[str, list[float]] = {name: [] for name in READERS}
    answers = []
    for _ in range(runs):
        for name, opener in READERS.items():
            find = opener(path)
            begun = time.process_time()
            for _ in range(REPEATS):
                found = [list(find(query)) for query in queries]
            taken[name].append((time.process_time() - begun) / REPEATS)
            answers.append(found)
    assert all(found == answers[0] for found in answers), "the two readers give different records"
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    figures = ", ".join(
        f"{name} {1000 * medians[name]:.1f} ms ({1000 * min(run):.1f} to {1000 * max(run):.1f})"
        for name, run in taken.items()
    )
    print(f"{path.name}, {what}: {figures}, cyvcf2 {medians['cyvcf2'] / medians['pysam'] - 1:+.0%}", flush=True)


def damaged(folder: Path) -> None:
    """Print what each makes of 20,000 records of which 40 bytes in the middle are overwritten."""
    plain, packed = folder / "scores.vcf", folder / "scores.vcf.gz"
    rng = random.Random(1)
    rows = [
        f"1\t{pos}\t.\tA\tC\t.\t.\tX={rng.getrandbits(256):x};{KEY}=C|G|0|0|0|0|1|1|1|1\n" for pos in range(1, 20_001)
    ]
    declared = "".join(f'##INFO=<ID={key},Number=.,Type=String,Description="x">\n' for key in (KEY, "X"))
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    plain.write_text("".join(["##fileformat=VCFv4.2\n##contig=<ID=1>\n", declared, columns, *rows]))
    pysam.tabix_compress(str(plain), str(packed))
    pysam.tabix_index(str(packed), preset="vcf")
    whole = packed.read_bytes()
    packed.write_bytes(whole[: len(whole) // 2] + bytes(40) + whole[len(whole) // 2 + 40 :])
    for name, opener in READERS.items():
        count = 0
        try:
            for _ in opener(packed)(("1", 0, 20_000)):
                count += 1
            print(f"20,000 records, damaged in the middle: {name} gives {count:,} and no error")
        except (OSError, ValueError) as error:
            print(f"20,000 records, damaged in the middle: {name} gives {count:,} and raises {error}")


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--runs", type=int, default=9, help="turns of each reader")
    options = parser.parse_args()
    pysam.set_verbosity(0)
    cyvcf2.cyvcf2.set_htslib_log_level(0)
    paths = sorted((options.shared / "parity" / "illumina_precomputed").glob("*.vcf.gz"))
    for path in paths:
        everything = ("1", 0, 1 << 28)
        places = sorted({pos for pos, *_ in by_pysam(path)(everything)})
        compare(path, "all records", [everything], options.runs)
        compare(path, "200 positions", [("1", pos - 1, pos) for pos in places[:: len(places) // 200 + 1]], options.runs)
    with tempfile.TemporaryDirectory() as folder:
        damaged(Path(folder))


if __name__ == "__main__":
    main()

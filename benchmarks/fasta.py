"""What reading the reference costs with pyfaidx, which genoscore uses, and with pysam: windows, and runs of `check`.

    python benchmarks/fasta.py SHARED [--windows 20000] [--runs 9]

SHARED holds data/grch37.slices.fa.gz with its index, data/slices.tsv (where the slices have bases) and
data/1000g.chr20_1-2Mb.grch37.vcf.gz. The two readers take turns; every figure is a median with its range.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pysam_fasta import PysamFasta

from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.fasta_index import open_index
from genoscore.inputs.indexed_fasta import IndexedFasta

SHORT, LONG = 10_000, 200_000  # bases of a window
FEWER = 20  # times fewer windows of 200 kb than of 10 kb
PER = 100_000  # windows that a figure is for
Window = tuple[str, int, int]


READERS = {"pysam": PysamFasta, "pyfaidx": IndexedFasta}
GENOSCORE = "from genoscore.cli.app import main; main()"
CHECK = {"pysam": "import pysam_fasta; pysam_fasta.take_its_place(); " + GENOSCORE, "pyfaidx": GENOSCORE}


def windows(shared: Path, size: int, count: int) -> list[Window]:
    """Random windows that lie where the slices have bases."""
    with open(shared / "data" / "slices.tsv") as table:
        rows = [row for row in csv.DictReader(table, delimiter="\t") if row["build"] == "hg19"]
    slices = [(row["chrom"], int(row["start0"]), int(row["end"])) for row in rows]
    wide = [place for place in slices if place[2] - place[1] > size]
    rng = random.Random(1)
    chosen = rng.choices(wide, [end - start - size for _, start, end in wide], k=count)
    return [(contig, at, at + size) for contig, start, end in chosen for at in [rng.randrange(start, end - size)]]


def read_all(reader: str, path: Path, places: Sequence[Window]) -> tuple[float, int]:
    """Seconds of the process for all windows, and a digest of their bases."""
    index = open_index(str(path))
    fasta = READERS[reader](str(path), index)
    begun = time.process_time()
    digest = hash(tuple(hash(fasta.fetch(*place)) for place in places))
    taken = time.process_time() - begun
    fasta.close()
    return taken, digest


def check_run(reader: str, path: Path, vcf: Path) -> float:
    """Processor seconds of `genoscore check` in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", CHECK[reader], "check", str(vcf), "-r", str(path), "-a", "grch37"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=Path(__file__).parent)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def by_turns(measure: Callable[[str], float], runs: int) -> dict[str, list[float]]:
    """Reader -> seconds of every run, ascending; the first turn of each, with cold caches, does not count."""
    taken: dict[str, list[float]] = {reader: [] for reader in READERS}
    for run in range(runs + 1):
        for reader in READERS:
            seconds = measure(reader)
            if run:
                taken[reader].append(seconds)
    return {reader: sorted(seconds) for reader, seconds in taken.items()}


def report(what: str, taken: dict[str, list[float]]) -> None:
    """A line: medians, ranges, and how much more pyfaidx takes."""
    medians = {reader: statistics.median(seconds) for reader, seconds in taken.items()}
    figures = ", ".join(f"{name} {medians[name]:.2f} s ({run[0]:.2f} to {run[-1]:.2f})" for name, run in taken.items())
    print(f"{what}: {figures}, pyfaidx {medians['pyfaidx'] / medians['pysam'] - 1:+.0%}", flush=True)


def compare(shared: Path, folder: Path, count: int, runs: int) -> None:
    """Print every figure of docs/dependencies.md."""
    packed = folder / "slices.fa.gz"
    for suffix in ("", ".fai", ".gzi"):
        shutil.copy(f"{shared / 'data' / 'grch37.slices.fa.gz'}{suffix}", f"{packed}{suffix}")
    plain = folder / "slices.fa"
    with gzip.open(packed) as source, open(plain, "wb") as out:
        shutil.copyfileobj(source, out)
    vcf = shared / "data" / "1000g.chr20_1-2Mb.grch37.vcf.gz"
    for path in (plain, packed):
        ReferenceGenome(path).close()  # makes the index
        for size, number in ((SHORT, count), (LONG, max(count // FEWER, 1))):
            places = windows(shared, size, number)
            digests: set[int] = set()

            def read(reader: str, path: Path = path, places: list[Window] = places, seen: set[int] = digests) -> float:
                seconds, digest = read_all(reader, path, places)
                seen.add(digest)
                return seconds * PER / len(places)

            report(f"{PER:,} windows of {size:,} bases of {path.name}", by_turns(read, runs))
            assert len(digests) == 1, "the two readers give different bases"
        report(
            f"genoscore check, reference {path.name}",
            by_turns(lambda reader, path=path: check_run(reader, path, vcf), runs),  # type: ignore[misc]
        )


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--windows", type=int, default=20_000, help="of 10 kb; of 200 kb a twentieth")
    parser.add_argument("--runs", type=int, default=9, help="turns of each reader")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as folder:
        compare(options.shared, Path(folder), options.windows, options.runs)


if __name__ == "__main__":
    main()

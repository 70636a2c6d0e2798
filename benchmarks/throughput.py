"""Seconds per variant: genoscore, its own whole-window way, and SpliceAI where it is installed, on the same records.

Usage: python benchmarks/throughput.py [--shared SHARED] [--spliceai EXECUTABLE] [--records N]

Every program runs twice, on few records and on more; the difference is the marginal cost, free of start-up. Without
SHARED the records are made on the demo genome. Runs follow one another on the same machine, so look at the ratios.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
HEADER = "##fileformat=VCFv4.2\n{contigs}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
FAST = "from genoscore.cli.app import main; main()"
WHOLE = "from genoscore.predictors.splicing import SplicePredictor; del SplicePredictor.predict_edits; " + FAST


@dataclass
class Case:
    """Records, and what they are scored on."""

    name: str
    reference: Path
    annotation: str
    contigs: str
    lines: list[str]


@dataclass
class Measured:
    """One program on one case."""

    start_up: float
    per_record: float
    peak_mib: float
    strings: list[str]


def demo_case(count: int) -> Case:
    """Random SNVs inside the demo's genes."""
    folder = ROOT / "test_data"
    name, _, bases = (folder / "genome.fa").read_text().split(">")[1].partition("\n")
    bases = bases.replace("\n", "").upper()
    rng = random.Random(1)
    genes = [line.split("\t") for line in (folder / "genes.tsv").read_text().splitlines()[1:]]
    first = next(gene for gene in genes if "chr" + gene[1] == name.split()[0])
    places = sorted(rng.sample([p for p in range(int(first[3]), int(first[4])) if bases[p] in "ACGT"], count))
    lines = []
    for place in places:
        alt = rng.choice([base for base in "ACGT" if base != bases[place]])
        lines.append(f"{name.split()[0]}\t{place + 1}\t.\t{bases[place]}\t{alt}\t.\t.\t.\n")
    contigs = f"##contig=<ID={name.split()[0]},length={len(bases)}>\n"
    return Case("SNVs of a demo gene", folder / "genome.fa", str(folder / "genes.tsv"), contigs, lines)


def thousand_genomes_case(shared: Path, count: int) -> Case:
    """SNVs of the 1000 Genomes file, from the start of the gene PSMF1 on."""
    lines = []
    with gzip.open(shared / "data" / "1000g.chr20_1-2Mb.grch37.vcf.gz", "rt") as source:
        for line in source:
            columns = line.split("\t")
            if line[0] != "#" and int(columns[1]) > 1_099_396 and len(columns[3]) == 1 and columns[4] in "ACGT":
                lines.append("\t".join([*columns[:5], ".", ".", ".\n"]))
            if len(lines) == count:
                break
    contigs = "##contig=<ID=20,length=63025520>\n"
    return Case("1000 Genomes SNVs", shared / "data" / "grch37.slices.fa.gz", "grch37", contigs, lines)


def run(command: list[str], case: Case, count: int, folder: Path, output_flag: str) -> tuple[float, float, list[str]]:
    """Wall seconds, peak MiB, and the SpliceAI strings written."""
    source, target = folder / "in.vcf", folder / "out.vcf"
    source.write_text(HEADER.format(contigs=case.contigs) + "".join(case.lines[:count]))
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*command, output_flag, str(target)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    records = [line.rstrip("\n").split("\t")[7] for line in target.read_text().splitlines() if line[0] != "#"]
    strings = [next((one for one in info.split(";") if one.startswith("SpliceAI=")), "") for info in records]
    return seconds, usage.ru_maxrss / 1024, strings


def measure(command: list[str], case: Case, few: int, many: int, output_flag: str = "-o") -> Measured:
    """Run on few and on many records."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = [str(folder / "in.vcf") if part == "IN" else part for part in command]
        short, _, _ = run(source, case, few, folder, output_flag)
        long, peak, strings = run(source, case, many, folder, output_flag)
    per_record = (long - short) / (many - few)
    return Measured(short - few * per_record, per_record, peak, strings)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path)
    parser.add_argument("--reference", type=Path, help="instead of SHARED's: SpliceAI reads plain FASTA alone")
    parser.add_argument("--spliceai", help="executable of SpliceAI 1.3.1")
    parser.add_argument("--records", type=int, default=200, help="for genoscore")
    parser.add_argument("--slow-records", type=int, default=25, help="for the slow ones")
    arguments = parser.parse_args()
    make = (lambda n: thousand_genomes_case(arguments.shared, n)) if arguments.shared else demo_case
    case = make(arguments.records)
    case.reference = arguments.reference or case.reference
    genoscore = ["score", "IN", "-r", str(case.reference), "-a", case.annotation, "--compat", "-q"]
    programs = {
        "genoscore": ([sys.executable, "-c", FAST, *genoscore], arguments.records, "-o"),
        "genoscore, whole windows": ([sys.executable, "-c", WHOLE, *genoscore], arguments.slow_records, "-o"),
    }
    if arguments.spliceai:
        peer = [arguments.spliceai, "-I", "IN", "-R", str(case.reference), "-A", case.annotation]
        programs["SpliceAI"] = (peer, arguments.slow_records, "-O")
    print(f"{case.name}, distance 50, fp32, {os.cpu_count()} cores")
    print("program\trecords\ts per record\tstart-up s\tpeak MiB\tratio\tstrings equal to genoscore's")
    found = {name: measure(command, case, many // 5, many, flag) for name, (command, many, flag) in programs.items()}
    ours = found["genoscore"]
    for name, one in found.items():
        same = sum(a == b for a, b in zip(one.strings, ours.strings, strict=False))
        print(
            f"{name}\t{len(one.strings)}\t{one.per_record:.4f}\t{one.start_up:.1f}\t{one.peak_mib:.0f}"
            f"\t{one.per_record / ours.per_record:.1f}\t{same} of {len(one.strings)}"
        )


if __name__ == "__main__":
    main()

"""Seconds per record: genoscore, and the peers where they are installed, on the same records, side by side.

Usage: python benchmarks/throughput.py [--shared SHARED] [--spliceai EXECUTABLE]
           [--openspliceai EXECUTABLE] [--openspliceai-models FOLDER] [--pangolin-models FOLDER] [--cases 1,3]

Every program runs twice, on few records and on more; the difference is the marginal cost, free of start-up. Runs follow
one another on the same machine, so look at the ratios. Without SHARED the records are made on the demo genome.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from cases import Case, demo_case, real_cases

GENOSCORE = "from genoscore.cli.app import main; main()"
WINDOWS = (
    "from genoscore.predictors.splicing.predictor import SplicePredictor; del SplicePredictor.predict_edits; "
    + GENOSCORE
)


@dataclass
class Program:
    """How to run one.

    Attributes:
        key: the INFO key of its strings; ratios are to genoscore's first run with the same one.
        slow: given few records.
    """

    name: str
    command: list[str]
    output_flag: str
    key: str
    slow: bool


@dataclass
class Measured:
    """One program on one case; `strings` of the longer run."""

    records: int
    start_up: float
    per_record: float
    peak_mib: float
    strings: list[str]


def programs(case: Case, arguments: argparse.Namespace) -> list[Program]:
    """genoscore's ways, then the peers that are there."""
    score = ["score", "IN", "-r", str(case.reference), "-a", case.annotation, "-q"]

    def genoscore(name: str, key: str, *options: str, code: str = GENOSCORE, slow: bool = False) -> Program:
        return Program(f"genoscore {name}", [sys.executable, "-c", code, *score, *options], "-o", key, slow)

    found = [genoscore(precision, "SpliceAI", "--precision", precision) for precision in ("auto", "fp32")]
    if arguments.windows:
        found.append(genoscore("whole windows", "SpliceAI", code=WINDOWS, slow=True))
    shared_flags = ["-R", str(case.reference), "-A", case.annotation]
    if arguments.spliceai:
        found.append(Program("SpliceAI", [arguments.spliceai, "-I", "IN", *shared_flags], "-O", "SpliceAI", True))
    models = arguments.openspliceai_models
    if models:
        given = ("-p", "openspliceai", "--weights", f"openspliceai={models}")
        found.append(genoscore("-p openspliceai", "OpenSpliceAI", *given))
    if arguments.openspliceai:
        command = [arguments.openspliceai, "variant", "-I", "IN", *shared_flags, "-f", "10000", "-t", "pytorch"]
        found.append(Program("OpenSpliceAI", [*command, "-m", str(models)], "-O", "OpenSpliceAI", True))
    if arguments.pangolin_models:
        given = ("-p", "pangolin", "--weights", f"pangolin={arguments.pangolin_models}")
        found.append(genoscore("-p pangolin", "Pangolin", *given))
    return found


def run(program: Program, case: Case, count: int) -> tuple[float, float, list[str]]:
    """Wall seconds, peak MiB, and the strings written."""
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name) / "in.vcf", Path(name) / "out.vcf"
        source.write_text(case.text(count))
        command = [str(source) if part == "IN" else part for part in program.command]
        begun = time.perf_counter()
        process = subprocess.Popen(
            [*command, program.output_flag, str(target)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        if status:
            raise SystemExit(f"failed: {' '.join(command)}")
        infos = [line.rstrip("\n").split("\t")[7] for line in target.read_text().splitlines() if line[0] != "#"]
    key = program.key + "="
    strings = [next((entry for entry in info.split(";") if entry.startswith(key)), "") for info in infos]
    return seconds, usage.ru_maxrss / 1024, strings


def measure(program: Program, case: Case) -> Measured:
    """Run on a quarter of the records and on all."""
    many = case.peers if program.slow else len(case.lines)
    few = max(1, many // 4)
    short, _, _ = run(program, case, few)
    long, peak, strings = run(program, case, many)
    per_record = (long - short) / (many - few)
    return Measured(many, short - few * per_record, per_record, peak, strings)


def as_promised(string: str) -> list[list[str]]:
    """Every gene's entry without the sign and the DP of a DS of 0.00, which `auto` does not promise."""
    entries = []
    for entry in string.replace("-0.00", "0.00").split(","):
        parts = entry.split("|")
        places = ["" if score == "0.00" else place for score, place in zip(parts[2:6], parts[6:], strict=False)]
        entries.append(parts[:6] + places)
    return entries


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path)
    parser.add_argument("--reference", type=Path, help="instead of SHARED's: the peers read plain FASTA alone")
    parser.add_argument("--spliceai", help="executable of SpliceAI 1.3.1")
    parser.add_argument("--openspliceai", help="executable of OpenSpliceAI 0.0.7")
    parser.add_argument("--openspliceai-models", type=Path, help="folder of its 10,000-base weights")
    parser.add_argument("--pangolin-models", type=Path, help="folder of Pangolin's weights")
    parser.add_argument("--windows", action="store_true", help="also genoscore without its edit engine")
    parser.add_argument("--cases", help="numbers, from 1; all by default")
    arguments = parser.parse_args()
    cases = real_cases(arguments.shared, arguments.reference) if arguments.shared else [demo_case()]
    wanted = range(len(cases)) if not arguments.cases else [int(part) - 1 for part in arguments.cases.split(",")]
    print(f"distance 50, {os.cpu_count()} cores; ratio: times genoscore's seconds a record with the same predictor")
    print("case\tprogram\trecords\ts per record\tstart-up s\tpeak MiB\tratio\tstrings equal to genoscore's", flush=True)
    for number in wanted:
        ours: dict[str, Measured] = {}
        for program in programs(cases[number], arguments):
            one = measure(program, cases[number])
            first = ours.setdefault(program.key, one)
            pairs = zip(one.strings, first.strings, strict=False)
            same = sum(as_promised(a) == as_promised(b) for a, b in pairs)
            equal = f"{same} of {min(one.records, first.records)}"
            print(
                f"{cases[number].name}\t{program.name}\t{one.records}\t{one.per_record:.4f}\t{one.start_up:.1f}"
                f"\t{one.peak_mib:.0f}\t{one.per_record / first.per_record:.1f}\t{equal}",
                flush=True,
            )


if __name__ == "__main__":
    main()

"""CPU seconds of runs with and without consequences, by turns on the same machine: look at the ratios.

Usage: python benchmarks/consequence_costs.py VCF -r FASTA -a ANNOTATION [--turns 3] [-p spliceai] [-d 50]

One thread each. A run's start-up, some seconds, is part of it.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

GENOSCORE = "from genoscore.cli.app import main; main()"


def seconds(arguments: argparse.Namespace, precision: str, *options: str) -> float:
    """CPU time of one run."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable, "-c", GENOSCORE, "score", str(arguments.vcf), "-r", str(arguments.reference),
            "-a", arguments.annotation, "-p", arguments.predictor, "-d", str(arguments.distance),
            "--precision", precision, "--threads", "1", "-q", "-o", str(Path(folder) / "out.vcf"), *options,
        ]  # fmt: skip
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vcf", type=Path)
    parser.add_argument("-r", "--reference", type=Path, required=True)
    parser.add_argument("-a", "--annotation", required=True)
    parser.add_argument("-p", "--predictor", default="spliceai")
    parser.add_argument("-d", "--distance", type=int, default=50)
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    print("precision\twithout, s\twith, s\tratio, median\tof turns")
    for precision in ("auto", "fp32"):
        turns = [
            (seconds(arguments, precision, "--no-consequences"), seconds(arguments, precision, "--consequences"))
            for _ in range(arguments.turns)
        ]
        without, with_them = (statistics.median(side) for side in zip(*turns, strict=True))
        ratios = [two / one for one, two in turns]
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"{precision}\t{without:.1f}\t{with_them:.1f}\t{statistics.median(ratios):.2f}\t{spread}", flush=True)


if __name__ == "__main__":
    main()

"""AUROC of GS_SPLICEAI_MAX for loss of function against function, BRCA1 SNVs near exons (Findlay et al., Nature 2018).

Usage: python benchmarks/brca1.py --shared SHARED [--consequences "Intronic,Splice region"]

SHARED holds data/brca1_sge.grch37.tsv.gz and data/grch37.slices.fa.gz; SpliceAI's weights must be installed.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import tempfile
import time
from pathlib import Path

import numpy as np

from genoscore.api import score_vcf
from genoscore.config import RunConfig

HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


def auroc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Probability that a positive scores above a negative, ties counting half (Mann-Whitney U)."""
    wins = 0.0
    negatives = np.sort(scores[~positive])
    for score in scores[positive]:
        below = np.searchsorted(negatives, score, "left")
        wins += below + (np.searchsorted(negatives, score, "right") - below) / 2
    return wins / (positive.sum() * (~positive).sum())


def interval(scores: np.ndarray, positive: np.ndarray, rounds: int = 1000) -> tuple[float, float]:
    """95 % bootstrap interval of the AUROC, seeded."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(rounds):
        rows = rng.integers(0, len(scores), len(scores))
        if 0 < positive[rows].sum() < len(rows):
            found.append(auroc(scores[rows], positive[rows]))
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def main() -> None:
    """Score the chosen SNVs and print the AUROC for each consequence and for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--consequences", default="Intronic,Splice region")
    arguments = parser.parse_args()
    wanted = arguments.consequences.split(",")
    with gzip.open(arguments.shared / "data" / "brca1_sge.grch37.tsv.gz", "rt") as table:
        rows = [row for row in csv.DictReader(table, delimiter="\t") if row["consequence"] in wanted]
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.vcf", Path(folder) / "out.tsv"
        lines = [f"{row['chrom']}\t{row['pos']}\t.\t{row['ref']}\t{row['alt']}\t.\t.\t.\n" for row in rows]
        source.write_text(HEADER + "".join(lines))
        begun = time.perf_counter()
        reference = arguments.shared / "data" / "grch37.slices.fa.gz"
        done = score_vcf(RunConfig(str(source), reference, output=(str(target),), annotation="grch37"))
        seconds = time.perf_counter() - begun
        with open(target) as table:
            scores = [row for row in csv.DictReader(table, delimiter="\t") if row["GENE"] in ("BRCA1", ".")]
    assert len(scores) == len(rows), "one row for BRCA1 a variant"
    largest = np.array([float(row["MAX"]) for row in scores])
    statuses = ", ".join(f"{status} {count}" for status, count in done.status["spliceai"].items())
    print(f"{len(rows)} SNVs, {done.pairs} variant x gene pairs, {seconds:.0f} s with loading; {statuses}")
    for name in [*wanted, "all of them"]:
        chosen = np.array(
            [name in (row["consequence"], "all of them") and row["function_class"] != "INT" for row in rows]
        )
        positive = np.array([row["function_class"] == "LOF" for row in rows])[chosen]
        value, (low, high) = auroc(largest[chosen], positive), interval(largest[chosen], positive)
        counts = f"{positive.sum()} LOF, {(~positive).sum()} FUNC"
        print(f"{name}: AUROC {value:.4f} (95 % interval {low:.4f} to {high:.4f}), {counts}")


if __name__ == "__main__":
    main()

"""Every SNV of a stretch of a gene: variants per second of the screening alone, and of a whole run, by their number.

Usage: python benchmarks/saturation.py --shared SHARED [--bases 5000] [--counts 100,1000,10000]

The gene is SIRPG's on chr20 (GRCh37). The screening alone is timed on every SNV of so many bases; the whole run, from
the command to the finished VCF, on the first so many of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.variants import Variant
from genoscore.core.windows import ref_window
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.genes import load_gene_models
from genoscore.planning.chunks import MAX_RECORDS
from genoscore.planning.jobs import Job
from genoscore.planning.stretches import plan_stretches
from genoscore.predictors.device import keep_freed_memory
from genoscore.predictors.splicing.spliceai import SPLICEAI
from genoscore.scoring.loading import load_predictor

HEADER = "##fileformat=VCFv4.2\n##contig=<ID=20,length=63025520>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
FIRST = 1_612_000  # inside SIRPG, 0-based


def snvs(genome: ReferenceGenome, count: int) -> list[tuple[int, str, str]]:
    """(0-based start, REF, ALT), three a base."""
    bases = genome.fetch(genome.resolve("20") or "20", FIRST, FIRST + count // 3 + 1)
    made = [(FIRST + i, ref, alt) for i, ref in enumerate(bases) for alt in "ACGT" if alt != ref]
    return made[:count]


def screening_alone(genome: ReferenceGenome, variants: list[tuple[int, str, str]]) -> float:
    """Variants per second, reference passes included, nothing settled in fp32."""
    keep_freed_memory()
    spec = SPLICEAI.spec(RunConfig("-", Path("-")))
    predictor = load_predictor("spliceai").network
    gene = next(one for one in load_gene_models("grch37").overlapping("20", FIRST, FIRST + 1) if one.symbol == "SIRPG")
    jobs = []
    for start, ref, alt in variants:
        edit = Edit(start, start + 1, alt)
        window = ref_window(edit, spec)
        jobs.append(
            Job(
                Variant(genome.resolve("20") or "20", start + 1, ref, alt),
                gene,
                gene.strand,
                start + 1,
                *window,
                edit,
            )
        )
    begun = time.perf_counter()
    for first in range(0, len(jobs), MAX_RECORDS):
        for stretch, members in plan_stretches(jobs[first : first + MAX_RECORDS], genome, spec):
            edits = [job.edit for job in members]
            predictor.predict_edits(stretch, edits, screen=True)  # type: ignore[attr-defined]
    return len(jobs) / (time.perf_counter() - begun)


def whole_run(fasta: Path, variants: list[tuple[int, str, str]]) -> tuple[float, float]:
    """Wall seconds and peak MiB."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "in.vcf"
        rows = [f"20\t{start + 1}\t.\t{ref}\t{alt}\t.\t.\t.\n" for start, ref, alt in variants]
        source.write_text(HEADER + "".join(rows))
        command = [sys.executable, "-c", "from genoscore.cli.app import main; main()", "score", str(source), "-q"]
        command += ["-r", str(fasta), "-a", "grch37", "-o", str(Path(name) / "out.vcf.gz")]
        begun = time.perf_counter()
        process = subprocess.Popen(command)
        _, status, usage = os.wait4(process.pid, 0)
        assert status == 0
        return time.perf_counter() - begun, usage.ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--bases", type=int, default=5000)
    parser.add_argument("--counts", default="100,1000,10000")
    arguments = parser.parse_args()
    fasta = arguments.shared / "data" / "grch37.slices.fa.gz"
    genome = ReferenceGenome(fasta)
    if arguments.bases:
        rate = screening_alone(genome, snvs(genome, 3 * arguments.bases))
        print(
            f"screening alone, {3 * arguments.bases} SNVs of {arguments.bases} bases: {rate:.0f} a second", flush=True
        )
    for count in [int(part) for part in arguments.counts.split(",") if part]:
        seconds, peak = whole_run(fasta, snvs(genome, count))
        print(f"{count} SNVs: {seconds:.1f} s, peak {peak:.0f} MiB", flush=True)


if __name__ == "__main__":
    main()

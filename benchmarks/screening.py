"""How far the screening of `--precision auto` is from fp32, on real variants, by its own score; and whether it pays.

Usage: python benchmarks/screening.py --shared SHARED [--records N] [--distance D]
       python benchmarks/screening.py --shared SHARED --costs
       python benchmarks/screening.py --shared SHARED --speed [--turns N] [--cases N,M]

Prints, for variants without a sensitive base (see genoscore/predictors/base.py), the error of the delta scores by the
screened score, the bound that `auto` assumes there, and how many variants `auto` settles.

`--costs`: what a reference, an exact edit and a screened one cost, by the number of edits on a stretch: the figures in
genoscore/predictors/splicing/spliceai.py. `--speed`: seconds per record in fp32 and in `auto`, by turns in
one process, medians and ranges; lone variants, dense ones, ones where most must be settled, and ones far apart. All are
seconds of CPU time, since others may use the machine.
"""

from __future__ import annotations

import argparse
import itertools
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

import torch
from cases import Case, beside_sites, real_cases, thinned

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.windows import Stretch
from genoscore.engine.precision import divided
from genoscore.engine.summary import RunSummary
from genoscore.planning.jobs import Job
from genoscore.planning.stretches import plan_stretches
from genoscore.predictors.base import Predictor
from genoscore.predictors.splicing.spliceai import SCREENING, SPLICEAI
from genoscore.scores.realign import realign
from genoscore.scoring.loading import load_predictor
from genoscore.scoring.opening import open_inputs, records_in
from genoscore.scoring.run import score_vcf

EDGES = (0.0, 1e-5, 1e-4, 2e-4, 5e-4, 1e-3, 5e-3, 1.0)
FILES = ("1000g.chr20_1-2Mb.grch37.vcf.gz", "exac.chr22_17.4-17.7Mb.grch37.vcf.gz")


def jobs_of(config: RunConfig, count: int) -> tuple[list[Job], object]:
    """Variant x gene pairs of a file, and its reference genome."""
    stack = ExitStack()
    spec = SPLICEAI.spec(config)
    inputs = open_inputs(config, [spec], stack)
    builder = inputs.job_builder(spec)
    jobs: list[Job] = []
    for record in records_in(inputs, RunSummary()):
        for alt_index in range(len(record.alts)):
            jobs += builder.look_up(record, alt_index).jobs
        if len(jobs) >= count:
            break
    return jobs, inputs.genome


def compare(predictor: Predictor, jobs: list[Job], genome: object) -> torch.Tensor:
    """(E, 3): the screened score, its largest error at any base, the largest probability."""
    spec, rows = predictor.spec, []
    stretches = plan_stretches(jobs, genome, spec)  # type: ignore[arg-type]
    for stretch, members in (part for whole in stretches for part in divided(*whole, spec, spec.screening.max_stretch)):
        for shape in sorted({job.edit.shape for job in members}):
            edits = [job.edit for job in members if job.edit.shape == shape]
            ref, screened = predictor.predict_edits(stretch, edits, screen=True)  # type: ignore[attr-defined]
            _, exact = predictor.predict_edits(stretch, edits)  # type: ignore[attr-defined]
            before = ref.mean(1)[:, 1:]
            near, true = (realign(one.mean(1)[:, 1:], spec.reach, *shape, spec.n_bins) for one in (screened, exact))
            columns = ((near - before).abs(), (near - true).abs(), torch.maximum(near, before))
            rows.append(torch.stack([one.flatten(1).amax(1) for one in columns], dim=1))
    return torch.cat(rows)


def costs(predictor: Predictor) -> None:
    """Print seconds of CPU time of SNVs on one stretch of random bases; medians of five."""
    reach, rng = predictor.spec.reach + predictor.spec.flank, random.Random(1)
    print("edits\treference\texact\tscreened\tscreened / exact")
    for count in (1, 2, 4, 8, 16, 32, 64):
        rows = []
        for _ in range(5):
            end = 2 * reach + 20 * count
            stretch = Stretch("c", 0, end, "+", "".join(rng.choices("ACGT", k=end)))
            edits = [Edit(reach + 20 * at, reach + 20 * at + 1, "A") for at in range(count)]
            predict = partial(predictor.predict_edits, stretch, edits)  # type: ignore[attr-defined]
            first, screened, exact = (_cpu_seconds(partial(predict, screen=screen)) for screen in (True, True, False))
            rows.append((first - screened, exact, screened))
        reference, exact, screened = (median(column) for column in zip(*rows, strict=True))
        print(f"{count}\t{reference:.3f}\t{exact:.3f}\t{screened:.3f}\t{screened / exact:.2f}", flush=True)


def speed_cases(shared: Path) -> dict[str, tuple[Case, int]]:
    """Name -> records of docs/performance.md, or some of them, and how many."""
    dense, exons, _, lone = real_cases(shared, None)
    return {
        "each alone in its gene": (lone, len(lone.lines)),
        "1000 Genomes SNVs": (dense, 160),
        "in BRCA1's exons": (exons, 160),
        "at BRCA1's splice sites": (beside_sites(shared), 160),
        "4,000 bases apart": (thinned(shared, 4_000), 60),
    }


def speed(shared: Path, turns: int, wanted: str) -> None:
    """Print seconds of CPU time per record, loading taken off, and how many were screened and settled.

    Args:
        wanted: numbers of the cases, from 1, with commas between them; '' for all.
    """
    cases = [*speed_cases(shared).items()]
    numbers = [int(number) - 1 for number in wanted.split(",")] if wanted else range(len(cases))
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.vcf", Path(folder) / "out.tsv"

        def run(case: Case, count: int, precision: str) -> tuple[float, RunSummary]:
            source.write_text(case.text(count))
            config = RunConfig(
                str(source), case.reference, (str(target),), annotation=case.annotation, precision=precision
            )
            begun = time.process_time()
            summary = score_vcf(config)
            return time.process_time() - begun, summary

        print("records\tprecision\tmedian\tleast\tmost\tscreened\tsettled")
        for name, (case, count) in (cases[number] for number in numbers):
            taken: dict[str, list[float]] = {"fp32": [], "auto": []}
            for turn in range(turns + 1):
                for precision in sorted(taken, reverse=bool(turn % 2)):
                    loading, _ = run(case, 0, precision)
                    whole, summary = run(case, count, precision)
                    if turn:  # the first warms up
                        taken[precision].append((whole - loading) / count)
                    if turn == turns:
                        seconds = [f"{f(taken[precision]):.4f}" for f in (median, min, max)]
                        print(f"{count} {name}", precision, *seconds, summary.screened, summary.settled, sep="\t")


def _cpu_seconds(act: Callable[[], object]) -> float:
    begun = time.process_time()
    act()
    return time.process_time() - begun


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--records", type=int, default=2000, help="variant x gene pairs of each file, at most")
    parser.add_argument("--distance", type=int, default=50)
    parser.add_argument("--costs", action="store_true")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--cases", default="", help="of --speed: numbers, from 1; all by default")
    arguments = parser.parse_args()
    if arguments.speed:
        speed(arguments.shared, arguments.turns, arguments.cases)
        return
    predictor = load_predictor("spliceai", distance=arguments.distance).network
    if arguments.costs:
        costs(predictor)
        return
    found = []
    for name in FILES:
        source, reference = arguments.shared / "data" / name, arguments.shared / "data" / "grch37.slices.fa.gz"
        config = RunConfig(str(source), reference, annotation="grch37", distance=arguments.distance)
        found.append(compare(predictor, *jobs_of(config, arguments.records)))
    score, error, probability = torch.cat(found).double().unbind(1)
    calm = probability <= SCREENING.sensitive
    settled = calm & (score + SCREENING.floor + SCREENING.slope * score < 0.005)
    print(f"{len(score)} pairs, distance {arguments.distance}: {settled.double().mean():.1%} settled")
    print("screened score\tpairs\tmedian error\t99 %\tlargest\tbound at its lower end")
    for low, high in itertools.pairwise(EDGES):
        errors = error[calm & (score >= low) & (score < high)]
        if len(errors):
            bound = SCREENING.floor + SCREENING.slope * low
            numbers = [errors.median(), errors.quantile(0.99), errors.max(), bound]
            print(f"{low:g} to {high:g}\t{len(errors)}\t" + "\t".join(f"{number:.5f}" for number in numbers))


if __name__ == "__main__":
    main()

"""How far the screening of `--precision auto` is from fp32, on real variants, by its own score.

Usage: python benchmarks/screening.py --shared SHARED [--records N] [--distance D]

Prints, for variants without a sensitive base (see genoscore/predictors/base.py), the error of the delta scores by the
screened score, the bound that `auto` assumes there, and how many variants `auto` settles.
"""

from __future__ import annotations

import argparse
import itertools
from contextlib import ExitStack
from pathlib import Path

import torch

from genoscore.core.config import RunConfig
from genoscore.engine.summary import RunSummary
from genoscore.planning.jobs import Job
from genoscore.planning.stretches import plan_stretches
from genoscore.predictors.base import Predictor
from genoscore.predictors.splicing.spliceai import SCREENING, SPLICEAI
from genoscore.scores.realign import realign
from genoscore.scoring.loading import load_predictor
from genoscore.scoring.opening import open_inputs, records_in

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
    for stretch, members in plan_stretches(jobs, genome, spec):  # type: ignore[arg-type]
        for shape in sorted({job.edit.shape for job in members}):
            edits = [job.edit for job in members if job.edit.shape == shape]
            ref, screened = predictor.predict_edits(stretch, edits, screen=True)  # type: ignore[attr-defined]
            _, exact = predictor.predict_edits(stretch, edits)  # type: ignore[attr-defined]
            before = ref.mean(1)[:, 1:]
            near, true = (realign(one.mean(1)[:, 1:], spec.reach, *shape, spec.n_bins) for one in (screened, exact))
            columns = ((near - before).abs(), (near - true).abs(), torch.maximum(near, before))
            rows.append(torch.stack([one.flatten(1).amax(1) for one in columns], dim=1))
    return torch.cat(rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--records", type=int, default=2000, help="variant x gene pairs of each file, at most")
    parser.add_argument("--distance", type=int, default=50)
    arguments = parser.parse_args()
    predictor = load_predictor("spliceai", distance=arguments.distance)
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

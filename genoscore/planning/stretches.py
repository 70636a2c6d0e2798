"""A chunk's jobs, sorted into stretches of reference that are read once for all edits that share them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from genoscore.core.windows import Stretch, WindowSpec
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.planning.jobs import Job, read_stretch
from genoscore.predictors.base import PredictorSpec

OUTPUT_BYTES = 128 << 20  # outputs per stretch, reference and alternatives


def plan_stretches(
    jobs: Sequence[Job], genome: ReferenceGenome, spec: PredictorSpec
) -> Iterator[tuple[Stretch, list[Job]]]:
    """Stretches with their jobs, in genomic order; results are found by a job's number, not by this order."""
    for group in grouped(jobs, spec):
        yield read_stretch(group, genome, spec), group


def grouped(jobs: Sequence[Job], spec: PredictorSpec) -> Iterator[list[Job]]:
    """Jobs that share a stretch, in genomic order.

    They share contig, strand and the bounds of the mask, and their windows overlap: transcripts with the same bounds
    share a stretch, and so, without masks, do all genes on a strand. A stretch has at most `limits.max_stretch` bases
    (or as many as one job needs), and its outputs fit in OUTPUT_BYTES. Jobs with the same edit are never separated.
    """
    max_jobs = max(1, OUTPUT_BYTES // output_bytes(spec))
    group: list[Job] = []
    end = 0
    for job in sorted(jobs, key=lambda job: _place(job, spec)):
        together = (
            group
            and (len(group) < max_jobs or job.edit == group[-1].edit)
            and owner(job, spec) == owner(group[0], spec)
            and job.start < end
            and max(job.end, end) - group[0].start <= spec.limits.max_stretch
        )
        if group and not together:
            yield group
            group, end = [], 0
        group.append(job)
        end = max(end, job.end)
    if group:
        yield group


def bases_of(group: Sequence[Job]) -> int:
    """Bases of the stretch that a group of jobs shares."""
    return max(job.end for job in group) - min(job.start for job in group)


def output_bytes(spec: PredictorSpec) -> int:
    """Bytes of one job's outputs in fp32, of the reference and of the alternative."""
    return 2 * 4 * spec.replicates * len(spec.tracks) * spec.n_bins


def owner(job: Job, spec: WindowSpec) -> tuple[str, str, int, int]:
    """What jobs must share to be read together: the network's input depends on nothing else about a gene."""
    gene = job.gene
    if gene is None or not spec.genes.masked:
        return job.variant.contig, job.strand, 0, 0
    return job.variant.contig, job.strand, gene.tx_start, gene.tx_end


def _place(job: Job, spec: PredictorSpec) -> tuple[object, ...]:
    return (*owner(job, spec), job.start, job.end, job.edit)

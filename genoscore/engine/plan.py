"""A chunk's jobs, sorted into stretches: the reference read once, the edits that share it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from genoscore.inputs.fasta import ReferenceGenome
from genoscore.windows import Job, Stretch, WindowSpec, read_stretch

MAX_STRETCH = 200_000  # bases


def plan_stretches(
    jobs: Sequence[Job], genome: ReferenceGenome, spec: WindowSpec, max_jobs: int
) -> Iterator[tuple[Stretch, list[Job]]]:
    """Stretches with their jobs, in order of place; a job's place among the results is its own (`Job.variant`).

    Jobs of one stretch share contig, gene and strand; a stretch holds at most `max_jobs` jobs and is at most
    MAX_STRETCH bases long (or as long as one job needs).
    """
    group: list[Job] = []
    end = 0
    for job in sorted(jobs, key=_place):
        together = (
            group
            and len(group) < max_jobs
            and _owner(job) == _owner(group[0])
            and job.start < end
            and max(job.end, end) - group[0].start <= MAX_STRETCH
        )
        if group and not together:
            yield read_stretch(group, genome, spec), group
            group, end = [], 0
        group.append(job)
        end = max(end, job.end)
    if group:
        yield read_stretch(group, genome, spec), group


def _owner(job: Job) -> tuple[str, str, int, int, str]:
    gene = job.gene
    if gene is None:
        return job.variant.contig, job.strand, 0, 0, ""
    return job.variant.contig, job.strand, gene.tx_start, gene.tx_end, gene.gene_id


def _place(job: Job) -> tuple[object, ...]:
    return (*_owner(job), job.start, job.end, job.edits)

"""A subject in one gene, and the windows that a network reads for it.

L bases, R replicates, T tracks, N bins; coordinates are 0-based, half-open, on the forward strand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from genoscore.core.edits import Edit
from genoscore.core.encode import TABLES, one_hot
from genoscore.core.errors import GenoscoreError
from genoscore.core.variants import Status, Variant
from genoscore.core.windows import WindowSpec, placed_windows, placements, read_span
from genoscore.explaining.subjects import Opened, Subject
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.gene import Gene
from genoscore.planning.jobs import Job, Lookup, read_stretch
from genoscore.predictors.base import Predictor, PredictorSpec
from genoscore.predictors.strands import predict_on
from genoscore.scores.expression import realigned
from genoscore.scores.realign import realign

NEITHER = "neither"  # the track of bases that are not splice sites; never explained


@dataclass(frozen=True, slots=True)
class Case:
    """A subject in one gene.

    Attributes:
        job: as `score` builds it; without a variant, for the middle base, unchanged.
        has_alt: whether there is a variant.
        start, end: of the trimmed REF, or of the region.
    """

    job: Job
    has_alt: bool
    start: int
    end: int

    @property
    def gene(self) -> Gene | None:
        """None for a predictor without genes."""
        return self.job.gene

    @property
    def contig(self) -> str:
        """The contig's name in the FASTA."""
        return self.job.variant.contig

    @property
    def edit(self) -> Edit:
        """REF to ALT; without a variant, a base to itself."""
        return self.job.edit

    def reading(self, spec: WindowSpec) -> str:
        """`forward`, `reverse` or `both`: see `predict_on`."""
        return "both" if spec.strand == "both" else "reverse" if self.job.strand == "-" else "forward"


@dataclass(frozen=True, slots=True)
class Windows:
    """What a network reads for a case.

    Attributes:
        ref, alt: bases of the forward strand; alt is None without a variant.
        start: position of ref's first base, 0-based.
        before: bases of alt to the left of the ALT allele.
    """

    ref: str
    alt: str | None
    start: int
    before: int


def variant_cases(lookup: Lookup, spec: PredictorSpec) -> list[Case]:
    """The cases of a variant; none if it is not scored."""
    jobs = lookup.jobs if lookup.status is Status.SCORED else ()
    bound = [job for job in jobs if job.gene is None or spec.genes.bound]
    return [Case(job, True, job.variant.start, job.variant.end) for job in bound]


def cases_of(subject: Subject, lookup: Lookup | None, opened: Opened, spec: PredictorSpec) -> list[Case]:
    """One case for every gene that determines what the network reads; a single case if no gene does.

    Args:
        lookup: the variant's genes and status; None without a variant.
    """
    if lookup is not None:
        return variant_cases(lookup, spec)
    middle = (subject.start + subject.end) // 2
    base = opened.inputs.genome.fetch(subject.contig, middle, middle + 1)
    variant = Variant(subject.contig, middle + 1, base, base)
    genes: tuple[Gene | None, ...] = (None,)
    if spec.genes.bound and opened.inputs.genes is not None:
        genes = opened.inputs.genes.overlapping(subject.contig, subject.start, subject.end)
    cases = []
    for gene in genes:
        strand = gene.strand if gene is not None else opened.free_strand
        edit = Edit(middle, middle + 1, base)
        job = Job(variant, gene, strand, middle + 1, middle, middle + 1, edit)
        cases.append(Case(job, False, subject.start, subject.end))
    return cases


def cut_windows(case: Case, genome: ReferenceGenome, spec: PredictorSpec) -> Windows:
    """Both windows of a case; as in `score`, N outside its gene if the spec masks."""
    start, end = read_span(case.edit, spec)
    stretch = read_stretch([replace(case.job, start=start, end=end)], genome, spec)
    unshifted = replace(spec, fixed=replace(spec.fixed, shifts=(0,))) if spec.fixed else spec
    ((ref, alt),) = placed_windows(stretch, case.edit, unshifted)
    ((ref_start, alt_start),) = placements(stretch, case.edit, unshifted)
    return Windows(ref, alt if case.has_alt else None, ref_start, case.edit.start - alt_start)


def encode(sequence: str, spec: PredictorSpec) -> torch.Tensor:
    """One-hot (1, 4, L), forward strand."""
    return one_hot([sequence], spec.n_fill, TABLES[spec.iupac])


def outputs_of(sequence: str, reading: str, predictor: Predictor) -> torch.Tensor:
    """(T, N) outputs in genomic order, on the CPU, replicates averaged; if not finite, a second try in fp32 on the CPU.

    Raises:
        GenoscoreError: the outputs are still not finite.
    """
    x = encode(sequence, predictor.spec)
    y = predict_on(reading, predictor, x)
    if not torch.isfinite(y).all():
        y = predict_on(reading, predictor.to_fallback(), x)
    if not torch.isfinite(y).all():
        raise GenoscoreError(f"{predictor.spec.name} gave NaN or infinity", "check its weights")
    return y[0].float().mean(dim=0).cpu()


def on_reference(ref: torch.Tensor, alt: torch.Tensor, edit: Edit, spec: PredictorSpec) -> torch.Tensor:
    """ALT's outputs (T, N') aligned to REF's (T, N), as the scores compare them."""
    if spec.input_length is None:
        return realign(alt, spec.reach, *edit.shape, ref.shape[-1])
    return realigned(ref, alt, edit, spec)


def alt_bin(track: int, bin_: int, ref: torch.Tensor, alt: torch.Tensor, edit: Edit, spec: PredictorSpec) -> int | None:
    """The bin of ALT's outputs (T, N') that `on_reference` aligns to a bin; None if REF's base or bin is deleted."""
    numbers = torch.arange(1.0, alt.shape[-1] + 1)[None]  # 0 means none
    aligned = int(on_reference(torch.zeros(1, ref.shape[-1]), numbers, edit, spec)[0, bin_]) - 1
    r, a = edit.shape
    last = spec.reach + r - 1
    if spec.input_length is None and a > r and bin_ == last:  # the largest of several
        return last + int(alt[track, last : spec.reach + a].argmax())
    return aligned if aligned >= 0 else None

"""Variant x gene to Job: what must be read around a variant, or a Status that says why it is not scored.

Coordinates are 0-based, half-open, on the contig's forward strand, unless a name says `pos` (VCF POS, 1-based).
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from genoscore.core.edits import Edit, haplotype_bases, on_haplotype
from genoscore.core.variants import Status, Variant, allele_status, left_aligned
from genoscore.core.windows import Stretch, WindowSpec, output_span, read_span, ref_window
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.gene import Gene
from genoscore.inputs.gene_panel import GenePanel
from genoscore.inputs.genes import GeneModels
from genoscore.inputs.vcf import Record

_ACGT = frozenset("ACGT")
_LETTERS = frozenset(string.ascii_uppercase)


@dataclass(frozen=True, slots=True)
class Job:
    """What one variant x gene needs from the reference.

    Attributes:
        variant: trimmed and left-aligned (as written under `--compat`).
        pos: the record's own POS, 1-based, from which DP_* are counted.
        start, end: the interval of the reference that both windows need.
        edit: REF and ALT of the variant, ALT masked outside the gene if the spec says so.
        before: genes whose masks are applied as well as this one's (as one peer does, `PeerRules.by_strand`).
        number: the job's number within its chunk and predictor, by which its results are found.
    """

    variant: Variant
    gene: Gene | None
    strand: str
    pos: int
    start: int
    end: int
    edit: Edit
    before: tuple[Gene, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True)
class Lookup:
    """The outcome for one ALT: jobs to run (status SCORED), or the status of an ALT that is not scored.

    Attributes:
        named: genes that the peer names without scoring them (`--compat`).
    """

    status: Status
    jobs: tuple[Job, ...] = ()
    named: tuple[Gene, ...] = ()


_ENDED = {status: Lookup(status) for status in Status}  # shared, since most ALTs of a genome end here


class JobBuilder:
    """Makes Jobs for one predictor.

    Args:
        declared: contig lengths in the VCF's header, to tell mitochondrial sequences apart.
        free_strand: the strand that jobs are read on if no gene determines it.
        panel: genes to which jobs are restricted; None: all.
    """

    def __init__(
        self,
        spec: WindowSpec,
        genome: ReferenceGenome,
        genes: GeneModels | None,
        declared: Mapping[str, int | None],
        free_strand: str = "+",
        panel: GenePanel | None = None,
    ) -> None:
        self._spec = spec
        self._genome = genome
        self._genes = genes
        self._declared = declared
        self._free_strand = free_strand
        self._panel = panel
        self._letters = _LETTERS if spec.peer and spec.peer.any_letter else _ACGT

    def look_up(self, record: Record, alt_index: int, first_number: int = 0) -> Lookup:
        """The outcome for one ALT: of the statuses, in order of precedence, the first that applies.

        Args:
            first_number: number of its first job; the others follow.
        """
        lookup = self._look_up(record, alt_index)
        if not lookup.jobs or (first_number == 0 and len(lookup.jobs) == 1):
            return lookup
        numbered = (replace(job, number=first_number + at) for at, job in enumerate(lookup.jobs))
        return replace(lookup, jobs=tuple(numbered))

    def _look_up(self, record: Record, alt_index: int) -> Lookup:
        ref, alt = record.ref.upper(), record.alts[alt_index].upper()
        status = allele_status(ref, alt, len(record.alts), self._letters)
        if status:
            return _ENDED[status]
        contig = self._genome.resolve(record.contig, self._declared.get(record.contig))
        if contig is None:
            return _ENDED[Status.UNKNOWN_CONTIG]
        start, end = record.pos - 1, record.pos - 1 + len(ref)
        if start < 0 or end > self._genome.lengths[contig]:
            return _ENDED[Status.OUT_OF_RANGE]
        bases = self._genome.fetch(contig, start, end)
        if bases != ref:
            return _ENDED[Status.REF_MISMATCH if _ACGT.issuperset(bases) else Status.REF_UNKNOWN]
        variant = Variant(contig, record.pos, ref, alt, record.index, alt_index)
        return self._as_peer(variant, record) if self._spec.peer else self._as_specified(variant)

    def _as_specified(self, variant: Variant) -> Lookup:
        trimmed = variant.trimmed()
        if max(len(trimmed.ref), len(trimmed.alt)) > self._spec.max_allele_length:
            return _ENDED[Status.TOO_LONG]
        trimmed = left_aligned(trimmed, partial(self._genome.fetch, variant.contig))
        if not self._spec.genes.bound:
            return self._with_starts(self._job(trimmed, None, variant.pos))
        genes = self._overlapping(trimmed.contig, trimmed.start, trimmed.end)
        chosen = self._in_panel(genes)
        if not chosen:
            return _ENDED[Status.NOT_IN_PANEL if genes else Status.NO_GENE]
        return Lookup(Status.SCORED, tuple(self._job(trimmed, gene, variant.pos) for gene in chosen))

    def _as_peer(self, variant: Variant, record: Record) -> Lookup:
        """As the peer does: untrimmed, genes overlapping POS, with its gaps."""
        peer = self._spec.peer
        assert peer is not None
        genes = self._overlapping(variant.contig, variant.start, variant.start + 1)
        if len(variant.ref) > peer.max_ref:
            return _ENDED[Status.TOO_LONG]
        chosen = self._in_panel(genes)
        if not chosen:
            return _ENDED[Status.NOT_IN_PANEL if genes else Status.NO_GENE]
        start, end = ref_window(Edit(variant.start, variant.end, variant.alt), self._spec)
        outside = start < 0 or end > self._genome.lengths[variant.contig]
        if outside or record.ref != variant.ref:
            return _ENDED[Status.COMPAT_SKIPPED]
        lengths = len(variant.ref), len(variant.alt)
        if min(lengths) > 1 and (peer.skips_mnvs or lengths[0] != lengths[1]):
            return Lookup(Status.COMPAT_SKIPPED, named=chosen if peer.names_skipped else ())
        if not peer.by_strand:
            return Lookup(Status.SCORED, tuple(self._job(variant, gene, variant.pos) for gene in chosen))
        jobs = []
        for strand in "+-":
            on_strand = [gene for gene in genes if gene.strand == strand]
            jobs += [
                replace(self._job(variant, gene, variant.pos), before=tuple(on_strand[:at]))
                for at, gene in enumerate(on_strand)
                if gene in chosen
            ]
        return Lookup(Status.SCORED, tuple(jobs))

    def _with_starts(self, job: Job) -> Lookup:
        """A job without a gene, and one per gene whose transcription starts among its outputs."""
        if not self._spec.genes.starts:
            return Lookup(Status.SCORED, (job,))
        start, end = output_span(job.edit, self._spec)
        genes = self._overlapping(job.variant.contig, start, end)
        starting = self._in_panel(tuple(gene for gene in genes if start <= gene.tss < end))
        if self._panel is not None and not starting:
            return _ENDED[Status.NOT_IN_PANEL]
        return Lookup(Status.SCORED, (job, *(replace(job, gene=gene) for gene in starting)))

    def _in_panel(self, genes: tuple[Gene, ...]) -> tuple[Gene, ...]:
        """Those that are in the panel."""
        panel = self._panel
        return genes if panel is None else tuple(gene for gene in genes if panel.holds(gene))

    def _overlapping(self, contig: str, start: int, end: int) -> tuple[Gene, ...]:
        return self._genes.overlapping(contig, start, end) if self._genes is not None else ()

    def _job(self, variant: Variant, gene: Gene | None, pos: int) -> Job:
        edit = Edit(variant.start, variant.end, variant.alt)
        if gene is not None and self._spec.genes.masked and not self._spec.peer:
            edit = masked_edit(edit, gene)
        start, end = read_span(edit, self._spec)
        strand = gene.strand if gene is not None and self._spec.strand == "gene" else self._free_strand
        return Job(variant, gene, strand, pos, start, end, edit)


def masked_edit(edit: Edit, gene: Gene) -> Edit:
    """The edit with N where ALT replaces REF bases outside the gene, as the reference window is masked there.

    Base i of ALT corresponds to base min(i, len(REF) - 1) of REF.
    """
    if gene.tx_start <= edit.start and edit.end <= gene.tx_end:
        return edit
    last = edit.ref_length - 1
    places = (edit.start + min(i, last) for i in range(len(edit.alt)))
    inside = (gene.tx_start <= place < gene.tx_end for place in places)
    return replace(edit, alt="".join(base if keep else "N" for base, keep in zip(edit.alt, inside, strict=True)))


def read_stretch(
    jobs: Sequence[Job], genome: ReferenceGenome, spec: WindowSpec, background: tuple[Edit, ...] = ()
) -> Stretch:
    """Read the reference once for jobs of the same contig and strand and, if genes mask, of the same bounds.

    Args:
        background: edits applied to the reference first, in reference coordinates, in order, overlapping neither each
            other nor those of the jobs.

    Raises:
        ValueError: a job's edit overlaps one of the background.
    """
    first = jobs[0]
    contig, gene = first.variant.contig, first.gene if spec.genes.masked else None

    def fetch(start: int, end: int) -> str:
        if gene is None:
            return genome.fetch(contig, start, end)
        left = min(max(start, gene.tx_start), end)
        right = max(min(end, gene.tx_end), left)
        return "N" * (left - start) + genome.fetch(contig, left, right) + "N" * (end - right)

    if not background:
        start, end = min(job.start for job in jobs), max(job.end for job in jobs)
        return Stretch(contig, start, end, first.strand, fetch(start, end))
    if gene is not None:
        background = tuple(masked_edit(edit, gene) for edit in background)
    spans = [read_span(on_haplotype(job.edit, background), spec) for job in jobs]
    start, end = min(start for start, _ in spans), max(end for _, end in spans)
    sequence = haplotype_bases(fetch, start, end, background)
    return Stretch(contig, start, end, first.strand, sequence, background)

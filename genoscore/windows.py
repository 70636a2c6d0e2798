"""Variant x gene to Job: what must be read around a variant, or a Status that says why it is not scored.

Coordinates are 0-based, half-open, on the contig's forward strand, unless a name says `pos` (VCF POS, 1-based).
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.genes import Gene, GeneModels
from genoscore.inputs.vcf import Record
from genoscore.variants import Status, Variant, allele_status

_ACGT = frozenset("ACGT")
_LETTERS = frozenset(string.ascii_uppercase)


@dataclass(frozen=True, slots=True)
class PeerRules:
    """What a peer tool leaves out, for `--compat`.

    Attributes:
        max_ref: longest REF, bases.
        skips_mnvs: REF and ALT both longer than one base are not scored, even where they are of one length; without
            it only those of different lengths are not.
        names_skipped: what is not scored for that reason is still named.
        any_letter: letters other than A, C, G, T in REF and ALT are scored.
        to_ref_end: the distance right of the variant counts from REF's last base; without it, from its first.
        by_strand: genes of the forward strand come first, and the mask of a gene adds to those of the genes before it
            on the same strand.

    The peers' lookup of genes by POS alone, their comparison of REF with the FASTA letter by letter (lower case
    differs), their lack of trimming and their silence where a window runs over the contig's end go without a switch:
    all of them share these.
    """

    max_ref: int
    skips_mnvs: bool = True
    names_skipped: bool = True
    any_letter: bool = True
    to_ref_end: bool = False
    by_strand: bool = False


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """What a model reads around a variant.

    Attributes:
        context_length: bases consumed by the network, both flanks together.
        bin_size: bases per output bin.
        n_bins: output bins of the reference window; `context_length + n_bins * bin_size` bases are read.
        strand: `gene` (the gene's own), `forward`, or `both` (the mean of the two).
        gene_bound: a variant outside genes is not scored.
        gene_masked: bases outside the gene are read as N.
        max_allele_length: longest REF or ALT that is scored, bases.
        peer: the peer tool's own gaps under `--compat`, else None.
        input_length: bases of every window, for a network that reads no other length; None: any above context_length.
        centre: index in such a window of the variant's anchor (and of the middle base, length // 2, of a shorter
            sequence without a variant); None: the window's own middle.
        anchor: which base of REF lies there: `start`, its first, or `middle`, its base len(REF) // 2.
        shifts: bases by which such windows are moved to the right; outputs are averaged over them, bin by bin.
        grid: such windows begin on multiples of the bin (of the anchor's), so that neighbours share them.
        tss: genes whose transcription starts among the outputs are scored each.
    """

    context_length: int
    bin_size: int
    n_bins: int
    strand: str
    gene_bound: bool
    gene_masked: bool
    max_allele_length: int
    peer: PeerRules | None
    input_length: int | None = None
    centre: int | None = None
    anchor: str = "start"
    shifts: tuple[int, ...] = (0,)
    grid: bool = False
    tss: bool = False

    @property
    def anchor_index(self) -> int:
        """Index of the anchor in a window of one length."""
        return (self.input_length or 0) // 2 if self.centre is None else self.centre

    @property
    def flank(self) -> int:
        """Bases of context on each side."""
        return self.context_length // 2

    @property
    def reach(self) -> int:
        """Bases of output on each side of the variant (SpliceAI's distance)."""
        return self.n_bins * self.bin_size // 2


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """REF [start, end) replaced by `alt` (which holds N where the gene's mask covers it)."""

    start: int
    end: int
    alt: str

    @property
    def ref_length(self) -> int:
        """Bases replaced."""
        return self.end - self.start

    @property
    def shape(self) -> tuple[int, int]:
        """(len REF, len ALT): edits of one shape have outputs of one length."""
        return self.end - self.start, len(self.alt)


@dataclass(frozen=True, slots=True)
class Job:
    """What one variant x gene needs from the reference.

    Attributes:
        variant: trimmed to its parsimonious form (as it stands under `--compat`).
        pos: the record's own POS, 1-based, from which DP_* count.
        start, end: the interval of reference that both windows need.
        edits: of one, today; phased neighbours may come.
        before: genes whose masks add to this one's (a peer's way, `PeerRules.by_strand`).
    """

    variant: Variant
    gene: Gene | None
    strand: str
    pos: int
    start: int
    end: int
    edits: tuple[Edit, ...]
    before: tuple[Gene, ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """One reading of the reference that serves several edits.

    Attributes:
        sequence: bases of [start, end), N outside the contig and, where the spec says so, outside the jobs' genes,
            which then have the same bounds.
    """

    contig: str
    start: int
    end: int
    strand: str
    sequence: str
    edits: tuple[Edit, ...]

    def cut(self, start: int, end: int) -> str:
        """Bases of [start, end), which must lie inside."""
        return self.sequence[start - self.start : end - self.start]


@dataclass(frozen=True, slots=True)
class Lookup:
    """What became of one ALT: jobs to run (status SCORED), or a status that ends it.

    Attributes:
        named: genes that the peer names without scoring them (`--compat`).
    """

    status: Status
    jobs: tuple[Job, ...] = ()
    named: tuple[Gene, ...] = ()


_ENDED = {status: Lookup(status) for status in Status}  # shared: most ALTs of a genome end here


def right_of_start(edit: Edit, spec: WindowSpec) -> int:
    """Output bases of the reference window right of REF's first base."""
    return spec.reach + (edit.ref_length - 1 if spec.peer and spec.peer.to_ref_end else 0)


def ref_window(edit: Edit, spec: WindowSpec, shift: int = 0) -> tuple[int, int]:
    """The reference window of an edit.

    Of a free length: its outputs are the bases around REF's first one, `2 * reach + 1` of them. Of one length: the
    anchor lies at `spec.anchor_index`, or less than a bin right of it on a grid.

    Args:
        shift: one of `spec.shifts`.
    """
    if spec.input_length is None:
        return edit.start - spec.reach - spec.flank, edit.start + right_of_start(edit, spec) + 1 + spec.flank
    anchor = edit.start + (edit.ref_length // 2 if spec.anchor == "middle" else 0)
    if spec.grid:
        anchor -= anchor % spec.bin_size
    start = anchor - spec.anchor_index + shift
    return start, start + spec.input_length


def output_span(edit: Edit, spec: WindowSpec) -> tuple[int, int]:
    """The bases of a reference window of one length that its bins cover."""
    start = ref_window(edit, spec)[0] + spec.flank
    return start, start + spec.n_bins * spec.bin_size


def right_bases(edit: Edit, spec: WindowSpec) -> int:
    """Output bases right of REF, inside the search distance."""
    return max(0, right_of_start(edit, spec) + 1 - edit.ref_length)


def own_bins(edit: Edit, spec: WindowSpec) -> tuple[int, int]:
    """Bins of the outputs of an edit's reference and alternate window."""
    if spec.input_length is not None:
        return spec.n_bins, spec.n_bins
    return spec.reach + right_of_start(edit, spec) + 1, spec.reach + len(edit.alt) + right_bases(edit, spec)


def _alt_flanks(edit: Edit, spec: WindowSpec, shift: int) -> tuple[int, int]:
    """Where the alternate window begins left of REF and ends right of it.

    A window of one length keeps it: the right flank gives way. Where the anchor is the middle, both do, as in Selene:
    of an insertion half is dropped on the left, and a deletion reads half of its length more there.
    """
    if spec.input_length is None:
        return edit.start - spec.reach - spec.flank, edit.end + right_bases(edit, spec) + spec.flank
    start, _ = ref_window(edit, spec, shift)
    if spec.anchor == "middle":
        r, a = edit.shape
        start += (a - r) // 2 if a > r else a // 2 - r // 2
    return start, edit.end + spec.input_length - (edit.start - start) - len(edit.alt)


def alt_sequence(stretch: Stretch, edit: Edit, spec: WindowSpec, shift: int = 0) -> str:
    """The alternate window: of a free length, `reach + len(ALT) + right_bases` outputs, and the flanks around them."""
    start, end = _alt_flanks(edit, spec, shift)
    return stretch.cut(start, edit.start) + edit.alt + stretch.cut(edit.end, end)


def read_span(edit: Edit, spec: WindowSpec) -> tuple[int, int]:
    """The interval of reference that all windows of an edit need."""
    spans = [span for shift in spec.shifts for span in (ref_window(edit, spec, shift), _alt_flanks(edit, spec, shift))]
    return min(start for start, _ in spans), max(end for _, end in spans)


class JobBuilder:
    """Makes Jobs for one predictor.

    Args:
        declared: contig lengths of the VCF's header, for telling mitochondria apart.
    """

    def __init__(
        self,
        spec: WindowSpec,
        genome: ReferenceGenome,
        genes: GeneModels | None,
        declared: Mapping[str, int | None],
    ) -> None:
        self._spec = spec
        self._genome = genome
        self._genes = genes
        self._declared = declared
        self._letters = _LETTERS if spec.peer and spec.peer.any_letter else _ACGT

    def look_up(self, record: Record, alt_index: int) -> Lookup:
        """Decide one ALT; statuses in their order of precedence, the first that applies."""
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
        return self._in_peer_words(variant, record) if self._spec.peer else self._in_own_words(variant)

    def _in_own_words(self, variant: Variant) -> Lookup:
        trimmed = variant.trimmed()
        if max(len(trimmed.ref), len(trimmed.alt)) > self._spec.max_allele_length:
            return _ENDED[Status.TOO_LONG]
        if not self._spec.gene_bound:
            return Lookup(Status.SCORED, self._with_starts(self._job(trimmed, None, variant.pos)))
        genes = self._overlapping(trimmed.contig, trimmed.start, trimmed.end)
        if not genes:
            return _ENDED[Status.NO_GENE]
        return Lookup(Status.SCORED, tuple(self._job(trimmed, gene, variant.pos) for gene in genes))

    def _in_peer_words(self, variant: Variant, record: Record) -> Lookup:
        """As the peer does: untrimmed, genes over POS, its gaps left open."""
        peer = self._spec.peer
        assert peer is not None
        genes = self._overlapping(variant.contig, variant.start, variant.start + 1)
        if len(variant.ref) > peer.max_ref:
            return _ENDED[Status.TOO_LONG]
        if not genes:
            return _ENDED[Status.NO_GENE]
        start, end = ref_window(Edit(variant.start, variant.end, variant.alt), self._spec)
        outside = start < 0 or end > self._genome.lengths[variant.contig]
        if outside or record.ref != variant.ref:
            return _ENDED[Status.COMPAT_SKIPPED]
        lengths = len(variant.ref), len(variant.alt)
        if min(lengths) > 1 and (peer.skips_mnvs or lengths[0] != lengths[1]):
            return Lookup(Status.COMPAT_SKIPPED, named=genes if peer.names_skipped else ())
        if not peer.by_strand:
            return Lookup(Status.SCORED, tuple(self._job(variant, gene, variant.pos) for gene in genes))
        jobs = []
        for strand in "+-":
            here = [gene for gene in genes if gene.strand == strand]
            jobs += [
                replace(self._job(variant, gene, variant.pos), before=tuple(here[:at])) for at, gene in enumerate(here)
            ]
        return Lookup(Status.SCORED, tuple(jobs))

    def _with_starts(self, job: Job) -> tuple[Job, ...]:
        """A job outside genes, and one for each gene whose transcription starts among its outputs."""
        if not self._spec.tss:
            return (job,)
        start, end = output_span(job.edits[0], self._spec)
        genes = self._overlapping(job.variant.contig, start, end)
        return (job, *(replace(job, gene=gene) for gene in genes if start <= gene.tss < end))

    def _overlapping(self, contig: str, start: int, end: int) -> tuple[Gene, ...]:
        return self._genes.overlapping(contig, start, end) if self._genes is not None else ()

    def _job(self, variant: Variant, gene: Gene | None, pos: int) -> Job:
        alt = variant.alt
        if gene is not None and self._spec.gene_masked and not self._spec.peer:
            alt = mask_alt(variant, gene)
        edit = Edit(variant.start, variant.end, alt)
        start, end = read_span(edit, self._spec)
        strand = gene.strand if gene is not None and self._spec.strand == "gene" else "+"
        return Job(variant, gene, strand, pos, start, end, (edit,))


def mask_alt(variant: Variant, gene: Gene) -> str:
    """ALT with N where it stands for REF bases outside the gene, as the reference window is masked there.

    Base i of ALT stands for base min(i, len(REF) - 1) of REF.
    """
    if gene.tx_start <= variant.start and variant.end <= gene.tx_end:
        return variant.alt
    last = len(variant.ref) - 1
    places = (variant.start + min(i, last) for i in range(len(variant.alt)))
    inside = (gene.tx_start <= place < gene.tx_end for place in places)
    return "".join(base if keep else "N" for base, keep in zip(variant.alt, inside, strict=True))


def read_stretch(jobs: Sequence[Job], genome: ReferenceGenome, spec: WindowSpec) -> Stretch:
    """One reading of the reference over jobs of the same contig and strand, and of the same bounds where they mask."""
    first = jobs[0]
    start, end = min(job.start for job in jobs), max(job.end for job in jobs)
    edits = tuple(edit for job in jobs for edit in job.edits)
    gene = first.gene
    if gene is None or not spec.gene_masked:
        sequence = genome.fetch(first.variant.contig, start, end)
    else:
        left, right = max(start, gene.tx_start), min(end, gene.tx_end)
        sequence = "N" * (left - start) + genome.fetch(first.variant.contig, left, right) + "N" * (end - right)
    return Stretch(first.variant.contig, start, end, first.strand, sequence, edits)

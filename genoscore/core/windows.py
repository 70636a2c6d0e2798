"""Windows: what a model reads around a variant, and where its outputs lie.

Coordinates are 0-based, half-open, on the contig's forward strand, unless a name says `pos` (VCF POS, 1-based).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from genoscore.core.edits import Edit, on_haplotype


@dataclass(frozen=True, slots=True)
class PeerRules:
    """What a peer tool does differently, for `--compat`.

    Attributes:
        max_ref: longest REF, bases.
        skips_mnvs: variants whose REF and ALT are both longer than one base are not scored, even if equally long; if
            False, only those of different lengths are not.
        names_skipped: the genes of variants skipped for that reason are still named.
        any_letter: alleles with letters other than A, C, G, T are scored.
        to_ref_end: the distance to the right is counted from REF's last base; if False, from its first.
        by_strand: genes on the forward strand come first, and a gene's mask is applied on top of those of the genes
            before it on the same strand.

    Gene lookup by POS alone, case-sensitive comparison of REF with the FASTA, no trimming, and silence where a window
    runs over the contig's end need no switch: all peers share them.
    """

    max_ref: int
    skips_mnvs: bool = True
    names_skipped: bool = True
    any_letter: bool = True
    to_ref_end: bool = False
    by_strand: bool = False


@dataclass(frozen=True, slots=True)
class GeneUse:
    """How genes determine a predictor's scores.

    Attributes:
        bound: a variant is scored once per overlapping gene, and not at all outside genes.
        masked: bases outside the gene are read as N.
        starts: for fixed-length windows, every gene whose transcription starts among the outputs is scored too.
    """

    bound: bool = False
    masked: bool = False
    starts: bool = False


@dataclass(frozen=True, slots=True)
class FixedWindow:
    """Windows of a network that reads one length only.

    Attributes:
        length: bases per window.
        centre: index, in the window, of the variant's anchor (and of the middle base, length // 2, of a shorter
            sequence without a variant); None: the window's own middle.
        anchor: which base of REF lies there: `start`, its first, or `middle`, its base len(REF) // 2.
        shifts: bases by which windows are shifted to the right; outputs are averaged over the shifts, bin by bin.
        grid: anchors are rounded down to multiples of the bin size, so that neighbouring variants share windows.
        slides: windows are moved off unknown bases (see `placements`).
    """

    length: int
    centre: int | None = None
    anchor: str = "start"
    shifts: tuple[int, ...] = (0,)
    grid: bool = False
    slides: bool = False

    @property
    def anchor_index(self) -> int:
        """Index of the anchor in the window."""
        return self.length // 2 if self.centre is None else self.centre


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSpec:
    """What a model reads around a variant.

    Attributes:
        context_length: bases consumed by the network, both flanks together: half of them on each side of the outputs.
        bin_size: bases per output bin.
        n_bins: output bins per reference window; `context_length + n_bins * bin_size` bases are read.
        strand: `gene` (the gene's own), `forward`, or `both` (the mean of the two).
        max_allele_length: longest REF or ALT that is scored, bases.
        genes: whether variants are scored in genes, and what these mask.
        fixed: for a network that reads one length only; None for one that reads any length above `context_length`.
        peer: the peer tool's rules under `--compat`, else None.
    """

    context_length: int
    n_bins: int
    bin_size: int = 1
    strand: str = "forward"
    max_allele_length: int = 2_000
    genes: GeneUse = GeneUse()
    fixed: FixedWindow | None = None
    peer: PeerRules | None = None

    @property
    def input_length(self) -> int | None:
        """Bases per window, if the length is fixed, else None."""
        return None if self.fixed is None else self.fixed.length

    @property
    def shifts(self) -> tuple[int, ...]:
        """Bases by which windows are shifted; (0,) for windows of variable length."""
        return (0,) if self.fixed is None else self.fixed.shifts

    @property
    def flank(self) -> int:
        """Bases of context on each side."""
        return self.context_length // 2

    @property
    def reach(self) -> int:
        """Bases of output on each side of the variant (SpliceAI's distance)."""
        return self.n_bins * self.bin_size // 2


@dataclass(frozen=True, slots=True)
class Stretch:
    """An interval of the reference, read once for several edits.

    Attributes:
        sequence: bases of [start, end), N outside the contig and, if the spec says so, outside the jobs' genes, which
            then have the same bounds.
        background: edits applied to the reference before it was read (phased neighbours), in reference coordinates;
            `start` and `end` are then coordinates on that haplotype (`core.edits`).
    """

    contig: str
    start: int
    end: int
    strand: str
    sequence: str
    background: tuple[Edit, ...] = ()

    def placed(self, edit: Edit) -> Edit:
        """An edit of the reference, in coordinates of this stretch."""
        return on_haplotype(edit, self.background)

    def cut(self, start: int, end: int) -> str:
        """Bases of [start, end), which must lie inside."""
        return self.sequence[start - self.start : end - self.start]

    def part(self, start: int, end: int) -> Stretch:
        """The stretch of [start, end), which must lie inside."""
        return replace(self, start=start, end=end, sequence=self.cut(start, end))


def right_of_start(edit: Edit, spec: WindowSpec) -> int:
    """Output bases of the reference window to the right of REF's first base."""
    return spec.reach + (edit.ref_length - 1 if spec.peer and spec.peer.to_ref_end else 0)


def ref_window(edit: Edit, spec: WindowSpec, shift: int = 0) -> tuple[int, int]:
    """The reference window of an edit.

    Of variable length: its outputs are the `2 * reach + 1` bases around REF's first one. Of fixed length: the anchor
    is at `fixed.anchor_index`, or, on a grid, less than a bin to the right of it.

    Args:
        shift: one of `spec.shifts`.
    """
    fixed = spec.fixed
    if fixed is None:
        return edit.start - spec.reach - spec.flank, edit.start + right_of_start(edit, spec) + 1 + spec.flank
    anchor = edit.start + (edit.ref_length // 2 if fixed.anchor == "middle" else 0)
    if fixed.grid:
        anchor -= anchor % spec.bin_size
    start = anchor - fixed.anchor_index + shift
    return start, start + fixed.length


def output_span(edit: Edit, spec: WindowSpec) -> tuple[int, int]:
    """The bases that the bins of a fixed-length reference window cover."""
    start = ref_window(edit, spec)[0] + spec.flank
    return start, start + spec.n_bins * spec.bin_size


def right_bases(edit: Edit, spec: WindowSpec) -> int:
    """Output bases to the right of REF, within the search distance."""
    return max(0, right_of_start(edit, spec) + 1 - edit.ref_length)


def own_bins(edit: Edit, spec: WindowSpec) -> tuple[int, int]:
    """Output bins of an edit's reference window and of its alternate window."""
    if spec.fixed is not None:
        return spec.n_bins, spec.n_bins
    return spec.reach + right_of_start(edit, spec) + 1, spec.reach + len(edit.alt) + right_bases(edit, spec)


def alt_flanks(edit: Edit, spec: WindowSpec, shift: int) -> tuple[int, int]:
    """Where the alternate window begins left of REF and ends right of it.

    A fixed-length window keeps its length: the right flank is adjusted. If the anchor is the middle, both flanks are,
    as in Selene: half of an insertion's length is dropped on the left, and half of a deletion's is added there.
    """
    if spec.fixed is None:
        return edit.start - spec.reach - spec.flank, edit.end + right_bases(edit, spec) + spec.flank
    start, _ = ref_window(edit, spec, shift)
    if spec.fixed.anchor == "middle":
        r, a = edit.shape
        start += (a - r) // 2 if a > r else a // 2 - r // 2
    return start, edit.end + spec.fixed.length - (edit.start - start) - len(edit.alt)


def alt_sequence(stretch: Stretch, edit: Edit, spec: WindowSpec, shift: int = 0) -> str:
    """The alternate window; of variable length, it has `reach + len(ALT) + right_bases` outputs and their flanks."""
    start, end = alt_flanks(edit, spec, shift)
    return stretch.cut(start, edit.start) + edit.alt + stretch.cut(edit.end, end)


def placements(stretch: Stretch, edit: Edit, spec: WindowSpec) -> list[tuple[int, int]]:
    """Where both windows of an edit begin, per shift: on the reference, and on the sequence with ALT.

    If the spec says so, a window that would hold unknown bases (N, beyond a contig's end) is moved, no further than
    necessary, into the known bases around the edit; if these are shorter than a window, so that it holds all of them.
    Placements that become equal count once.
    """
    starts = [(ref_window(edit, spec, shift)[0], alt_flanks(edit, spec, shift)[0]) for shift in spec.shifts]
    if spec.fixed is None or not spec.fixed.slides:
        return starts
    first, last = _known_around(stretch, edit)
    moved = len(edit.alt) - edit.ref_length
    length = spec.fixed.length
    slid = ((_into(ref, length, first, last), _into(alt, length, first, last + moved)) for ref, alt in starts)
    return list(dict.fromkeys(slid))


def placed_windows(stretch: Stretch, edit: Edit, spec: WindowSpec) -> list[tuple[str, str]]:
    """Reference and alternate window of an edit, per shift."""
    if spec.fixed is None or not spec.fixed.slides:
        return [
            (stretch.cut(*ref_window(edit, spec, shift)), alt_sequence(stretch, edit, spec, shift))
            for shift in spec.shifts
        ]
    length, moved = spec.fixed.length, len(edit.alt) - edit.ref_length
    return [
        (
            stretch.cut(ref, ref + length),
            stretch.cut(alt, edit.start) + edit.alt + stretch.cut(edit.end, alt + length - moved),
        )
        for ref, alt in placements(stretch, edit, spec)
    ]


def _known_around(stretch: Stretch, edit: Edit) -> tuple[int, int]:
    """The uninterrupted A, C, G and T around an edit, as far as the stretch reaches."""
    first, last = edit.start, edit.end
    while first > stretch.start and stretch.sequence[first - 1 - stretch.start] in "ACGT":
        first -= 1
    while last < stretch.end and stretch.sequence[last - stretch.start] in "ACGT":
        last += 1
    return first, last


def _into(start: int, length: int, first: int, last: int) -> int:
    """The nearest start of a window inside [first, last), or around it if that is shorter.

    >>> _into(5, 10, 8, 40), _into(35, 10, 8, 40), _into(0, 10, 3, 7), _into(5, 10, 3, 7)
    (8, 30, 0, 3)
    """
    least, most = sorted((first, last - length))
    return min(max(start, least), most)


def read_span(edit: Edit, spec: WindowSpec) -> tuple[int, int]:
    """The interval of reference that all windows of an edit need."""
    if spec.fixed is not None and spec.fixed.slides:  # wherever a window is moved, it holds the edit
        reach = spec.fixed.length + abs(len(edit.alt) - edit.ref_length)
        return edit.start - reach, edit.end + reach
    spans = [span for shift in spec.shifts for span in (ref_window(edit, spec, shift), alt_flanks(edit, spec, shift))]
    return min(start for start, _ in spans), max(end for _, end in spans)

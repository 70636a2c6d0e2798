"""What a splicing score would count as in the ACMG/AMP framework: a reference, never a classification.

The default thresholds are those of the ClinGen SVI Splicing Subgroup (Walker et al., AJHG 2023,
doi:10.1016/j.ajhg.2023.06.002) for SpliceAI. They do not apply where a variant touches the first or last two bases of
an intron: there the question is PVS1, whose answer depends on the event, its frame and its stop codon.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from genoscore.core.variants import Variant
from genoscore.inputs.evidence_table import AGAINST, FOR, EvidenceTable, read_evidence
from genoscore.inputs.gene import Gene

NEITHER, PVS1_CONTEXT, UNKNOWN = "none", "PVS1_context", "."
CANONICAL = 2  # bases at either end of an intron
CLINGEN = EvidenceTable(
    "ClinGen SVI Splicing Subgroup, Walker et al. 2023, doi:10.1016/j.ajhg.2023.06.002", {FOR: 0.2}, {AGAINST: 0.1}
)
BUILT_IN: Mapping[str, EvidenceTable] = {"spliceai": CLINGEN}


@dataclass(frozen=True, slots=True)
class EvidenceRules:
    """The rules of one predictor.

    >>> rules = EvidenceRules.for_predictor("spliceai", None)
    >>> gene = Gene("G", "", "1", "+", 10, 90, (10, 50), (20, 90))
    >>> rules.word(0.2, Variant("1", 20, "A", "G"), gene), rules.word(0.9, Variant("1", 21, "G", "A"), gene)
    ('PP3', 'PVS1_context')
    """

    table: EvidenceTable

    @classmethod
    def for_predictor(cls, name: str, file: Path | None) -> EvidenceRules | None:
        """The rules of a predictor: those of the file, if it has any for it, else the built-in ones.

        Args:
            file: of `--evidence`; None without it.

        Returns:
            None if there are no thresholds for the predictor: it then has no `GS_<P>_EVIDENCE`.

        Raises:
            ConfigError: the file cannot be used.
        """
        given = {} if file is None else read_evidence(file)
        table = given.get(name, BUILT_IN.get(name))
        return None if table is None else cls(table)

    @property
    def description(self) -> str:
        """For the header line: words, thresholds and source; no double quotes or backslashes."""
        table = self.table
        steps = [f"{word} from {number:g}" for word, number in table.at_least.items()]
        steps += [f"{word} up to {number:g}" for word, number in table.at_most.items()]
        settings = [f"-d {table.distance}"] if table.distance is not None else []
        settings += [f"-m {table.mask}"] if table.mask is not None else []
        of = f" of scores made with {' '.join(settings)}" if settings else ""
        source = table.source.replace("\\", "/").replace('"', "'")
        unseen = f", and {NEITHER} instead of {AGAINST} where BEYOND names a site" if table.at_most else ""
        return (
            f"What the printed score would count as under ACMG/AMP, as a reference and not a classification: "
            f"{', '.join(steps) or 'no score reaches a level'}, else {NEITHER}{unseen}; {PVS1_CONTEXT} where the "
            f"variant touches the first or last {CANONICAL} bases of an intron of the transcript{of}. Source: {source}"
        )

    def word(
        self, magnitude: float, variant: Variant, gene: Gene | None, slide: int = 0, *, is_beyond: bool = False
    ) -> str:
        """`PP3`, `BP4`, one of these with a strength, `none` or `PVS1_context`; '.' if that is not known.

        Args:
            magnitude: of the largest score, as printed (`GS_<P>_ABS`), so that filters on scores agree; NaN without
                a score.
            variant: left-aligned, as jobs have it; trimmed here.
            gene: the transcript; None without one.
            slide: see `touches_canonical`.
            is_beyond: whether a site changes farther away than the score looks: then it does not speak against an
                effect, however low it is.
        """
        if gene is None or math.isnan(magnitude):
            return UNKNOWN
        if touches_canonical(variant, gene, slide):
            return PVS1_CONTEXT
        reached = [word for word, least in self.table.at_least.items() if magnitude >= least]
        reached += [word for word, most in self.table.at_most.items() if magnitude <= most and not is_beyond]
        return reached[-1] if reached else NEITHER


def touches_canonical(variant: Variant, gene: Gene, slide: int = 0) -> bool:
    """Whether a variant changes, removes or separates the first or last two bases of an intron.

    An insertion does if it lies between the two; at the edge of an exon both stay as they are.

    Args:
        variant: an insertion or deletion is left-aligned.
        slide: bases by which an insertion or deletion may be moved to the right without changing the outcome (see
            `slide_of`). Like HGVS, this takes the place that is last in the transcript's direction.
    """
    start, ref, alt = _core(variant)
    if gene.strand == "+" and not (ref and alt):
        start += slide
    return any(_touches(start, ref, alt, first) for first in _dinucleotides(gene))


def slide_of(variant: Variant, fetch: Callable[[int, int], str]) -> int:
    """Bases by which an insertion or deletion may be moved to the right; 0 for a substitution.

    Args:
        fetch: upper-case reference bases of [start, end), 0-based, on the variant's contig; N beyond its end.
    """
    start, ref, alt = _core(variant)
    if bool(ref) == bool(alt):
        return 0
    unit, moved, at = ref or alt, 0, start + len(ref)
    while (base := fetch(at, at + 1)) and base == unit[moved % len(unit)] and base != "N":
        moved, at = moved + 1, at + 1
    return moved


def _core(variant: Variant) -> tuple[int, str, str]:
    """0-based start and alleles without any base that they share at either end; one of them may be empty."""
    trimmed = variant.trimmed()
    ref, alt, start = trimmed.ref, trimmed.alt, trimmed.start
    if ref[:1] == alt[:1]:
        return start + 1, ref[1:], alt[1:]
    if ref[-1:] == alt[-1:]:
        return start, ref[:-1], alt[:-1]
    return start, ref, alt


def _dinucleotides(gene: Gene) -> Iterator[int]:
    """0-based first base of the first and the last two bases of every intron, in genomic order."""
    for end, start in zip(gene.exon_ends[:-1], gene.exon_starts[1:], strict=True):
        if start - end >= CANONICAL:
            yield end
            yield start - CANONICAL


def _touches(start: int, ref: str, alt: str, first: int) -> bool:
    """Whether REF at `start` replaced by ALT touches the dinucleotide that begins at `first`."""
    last = first + CANONICAL
    if not ref:
        return bool(alt) and first < start < last
    if len(ref) == len(alt):
        changed = (start + at for at, (old, new) in enumerate(zip(ref, alt, strict=True)) if old != new)
        return any(first <= place < last for place in changed)
    return start < last and first < start + len(ref)

"""A gene of five exons, a variant and splice sites in both alleles, given on the forward strand and read on either."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from genoscore.consequences import transcript_effect
from genoscore.consequences.consequence import Consequence, Product
from genoscore.consequences.evidence import slide_of
from genoscore.consequences.sites import FoundSites, Spot
from genoscore.consequences.splicing_paths import USUAL, Rules
from genoscore.consequences.transcript import TranscriptModel
from genoscore.consequences.transcript_effect import Placed, consequence_of
from genoscore.core.edits import Edit
from genoscore.core.variants import Variant, left_aligned
from genoscore.inputs.gene import Gene
from tests.consequences.hgvs_reader import opposite

EXONS = ((100, 200), (500, 600), (900, 1050), (1400, 1480), (1900, 2100))
SIZE = 2_500
GENOME = "".join(random.Random(3).choices("ACGT", k=SIZE))
A1, D1, A2, D2, A3, D3, A4, D4, A5 = None, 199, 500, 599, 900, 1049, 1400, 1479, 1900
Intervals = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Scene:
    """What a network sees.

    Attributes:
        edit: REF [start, end) replaced by ALT, written in any way.
        ref, alt: probabilities that are not as usual, by kind and base, `("donor", 599)`; for ALT, by its own bases.
        exons: of the gene.
        usual: the probability of annotated sites.
        genome: the contig.
        searched: whether sites were looked for; not where nothing changes.
    """

    edit: tuple[int, int, str] = (300, 301, "N")
    ref: Mapping[tuple[str, int], float] = field(default_factory=dict)
    alt: Mapping[tuple[str, int], float] = field(default_factory=dict)
    exons: Intervals = EXONS
    usual: float = 0.95
    genome: str = GENOME
    strand: str = "+"
    searched: bool = True

    @property
    def haplotype(self) -> str:
        start, end, alt = self.edit
        return self.genome[:start] + alt + self.genome[end:]

    def of_ref(self) -> dict[tuple[str, int], float]:
        forward = self.strand == "+"
        begins, ends = ("acceptor", "donor") if forward else ("donor", "acceptor")
        found = {(begins, start): self.usual for start, _ in self.exons[1:]}
        return found | {(ends, end - 1): self.usual for _, end in self.exons[:-1]} | dict(self.ref)

    def of_alt(self) -> dict[tuple[str, int], float]:
        """REF's sites where ALT has them, and what is said of ALT."""
        start, end, alt = self.edit
        moved = len(alt) - (end - start)
        kept = {(kind, base if base < start else base + moved): p for (kind, base), p in self.of_ref().items()
                if base < start or base >= end or (end - start == len(alt))}  # fmt: skip
        return kept | dict(self.alt)

    def mirrored(self) -> Scene:
        """The same on the other strand."""
        size, other = len(self.genome), len(self.haplotype)
        start, end, alt = self.edit
        return replace(
            self,
            edit=(size - end, size - start, opposite(alt)),
            ref={(kind, size - 1 - base): p for (kind, base), p in self.ref.items()},
            alt={(kind, other - 1 - base): p for (kind, base), p in self.alt.items()},
            exons=tuple((size - end, size - start) for start, end in self.exons[::-1]),
            genome=opposite(self.genome),
            strand="-" if self.strand == "+" else "+",
        )


@dataclass(frozen=True)
class Seen:
    """What is said, with the exons that were handed on."""

    told: Consequence
    exons: list[Intervals]


def see(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, rules: Rules = USUAL, single: bool = False, distance: int = 50
) -> Seen:
    """Ask for the consequence; `single`: of a network that does not tell acceptors from donors."""
    genome, handed = scene.genome, []

    def fetch(start: int, end: int) -> str:
        return "".join(genome[at] if 0 <= at < len(genome) else "N" for at in range(start, end))

    def product(model: TranscriptModel, edit: Edit, exons: Intervals) -> Product:
        handed.append(tuple(exons))
        return Product(hgvs_r="r.(?)")

    monkeypatch.setattr(transcript_effect, "product_of", product)
    start, end, alt = scene.edit
    pos, ref = start, genome[start:end]
    if not ref or not alt:
        pos, ref, alt = start - 1, genome[start - 1] + ref, genome[start - 1] + alt
    variant = left_aligned(Variant("c", pos + 1, ref, alt).trimmed(), fetch)
    starts, ends = zip(*scene.exons, strict=True)
    gene = Gene("G", "", "c", scene.strand, starts[0], max(ends), starts, ends)
    edit = Edit(variant.start, variant.end, variant.alt)
    placed = Placed(edit, slide_of(variant, fetch), pos + 1, distance)
    sides = (_spots(side, single) for side in (scene.of_ref(), scene.of_alt()))
    found = FoundSites(0, len(genome), *sides) if scene.searched else FoundSites(edit.start, edit.start)
    told = consequence_of(TranscriptModel(gene, fetch, False), placed, found, rules)
    return Seen(told, handed)


def _spots(side: Mapping[tuple[str, int], float], single: bool) -> tuple[Spot, ...]:
    places = sorted({place for _, place in side})
    both = {place: (side.get(("acceptor", place), 0.0), side.get(("donor", place), 0.0)) for place in places}
    return tuple((place, (max(p),) if single else p) for place, p in both.items())

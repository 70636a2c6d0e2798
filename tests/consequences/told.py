"""Consequences made by hand, results that hold them, and rules of evidence, for tests of what the outputs say."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from genoscore.consequences.consequence import Aberration, Consequence, Event, Frame, Product, SiteChange
from genoscore.core.config import RunConfig
from genoscore.core.variants import Status, Variant
from genoscore.engine.results import AltResult, GeneScores, RecordResult
from genoscore.inputs.gene import Gene
from genoscore.inputs.vcf import Record
from genoscore.outputs.consequence_fields import Evidence
from genoscore.scores.base import Scorer
from genoscore.scores.splicing import SplicingScorer
from genoscore.scores.tissue_splicing import TissueSplicingScorer
from tests.small import GENES
from tests.toy import TISSUE_TOY, TOY

GENE = Gene("ONE", "G1", "1", "+", 100, 500, (100, 200, 400), (150, 260, 500), "NM_1.2")
OTHER = Gene("TWO", "G2", "1", "-", 100, 500, (100, 400), (150, 500), "NM_2.1")

SKIP = Aberration(
    Event.EXON_SKIPPING, "2", 201, 260, -60, 0.874,
    Product(Frame.IN_FRAME, None, False, "r.(68_127del)", "p.(Asp23_Leu42del)"),
)  # fmt: skip
SHIFT = Aberration(
    Event.DONOR_SHIFT, "2", 261, 264, 4, 0.1251,
    Product(Frame.FRAMESHIFT, 31, True, "r.[127_128ins127+1_127+4;140a>g]", "p.(Ser43fs*7)"),
)  # fmt: skip
LOST = SiteChange("donor", 100 - 700, 0, -812, 0.9, 0.5493, True)
GAINED = SiteChange("acceptor", 900, 0, 640, 0.0, 0.2051, False)
TWICE = Consequence(SKIP, SHIFT, (LOST, GAINED), (LOST, GAINED))
UNCHANGED = Consequence(Aberration(Event.NONE, product=Product(reason="no_cds")))
UNSOLVED = Consequence(Aberration(Event.UNRESOLVED, probability=0.0, reason="no_pair"), None, (), (GAINED,))


@dataclass(frozen=True)
class Rules:
    """Rules that need nothing but the score, and remember what they were asked."""

    asked: list[tuple[float, Variant, str]]
    description: str = 'By the "panel" \\ 2026'

    beyond: list[bool] = field(default_factory=list)

    def word(self, magnitude: float, variant: Variant, gene: Gene, *, is_beyond: bool) -> str:
        """See Evidence."""
        self.asked.append((magnitude, variant, gene.symbol))
        self.beyond.append(is_beyond)
        return "PP3" if magnitude >= 0.2 else "BP4" if magnitude <= 0.1 else "none"


def scorers() -> dict[str, Scorer]:
    """Those of the toy predictors."""
    config = RunConfig("-", Path("-"), predictor=("toy", "tissue_toy"))
    return {
        "toy": SplicingScorer(TOY.spec(config), "none"),
        "tissue_toy": TissueSplicingScorer(TISSUE_TOY.spec(config), "none"),
    }


def values(scorer: Scorer, largest: float) -> tuple[float, ...]:
    """One number per field of a scorer, of which the first is the largest."""
    return (largest, *(0.0 for _ in scorer.fields[1:]))


def result(
    of_alts: Sequence[Sequence[tuple[Gene, float, Consequence | None]]], ref: str = "A", pos: int = 150
) -> RecordResult:
    """A record with an ALT for each list of (gene, largest score, consequence), the same from both predictors."""
    alts = tuple("CGT"[: len(of_alts)])
    record = Record(0, ["1", str(pos), ".", ref, ",".join(alts), ".", ".", "AC=1"], pos, alts)
    found: dict[str, tuple[AltResult, ...]] = {}
    for name, scorer in scorers().items():
        found[name] = tuple(
            AltResult(
                Status.SCORED if genes else Status.NO_GENE,
                tuple(GeneScores(gene, values(scorer, most), consequence=told) for gene, most, told in genes),
            )
            for genes in of_alts
        )
    return RecordResult(record, found)


def all_wanted(rules: Evidence | None = None) -> Mapping[str, Evidence | None]:
    """For both predictors; rules for the first only."""
    return {"toy": rules, "tissue_toy": None}


def random_consequence(rng: random.Random) -> Consequence | None:
    """Any, also one that no engine would make."""
    texts = ("", "r.(=)", "p.(Ser23fs)", "r.[1_2del;5,6]", "a=b%3B", "p.?")

    def event() -> Aberration:
        product = Product(
            rng.choice([None, *Frame]), rng.choice([None, 1, 4_000]), rng.choice([None, True, False]),
            rng.choice(texts), rng.choice(texts), rng.choice(["", "no_cds"]),
        )  # fmt: skip
        return Aberration(
            rng.choice([*Event]), rng.choice(["", "7", "7-8", "intron 12"]), rng.choice([None, 3_000_000_000]),
            rng.choice([None, 12]), rng.choice([None, -60, 0]), rng.choice([None, 0.0, 0.004, 1.0]), product,
        )  # fmt: skip

    sites = [SiteChange(rng.choice(["acceptor", "donor"]), 5, 0, rng.randint(-9, 9), rng.random(), rng.random(), True)
             for _ in range(rng.randint(0, 3))]  # fmt: skip
    if rng.random() < 0.1:
        return None
    return Consequence(event(), event() if rng.random() < 0.5 else None, tuple(sites), tuple(sites))


def gtf_of_small(folder: Path) -> Path:
    """The genes of the small genome as a GTF, each with one transcript."""
    path = folder / "small.gtf"
    lines = []
    for name, contig, strand, _, _, starts, ends in GENES:
        for start, end in zip(starts, ends, strict=True):
            ids = f'gene_id "G_{name}"; gene_name "{name}"; transcript_id "T_{name}";'
            lines.append(f"{contig}\tx\texon\t{start + 1}\t{end}\t.\t{strand}\t.\t{ids}\n")
    path.write_text("".join(lines))
    return path


def tell(patch: pytest.MonkeyPatch, consequence_of: Callable[[Record, Gene], Consequence | None]) -> None:
    """Give every scored gene of a run the consequence that a function returns, whatever the engine says."""
    from genoscore.engine import run
    from genoscore.scoring.effects import Effects

    compute = run.compute_chunk

    def told(*arguments: Any, **options: Any) -> tuple[list[RecordResult], Any]:
        results, rows = compute(*arguments, **options)
        return [_told(one, consequence_of) for one in results], rows

    patch.setattr(run, "compute_chunk", told)
    patch.setattr(Effects, "of", lambda _, result: result)


def _told(found: RecordResult, consequence_of: Callable[[Record, Gene], Consequence | None]) -> RecordResult:
    def of_gene(scores: GeneScores) -> GeneScores:
        told = consequence_of(found.record, scores.gene) if scores.gene else None
        return replace(scores, searched=None, consequence=told)

    alts = {
        name: tuple(replace(alt, genes=tuple(map(of_gene, alt.genes))) for alt in of_alts)
        for name, of_alts in found.alts.items()
    }
    return RecordResult(found.record, alts)

"""In-silico saturation mutagenesis: every substitution in a window, scored as `score` would score it in a VCF."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genoscore.core.encode import BASES
from genoscore.core.errors import ConfigError
from genoscore.engine.assembly import Assembly
from genoscore.engine.results import AltResult, GeneScores
from genoscore.engine.run import compute_chunk, plan_chunk
from genoscore.inputs.gene import Gene
from genoscore.inputs.vcf import Record
from genoscore.outputs.best import best_of_gene
from genoscore.planning.chunks import make_chunks
from genoscore.scores.base import Scorer


@dataclass(frozen=True, slots=True)
class Shown:
    """The score that is shown for one substitution and gene.

    Attributes:
        value: unrounded. track: '' for a predictor without tracks.
    """

    field: str
    value: float
    track: str = ""


@dataclass(frozen=True, slots=True)
class Substitution:
    """One row of the table: an ALT in one gene (or none), or an ALT without a score."""

    pos: int
    ref: str
    alt: str
    result: AltResult
    gene: Gene | None
    shown: Shown | None


@dataclass(frozen=True, slots=True)
class Mutagenesis:
    """Every substitution of the bases from `start` on, 0-based."""

    contig: str
    start: int
    bases: str
    rows: list[Substitution]

    @property
    def genes(self) -> list[Gene | None]:
        """The genes with scores, in the order of the annotation."""
        return list(dict.fromkeys(row.gene for row in self.rows if row.shown is not None))

    def table(self, gene: Gene | None) -> NDArray[np.float64]:
        """Scores (4, L) for A, C, G, T; NaN for the reference base, and where there is no score."""
        scores = np.full((4, len(self.bases)), np.nan)
        for row in self.rows:
            if row.shown is not None and row.gene == gene:
                scores[BASES.index(row.alt), row.pos - 1 - self.start] = row.shown.value
        return scores


def check_shown(show: str | None, scorer: Scorer) -> None:
    """Raise ConfigError if the predictor has no score with that ID."""
    known = [field.id for field in scorer.fields]
    if show is not None and show not in known:
        raise ConfigError(f"--show {show!r}: there is no such score", "give one of " + ", ".join(known))


def shown_of(scores: GeneScores, scorer: Scorer, show: str | None) -> Shown | None:
    """The chosen score, or the one that `GS_<PREDICTOR>_MAX` would be taken from; None if there is none.

    For a predictor with tracks, the score of the track in which its magnitude is largest.
    """
    if show is None:
        best = best_of_gene(scores, scorer)
        return Shown(best.field, best.value, best.track) if best else None
    at = [field.id for field in scorer.fields].index(show)
    if scores.table is None:
        value = float("nan") if scores.values is None else scores.values[at]
        return Shown(show, value) if np.isfinite(value) else None
    column = scores.table[:, at]
    if np.isnan(column).all():
        return None
    row = int(np.nanargmax(np.abs(column)))
    return Shown(show, float(column[row]), scorer.tracks[row])


def mutate(
    contig: str, start: int, end: int, assembly: Assembly, show: str | None, computed: Callable[[float], None]
) -> Mutagenesis:
    """Score every substitution of [start, end), cut at the contig's ends, through the engine.

    Args:
        computed: called with the number of further variant x gene pairs that are done.
    """
    start, end = max(start, 0), min(end, assembly.genome.lengths[contig])
    bases = assembly.genome.fetch(contig, start, end)
    rows: list[Substitution] = []
    for chunk in make_chunks(_records(contig, start, bases), assembly.predictor.spec.limits.max_records):
        results, _ = compute_chunk(plan_chunk(chunk, [assembly]), [assembly], computed)
        for result in results:
            for alt, alt_result in zip(result.record.alts, result.alts[assembly.name], strict=True):
                place = result.record.pos, result.record.ref, alt, alt_result
                rows += [
                    Substitution(*place, scores.gene, shown_of(scores, assembly.scorer, show))
                    for scores in alt_result.genes
                ]
                if not alt_result.genes:
                    rows.append(Substitution(*place, None, None))
    return Mutagenesis(contig, start, bases, rows)


def _records(contig: str, start: int, bases: str) -> Iterator[Record]:
    for index, base in enumerate(bases):
        alts = tuple(alt for alt in BASES if alt != base)
        pos = start + index + 1
        yield Record(index, [contig, str(pos), ".", base, ",".join(alts), ".", ".", "."], pos, alts)


def importance(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """(L,): the mean magnitude of the scores of a base's substitutions; 0 if none is scored."""
    known = np.isfinite(table)
    total = np.where(known, np.abs(table), 0.0).sum(axis=0)
    return np.asarray(total / np.maximum(known.sum(axis=0), 1))

"""A variant's scores on its page, as `score` prints them."""

from __future__ import annotations

from collections.abc import Sequence

from genoscore.engine.results import AltResult, GeneScores
from genoscore.inputs.vcf import Record
from genoscore.outputs.best import best_of_alt, best_of_gene
from genoscore.scores.base import Scorer, shown

MOST_ROWS = 12  # for a predictor with tracks


def facts_of(record: Record, alt_index: int, result: AltResult) -> dict[str, str]:
    """What identifies the variant."""
    genes = [scores.gene for scores in result.genes if scores.gene is not None]
    named = dict.fromkeys(f"{gene.symbol} {gene.transcript_id}".strip() + f" ({gene.strand})" for gene in genes)
    return {
        "Contig": record.contig,
        "Position": str(record.pos),
        "REF": record.ref,
        "ALT": record.alts[alt_index],
        "ID": "" if record.columns[2] == "." else record.columns[2],
        "Genes": ", ".join(named),
    }


def score_rows(result: AltResult, scorer: Scorer) -> tuple[list[Sequence[str]], str]:
    """Header and rows, one per gene (and track, those of largest magnitude), and a note on what is left out."""
    rows: list[tuple[float, tuple[str, ...]]] = []
    for scores in result.genes:
        if scores.table is None:
            rows.append((0, _row(scores, scorer, "")))
            continue
        for track, values in zip(scorer.tracks, scores.table.tolist(), strict=True):
            track_scores = GeneScores(scores.gene, tuple(values))
            best = best_of_gene(track_scores, scorer, track)
            rows.append((-abs(float(best.printed)) if best else 0, _row(track_scores, scorer, track)))
    if not rows:
        return [], ""
    kept = sorted(rows, key=lambda pair: pair[0])[: MOST_ROWS if scorer.tracks else None]
    header = ("Gene", *((scorer.track_key.capitalize(),) if scorer.tracks else ()), "MAX", "Band")
    left = len(rows) - len(kept)
    note = f"The {len(kept)} rows of largest magnitude; genoscore score also writes the other {left:,}." if left else ""
    return [(*header, *(field.id for field in scorer.fields)), *(row for _, row in kept)], note


def _row(scores: GeneScores, scorer: Scorer, track: str) -> tuple[str, ...]:
    best = best_of_gene(scores, scorer, track)
    values = zip(scorer.fields, shown(scorer.fields, scores.values), strict=True) if scores.values else ()
    return (
        scores.gene.symbol if scores.gene else "",
        *((track,) if scorer.tracks else ()),
        *((best.printed, best.band) if best else (".", "")),
        *(field.text(value) for field, value in values),
    )


def summary_of(result: AltResult, scorer: Scorer) -> tuple[str, str, str]:
    """Gene or track, score and band for the index."""
    best = best_of_alt(result, scorer) if result.status.has_scores else None
    return (f"{best.symbol} {best.track}".strip(), best.printed, best.band) if best else ("", "", "")

"""Variants in any order through the engine, and their results in the order of the variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from genoscore.engine.pipeline import Ahead, spread
from genoscore.engine.results import RecordResult
from genoscore.inputs.record_source import GivenVariant, MemoryRecords
from genoscore.interactive.given import NotAVariant
from genoscore.planning.chunks import make_chunks
from genoscore.scoring.assembling import Assembled
from genoscore.scoring.effects import Effects
from genoscore.scoring.opening import OpenRun
from genoscore.scoring.streaming import computers, plan_chunks
from genoscore.scoring.tallying import Tally


def results_of(
    variants: Sequence[GivenVariant | NotAVariant],
    run: OpenRun,
    assembled: Assembled,
    effects: Effects,
    most: int,
    tally: Tally,
) -> list[RecordResult | None]:
    """The result of each variant, a record with one ALT; None for what is not a variant.

    Args:
        most: largest number of records computed together.
    """
    results: list[RecordResult | None] = [None] * len(variants)
    scorable = {row: variant for row, variant in enumerate(variants) if isinstance(variant, GivenVariant)}
    order = _order(scorable)
    chunks = make_chunks(MemoryRecords([scorable[row] for row in order]), most)
    run = replace(run, first=next(chunks, None), rest=chunks)
    rows = iter(order)
    with Ahead(plan_chunks(run, assembled, None, tally)) as ahead:
        for computed in spread(ahead, computers(assembled, tally)):
            for result in computed.results:
                results[next(rows)] = effects.of(result)
    return results


def _order(variants: Mapping[int, GivenVariant]) -> list[int]:
    """Row indices sorted by contig and position, so that neighbours share the reference sequence that is read."""
    contigs = {name: rank for rank, name in enumerate(dict.fromkeys(variant.contig for variant in variants.values()))}
    return sorted(variants, key=lambda row: (contigs[variants[row].contig], variants[row].pos))

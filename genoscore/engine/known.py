"""Scores that were computed before and are reused: per ALT, for all of its genes or none."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from genoscore.core.variants import trim_alleles
from genoscore.inputs.declared import other_symbols
from genoscore.inputs.precomputed import FIELDS, Alleles, Values
from genoscore.inputs.vcf import Record
from genoscore.planning.jobs import Lookup

_JUDGED = 200  # number of ALTs found in the files after which their gene names are checked


class KnownScores(Protocol):
    """A source of known scores."""

    @property
    def name(self) -> str:
        """Its name in messages."""
        ...

    @property
    def unreadable(self) -> int:
        """Number of entries that could not be read."""
        ...

    def find(self, wanted: Collection[Alleles]) -> Mapping[Alleles, Mapping[str, Collection[Values]]]:
        """ALT -> symbol -> values in the order of FIELDS, DP_* from the requested POS; unknown ALTs are left out."""
        ...


@dataclass(frozen=True, slots=True)
class _Query:
    """One ALT: its jobs, the record's POS, and its alleles as scored, and also as written if they differ by padding."""

    lookup: Lookup
    pos: int
    forms: tuple[Alleles, ...]


def take_known(
    records: Sequence[Record],
    lookups: Sequence[Sequence[Lookup]],
    known: KnownScores | None,
    width: int,
    tally: Counter[str],
) -> dict[int, tuple[float, ...]]:
    """Job number -> scores, for the jobs of every ALT with known scores for all genes.

    Args:
        width: numbers per row; those that no file contains are NaN.
        tally: counts pairs `taken`, and of the ALTs to score those `lacking`, under `other_symbols` or `ambiguous`.

    Raises:
        InputError: more than half of the first ALTs found in the files have other gene names there; or a file is
            damaged.
    """
    if known is None:
        return {}
    pairs = zip(records, lookups, strict=True)
    queries = [_query(record, lookup) for record, alts in pairs for lookup in alts if lookup.jobs]
    entries = known.find({form for query in queries for form in query.forms})
    taken: dict[int, tuple[float, ...]] = {}
    for query in queries:
        matches = [(form.pos - query.pos, entries[form]) for form in query.forms if entries.get(form)]
        answers = [_rows(query.lookup, by_symbol, shift, width) for shift, by_symbol in matches]
        rows = next((answer for answer in answers if not isinstance(answer, str)), None)
        if rows is None:
            tally[next(map(str, answers), "lacking")] += 1
        else:
            taken.update(zip((job.number for job in query.lookup.jobs), rows, strict=True))
            tally["taken"] += len(rows)
        if matches:
            tally["held"] += 1
            if tally["held"] == _JUDGED and 2 * tally["other_symbols"] > _JUDGED:
                raise other_symbols(known.name, tally["other_symbols"], _JUDGED)
    return taken


def known_counts(tally: Mapping[str, int], known: KnownScores) -> dict[str, int]:
    """Counts of what happened to the variants of a run, for its summary."""
    counts = {key: tally.get(key, 0) for key in ("taken", "lacking", "other_symbols", "ambiguous")}
    return counts | {"unreadable": known.unreadable}


def _query(record: Record, lookup: Lookup) -> _Query:
    variant = lookup.jobs[0].variant
    own = Alleles(variant.contig, record.pos, record.ref.upper(), record.alts[variant.alt_index].upper())
    scored = Alleles(variant.contig, variant.pos, variant.ref, variant.alt)
    ref, alt, skipped = trim_alleles(own.ref, own.alt)
    is_padded = own != scored and (own.pos + skipped, ref, alt) == (scored.pos, scored.ref, scored.alt)
    return _Query(lookup, record.pos, (own, scored) if is_padded else (scored,))


def _rows(
    lookup: Lookup, by_symbol: Mapping[str, Collection[Values]], shift: int, width: int
) -> list[tuple[float, ...]] | str:
    """A row per job, or the reason why not: every gene must have exactly one.

    Args:
        shift: from the record's POS to the POS that the file's DP_* are relative to.
    """
    symbols = [job.gene.symbol if job.gene else "" for job in lookup.jobs]
    if by_symbol.keys().isdisjoint(symbols):
        return "other_symbols"
    if len(set(symbols)) < len(symbols) or any(len(by_symbol.get(symbol, ())) > 1 for symbol in symbols):
        return "ambiguous"
    rows = [values for symbol in symbols for values in by_symbol.get(symbol, ()) if values is not None]
    if len(rows) < len(symbols):
        return "lacking"
    missing = (math.nan,) * (width - len(FIELDS))
    return [(*values[:4], *(place + shift for place in values[4:]), *missing) for values in rows]

"""Scores that need no computing, since they were computed before: taken per ALT, all of its genes or none."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from genoscore.inputs.declared import other_symbols
from genoscore.inputs.precomputed import FIELDS, Alleles, Values
from genoscore.inputs.vcf import Record
from genoscore.planning.jobs import Lookup

_JUDGED = 200  # ALTs that the files hold, after which their gene names are judged


class KnownScores(Protocol):
    """Where scores may be known from."""

    @property
    def name(self) -> str:
        """How messages call it."""
        ...

    @property
    def unreadable(self) -> int:
        """What was met and could not be read."""
        ...

    def find(self, wanted: Collection[Alleles]) -> Mapping[Alleles, Mapping[str, Collection[Values]]]:
        """ALT -> symbol -> values in the order of FIELDS, DP_* from the POS asked for; what is not held is left out."""
        ...


@dataclass(frozen=True, slots=True)
class _Asked:
    """One ALT: its jobs, the record's POS, and the alleles as they stand and, where they differ, trimmed."""

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
    """Number of the job -> scores, for the jobs of every ALT of which all genes are known.

    Args:
        width: numbers of a row; those that no file holds are NaN.
        tally: counts pairs `taken`, and of ALTs to be scored those `lacking`, held under `other_symbols`, `ambiguous`.

    Raises:
        InputError: more than half of the first ALTs that the files hold are held under other genes' names; a file
            is damaged.
    """
    if known is None:
        return {}
    pairs = zip(records, lookups, strict=True)
    asked = [_ask(record, lookup) for record, alts in pairs for lookup in alts if lookup.jobs]
    found = known.find({form for one in asked for form in one.forms})
    taken: dict[int, tuple[float, ...]] = {}
    for one in asked:
        held = [(form.pos - one.pos, found[form]) for form in one.forms if found.get(form)]
        answers = [_rows(one.lookup, by_symbol, shift, width) for shift, by_symbol in held]
        rows = next((answer for answer in answers if not isinstance(answer, str)), None)
        if rows is None:
            tally[next(map(str, answers), "lacking")] += 1
        else:
            taken.update(zip((job.number for job in one.lookup.jobs), rows, strict=True))
            tally["taken"] += len(rows)
        if held:
            tally["held"] += 1
            if tally["held"] == _JUDGED and 2 * tally["other_symbols"] > _JUDGED:
                raise other_symbols(known.name, tally["other_symbols"], _JUDGED)
    return taken


def known_counts(tally: Mapping[str, int], known: KnownScores) -> dict[str, int]:
    """What became of the variants of a run, for its summary."""
    counts = {key: tally.get(key, 0) for key in ("taken", "lacking", "other_symbols", "ambiguous")}
    return counts | {"unreadable": known.unreadable}


def _ask(record: Record, lookup: Lookup) -> _Asked:
    variant = lookup.jobs[0].variant
    own = Alleles(variant.contig, record.pos, record.ref.upper(), record.alts[variant.alt_index].upper())
    trimmed = Alleles(variant.contig, variant.pos, variant.ref, variant.alt)
    return _Asked(lookup, record.pos, (own,) if own == trimmed else (own, trimmed))


def _rows(
    lookup: Lookup, held: Mapping[str, Collection[Values]], shift: int, width: int
) -> list[tuple[float, ...]] | str:
    """A row per job, or why there is none: every gene must have exactly one.

    Args:
        shift: from the record's POS to the one that the file's DP_* count from.
    """
    symbols = [job.gene.symbol if job.gene else "" for job in lookup.jobs]
    if held.keys().isdisjoint(symbols):
        return "other_symbols"
    if len(set(symbols)) < len(symbols) or any(len(held.get(symbol, ())) > 1 for symbol in symbols):
        return "ambiguous"
    found = [values for symbol in symbols for values in held.get(symbol, ()) if values is not None]
    if len(found) < len(symbols):
        return "lacking"
    missing = (math.nan,) * (width - len(FIELDS))
    return [(*values[:4], *(place + shift for place in values[4:]), *missing) for values in found]

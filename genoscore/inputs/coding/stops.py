"""Stop codons with rows of their own: GENCODE, Ensembl and RefSeq end the CDS of a GTF before them, others do not."""

from __future__ import annotations

import numpy as np

from genoscore.inputs.coding.parts import Exons, Flags, Intervals, Parts
from genoscore.inputs.coding.table import Integers


def include_stops(
    parts: Parts, stops: Integers, exons: Exons, forward: Flags
) -> tuple[dict[int, Intervals], Integers, list[int]]:
    """Extend parts in place to include their stop codons.

    Args:
        stops: (3, S) transcript, start, end, in any order; those of transcripts without parts are ignored.
        forward: of all transcripts, whether it is on the forward strand.

    Returns:
        Transcript -> its parts, where their number changes; the transcripts whose parts, with these, include the stop
        codon; and those whose stop codon does not end their parts.
    """
    stops = stops[:, np.isin(stops[0], parts.owners)]
    stops = np.unique(stops, axis=1)
    owners, firsts, counts = np.unique(stops[0], return_index=True, return_counts=True)
    if not owners.size:
        return {}, owners, []
    last = parts.terminal(forward, at_end=True)[np.searchsorted(parts.owners, owners)]
    starts, ends = stops[1][firsts], stops[2][firsts]
    onward, whole = forward[owners], (counts == 1) & (ends - starts == 3)
    within = whole & (exons.starts[parts.exons[last]] <= starts) & (ends <= exons.ends[parts.exons[last]])
    after = within & np.where(onward, starts == parts.rows[2][last], ends == parts.rows[1][last])
    held = within & np.where(onward, ends == parts.rows[2][last], starts == parts.rows[1][last])
    held &= ends - starts <= parts.rows[2][last] - parts.rows[1][last]
    parts.rows[2][last[after & onward]] = ends[after & onward]
    parts.rows[1][last[after & ~onward]] = starts[after & ~onward]
    longer: dict[int, Intervals] = {}
    odd = []
    bounds = np.append(firsts, stops.shape[1])
    good = after | held
    for at in np.flatnonzero(~good).tolist():
        owner = int(owners[at])
        rows = stops[1:, bounds[at] : bounds[at + 1]].T.tolist()
        found = _joined(parts.intervals(owner), rows, exons.intervals(owner), bool(onward[at]))
        if found is None:
            odd.append(owner)
        else:
            longer[owner] = found
            good[at] = True
    return longer, owners[good], odd


def _joined(parts: Intervals, stops: Intervals, exons: Intervals, forward: bool) -> Intervals | None:
    """Parts that end with the three bases of the stop codon, which may lie in two or three exons; None if they are not
    the last of the parts, nor directly follow them in the mRNA."""
    if sum(end - start for start, end in stops) != 3:
        return None
    bases = sorted((base for start, end in stops for base in range(start, end)), reverse=not forward)
    offsets = [mrna_offset(base, exons, forward) for base in bases]
    last = mrna_offset(parts[-1][1] - 1 if forward else parts[0][0], exons, forward)
    first = offsets[0]
    if first is None or last is None or offsets != [first, first + 1, first + 2] or not first - 1 <= last <= first + 2:
        return None
    joined = list(parts)
    for base in bases[last - first + 1 :]:
        if forward:
            start, end = joined[-1]
            joined[-1:] = [(start, base + 1)] if base == end else [(start, end), (base, base + 1)]
        else:
            start, end = joined[0]
            joined[:1] = [(base, end)] if base == start - 1 else [(base, base + 1), (start, end)]
    return joined


def mrna_offset(base: int, intervals: Intervals, forward: bool) -> int | None:
    """Bases of the intervals before `base` in reading direction; None if it lies in none of them.

    >>> mrna_offset(12, [(0, 5), (10, 15)], True), mrna_offset(12, [(0, 5), (10, 15)], False)
    (7, 2)
    """
    before = 0
    for start, end in intervals if forward else reversed(intervals):
        if start <= base < end:
            return before + (base - start if forward else end - 1 - base)
        before += end - start
    return None

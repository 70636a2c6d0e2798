"""Regions to which a run is restricted: `chr1:1000-2000` and BED files."""

from __future__ import annotations

import bisect
import re
from collections.abc import Container

from genoscore.core.errors import ConfigError
from genoscore.core.number_text import whole_number
from genoscore.inputs.contigs import without_chr
from genoscore.inputs.lines import LineReader, Readable

_REGION = re.compile(r"(?P<contig>.+):(?P<start>[0-9,]+)(?P<dash>-(?P<end>[0-9,]+)?)?")
FOREVER = 1 << 62  # the end of an open-ended region
_SHOWN = 60  # characters of a region in messages


class Regions:
    """A set of intervals, 0-based, half-open; contigs with and without `chr` are the same."""

    def __init__(self, intervals: list[tuple[str, int, int]]) -> None:
        by_contig: dict[str, list[tuple[int, int]]] = {}
        for contig, start, end in intervals:
            by_contig.setdefault(without_chr(contig), []).append((start, end))
        self._starts: dict[str, list[int]] = {}
        self._ends: dict[str, list[int]] = {}
        for contig, pairs in by_contig.items():
            merged: list[list[int]] = []
            for start, end in sorted(pairs):
                if start == end:
                    continue  # an empty BED interval holds no base
                if merged and start <= merged[-1][1]:
                    merged[-1][1] = max(end, merged[-1][1])
                else:
                    merged.append([start, end])
            self._starts[contig] = [start for start, _ in merged]
            self._ends[contig] = [end for _, end in merged]

    @property
    def contigs(self) -> set[str]:
        """Contigs named, without `chr`."""
        return set(self._starts)

    def overlap(self, contig: str, start: int, end: int) -> bool:
        """Whether [start, end) shares a base with any interval.

        >>> regions = Regions([("chr1", 10, 20), ("chr1", 30, 40)])
        >>> [regions.overlap("1", *span) for span in ((9, 10), (19, 21), (25, 30), (29, 31))]
        [False, True, False, True]
        """
        name = without_chr(contig)
        starts = self._starts.get(name)
        if not starts:
            return False
        at = bisect.bisect_left(starts, end)
        return at > 0 and self._ends[name][at - 1] > start


def parse_region(text: str, contigs: Container[str] = ()) -> tuple[str, int, int]:
    """`contig`, `contig:start`, `contig:start-` or `contig:start-end` (1-based, inclusive) to 0-based half-open.

    Args:
        contigs: known names; a text that is one of them is a whole contig, colons and all (`HLA-A*01:01`).

    Raises:
        ConfigError: anything else.

    >>> parse_region("chr1:1,000-2,000"), parse_region("HLA-A*01:01", {"HLA-A*01:01"})[:2]
    (('chr1', 999, 2000), ('HLA-A*01:01', 0))
    """
    if text in contigs or (text and ":" not in text):
        return text, 0, FOREVER
    match = _REGION.fullmatch(text)
    start = whole_number(match["start"].replace(",", ""), high=FOREVER) if match else None
    end = FOREVER if match and match["dash"] else start
    if match and match["end"]:
        end = whole_number(match["end"].replace(",", ""), high=FOREVER)
    if match is None or start is None or end is None:
        raise ConfigError(f"region {text[:_SHOWN]!r} is not understood", "write it as chr1:1000-2000")
    if not 1 <= start <= end:
        raise ConfigError(
            f"region {text!r} is empty", "positions are 1-based, and the first must not be after the last"
        )
    return match["contig"], start - 1, end


def read_bed(source: Readable) -> list[tuple[str, int, int]]:
    """Intervals of a BED file, plain or gzipped, or of an open handle.

    Raises:
        InputError: a line that is not BED; names the line.
    """
    reader = LineReader(source, "regions file")
    intervals = []
    try:
        for line in reader:
            if not line.strip() or line.startswith(("#", "track", "browser")):
                continue
            cells = line.split("\t") if "\t" in line else line.split()
            start, end = (whole_number(cell, high=FOREVER) for cell in cells[1:3]) if len(cells) > 2 else (None, None)
            if start is None or end is None or start > end:
                raise reader.malformed("not BED (contig, start, end)", "fix that line")
            intervals.append((cells[0], start, end))
    finally:
        reader.close()
    return intervals


def load_regions(region: str | None, regions_file: Readable | None, contigs: Container[str] = ()) -> Regions | None:
    """The union of the regions of both options; None if neither is given.

    Args:
        contigs: known names, see `parse_region`.
    """
    if region is None and regions_file is None:
        return None
    intervals = [parse_region(region, contigs)] if region is not None else []
    return Regions(intervals + (read_bed(regions_file) if regions_file is not None else []))

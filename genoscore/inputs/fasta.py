"""The reference genome: bases by interval, from an indexed FASTA, plain or bgzipped."""

from __future__ import annotations

from pathlib import Path

from genoscore.inputs.contigs import find_alias
from genoscore.inputs.fasta_index import open_index
from genoscore.inputs.indexed_fasta import IndexedFasta

_AHEAD = 1 << 15  # bases read at once


class ReferenceGenome:
    """Sequence by contig and 0-based half-open interval: upper-case, N beyond a contig's ends.

    A missing index is made beside the FASTA, or in `cache` if that folder is not writable. Several threads may fetch at
    once.

    Attributes:
        lengths: bases of every contig, in the FASTA's order.

    Raises:
        InputError: missing, not a FASTA, gzipped but not bgzipped, or an index that belongs to another file.
    """

    def __init__(self, path: str | Path, cache: Path | None = None) -> None:
        self.path = str(path)
        index = open_index(self.path, cache)
        self.lengths = {row.name: row.length for row in index.rows}
        self.warnings = index.warnings
        self._aliases: dict[tuple[str, int | None], str | None] = {}
        self._fasta = IndexedFasta(self.path, index)
        self._last = ("", 0, 0, "")  # contig, start, end and bases read last; replaced as one, for other threads

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Upper-case bases of [start, end), 0-based; positions outside the contig are N.

        Raises:
            KeyError: the FASTA has no such contig (see `resolve`).
            InputError: the file is damaged there.
        """
        last_contig, last_start, last_end, bases = self._last
        if contig == last_contig and last_start <= start and end <= last_end:
            return bases[start - last_start : end - last_start]
        length = self.lengths[contig]
        left, right = max(start, 0), min(end, length)
        if left >= right:
            return "N" * (end - start)
        if end - start < _AHEAD:  # the alleles of sorted records lie close together
            right = min(start + _AHEAD, length)
        bases = self._fasta.fetch(contig, left, right)
        self._last = contig, left, right, bases
        return "N" * (left - start) + bases[: end - left] + "N" * (end - right)

    def resolve(self, contig: str, declared_length: int | None = None) -> str | None:
        """The FASTA's own spelling of a contig, or None.

        `chr1` and `1` are the same; `chrM`, `M` and `MT` only if the lengths agree, since two different
        mitochondrial sequences (16,571 and 16,569 bases) have these names.

        Args:
            declared_length: the length that the VCF's header gives for it.
        """
        key = (contig, declared_length)
        if key not in self._aliases:
            self._aliases[key] = find_alias(contig, self.lengths, declared_length)
        return self._aliases[key]

    def close(self) -> None:
        """Close the file."""
        self._fasta.close()

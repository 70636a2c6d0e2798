"""Where records come from: a file (`VcfReader`), or memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from genoscore.inputs.vcf import Record, VcfHeader

META_LINES = ["##fileformat=VCFv4.2"]
COLUMNS_LINE = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"


class RecordSource(Protocol):
    """A header and the records below it, in order; iterated once."""

    @property
    def header(self) -> VcfHeader:
        """The header of the VCF."""
        ...

    @property
    def name(self) -> str:
        """What messages call the source."""
        ...

    @property
    def carriage_returns(self) -> bool:
        """Whether a line so far ended in CR LF."""
        ...

    def __iter__(self) -> Iterator[Record]:
        """The records. Raises InputError where one cannot be read."""
        ...


class GivenVariant(NamedTuple):
    """A variant as a VCF writes it: `pos` is 1-based, `alts` is comma-separated."""

    contig: str
    pos: int
    ref: str
    alts: str
    id: str = "."


class MemoryRecords:
    """Variants in memory, as the records of a VCF without samples.

    Args:
        variants: in the order in which to score them.
        name: what messages call them.
    """

    carriage_returns = False

    def __init__(self, variants: Iterable[GivenVariant], name: str = "the variants") -> None:
        self.header = VcfHeader(META_LINES, COLUMNS_LINE)
        self.name = name
        self._variants = variants

    def __iter__(self) -> Iterator[Record]:
        for index, (contig, pos, ref, alts, id_) in enumerate(self._variants):
            columns = [contig, str(pos), id_, ref, alts, ".", ".", "."]
            yield Record(index, columns, pos, tuple(alts.split(",")))

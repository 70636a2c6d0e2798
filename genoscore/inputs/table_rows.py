"""What the rows of a table are: variants (CHROM, POS, REF, ALT), or sequences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from genoscore.core.number_text import POS_DIGITS, unsigned_number
from genoscore.core.variants import trim_alleles
from genoscore.inputs.contigs import without_chr
from genoscore.inputs.fasta_lines import fold_bases, foreign_letter, no_base
from genoscore.inputs.table import Table

VARIANT_COLUMNS = ("CHROM", "POS", "REF", "ALT")
SEQUENCE_COLUMN = "sequence"
_SHOWN = 30  # characters of a cell in messages


class TableRow(Protocol):
    """One row.

    Attributes:
        line: 1-based number of its line in the file.
        cells: of all columns.
        key: equal for rows about the same thing.
        shown: what the row is about, as written, in cells of a table.
    """

    @property
    def line(self) -> int: ...

    @property
    def cells(self) -> tuple[str, ...]: ...

    @property
    def key(self) -> tuple[object, ...]: ...

    @property
    def shown(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class VariantRow:
    """A variant.

    Attributes:
        pos: 1-based, as in a VCF.
        ref, alt: as written.
    """

    line: int
    contig: str
    pos: int
    ref: str
    alt: str
    cells: tuple[str, ...]

    @property
    def key(self) -> tuple[object, ...]:
        """The variant, trimmed."""
        ref, alt, skipped = trim_alleles(self.ref.upper(), self.alt.upper())
        return without_chr(self.contig), self.pos + skipped, ref, alt

    @property
    def shown(self) -> tuple[str, ...]:
        """The four columns."""
        return self.contig, str(self.pos), self.ref, self.alt


@dataclass(frozen=True, slots=True)
class SequenceRow:
    """A sequence that something was measured for.

    Attributes:
        bases: upper case, U read as T, unknown ones as N.
        track: the track that the measurement belongs to; '' if the table does not say.
    """

    line: int
    bases: str
    track: str
    cells: tuple[str, ...]

    @property
    def key(self) -> tuple[object, ...]:
        """Sequence and track."""
        return self.bases, self.track

    @property
    def shown(self) -> tuple[str, ...]:
        """Sequence and track."""
        return self.bases, self.track


def variant_rows(table: Table) -> Iterator[VariantRow]:
    """Rows of a table with the columns of VARIANT_COLUMNS, one ALT each.

    Raises:
        InputError: see Table; an invalid position, an empty allele, several ALTs.
    """
    places = [table.column(name) for name in VARIANT_COLUMNS]
    return (_variant(table, cells, places) for cells in table)


def _variant(table: Table, cells: tuple[str, ...], places: list[int]) -> VariantRow:
    contig, text, ref, alt = (cells[place] for place in places)
    pos = unsigned_number(text, POS_DIGITS)
    if pos is None:
        raise table.malformed(f"POS is {text[:_SHOWN]!r}, not a position")
    if not (contig and ref and alt):
        raise table.malformed("CHROM, REF or ALT is empty")
    if "," in alt:
        raise table.malformed(f"ALT is {alt[:_SHOWN]!r}, more than one allele", "give each its own row")
    return VariantRow(table.line, contig, pos, ref, alt, cells)


def sequence_rows(table: Table, sequence: str = SEQUENCE_COLUMN, track: str | None = None) -> Iterator[SequenceRow]:
    """Rows of a table with a column of sequences.

    Args:
        sequence, track: names of columns.

    Raises:
        InputError: see Table; a sequence that is empty, or a character that is not a nucleotide code.
    """
    place = table.column(sequence)
    track_place = None if track is None else table.column(track)
    name = table.columns[place]

    def parse(cells: tuple[str, ...]) -> SequenceRow:
        if not cells[place]:
            raise table.malformed(f"{name} is empty")
        if letter := foreign_letter(cells[place]):
            why, hint = no_base(letter)
            raise table.malformed(f"{name} holds {why}", hint)
        track_name = "" if track_place is None else cells[track_place]
        return SequenceRow(table.line, fold_bases(cells[place]), track_name, cells)

    return map(parse, table)

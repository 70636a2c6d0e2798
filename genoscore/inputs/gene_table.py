"""SpliceAI's gene table format, and the tables that come with its package."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from genoscore.core.errors import ConfigError
from genoscore.core.number_text import unsigned_number
from genoscore.inputs.gene import Gene, check_gene
from genoscore.inputs.lines import LineReader

_TABLE_COLUMNS = ("NAME", "CHROM", "STRAND", "TX_START", "TX_END", "EXON_START", "EXON_END")
_FIX = "fix the gene table"
_SHOWN = 30  # characters of a cell in messages


def built_in_table(annotation: str) -> Path:
    """The path of SpliceAI's gene table for a build, in the installed distribution `spliceai`.

    Raises:
        ConfigError: the distribution is not installed.
    """
    try:
        distribution = importlib.metadata.distribution("spliceai")
    except importlib.metadata.PackageNotFoundError:
        raise ConfigError(
            f"annotation {annotation} comes with the Python package spliceai, which is not installed",
            "run: pip install --no-deps spliceai==1.3.1, or give your own table with -a FILE (-a none: without genes)",
        ) from None
    return Path(str(distribution.locate_file(f"spliceai/annotations/{annotation}.txt")))


def not_commercial(annotation: str, needed: bool) -> ConfigError:
    """Why `--commercial` refuses a table of SpliceAI's package.

    Version 1.3.1 names the GPL-3.0 in its metadata; its publisher's repository now names the PolyForm Strict License;
    and the weights in the same package are CC BY-NC 4.0.

    Args:
        needed: whether some predictor requires genes.
    """
    return ConfigError(
        f"--commercial: the gene table {annotation} is part of the package spliceai, which is not known to allow "
        "commercial use",
        "give -a mane, or -a FILE, a GTF or GFF3 from GENCODE" + ("" if needed else ", or -a none"),
    )


class SpliceAITable:
    """See GeneFormat. Tab-separated, TX_START and EXON_START 0-based, exon lists ended by commas."""

    kept = False

    def matches(self, head: bytes) -> bool:
        """See GeneFormat.

        >>> SpliceAITable().matches(b"#NAME\tCHROM"), SpliceAITable().matches(b"##gff-version 3")
        (True, False)
        """
        return head.lstrip(b"#").upper().startswith(b"NAME")

    def read(self, reader: LineReader) -> list[Gene]:
        """See GeneFormat."""
        return _read_table(reader)


def _read_table(reader: LineReader) -> list[Gene]:
    lines = iter(reader)
    names = next(lines).lstrip("#").rstrip().split("\t")
    missing = [name for name in _TABLE_COLUMNS if name not in names]
    if missing:
        raise reader.malformed(f"no column {missing[0]}", f"columns are {' '.join(_TABLE_COLUMNS)}")
    order = [names.index(name) for name in _TABLE_COLUMNS]
    genes = []
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        try:
            cells = line.split("\t")
            genes.append(_table_gene(*(cells[column].strip() for column in order)))
        except IndexError:
            raise reader.malformed(f"{len(cells)} tab-separated columns, {len(names)} expected", _FIX) from None
        except ValueError as error:
            raise reader.malformed(str(error), _FIX) from None
    return genes


def _table_gene(name: str, contig: str, strand: str, start: str, end: str, starts: str, ends: str) -> Gene:
    if not name or not contig:
        raise ValueError("NAME or CHROM is empty")
    tx_start, tx_end = _coordinate(start), _coordinate(end)
    exon_starts, exon_ends = _coordinates(starts), _coordinates(ends)
    check_gene(strand, tx_start, tx_end, exon_starts, exon_ends)
    return Gene(name, "", contig, strand, tx_start, tx_end, exon_starts, exon_ends)


def _coordinates(cell: str) -> tuple[int, ...]:
    """The coordinates of a comma-separated list, which may end with a comma."""
    return tuple(_coordinate(value.strip()) for value in cell.removesuffix(",").split(","))


def _coordinate(text: str) -> int:
    coordinate = unsigned_number(text)
    if coordinate is None:
        raise ValueError(f"{text[:_SHOWN]!r} is not a coordinate")
    return coordinate

"""Scores of a few variants, as a table on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from genoscore.cli.console import say
from genoscore.core.variants import Status
from genoscore.outputs.consequence_fields import COLUMN_TYPES

_ANY_WIDTH = 10_000
_COLUMN_WIDTH = 20  # of a variant, if each has its own column
_MOST_ROWS = 20  # of one predictor
_OF_EVENT = ("EVENT", "EVENT_NT", "FRAME", "BEYOND")  # of the columns of a consequence
_LEFT_OUT = (
    "CHROM",
    "POS",
    "ID",
    "REF",
    "ALT",
    "PREDICTOR",
    "GENE_ID",
    "STRAND",
    "ABS",
    *({*COLUMN_TYPES} - {*_OF_EVENT}),
)
_TEXTS = ("STATUS", "GENE", "TRANSCRIPT", "BAND", "SOURCE", "TRACK", "EVENT", "FRAME", "BEYOND")  # others hold numbers


def print_scores(path: Path, console: Console) -> None:
    """Print the rows of a TSV of scores, one table per predictor, so that a terminal shows what the file would contain.

    Columns without values are omitted; if there are many rows (tracks), those of largest magnitude are shown.
    """
    header, *lines = _cells(path)
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    if not rows:
        console.print("no variant lies in the regions and reaches --min-score or --min-band")
    for predictor in dict.fromkeys(row["PREDICTOR"] for row in rows):
        of_predictor = [row for row in rows if row["PREDICTOR"] == predictor]
        shown = of_predictor
        if len(of_predictor) > _MOST_ROWS:
            shown = sorted(of_predictor, key=lambda row: -_magnitude(row))[:_MOST_ROWS]
        for table in _tables(predictor, header, shown, console):
            console.print(table)
        if len(shown) < len(of_predictor):
            more = f"{len(of_predictor) - len(shown):,} more rows of smaller magnitude"
            say(console, f"{more}: give -o FILE.tsv for all")
    for status in dict.fromkeys(row["STATUS"] for row in rows if row["STATUS"] != Status.SCORED):
        say(console, f"{status}: {Status(status).meaning}")


def _cells(path: Path) -> list[list[str]]:
    """Cells of every line. Names may hold characters that `splitlines` splits at, or bytes that are not UTF-8."""
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    return [line.split("\t") for line in text.removesuffix("\n").split("\n")]


def _magnitude(row: dict[str, str]) -> float:
    return abs(float(row["MAX"])) if row["MAX"] != "." else -1.0


def _tables(predictor: str, header: Sequence[str], rows: Sequence[dict[str, str]], console: Console) -> Iterator[Table]:
    """One table with a line per row; if it is wider than the terminal, tables with a column per row instead."""
    names = [name for name in header if name not in _LEFT_OUT and any(row[name] != "." for row in rows)]
    if all(row["STATUS"] == Status.SCORED for row in rows):
        names.remove("STATUS")
    variants = ["-".join(row[name] for name in ("CHROM", "POS", "REF", "ALT")) for row in rows]
    table = _empty(predictor)
    table.add_column("variant", no_wrap=True)
    for name in names:
        table.add_column(name, justify="left" if name in _TEXTS else "right", no_wrap=True)
    for variant, row in zip(variants, rows, strict=True):
        table.add_row(variant, *(row[name] for name in names))
    if console.measure(table, options=console.options.update(max_width=_ANY_WIDTH)).maximum <= console.width:
        yield table
        return
    side_by_side = max(1, console.width // _COLUMN_WIDTH - 1)
    for first in range(0, len(rows), side_by_side):
        chunk = slice(first, first + side_by_side)
        table = _empty(predictor)
        table.add_column("variant", no_wrap=True)
        for variant in variants[chunk]:
            table.add_column(variant, justify="right", overflow="fold")
        for name in names:
            table.add_row(name, *(row[name] for row in rows[chunk]))
        yield table


def _empty(predictor: str) -> Table:
    return Table(title=predictor, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))

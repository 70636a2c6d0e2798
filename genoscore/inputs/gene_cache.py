"""Annotations that have been parsed once, kept in genoscore's home folder as tables that load in a second.

An entry is found by the SHA-256 of the annotation's bytes, so it cannot be out of date, and a copy elsewhere shares it.
It is an npz file of plain arrays; nothing in it is ever executed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import zipfile
import zlib
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from genoscore._version import __version__
from genoscore.core.home import home_folder
from genoscore.core.scratch import replacing
from genoscore.inputs.coding.table import CodingTable
from genoscore.inputs.transcripts import Transcripts

FORMAT = 4  # increase it whenever the same version of genoscore would read the same file differently
KEPT = 8  # entries; the least recently used goes first
SMALLEST = 1 << 20  # bytes of the smallest annotation that is worth an entry
_TEXTS = ("build", "symbols", "gene_ids", "contigs", "ids", "strands", "warnings", "coding.exceptions")
_CODING = "coding."  # before the names of the columns of coding sequences
_DAMAGE = (
    OSError, ValueError, KeyError, TypeError, IndexError, EOFError, RecursionError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
_LOG = logging.getLogger("genoscore")


def entry_of(annotation: Path) -> Path | None:
    """The path for the parsed form of a file; None for pipes and small files, which are not kept.

    Raises:
        OSError: the file cannot be read.
    """
    if not annotation.is_file() or annotation.stat().st_size < SMALLEST:
        return None
    with open(annotation, "rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    return home_folder() / "genes" / f"{digest[:32]}.{__version__}.{FORMAT}.npz"


def load(entry: Path) -> Transcripts | None:
    """The parsed annotation, or None if there is no intact one."""
    try:
        with np.load(entry, allow_pickle=False) as arrays:
            columns: dict[str, Any] = {
                name: json.loads(arrays[name].tobytes()) if name in _TEXTS else arrays[name] for name in arrays.files
            }
        coding = {name.removeprefix(_CODING): columns.pop(name) for name in arrays.files if name.startswith(_CODING)}
        table = Transcripts(**columns, coding=CodingTable(**coding) if coding else None)
        _check(table)
        with contextlib.suppress(OSError):
            os.utime(entry)
    except FileNotFoundError:
        return None
    except _DAMAGE as error:
        _LOG.info("the parsed annotation %s is damaged and will be made again (%s)", entry, error)
        return None
    return table


def save(entry: Path, table: Transcripts) -> None:
    """Keep a parsed annotation; if that is not possible, nothing happens."""
    columns = {field.name: getattr(table, field.name) for field in fields(table) if field.name != "coding"}
    if table.coding is not None:
        columns |= {_CODING + field.name: getattr(table.coding, field.name) for field in fields(table.coding)}
    for name in columns.keys() & set(_TEXTS):
        columns[name] = np.frombuffer(json.dumps(columns[name]).encode(), dtype=np.uint8)
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        with replacing(entry) as temporary:
            np.savez_compressed(temporary, **columns)
        entries = sorted(entry.parent.glob("*.npz"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in entries[KEPT:]:
            old.unlink(missing_ok=True)
    except OSError as error:
        _LOG.info("the parsed annotation is not kept for the next run (%s)", error)


def _check(table: Transcripts) -> None:
    """Raise ValueError if the columns do not belong together."""
    n_genes, n = len(table.symbols), len(table.ids)
    lengths = {len(table.gene_ids) - n_genes, len(table.contigs) - n_genes, len(table.strands) - n}
    lengths |= {len(table.genes) - n, len(table.first_exons) - n - 1, len(table.exon_starts) - len(table.exon_ends)}
    if lengths != {0} or table.first_exons[-1] != len(table.exon_starts) or not n:
        raise ValueError("its columns differ in length")
    if table.coding is not None:
        table.coding.check(n)

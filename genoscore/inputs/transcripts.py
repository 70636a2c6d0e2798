"""The transcripts of an annotation as columns, and which of them a run uses."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from genoscore.core.errors import ConfigError, InputError
from genoscore.core.special_files import special_kind
from genoscore.inputs.coding.table import CodingTable, Integers
from genoscore.inputs.lines import LineReader

CANONICAL, ALL = "canonical", "all"
_NAMED = 3  # missing IDs that a message names
_VERSION = re.compile(r"\.\d+(?:_\d+)?(?=(?:_PAR_Y)?$)")  # ENST00000335295.5, lifted ENST00000335295.5_2
_PAR_Y = "_PAR_Y"


@dataclass(frozen=True, slots=True)
class Transcripts:
    """Every transcript of an annotation: by gene, in the file's order, the preferred one of each gene first.

    G genes, N transcripts, M exons. Coordinates 0-based, half-open.

    Attributes:
        build: `GRCh37`, `GRCh38` or '', as far as the file says.
        symbols, gene_ids, contigs: of the G genes; a gene on two contigs (the pseudo-autosomal regions) is two.
        ids, strands: of the N transcripts; an ID may be ''.
        genes: (N,) each transcript's gene, ascending.
        first_exons: (N + 1,) transcript i's exons are first_exons[i] to first_exons[i + 1].
        exon_starts, exon_ends: (M,) of each transcript in genomic order.
        warnings: about gaps and contradictions in the file, which they do not name.
        coding: the coding sequences of the N transcripts; None if the file has none at all.
    """

    build: str
    symbols: list[str]
    gene_ids: list[str]
    contigs: list[str]
    ids: list[str]
    strands: list[str]
    genes: Integers
    first_exons: Integers
    exon_starts: Integers
    exon_ends: Integers
    warnings: list[str] = field(default_factory=list)
    coding: CodingTable | None = None

    def canonical(self) -> list[int]:
        """Each gene's preferred transcript."""
        rows: list[int] = np.flatnonzero(np.diff(self.genes, prepend=-1)).tolist()
        return rows

    def named(self, requested: Iterable[str], source: str) -> list[int]:
        """Transcripts by their IDs, with or without version; all loci of an ID that occurs at several.

        Args:
            source: the annotation, for messages.

        Raises:
            InputError: IDs that the annotation does not hold.
        """
        requested = list(dict.fromkeys(requested))
        places: dict[str, list[int]] = {}
        for row, name in enumerate(self.ids):
            for spelling in {name, name.removesuffix(_PAR_Y), without_version(name)} - {""}:
                places.setdefault(spelling, []).append(row)
        missing = [name for name in requested if name not in places]
        if missing:
            others = [self.ids[row] for name in missing for row in places.get(without_version(name), ())]
            hint = f"it has {others[0]}" if others else "--transcripts takes canonical, all, IDs or a file of IDs"
            more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
            listed = ", ".join(missing[:_NAMED])
            raise InputError(f"annotation {source} holds no exons of transcript {listed}{more}", hint)
        return sorted({row for name in requested for row in places[name]})


def without_version(name: str) -> str:
    """A transcript's ID without its version, and without the suffix of GENCODE's second copy on Y.

    >>> [without_version(name) for name in ("ENST00000335295.5", "NM_000518.5", "ENST00000399012.6_PAR_Y", "T1")]
    ['ENST00000335295', 'NM_000518', 'ENST00000399012', 'T1']
    """
    return _VERSION.sub("", name).removesuffix(_PAR_Y)


def read_wanted(transcripts: str) -> list[str]:
    """The IDs of `--transcripts`: a file with one first on each line (`#` begins a comment), or a comma-separated list.

    Raises:
        ConfigError: no such file, or no ID.
    """
    if os.path.isfile(transcripts) or special_kind(transcripts):
        reader = LineReader(transcripts, "transcripts file")
        try:
            names = [line.split()[0] for line in reader if line.strip() and not line.lstrip().startswith("#")]
        finally:
            reader.close()
    elif "/" in transcripts:
        raise ConfigError(f"transcripts file {transcripts} does not exist", "check the path")
    else:
        names = [name.strip() for name in transcripts.split(",") if name.strip()]
    if not names:
        raise ConfigError(f"--transcripts {transcripts!r} names no transcript", "give canonical, all, IDs or a file")
    return names

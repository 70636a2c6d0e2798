"""Gene models: where genes are, on which strand, with which exons."""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from genoscore.core.errors import ConfigError, InputError
from genoscore.inputs import gene_cache
from genoscore.inputs.annotation_oddities import Oddities, note_overlaps
from genoscore.inputs.contigs import without_chr
from genoscore.inputs.fetched_annotation import PUBLISHED, fetched_annotation
from genoscore.inputs.gene import Gene
from genoscore.inputs.gene_formats import find_format
from genoscore.inputs.gene_table import built_in_table
from genoscore.inputs.lines import LineReader, Readable, name_of
from genoscore.inputs.transcripts import ALL, CANONICAL, Transcripts, read_wanted

BUILT_IN = ("grch37", "grch38")
NO_GENES = "none"  # the annotation of runs without genes


class GeneModels:
    """Genes by position.

    Attributes:
        source: the file's path, or `grch37`, `grch38`, `mane`.
        build: the human build, `GRCh37` or `GRCh38`, if a GTF or GFF3 names it; else ''.
        has_ids: whether genes and transcripts have IDs besides the symbol.
        has_transcripts: whether it is a GTF or GFF3, or what else describes every transcript with its coding sequence.
        warnings: about gaps and contradictions in the annotation, which they do not name.
    """

    def __init__(
        self,
        genes: Iterable[Gene],
        source: str,
        build: str = "",
        has_ids: bool = False,
        warnings: Sequence[str] = (),
        has_transcripts: bool = False,
    ) -> None:
        self.source = source
        self.build = build
        self.has_ids = has_ids
        self.has_transcripts = has_transcripts
        self.warnings = tuple(warnings)
        by_contig: dict[str, list[tuple[int, Gene]]] = {}
        for row, gene in enumerate(genes):
            by_contig.setdefault(without_chr(gene.contig), []).append((row, gene))
        self._contigs = {contig: _ContigGenes(rows) for contig, rows in by_contig.items()}

    def __len__(self) -> int:
        return sum(len(contig.rows) for contig in self._contigs.values())

    def __iter__(self) -> Iterator[Gene]:
        return (gene for contig in self._contigs.values() for _, gene in contig.rows)

    def overlapping(self, contig: str, start: int, end: int) -> tuple[Gene, ...]:
        """Genes that share a base with [start, end), 0-based, in the order of the file."""
        on_contig = self._contigs.get(without_chr(contig))
        return on_contig.overlapping(start, end) if on_contig else ()

    def beyond(self, lengths: Mapping[str, int]) -> list[Gene]:
        """Genes that reach beyond the end of their contig; those on unknown contigs do not count.

        Args:
            lengths: bases of every contig.
        """
        ends: dict[str, int] = {}
        for contig, length in lengths.items():
            name = without_chr(contig)
            ends[name] = max(length, ends.get(name, 0))
        return [
            gene
            for contig, on_contig in self._contigs.items()
            if contig in ends and on_contig.end > ends[contig]
            for _, gene in on_contig.rows
            if gene.tx_end > ends[contig]
        ]

    @cached_property
    def digest(self) -> str:
        """Short SHA-256 of everything that results depend on: names, positions, strands, exons, coding sequences.

        Genes without coding sequences have the digest that they had before these were read.
        """
        digest = hashlib.sha256()
        for contig in sorted(self._contigs):
            for _, gene in self._contigs[contig].rows:
                identity = (gene.symbol, gene.transcript_id, contig, gene.strand, gene.tx_start, gene.tx_end)
                digest.update(repr((identity, gene.exon_starts, gene.exon_ends)).encode("utf-8", "surrogateescape"))
                if gene.coding is not None:
                    digest.update(repr(gene.coding).encode("utf-8", "surrogateescape"))
        return digest.hexdigest()[:16]

    @property
    def contigs(self) -> set[str]:
        """Contigs with genes, without `chr`."""
        return set(self._contigs)


class _ContigGenes:
    """Genes of one contig, sorted by start; `reach[i]` is the furthest end among the first i + 1."""

    def __init__(self, rows: list[tuple[int, Gene]]) -> None:
        self.rows = sorted(rows, key=lambda item: item[1].tx_start)
        self._starts = [gene.tx_start for _, gene in self.rows]
        self._reach: list[int] = []
        for _, gene in self.rows:
            self._reach.append(max(gene.tx_end, self._reach[-1] if self._reach else 0))

    @property
    def end(self) -> int:
        """The furthest end of a gene."""
        return self._reach[-1]

    def overlapping(self, start: int, end: int) -> tuple[Gene, ...]:
        at = bisect.bisect_left(self._starts, end)
        rows = []
        while at and self._reach[at - 1] > start:
            at -= 1
            if self.rows[at][1].tx_end > start:
                rows.append(self.rows[at])
        return tuple(gene for _, gene in sorted(rows, key=lambda item: item[0]))


def load_gene_models(annotation: Readable, transcripts: str = CANONICAL) -> GeneModels:
    """Read `grch37`, `grch38` (SpliceAI's own tables, from its package), `mane` (fetched), a file or an open handle.

    The format is one of `gene_formats`, plain or gzipped. A large GTF or GFF3 file is parsed once and kept (see
    `gene_cache`).

    Args:
        transcripts: `canonical`, `all`, comma-separated IDs, or a file of IDs (see docs/annotations.md).

    Raises:
        ConfigError: neither a known name nor a file, the package `spliceai` is not installed or MANE not fetched, or
            transcripts are requested from an annotation with one transcript per gene.
        InputError: a malformed line (names it), or a transcript that is not in the annotation.
    """
    name, source = name_of(annotation), annotation
    if isinstance(annotation, str | Path):
        source = _path_of(name)
    requested = transcripts if transcripts in (CANONICAL, ALL) else read_wanted(transcripts)
    reader = LineReader(source, "annotation")
    try:
        models = _read(reader, source if isinstance(source, Path) else None)
    finally:
        reader.close()
    if isinstance(models, Transcripts):
        return _selected(models, requested, name)
    if requested != CANONICAL:
        raise ConfigError(
            f"annotation {name} holds one transcript per gene: --transcripts {transcripts} cannot choose",
            "give a GTF or GFF3 with -a",
        )
    if not models:
        raise _empty(name)
    oddities = Oddities()
    note_overlaps(oddities, models)
    has_ids = any(gene.transcript_id for gene in models)
    return GeneModels(models, name, has_ids=has_ids, warnings=oddities.messages())


def _path_of(name: str) -> Path:
    """The file of an annotation that is named, or whose path is given."""
    if name in PUBLISHED:
        return fetched_annotation(name)
    path = built_in_table(name) if name in BUILT_IN else Path(name)
    if not path.exists():
        known = ", ".join((*BUILT_IN, *PUBLISHED))
        raise ConfigError(
            f"annotation {name!r} is neither {known} nor a file", "give -a grch37, -a grch38, -a mane or a path"
        )
    return path


def _empty(annotation: str) -> InputError:
    hint = "give a SpliceAI-style table, GTF or GFF3"
    return InputError(f"annotation {annotation} holds no gene", hint, path=annotation)


def _read(reader: LineReader, path: Path | None) -> Transcripts | list[Gene]:
    """Everything in an annotation, as parsed by an earlier run if there was one."""
    gene_format = find_format(reader)
    entry = gene_cache.entry_of(path) if gene_format.kept and path is not None else None
    kept = gene_cache.load(entry) if entry else None
    if kept is not None:
        return kept
    models = gene_format.read(reader)
    if entry and isinstance(models, Transcripts) and models.ids:
        gene_cache.save(entry, models)
    return models


def _selected(table: Transcripts, requested: str | list[str], annotation: str) -> GeneModels:
    if not table.ids:
        raise _empty(annotation)
    if isinstance(requested, str):
        rows = table.canonical() if requested == CANONICAL else range(len(table.ids))
    else:
        rows = table.named(requested, annotation)
    genes = [_gene(table, row) for row in rows]
    return GeneModels(genes, annotation, table.build, has_ids=True, warnings=table.warnings, has_transcripts=True)


def _gene(table: Transcripts, row: int) -> Gene:
    gene = table.genes[row]
    exons = slice(table.first_exons[row], table.first_exons[row + 1])
    starts, ends = table.exon_starts[exons].tolist(), table.exon_ends[exons].tolist()
    return Gene(
        symbol=table.symbols[gene],
        gene_id=table.gene_ids[gene],
        contig=table.contigs[gene],
        strand=table.strands[row],
        tx_start=starts[0],
        tx_end=max(ends),
        exon_starts=tuple(starts),
        exon_ends=tuple(ends),
        transcript_id=table.ids[row],
        coding=table.coding.of(row) if table.coding else None,
    )

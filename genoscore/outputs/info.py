"""What a predictor appends to INFO, and the header lines that declare it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from urllib.parse import quote

from genoscore.core.choices import BANDS
from genoscore.core.variants import Status
from genoscore.engine.results import AltResult
from genoscore.inputs.vcf import Record
from genoscore.outputs.best import best_of_alt
from genoscore.scores.bands import PERCENT_FROM, percentile_text
from genoscore.scores.base import Scorer

CONTROL = {code: quote(chr(code)) for code in (*range(32), 127)}
TRACK_KEYS = ("TRACK", "CLASS")  # what scorers call their tracks; another run's must not be left beside this one's
_ESCAPES = CONTROL | str.maketrans({character: quote(character) for character in "%,;=| "})


def escape(name: str) -> str:
    """A gene name that can stand in INFO.

    >>> escape("HLA-A,B"), escape("a b|c")
    ('HLA-A%2CB', 'a%20b%7Cc')
    """
    return name.translate(_ESCAPES)


class InfoFields:
    """INFO of one predictor.

    Args:
        name: the predictor's, lower case.
        exact: the peer's string to the letter (`--compat`).
        sourced: say of every ALT whether its scores were computed or taken from a file (`--precomputed`).
        gene_ids: whether the annotation has IDs of genes and transcripts, to be written beside the gene's name.

    Attributes:
        ids: INFO IDs that are this predictor's, whether this run writes them or another did.
    """

    def __init__(
        self,
        name: str,
        scorer: Scorer,
        exact: bool,
        sourced: bool = False,
        gene_ids: bool = False,
    ) -> None:
        self._scorer = scorer
        self._exact = exact
        self._sourced = sourced
        self._gene_ids = gene_ids
        self._without_genes: dict[tuple[Status, ...], list[str]] = {}
        self.prefix = f"GS_{name.upper()}_"
        keys = ["MAX", "BAND", "GENE", "GENE_ID", "TRANSCRIPT", "STATUS", "SOURCE"]
        keys += [*TRACK_KEYS, scorer.track_key, "PCT", "UNTRAINED"] if scorer.tracks else []
        keys += [field.id for field in scorer.fields]
        self.ids = frozenset([self.prefix + key for key in keys] + ([scorer.peer.info_id] if scorer.peer else []))

    def entries(self, record: Record, results: Sequence[AltResult]) -> list[str]:
        """`KEY=value` entries for a record; empty where its own annotation is kept."""
        statuses = tuple(result.status for result in results)
        if len(statuses) > 3 or any(result.genes for result in results):
            return self._entries(record, results, statuses)
        if statuses not in self._without_genes:  # most records of a genome: the same few texts over and over
            self._without_genes[statuses] = self._entries(record, results, statuses)
        return self._without_genes[statuses]

    def _entries(self, record: Record, results: Sequence[AltResult], statuses: tuple[Status, ...]) -> list[str]:
        if Status.KEPT in statuses:
            return []
        entries = [self.prefix + "UNTRAINED"] if self._scorer.untrained else []
        entries += self._peer_entry(record, results)
        status = f"{self.prefix}STATUS={','.join(statuses)}"
        if Status.NO_ALT in statuses:
            return [*entries, status]
        bests = [best_of_alt(result, self._scorer) for result in results]
        entries.append(f"{self.prefix}MAX={','.join(best.printed if best else '.' for best in bests)}")
        if self._scorer.banded:
            entries.append(f"{self.prefix}BAND={','.join(best.band if best else '.' for best in bests)}")
        if self._scorer.percentiles:
            percents = (percentile_text(best.percent) if best and best.percent is not None else "." for best in bests)
            entries.append(f"{self.prefix}PCT={','.join(percents)}")
        entries.append(f"{self.prefix}GENE={','.join(escape(best.symbol) or '.' if best else '.' for best in bests)}")
        if self._gene_ids:
            genes = [best.scores.gene if best else None for best in bests]
            entries.append(f"{self.prefix}GENE_ID={','.join(escape(gene.gene_id) if gene else '.' for gene in genes)}")
            names = [escape(gene.transcript_id) or "." if gene else "." for gene in genes]
            entries.append(f"{self.prefix}TRANSCRIPT={','.join(names)}")
        if self._scorer.tracks:
            names = [escape(best.track) if best else "." for best in bests]
            entries.append(f"{self.prefix}{self._scorer.track_key}={','.join(names)}")
        entries.append(status)
        for column, field in enumerate(self._scorer.fields):
            texts = [field.text(best.scores.values[column]) if best and best.scores.values else "." for best in bests]
            entries.append(f"{self.prefix}{field.id}={','.join(texts)}")
        if self._sourced:
            entries.append(f"{self.prefix}SOURCE={','.join(result.source or '.' for result in results)}")
        return entries

    def _peer_entry(self, record: Record, results: Sequence[AltResult]) -> list[str]:
        peer = self._scorer.peer
        if peer is None:
            return []
        strings = [
            peer.render(alt, self._symbol(scores.gene.symbol), scores.values, self._exact)
            for alt, result in zip(record.alts, results, strict=True)
            for scores in result.genes
            if scores.gene
        ]
        return [f"{peer.info_id}={','.join(strings)}"] if strings else []

    def _symbol(self, symbol: str) -> str:
        return symbol.translate(CONTROL) if self._exact else escape(symbol)

    def header_lines(self, version: str) -> list[str]:
        """One `##INFO` line per ID."""
        source = f'Source="genoscore",Version="{version}"'
        rows: list[tuple[str, str, str, str]] = []
        if self._scorer.peer:
            rows.append((self._scorer.peer.info_id, ".", "String", self._scorer.peer.description))
        most = "Score of largest magnitude over genes, kinds and tracks"
        rows.append((self.prefix + "MAX", "A", "Float", most))
        if self._scorer.banded:
            rows.append((self.prefix + "BAND", "A", "String", self._bands()))
        if self._scorer.percentiles:
            text = f"Percent of the background's ALTs whose largest score is smaller in magnitude than {self.prefix}MAX"
            rows.append((self.prefix + "PCT", "A", "Float", text))
        rows.append((self.prefix + "GENE", "A", "String", f"Gene of {self.prefix}MAX"))
        if self._gene_ids:
            rows.append((self.prefix + "GENE_ID", "A", "String", f"ID of the gene of {self.prefix}MAX"))
            rows.append((self.prefix + "TRANSCRIPT", "A", "String", f"Transcript of {self.prefix}MAX"))
        if self._scorer.tracks:
            rows.append((self.prefix + self._scorer.track_key, "A", "String", f"Track of {self.prefix}MAX"))
        if self._scorer.untrained:
            text = "The weights are random (--untrained): every number of this predictor is meaningless"
            rows.append((self.prefix + "UNTRAINED", "0", "Flag", text))
        statuses = " ".join(Status)
        rows.append((self.prefix + "STATUS", "A", "String", f"Why there is a score or none: {statuses}"))
        for field in self._scorer.fields:
            where = f"in the gene{' and track' if self._scorer.tracks else ''} of {self.prefix}MAX"
            text = f"{field.description} ({field.unit}), {where}"
            rows.append((self.prefix + field.id, field.number, field.type, text))
        if self._sourced:
            text = "Whether the scores were computed or taken from a file of --precomputed: computed precomputed"
            rows.append((self.prefix + "SOURCE", "A", "String", text))
        return [
            f'##INFO=<ID={key},Number={number},Type={kind},Description="{text}",{source}>'
            for key, number, kind, text in rows
        ]

    def _bands(self) -> str:
        if self._scorer.percentiles:
            edges = [f"{least:g}" for least in PERCENT_FROM[1:]]
            of, last = f"percentile {self.prefix}PCT", "100"
        else:
            edges, of, last = ["0.2", "0.5", "0.8"], f"magnitude of {self.prefix}MAX", "1"
        ends = [*(f"{edge})" for edge in edges), f"{last}]"]
        spans = zip(BANDS, ["0", *edges], ends, strict=True)
        return f"Band of the {of}: {', '.join(f'{name} [{start},{end}' for name, start, end in spans)}"


def append_info(record: Record, entries: Sequence[str], replaced: frozenset[str]) -> tuple[str, bool]:
    """The record's line with entries appended to INFO, and whether earlier entries had to go.

    Args:
        replaced: keys that are taken out first.
    """
    columns = record.columns
    info = columns[7]
    changed = False
    if replaced and _mentions(info, replaced):
        kept = [entry for entry in info.split(";") if entry.partition("=")[0] not in replaced]
        changed = len(kept) != info.count(";") + 1
        if changed:
            info = ";".join(kept) or "."
    if entries:
        added = ";".join(entries)
        info = added if info == "." else f"{info};{added}"
    return "\t".join([*columns[:7], info, *columns[8:]]), changed


def _mentions(info: str, keys: frozenset[str]) -> bool:
    """Whether any of the keys may be there: asked of every record, so only two or three words are looked for."""
    return any(word in info for word in _words(keys))


@functools.cache
def _words(keys: frozenset[str]) -> tuple[str, ...]:
    """What every key begins with: `GS_`, and the IDs of peers."""
    return tuple({"GS_" if key.startswith("GS_") else key for key in keys})

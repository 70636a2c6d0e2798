"""The INFO entries that a predictor appends, and the header lines that declare them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

from genoscore.core.choices import BANDS
from genoscore.core.variants import Status
from genoscore.engine.results import AltResult
from genoscore.inputs.gene import Gene
from genoscore.inputs.vcf import Record
from genoscore.outputs.best import Best, best_of_alt, values_of_alt
from genoscore.outputs.consequence_fields import INFO_KEYS, Evidence
from genoscore.outputs.consequence_info import consequence_columns
from genoscore.outputs.info_column import CONTROL, InfoColumn, Scored, escape
from genoscore.scores.bands import PERCENT_FROM, percentile_text
from genoscore.scores.base import ScoreField, Scorer

TRACK_KEYS = ("TRACK", "CLASS")  # keys of scorers' track names; those of another run must not remain next to this one's


class InfoFields:
    """The INFO fields of one predictor.

    Args:
        name: the predictor's name, lower case.
        exact: write the peer's string exactly as the peer does (`--compat`).
        sourced: state for every ALT whether its scores were computed or taken from a file (`--precomputed`).
        gene_ids: whether the annotation has IDs of genes and transcripts, to be written along with the gene's name.
        consequences: whether results say what becomes of the transcript.
        evidence: what the scores count for, if there are rules for them; only with consequences.

    Attributes:
        columns: in the order in which they are written.
        ids: INFO IDs of this predictor, in this run or any other.
    """

    def __init__(
        self,
        name: str,
        scorer: Scorer,
        exact: bool,
        sourced: bool = False,
        gene_ids: bool = False,
        consequences: bool = False,
        evidence: Evidence | None = None,
    ) -> None:
        self._scorer = scorer
        self._exact = exact
        self._without_genes: dict[tuple[Status, ...], list[str]] = {}
        self.prefix = f"GS_{name.upper()}_"
        self.columns = [
            *self._marks(),
            *self._maximum(),
            *self._owners(gene_ids),
            self._of_alt("STATUS", f"Why there is a score or none: {' '.join(Status)}", _status, without_alt=True),
            *map(self._score, scorer.fields),
            *([self._of_alt("SOURCE", _SOURCE, _source)] if sourced else []),
            *(consequence_columns(self.prefix, evidence) if consequences else []),
        ]
        others = ["GENE_ID", "TRANSCRIPT", "SOURCE", "BAND"]  # from runs with other options
        others += [*scorer.optional, *INFO_KEYS]
        others += [*TRACK_KEYS, "PCT", "UNTRAINED"] if scorer.tracks else []
        self.ids = frozenset([*(column.id for column in self.columns), *(self.prefix + key for key in others)])

    def _of_alt(
        self,
        key: str,
        description: str,
        text: Callable[[AltResult, Best | None], str],
        type_: str = "String",
        without_alt: bool = False,
    ) -> InfoColumn:
        """A field with one value per ALT."""

        def value(scored: Scored) -> str:
            return ",".join(text(*pair) for pair in zip(scored.results, scored.bests, strict=True))

        return InfoColumn(self.prefix + key, "A", type_, description, value, without_alt)

    def _marks(self) -> list[InfoColumn]:
        """UNTRAINED, and the peer's string."""
        columns = []
        if self._scorer.untrained:
            text = "The weights are random (--untrained): every number of this predictor is meaningless"
            columns.append(InfoColumn(self.prefix + "UNTRAINED", "0", "Flag", text, lambda _: "", True))
        if peer := self._scorer.peer:
            columns.append(InfoColumn(peer.info_id, ".", "String", peer.description, self._peer_strings, True))
        return columns

    def _maximum(self) -> list[InfoColumn]:
        scorer, name = self._scorer, self.prefix + "MAX"
        most = "Score of largest magnitude over genes, kinds and tracks"
        columns = [
            self._of_alt("MAX", most, _of_best(lambda best: best.printed), "Float"),
            self._of_alt("ABS", f"Magnitude of {name}", _of_best(lambda best: best.magnitude), "Float"),
        ]
        if scorer.banded:
            columns.append(self._of_alt("BAND", self._bands(), _of_best(lambda best: best.band)))
        if scorer.percentiles:
            text = f"Percent of the background's ALTs whose largest score is smaller in magnitude than {name}"
            columns.append(self._of_alt("PCT", text, _of_best(_percent), "Float"))
        return columns

    def _owners(self, gene_ids: bool) -> list[InfoColumn]:
        """Gene and track of the maximum score."""
        name = self.prefix + "MAX"
        columns = [self._of_alt("GENE", f"Gene of {name}", _of_best(lambda best: escape(best.symbol)))]
        if gene_ids:
            ids = _of_gene(lambda gene: gene.gene_id), _of_gene(lambda gene: gene.transcript_id)
            columns.append(self._of_alt("GENE_ID", f"ID of the gene of {name}", ids[0]))
            columns.append(self._of_alt("TRANSCRIPT", f"Transcript of {name}", ids[1]))
        if self._scorer.tracks:
            track = _of_best(lambda best: escape(best.track))
            columns.append(self._of_alt(self._scorer.track_key, f"Track of {name}", track))
        return columns

    def _score(self, field: ScoreField) -> InfoColumn:
        def value(scored: Scored) -> str:
            return ",".join(field.text(values[field.id]) if values else "." for values in scored.values)

        where = f"in the gene{' and track' if self._scorer.tracks else ''} of {self.prefix}MAX"
        where = "over genes" if field.over_genes else where
        text = f"{field.description} ({field.unit}), {where}"
        return InfoColumn(self.prefix + field.id, field.number, field.type, text, value)

    def entries(self, record: Record, results: Sequence[AltResult]) -> list[str]:
        """`KEY=value` entries for a record; empty where its own annotation is kept."""
        statuses = tuple(result.status for result in results)
        if len(statuses) > 3 or any(result.genes for result in results):
            return self._entries(record, results, statuses)
        if statuses not in self._without_genes:  # most records of a genome: the same few texts
            self._without_genes[statuses] = self._entries(record, results, statuses)
        return self._without_genes[statuses]

    def _entries(self, record: Record, results: Sequence[AltResult], statuses: tuple[Status, ...]) -> list[str]:
        if Status.KEPT in statuses:
            return []
        no_alt = Status.NO_ALT in statuses
        bests = [None if no_alt else best_of_alt(result, self._scorer) for result in results]
        values = [self._values(*pair) for pair in zip(results, bests, strict=True)]
        scored = Scored(record, results, bests, values)
        entries = (column.entry(scored) for column in self.columns if column.without_alt or not no_alt)
        return [entry for entry in entries if entry is not None]

    def _values(self, result: AltResult, best: Best | None) -> Mapping[str, float]:
        values = values_of_alt(result, best, self._scorer) if best else ()
        return dict(zip((field.id for field in self._scorer.fields), values, strict=True)) if values else {}

    def _peer_strings(self, scored: Scored) -> str | None:
        peer = self._scorer.peer
        assert peer is not None
        strings = [
            peer.render(alt, self._symbol(scores.gene.symbol), scores.values, self._exact)
            for alt, result in zip(scored.record.alts, scored.results, strict=True)
            for scores in result.genes
            if scores.gene
        ]
        return ",".join(strings) or None

    def _symbol(self, symbol: str) -> str:
        return symbol.translate(CONTROL) if self._exact else escape(symbol)

    def header_lines(self, version: str) -> list[str]:
        """One `##INFO` line per ID."""
        return [column.header_line(version) for column in self.columns]

    def _bands(self) -> str:
        if self._scorer.percentiles:
            edges = [f"{least:g}" for least in PERCENT_FROM[1:]]
            of, last = f"percentile {self.prefix}PCT", "100"
        else:
            edges, of, last = ["0.2", "0.5", "0.8"], f"magnitude of {self.prefix}MAX", "1"
        ends = [*(f"{edge})" for edge in edges), f"{last}]"]
        spans = zip(BANDS, ["0", *edges], ends, strict=True)
        return f"Band of the {of}: {', '.join(f'{name} [{start},{end}' for name, start, end in spans)}"


_SOURCE = "Whether the scores were computed or taken from a file of --precomputed: computed precomputed"


def _status(result: AltResult, best: Best | None) -> str:
    return result.status.value


def _source(result: AltResult, best: Best | None) -> str:
    return result.source or "."


def _of_best(text: Callable[[Best], str]) -> Callable[[AltResult, Best | None], str]:
    return lambda _, best: (text(best) or ".") if best else "."


def _of_gene(text: Callable[[Gene], str]) -> Callable[[AltResult, Best | None], str]:
    return _of_best(lambda best: escape(text(best.scores.gene)) if best.scores.gene else "")


def _percent(best: Best) -> str:
    return "" if best.percent is None else percentile_text(best.percent)


def append_info(record: Record, entries: Sequence[str], replaced: frozenset[str]) -> tuple[str, bool]:
    """The record's line with entries appended to INFO, and whether earlier entries were removed.

    Args:
        replaced: keys to remove first.
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
    """Whether INFO may have any of the keys: called for every record, so it looks for only two or three words."""
    return any(word in info for word in _words(keys))


@functools.cache
def _words(keys: frozenset[str]) -> tuple[str, ...]:
    """The beginnings of all keys: `GS_`, and the IDs of peers."""
    return tuple({"GS_" if key.startswith("GS_") else key for key in keys})

"""TSV: the rows as text."""

from __future__ import annotations

from genoscore.engine.results import RecordResult
from genoscore.outputs.base import WriterContext
from genoscore.outputs.best import best_of_gene
from genoscore.outputs.files import TextFile
from genoscore.outputs.info import CONTROL
from genoscore.outputs.rows import COLUMNS, PERCENT, SOURCE, TRANSCRIPT, Row, last_columns, rows_of, score_columns
from genoscore.scores.bands import percentile_text


def one_cell(text: str) -> str:
    """Text that cannot end a cell or a line."""
    return text.translate(CONTROL)


class TsvWriter:
    """`.tsv` and `.tsv.gz`; missing is `.`."""

    def __init__(self, target: str, context: WriterContext) -> None:
        self.target = target
        self._sourced = context.sourced
        self._scorers = context.scorers
        self._score_ids = list(score_columns(context.scorers))
        self._last = last_columns(context.scorers, context.sourced)
        columns = [*COLUMNS, *self._score_ids, *self._last]
        self._nothing = ["."] * (len(columns) - 7)
        self._file = TextFile(target, target.endswith(".gz"), head="\t".join(columns) + "\n")

    def write(self, result: RecordResult) -> None:
        """Add one record's rows."""
        rows = rows_of(result, self._scorers)
        self._file.write("".join("\t".join(self._cells(row)) + "\n" for row in rows))

    @property
    def note(self) -> str:
        """Nothing to say."""
        return ""

    def prepare(self) -> None:
        """Finish the file."""
        self._file.finish()

    def commit(self) -> None:
        """Put it under its name."""
        self._file.commit()

    def discard(self) -> None:
        """Remove what was not committed."""
        self._file.discard()

    def _cells(self, row: Row) -> list[str]:
        scorer, scores, gene = self._scorers[row.predictor], row.scores, row.scores.gene
        first = [*row.record.columns[:4], row.alt, row.word, row.status]
        if gene is None and scores.values is None:  # most records of a genome
            return [*first, *self._nothing]
        best = best_of_gene(scores, scorer, row.track)
        values = dict.fromkeys(self._score_ids, ".")
        if scores.values is not None:
            values |= {field.id: field.text(value) for field, value in zip(scorer.fields, scores.values, strict=True)}
        owner = [*map(one_cell, (gene.symbol, gene.gene_id)), gene.strand] if gene else [".", ".", "."]
        maximum = [best.printed, best.band or "."] if best else [".", "."]
        last = dict.fromkeys(self._last, "") | {TRANSCRIPT: one_cell(gene.transcript_id) if gene else ""}
        if row.track:
            last[scorer.track_key] = one_cell(row.track)
        if best and best.percent is not None:
            last[PERCENT] = percentile_text(best.percent)
        if self._sourced:
            last[SOURCE] = row.source
        return [*first, *owner, *maximum, *values.values(), *(cell or "." for cell in last.values())]

"""TSV: one row per ALT x transcript x predictor; one with an empty gene where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from genoscore.engine.results import GeneScores, RecordResult
from genoscore.inputs.vcf import Record
from genoscore.outputs.base import TextFile
from genoscore.outputs.best import best_of_gene
from genoscore.outputs.info import CONTROL
from genoscore.scores.base import Scorer
from genoscore.variants import Status

COLUMNS = ("CHROM", "POS", "ID", "REF", "ALT", "PREDICTOR", "STATUS", "GENE", "GENE_ID", "STRAND", "MAX", "BAND")
LAST_COLUMNS = ("TRANSCRIPT",)  # after the score fields, so that the places of all others stay


def score_columns(scorers: Iterable[Scorer]) -> list[str]:
    """The score fields of all predictors, between COLUMNS and LAST_COLUMNS."""
    return list(dict.fromkeys(field.id for scorer in scorers for field in scorer.fields))


def one_cell(text: str) -> str:
    """Text that cannot end a cell or a line."""
    return text.translate(CONTROL)


class TsvWriter:
    """`.tsv` and `.tsv.gz`; missing is `.`."""

    def __init__(self, target: str, scorers: Mapping[str, Scorer]) -> None:
        self.target = target
        self._scorers = scorers
        self._score_ids = score_columns(scorers.values())
        names = (*COLUMNS, *self._score_ids, *LAST_COLUMNS)
        self._nothing = ["."] * (len(names) - 7)
        self._file = TextFile(target, target.endswith(".gz"), head="\t".join(names) + "\n")

    def write(self, result: RecordResult) -> None:
        """Add one record's rows."""
        rows = []
        for name, alts in result.alts.items():
            for alt, one in zip(result.record.alts, alts, strict=True):
                for scores in one.genes or (GeneScores(None, None),):
                    rows.append("\t".join(self._row(result.record, alt, name, one.status, scores)) + "\n")
        self._file.write("".join(rows))

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

    def _row(self, record: Record, alt: str, name: str, status: Status, scores: GeneScores) -> list[str]:
        scorer, gene = self._scorers[name], scores.gene
        if gene is None and scores.values is None:  # most records of a genome
            return [*record.columns[:4], alt, name, status, *self._nothing]
        best = best_of_gene(scores, scorer)
        values = dict.fromkeys(self._score_ids, ".")
        if scores.values is not None:
            values |= {field.id: field.text(value) for field, value in zip(scorer.fields, scores.values, strict=True)}
        owner = [*map(one_cell, (gene.symbol, gene.gene_id)), gene.strand] if gene else [".", ".", "."]
        maximum = [best.printed, best.band or "."] if best else [".", "."]
        transcript = one_cell(gene.transcript_id) if gene else ""
        return [*record.columns[:4], alt, name, status, *owner, *maximum, *values.values(), transcript or "."]

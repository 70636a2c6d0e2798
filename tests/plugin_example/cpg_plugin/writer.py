"""JSON Lines: one object per ALT, gene and predictor."""

from __future__ import annotations

import json

from genoscore.engine.results import RecordResult
from genoscore.outputs.base import WriterContext
from genoscore.outputs.files import TextOutput


class JsonLinesWriter(TextOutput):
    """`.jsonl`; scores are not rounded."""

    def __init__(self, target: str, context: WriterContext) -> None:
        self._scorers = context.scorers
        super().__init__(target, bgzip=False)

    def write(self, result: RecordResult) -> None:
        record = result.record
        place = {"contig": record.contig, "pos": record.pos, "ref": record.ref}
        for name, alts in result.alts.items():
            ids = [field.id for field in self._scorers[name].fields]
            for alt, one in zip(record.alts, alts, strict=True):
                for scores in one.genes or (None,):
                    row = {**place, "alt": alt, "predictor": name, "status": one.status}
                    if scores is not None and scores.values is not None:
                        row["gene"] = scores.gene.symbol if scores.gene else None
                        row |= zip(ids, scores.values, strict=True)
                    self.add(json.dumps(row) + "\n")

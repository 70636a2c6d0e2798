"""From the splice sites in a run's results to consequences; made where records are written, while networks compute."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import replace
from functools import partial

from genoscore.consequences.consequence import Aberration, Consequence
from genoscore.consequences.evidence import slide_of
from genoscore.consequences.sites import Searched
from genoscore.consequences.splicing_paths import Rules
from genoscore.consequences.transcript import TranscriptModel
from genoscore.consequences.transcript_effect import UNCHANGED, Placed, consequence_of, deletes_site
from genoscore.core.config import RunConfig
from genoscore.core.variants import Variant
from genoscore.engine.results import AltResult, GeneScores, RecordResult
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.gene import Gene
from genoscore.inputs.genes import GeneModels

_MODELS = 256  # transcripts whose bases are kept
# Where no splice sites were looked for: a file has scores alone; or outputs far from the variant were not finite.
FROM_FILE, NOT_FINITE = (Consequence(Aberration(None, reason=word)) for word in ("precomputed", "not_finite"))


class Effects:
    """Says what becomes of transcripts.

    Args:
        predictors: those with consequences.
        genome, genes: where transcripts have their bases, and whether any has a coding sequence.
        config: of the run; its distance and its limits of pseudoexons are used.
    """

    def __init__(
        self, predictors: Collection[str], genome: ReferenceGenome, genes: GeneModels | None, config: RunConfig
    ) -> None:
        self._predictors, self._genome, self._distance = predictors, genome, config.distance
        self._rules = Rules(config.pseudoexon)
        self._models: OrderedDict[int, TranscriptModel] = OrderedDict()
        self._annotated_cds = bool(predictors) and genes is not None and any(gene.coding for gene in genes)

    def of(self, result: RecordResult) -> RecordResult:
        """The result with the consequences that its splice sites tell."""
        if not any(alt.genes for name in self._predictors for alt in result.alts[name]):
            return result
        alts = dict(result.alts)
        for name in self._predictors:
            alts[name] = tuple(self._of_alt(alt, result.record.pos) for alt in alts[name])
        return replace(result, alts=alts)

    def _of_alt(self, alt: AltResult, pos: int) -> AltResult:
        unknown = FROM_FILE if alt.precomputed else NOT_FINITE
        return replace(alt, genes=tuple(self._of_gene(scores, pos, unknown) for scores in alt.genes))

    def _of_gene(self, scores: GeneScores, pos: int, unknown: Consequence) -> GeneScores:
        searched, gene = scores.searched, scores.gene
        if gene is None:
            return scores
        if searched is None:
            return replace(scores, consequence=unknown)
        return replace(scores, searched=None, consequence=self._consequence(searched, gene, pos))

    def _consequence(self, searched: Searched, gene: Gene, pos: int) -> Consequence:
        edit = searched.edit
        if not searched.found.ref and not searched.found.alt and not deletes_site(gene, edit):
            return UNCHANGED
        fetch = partial(self._genome.fetch, searched.contig)
        variant = Variant(searched.contig, edit.start + 1, fetch(edit.start, edit.end), edit.alt)
        placed = Placed(edit, slide_of(variant, fetch), pos, self._distance)
        return consequence_of(self._model(gene, searched.contig), placed, searched.found, self._rules)

    def _model(self, gene: Gene, contig: str) -> TranscriptModel:
        model = self._models.get(id(gene))
        if model is None or model.gene is not gene:
            model = TranscriptModel(gene, partial(self._genome.fetch, contig), self._annotated_cds)
            self._models[id(gene)] = model
            if len(self._models) > _MODELS:
                self._models.popitem(last=False)
        else:
            self._models.move_to_end(id(gene))
        return model

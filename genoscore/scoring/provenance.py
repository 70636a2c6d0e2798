"""What is needed to reproduce a run: digests of weights, options, files. Written to every output's header."""

from __future__ import annotations

from collections.abc import Mapping

from genoscore._version import __version__
from genoscore.consequences.wanted import are_wanted
from genoscore.core.choices import PSEUDOEXON
from genoscore.core.config import RunConfig
from genoscore.engine.precision import computed_in
from genoscore.inputs.genes import GeneModels
from genoscore.inputs.transcripts import CANONICAL
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.registry import ResolvedPredictor
from genoscore.predictors.windowed import asked_of_windows
from genoscore.weights.files import combined_sha256


def weights_digests(config: RunConfig, resolved: Mapping[str, ResolvedPredictor]) -> dict[str, str]:
    """Predictor -> digest of its weights; called before anything slow, so that a missing file is reported at once.

    Raises:
        WeightsError: weights are missing, or are not the published ones.
    """
    digests = {}
    for name, predictor in resolved.items():
        entry, given = predictor.entry, config.weights.get(name)
        if predictor.spec.untrained:
            digests[name] = "UNTRAINED"
            continue
        remedy = "reinstall genoscore" if entry.card.shipped else f"run: genoscore models fetch {name}"
        remedy += f"; or give --weights {name}=PATH to run it anyway"
        pinned = entry.card.sha256 if given is None else {}
        digests[name] = combined_sha256(entry.find_weights(given), pinned, remedy)
    return digests


def provenance_of(
    config: RunConfig, spec: PredictorSpec, weights_sha256: str, genes: GeneModels | None
) -> dict[str, str]:
    """The values of a predictor's `##genoscore` header line."""
    values = {
        "Version": __version__,
        "Command": config.command or "genoscore.api.score_vcf",
        "WeightsSHA256": weights_sha256,
        "Annotation": config.annotation,
    }
    if genes is not None and (spec.genes.bound or spec.genes.starts):
        values["Genes"] = genes.digest
    values["Reference"] = str(config.reference)
    if spec.input_length is None:
        values |= {"Distance": str(config.distance), "Mask": config.mask}
    else:
        values |= asked_of_windows(spec, config)
    if are_wanted(config, spec, genes):
        values["Reach"] = str(config.reach)
        if config.pseudoexon != PSEUDOEXON:
            values["Pseudoexon"] = ",".join(map(str, config.pseudoexon))
    values["Precision"] = computed_in(spec, config.precision)
    if config.transcripts != CANONICAL:
        values["Transcripts"] = config.transcripts
    if config.genes is not None and (spec.genes.bound or spec.genes.starts):
        values["GenePanel"] = config.genes
    values |= {"Compat": "true"} if spec.peer is not None else {}
    return values | config.recorded_origins()

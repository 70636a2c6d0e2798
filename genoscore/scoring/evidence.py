"""Whether the thresholds of `--evidence` fit a run, checked before anything slow; what they say of its variants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from genoscore.consequences.evidence import UNKNOWN, EvidenceRules, slide_of
from genoscore.consequences.wanted import are_wanted
from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.core.suggestions import known_names
from genoscore.core.variants import Variant, left_aligned
from genoscore.inputs.evidence_table import read_evidence
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.gene import Gene
from genoscore.inputs.genes import GeneModels
from genoscore.predictors import registry
from genoscore.predictors.base import PredictorSpec


def open_evidence(config: RunConfig) -> dict[str, EvidenceRules]:
    """Predictor -> its rules; predictors without thresholds are left out.

    Raises:
        ConfigError: the file cannot be used, names an unknown predictor or none of the run's, or its thresholds are for
            scores of another `-d` or `-m`.
    """
    if config.evidence is not None:
        _check(config)
    rules = {name: EvidenceRules.for_predictor(name, config.evidence) for name in config.predictor}
    return {name: of_predictor for name, of_predictor in rules.items() if of_predictor is not None}


def check_weights(rules: Mapping[str, EvidenceRules], digests: Mapping[str, str], path: Path | None) -> None:
    """Refuse thresholds that were made with other weights than those of the run.

    Args:
        digests: predictor -> digest of its weights.
        path: of the file.

    Raises:
        ConfigError: names the predictor.
    """
    for name, of_predictor in rules.items():
        if of_predictor.table.weights_sha256 not in (None, digests[name]):
            why = f"evidence file {path}: [{name}] is for scores of other weights than this run's"
            raise ConfigError(why, "calibrate anew with these weights")


def check_use(
    config: RunConfig, rules: Mapping[str, EvidenceRules], specs: Mapping[str, PredictorSpec], genes: GeneModels | None
) -> None:
    """Refuse `--evidence` in a run that would not write a word of it.

    Raises:
        ConfigError: no predictor with rules has consequences, of which the words are a part.
    """
    if config.evidence is not None and not any(are_wanted(config, specs[name], genes) for name in rules):
        raise ConfigError(
            "--evidence: this run says nothing of consequences, and so of evidence",
            "give a GTF or GFF3 with -a, or --consequences, and a predictor of splice sites that has thresholds",
        )


@dataclass(frozen=True, slots=True)
class PlacedRules:
    """Rules that are asked about variants as records have them, in any of the spellings of an insertion or deletion.

    Attributes:
        declared: contig lengths in the VCF's header, as for `ReferenceGenome.resolve`.
    """

    rules: EvidenceRules
    genome: ReferenceGenome
    declared: Mapping[str, int | None]

    @property
    def description(self) -> str:
        """See EvidenceRules."""
        return self.rules.description

    def word(self, magnitude: float, variant: Variant, gene: Gene, *, is_beyond: bool = False) -> str:
        """See EvidenceRules; `.` if the FASTA lacks the contig."""
        contig = self.genome.resolve(variant.contig, self.declared.get(variant.contig))
        if contig is None:
            return UNKNOWN
        fetch = partial(self.genome.fetch, contig)
        given = replace(variant, contig=contig, ref=variant.ref.upper(), alt=variant.alt.upper())
        placed = left_aligned(given.trimmed(), fetch)
        return self.rules.word(magnitude, placed, gene, slide_of(placed, fetch), is_beyond=is_beyond)


def _check(config: RunConfig) -> None:
    assert config.evidence is not None
    title, known = f"evidence file {config.evidence}", registry.names()
    tables = read_evidence(config.evidence)
    for name in tables:
        if name not in known:
            raise ConfigError(f"{title}: predictor {name!r:.60} is unknown", known_names(name, known, "known"))
    if not tables.keys() & {*config.predictor}:
        held, asked = ", ".join(tables), ", ".join(config.predictor)
        raise ConfigError(f"{title} has thresholds for {held}, not for {asked}", "leave it out, or add a table")
    for name in config.predictor:
        for key, flag in (("distance", "-d"), ("mask", "-m")):
            needed, used = getattr(tables.get(name), key, None), getattr(config, key)
            if needed is not None and needed != used:
                why = f"{title}: [{name}] is for scores made with {flag} {needed}, and this run has {flag} {used}"
                raise ConfigError(why, f"give {flag} {needed}, or calibrate anew")

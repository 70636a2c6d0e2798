"""Loads the networks of a run, once per device, and combines each with everything it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from genoscore.consequences.wanted import are_wanted
from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.engine.precision import screening_of
from genoscore.outputs.consequence_fields import Evidence
from genoscore.outputs.info import InfoFields
from genoscore.predictors.registry import ResolvedPredictor
from genoscore.scores.background import Background, add_shipped
from genoscore.scores.base import Scorer
from genoscore.scores.registry import make_scorer
from genoscore.scoring.evidence import PlacedRules
from genoscore.scoring.opening import OpenRun

if TYPE_CHECKING:
    from genoscore.engine.assembly import Assembly


@dataclass(frozen=True, slots=True)
class Assembled:
    """The predictors of a run, ready to compute.

    Attributes:
        devices: for each device, a copy of every predictor, in the order of `-p`.
        fields: predictor -> its INFO fields.
        consequences: as in WriterContext.
        warnings: messages about what is not available.
    """

    devices: list[list[Assembly]]
    fields: dict[str, InfoFields]
    warnings: list[str]
    consequences: dict[str, Evidence | None]

    @property
    def scorers(self) -> dict[str, Scorer]:
        """Predictor -> its scorer."""
        return {assembly.name: assembly.scorer for assembly in self.devices[0]}


def assemble(
    config: RunConfig, resolved: Mapping[str, ResolvedPredictor], run: OpenRun, shipped_bands: bool = True
) -> Assembled:
    """Load every predictor onto every device.

    Args:
        shipped_bands: whether scores get the percentiles and bands of a background that comes with the predictor.

    Raises:
        ConfigError: two predictors write the same INFO ID; bands are requested for scores without bands.
        WeightsError, InputError: weights or a background cannot be used.
    """
    from genoscore.predictors.device import choose_devices, choose_threads, keep_freed_memory

    choose_threads(config.threads)
    keep_freed_memory()
    assembled = Assembled([], {}, [], {})
    for device in choose_devices(config.device):
        on_device = replace(config, device=device)
        assembled.devices.append(
            [_assemble(on_device, predictor, run, shipped_bands, assembled) for predictor in resolved.values()]
        )
    for first, second in combinations(assembled.devices[0], 2):
        if shared := first.own_ids & second.own_ids:
            raise ConfigError(
                f"predictors {first.name} and {second.name} both write {', '.join(sorted(shared))}",
                "run them separately",
            )
    return assembled


def _assemble(
    config: RunConfig, predictor: ResolvedPredictor, run: OpenRun, shipped_bands: bool, assembled: Assembled
) -> Assembly:
    from genoscore.engine.assembly import Assembly
    from genoscore.engine.site_search import SiteSearch

    spec, name = predictor.spec, predictor.spec.name
    loaded = predictor.load(config)
    scorer = make_scorer(spec, config)
    provenance = run.provenance[name]
    if isinstance(scorer.percentiles, Background):
        scorer.percentiles.check(provenance)
    elif shipped_bands and (why := add_shipped(scorer, spec, provenance)) and why not in assembled.warnings:
        assembled.warnings.append(why)
    if config.min_band is not None and not scorer.banded:
        raise ConfigError(f"--min-band: scores of {name} have no bands without a background", "give --background")
    genes = run.inputs.genes
    gene_ids = genes is not None and genes.has_ids and (spec.genes.bound or spec.genes.starts)
    rules, declared = run.evidence.get(name), run.inputs.records.header.contigs
    evidence = None if rules is None else PlacedRules(rules, run.inputs.genome, declared)
    wanted = are_wanted(config, spec, genes)
    search = None
    if wanted:
        assembled.consequences[name] = evidence
        search = SiteSearch(spec, min(config.reach, spec.flank))
    fields = InfoFields(name, scorer, config.compat, name in run.precomputed, gene_ids, wanted, evidence)
    assembled.fields[name] = fields
    return Assembly(
        predictor=loaded,
        scorer=scorer,
        builder=run.inputs.job_builder(spec),
        genome=run.inputs.genome,
        batch_size=config.batch_size,
        screening=screening_of(spec, config.precision),
        own_ids=fields.ids,
        keep_existing=config.keep_existing,
        precomputed=run.precomputed.get(name),
        search=search,
    )

"""Whether a run says what becomes of the transcript."""

from __future__ import annotations

from collections.abc import Iterable

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.core.options.option import SCORE
from genoscore.inputs.genes import GeneModels
from genoscore.predictors.base import PredictorSpec

FAMILIES = ("splicing", "tissue_splicing")  # whose outputs are probabilities of splice sites


def are_wanted(config: RunConfig, spec: PredictorSpec, genes: GeneModels | None) -> bool:
    """Whether results of a predictor have consequences.

    As `--consequences` says; without it, if the annotation has transcripts with coding sequences.

    Args:
        genes: of the run; None without an annotation.
    """
    if genes is None or not _has_sites(spec) or config.compat or config.COMMAND != SCORE:
        return False
    return genes.has_transcripts if config.consequences is None else config.consequences


def check_request(config: RunConfig, specs: Iterable[PredictorSpec]) -> None:
    """Refuse `--consequences` where nothing can have any.

    Raises:
        ConfigError: no predictor scores splice sites.
    """
    names = [spec.name for spec in specs if not _has_sites(spec)]
    if config.consequences and len(names) == len(config.predictor):
        raise ConfigError(
            f"--consequences: {', '.join(names)} {'does' if len(names) == 1 else 'do'} not score splice sites",
            "add a predictor that does, for example -p spliceai, or leave it out",
        )


def _has_sites(spec: PredictorSpec) -> bool:
    return spec.family in FAMILIES and spec.genes.bound and spec.bin_size == 1 and spec.fixed is None

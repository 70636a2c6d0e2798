"""CpG sites: a C with a G after it. One track, no weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from genoscore.core.config import RunConfig
from genoscore.predictors.base import PredictorSpec
from genoscore.weights.card import ModelCard

if TYPE_CHECKING:
    import torch

CONTEXT_LENGTH = 2  # one base on each side


class CpgEntry:
    """What the entry point names."""

    card = ModelCard(
        name="cpg",
        summary="CpG sites, no network at all",
        paper="",
        licence="MIT",
        weights_source="none",
        install="",
        sha256={},
        commercial=True,
    )

    def spec(self, config: RunConfig) -> PredictorSpec:
        return PredictorSpec(
            context_length=CONTEXT_LENGTH,
            n_bins=2 * config.distance + 1,
            name="cpg",
            family="sites",
            tracks=("cpg",),
        )

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        return {}

    def load(self, config: RunConfig, spec: PredictorSpec) -> Cpg:
        from genoscore.predictors.device import choose_device

        return Cpg(spec, choose_device(config.device))


class Cpg:
    """1 where a base is C and the next one is G."""

    def __init__(self, spec: PredictorSpec, device: torch.device) -> None:
        self.spec = spec
        self.device = device

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        _, c, g, _ = x.to(self.device).unbind(1)  # (B, L) each
        sites = c[:, 1:-1] * g[:, 2:]  # (B, L - 2): the first and the last base are context
        return sites[:, None, None]  # (B, 1, 1, L - 2): one replicate, one track

    def to_fallback(self) -> Cpg:
        import torch

        return Cpg(self.spec, torch.device("cpu"))


CPG = CpgEntry()

"""GT after a base, on the strand of the gene: what most donors are. One track, no weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from genoscore.core.config import RunConfig
from genoscore.core.windows import GeneUse
from genoscore.predictors.base import PredictorSpec
from genoscore.weights.card import ModelCard

if TYPE_CHECKING:
    import torch

CONTEXT_LENGTH = 4  # two bases on each side


class DonorsEntry:
    """What the entry point names."""

    card = ModelCard(
        name="donors",
        summary="GT on the gene's strand",
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
            strand="gene",
            genes=GeneUse(bound=True, masked=True),
            name="donors",
            family="sites",
            tracks=("gt",),
        )

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        return {}

    def load(self, config: RunConfig, spec: PredictorSpec) -> Donors:
        from genoscore.predictors.device import choose_device

        return Donors(spec, choose_device(config.device))


class Donors:
    """1 where the next two bases are GT. For a gene on the reverse strand, x is its reverse complement already."""

    def __init__(self, spec: PredictorSpec, device: torch.device) -> None:
        self.spec = spec
        self.device = device

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        _, _, g, t = x.to(self.device).unbind(1)  # (B, L) each
        sites = g[:, 3:-1] * t[:, 4:]  # (B, L - 4): output 0 is of base 2, whose next two are 3 and 4
        return sites[:, None, None]  # (B, 1, 1, L - 4)

    def to_fallback(self) -> Donors:
        import torch

        return Donors(self.spec, torch.device("cpu"))


DONORS = DonorsEntry()

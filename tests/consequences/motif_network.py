"""A predictor whose probabilities follow from a few bases around a site: AG after pyrimidines, GT between purines."""

from __future__ import annotations

from pathlib import Path

import torch

from genoscore.core.config import RunConfig
from genoscore.core.windows import GeneUse
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.splicing.predictor import SPLICING_OPTIONS
from genoscore.weights.card import ModelCard

_FLANK = 20
_A, _C, _G, _T = range(4)


class MotifEntry:
    """Registry row."""

    card = ModelCard("motif", "", "", "MIT", "made here", "", {})

    def spec(self, config: RunConfig) -> PredictorSpec:
        """As SpliceAI's, with 20 bases of context on either side."""
        return PredictorSpec(
            context_length=2 * _FLANK, n_bins=2 * config.distance + 1, strand="gene", max_allele_length=500,
            genes=GeneUse(bound=True, masked=True), name="motif", family="splicing",
            tracks=("neither", "acceptor", "donor"), heeds=SPLICING_OPTIONS,
        )  # fmt: skip

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """No files."""
        return {}

    def load(self, config: RunConfig, spec: PredictorSpec) -> MotifPredictor:
        """Nothing to read."""
        return MotifPredictor(spec)


class MotifPredictor:
    """See MotifEntry."""

    def __init__(self, spec: PredictorSpec) -> None:
        self.spec = spec
        self.device = torch.device("cpu")

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to (B, 1, 3, L - 40)."""
        width = x.shape[2] - 2 * _FLANK

        def at(letter: int, offset: int) -> torch.Tensor:
            return x[:, letter, _FLANK + offset : _FLANK + offset + width]

        pyrimidines = sum(at(_C, -k) + at(_T, -k) for k in range(4, 17))  # 13 bases before the last three
        acceptor = at(_A, -2) * at(_G, -1) * torch.sigmoid(2.0 * (pyrimidines - 10.5) + at(_G, 0) + at(_C, -3))
        donor = (at(_A, -1) + at(_G, 0) + at(_A, 3) + at(_A, 4) + at(_G, 5)) * 1.6
        donor = at(_G, 1) * at(_T, 2) * torch.sigmoid(donor - 4.4)
        return torch.stack([1 - acceptor - donor, acceptor, donor], dim=1)[:, None]

    def to_fallback(self) -> MotifPredictor:
        """Itself."""
        return self


MOTIF = MotifEntry()

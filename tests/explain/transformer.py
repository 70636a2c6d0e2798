"""A small Enformer, registered as `transformer`."""

from __future__ import annotations

from pathlib import Path

import torch

from genoscore.core.config import RunConfig
from genoscore.core.windows import FixedWindow, GeneUse
from genoscore.networks.enformer_config import EnformerConfig
from genoscore.predictors.base import Limits, PredictorSpec
from genoscore.predictors.enformer.predictor import EnformerPredictor
from genoscore.predictors.enformer.weights import untrained
from genoscore.predictors.windowed import as_asked
from genoscore.weights.card import ModelCard

TRANSFORMER = EnformerConfig(
    dim=48, depth=2, heads=2, output_heads={"human": 2}, target_length=4, dim_divisible_by=8, attn_dim_key=16,
    use_tf_gamma=False, input_length=1024,
)  # fmt: skip


class TransformerEntry:
    """A small Enformer of random weights: 8 tokens of 128 bases, of which 4 are bins."""

    card = ModelCard("transformer", "", "", "MIT", "made here", "", {})

    def spec(self, config: RunConfig) -> PredictorSpec:
        """As Enformer's."""
        spec = PredictorSpec(
            context_length=512, bin_size=128, n_bins=4, max_allele_length=100, genes=GeneUse(starts=True),
            fixed=FixedWindow(1024), name="transformer", family="expression", tracks=("cage", "dnase"),
            limits=Limits(max_records=8),
        )  # fmt: skip
        return as_asked(spec, config)

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """No files."""
        return {}

    def load(self, config: RunConfig, spec: PredictorSpec) -> EnformerPredictor:
        """Seeded."""
        torch.manual_seed(3)
        return EnformerPredictor(spec, untrained(TRANSFORMER), "human", (0, 1), torch.device("cpu"))


TRANSFORMER_ENTRY = TransformerEntry()

"""A toy predictor that sees 264 bases to either side, with few splice sites."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from genoscore.core.config import RunConfig
from genoscore.networks.dilated import DilatedConfig, DilatedStack
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.splicing.predictor import SplicePredictor
from genoscore.weights.card import ModelCard
from tests.toy import TISSUE_TOY, TOY, toy_network

WIDE = DilatedConfig(channels=6, widths=(5, 5, 21, 21), dilations=(1, 1, 6, 6), blocks_per_skip=2)
FLANK = WIDE.context_length // 2
TISSUE_WIDE = replace(WIDE, tracks=2, eps=1e-5, negative_slope=0.1)


def sparse_network(seed: int, config: DilatedConfig = WIDE) -> DilatedStack:
    """Seeded weights; most bases are hardly any site, and a few are one."""
    network = toy_network(seed, config).eval()
    with torch.no_grad():
        network.head.weight.mul_(2.5)
        assert network.head.bias is not None
        network.head.bias[0] += 8.0
    return network


class WideEntry:
    """Registry row: as SpliceAI, two replicates; or, with tissues, as Pangolin."""

    def __init__(self, tissues: bool) -> None:
        self.tissues = tissues
        self.name = "wide_tissues" if tissues else "wide"
        self.card = ModelCard(self.name, "", "", "MIT", "made here", "", {})

    def spec(self, config: RunConfig) -> PredictorSpec:
        """That of the other toys, with a longer context."""
        spec = (TISSUE_TOY if self.tissues else TOY).spec(config)
        return replace(spec, context_length=WIDE.context_length, name=self.name, peer_info_id="", max_allele_length=90)

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """No files."""
        return {}

    def load(self, config: RunConfig, spec: PredictorSpec) -> SplicePredictor:
        """Two replicates, each of as many networks as there are tissues."""
        networks = whole_networks(self.tissues)
        return SplicePredictor(spec, networks, torch.device("cpu"), config.precision, 1 if self.tissues else None)


def whole_networks(tissues: bool) -> list[DilatedStack]:
    """The networks, one replicate after another."""
    return [sparse_network(seed, TISSUE_WIDE if tissues else WIDE) for seed in range(4 if tissues else 2)]


WIDE_TOY, WIDE_TISSUES = WideEntry(False), WideEntry(True)

"""A predictor small enough for a slow oracle: the real network's architecture at a context of 40 bases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from genoscore.core.config import RunConfig
from genoscore.core.windows import FixedWindow, GeneUse, PeerRules
from genoscore.networks.dilated import DilatedConfig, DilatedStack
from genoscore.predictors.base import Limits, PredictorSpec
from genoscore.predictors.registry import PredictorEntry
from genoscore.predictors.splicing.predictor import SPLICING_OPTIONS, SplicePredictor, splicing_spec
from genoscore.predictors.windowed import as_asked
from genoscore.weights.card import ModelCard

CONFIG = DilatedConfig(channels=8, widths=(3, 3, 5, 5), dilations=(1, 1, 2, 2), blocks_per_skip=2)


def loaded(entry: PredictorEntry, config: RunConfig) -> Any:
    """A predictor with its spec resolved for a config, as a run loads it."""
    return entry.load(config, entry.spec(config))


def toy_network(seed: int, config: DilatedConfig = CONFIG) -> DilatedStack:
    """Seeded weights, large enough that variants move the outputs."""
    torch.manual_seed(seed)
    network = DilatedStack(config)
    with torch.no_grad():
        for name, value in network.named_parameters():
            if name.endswith("weight") and value.ndim > 1:
                value.mul_(2.0)
        for name, value in network.named_buffers():
            if name.endswith("running_mean"):
                value.normal_(0, 0.2)
            elif name.endswith("running_var"):
                value.uniform_(0.5, 1.5)
    return network


class ToyEntry:
    """Registry row."""

    card = ModelCard("toy", "", "", "MIT", "made here", "", {})

    def spec(self, config: RunConfig) -> PredictorSpec:
        """As SpliceAI's, with a shorter context and a limit of 30 bases."""
        peer = PeerRules(2 * config.distance)
        return PredictorSpec(
            context_length=CONFIG.context_length, n_bins=2 * config.distance + 1, strand="gene",
            genes=GeneUse(bound=True, masked=True), max_allele_length=30, peer=peer if config.compat else None,
            name="toy", family="splicing", peer_info_id="SpliceAI", tracks=("neither", "acceptor", "donor"),
            iupac="spliceai" if config.compat else "zero", replicates=2, heeds=SPLICING_OPTIONS,
        )  # fmt: skip

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """No files."""
        return {}

    def load(self, config: RunConfig, spec: PredictorSpec) -> SplicePredictor:
        """Two replicates."""
        networks = [toy_network(1), toy_network(2)]
        return SplicePredictor(spec, networks, torch.device("cpu"), config.precision)


TOY = ToyEntry()
TISSUES = ("heart", "brain")
LEAKY = replace(CONFIG, tracks=2, eps=1e-5, negative_slope=0.1)


class TissueToyEntry:
    """Registry row of a small Pangolin: two replicates of two tissues, as many networks."""

    card = ModelCard("tissue_toy", "", "", "MIT", "made here", "", {}, commercial=True)

    def spec(self, config: RunConfig) -> PredictorSpec:
        """As Pangolin's, with a shorter context."""
        peer = PeerRules(
            2 * config.distance, skips_mnvs=False, names_skipped=False, any_letter=False, to_ref_end=True,
            by_strand=True,
        )  # fmt: skip
        spec = splicing_spec(
            config, "tissue_toy", CONFIG.context_length, replicates=2, peer=peer, peer_info_id="Pangolin",
            tracks=TISSUES, family="tissue_splicing", gene_masked=False, peer_iupac="zero",
        )  # fmt: skip
        return replace(spec, limits=Limits(max_stretch=400))

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """No files."""
        return {}

    def load(self, config: RunConfig, spec: PredictorSpec) -> SplicePredictor:
        """Four networks."""
        networks = [toy_network(seed, LEAKY) for seed in range(4)]
        return SplicePredictor(spec, networks, torch.device("cpu"), config.precision, channel=1)


TISSUE_TOY = TissueToyEntry()


class BinEntry:
    """A network of one length: windows of 64 bases, 8 of context on each side, 6 bins of 8; N is 0.25; both strands.

    Track `first_a` is the first base of a bin, as far as it is A; `all` is everything in the bin, 8 for known bases.
    """

    def __init__(self, name: str, family: str) -> None:
        self.card = ModelCard(name, "", "", "MIT", "made here", "", {})
        self._family = family

    def spec(self, config: RunConfig) -> PredictorSpec:
        """Everything that a spec may say of such a network."""
        spec = PredictorSpec(
            context_length=16, bin_size=8, n_bins=6, strand="both", max_allele_length=20, genes=GeneUse(starts=True),
            fixed=FixedWindow(64, centre=31), name=self.card.name, family=self._family, tracks=("first_a", "all"),
            n_fill=0.25, limits=Limits(max_records=3),
        )  # fmt: skip
        return as_asked(spec, config)

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """No files."""
        return {}

    def load(self, config: RunConfig, spec: PredictorSpec) -> BinPredictor:
        """Nothing to read."""
        return BinPredictor(spec)


class BinPredictor:
    """See BinEntry."""

    def __init__(self, spec: PredictorSpec) -> None:
        self.spec = spec
        self.device = torch.device("cpu")

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, 64) to (B, 1, 2, 6)."""
        assert x.shape[1:] == (4, 64)
        bins = x[:, :, 8:-8].unflatten(2, (6, 8))  # (B, 4, 6, 8)
        return torch.stack([bins[:, 0, :, 0], bins.sum(dim=(1, 3))], dim=1)[:, None]

    def to_fallback(self) -> BinPredictor:
        """Itself."""
        return self


BINS = BinEntry("bins", "expression")
SIGNED_BINS = BinEntry("signed_bins", "signal")


class WeighedEntry:
    """Windows of 64 bases, 8 of context on each side, 6 bins of 8; N is 0; genes by their transcription starts.

    A bin's output in track t is the sum of WEIGHTS[t] of its bases, each times its place in the bin, from 1.
    """

    weights = ((1.0, 0.5, 0.25, 0.0), (0.0, 2.0, 0.0, 3.0))  # of A, C, G, T

    def __init__(self, name: str, family: str) -> None:
        self.card = ModelCard(name, "", "", "MIT", "made here", "", {})
        self._family = family

    def spec(self, config: RunConfig) -> PredictorSpec:
        """POS lies at index 30, the second-last base of the third bin."""
        spec = PredictorSpec(
            context_length=16, bin_size=8, n_bins=6, max_allele_length=20, genes=GeneUse(starts=True),
            fixed=FixedWindow(64, centre=30), name=self.card.name, family=self._family, tracks=("purine", "other"),
            limits=Limits(max_records=3),
        )  # fmt: skip
        return as_asked(spec, config)

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """No files."""
        return {}

    def load(self, config: RunConfig, spec: PredictorSpec) -> WeighedPredictor:
        """Nothing to read."""
        return WeighedPredictor(spec)


class WeighedPredictor:
    """See WeighedEntry."""

    def __init__(self, spec: PredictorSpec) -> None:
        self.spec = spec
        self.device = torch.device("cpu")
        self.windows = 0

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, 64) to (B, 1, 2, 6)."""
        self.windows += len(x)
        bins = x[:, :, 8:-8].unflatten(2, (6, 8))  # (B, 4, 6, 8)
        places = torch.arange(1.0, 9.0)
        return torch.einsum("bcnp,tc,p->btn", bins, torch.tensor(WeighedEntry.weights), places)[:, None]

    def to_fallback(self) -> WeighedPredictor:
        """Itself."""
        return self


WEIGHED = WeighedEntry("weighed", "expression")
WEIGHED_SIGNAL = WeighedEntry("weighed_signal", "signal")

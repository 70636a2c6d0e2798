"""Pangolin as a predictor (Zeng and Li, Genome Biology 2022): splice-site strength in four tissues, three replicates.

Of each published network, trained for one tissue's usage, only the output that Pangolin's own scores are made of is
computed: the probability that a base is a splice site in that tissue.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from genoscore.config import RunConfig
from genoscore.errors import WeightsError
from genoscore.predictors.base import ModelCard, PredictorSpec
from genoscore.predictors.checkpoints import load_checkpoint
from genoscore.predictors.splicing import SplicePredictor, fill, refuse_mask, splicing_spec
from genoscore.predictors.weights import require_files
from genoscore.windows import PeerRules

if TYPE_CHECKING:
    from genoscore.networks.dilated import DilatedStack

CONTEXT_LENGTH = 10_000
TISSUES = ("heart", "liver", "brain", "testis")
REPLICATES = (1, 2, 3)
_PER_SKIP = 4
_SITE = 1  # of a head's two outputs: the probability of a splice site
# By replicate, then by tissue; the second number of a name is twice the tissue's.
_FILES = tuple(f"final.{replicate}.{2 * tissue}.3.v2" for replicate in REPLICATES for tissue in range(len(TISSUES)))
_REMEDY = "give --weights pangolin=FOLDER with the published files final.1.0.3.v2 and so on"

CARD = ModelCard(
    name="pangolin",
    summary="Gain and loss of splice sites in heart, liver, brain and testis, twelve dilated CNNs",
    paper="Zeng and Li, Genome Biology 2022, doi:10.1186/s13059-022-02664-4",
    licence="GPL-3.0 (Zeng and Li)",
    weights_source="github.com/tkzeng/Pangolin, pangolin/models/final.{1,2,3}.{0,2,4,6}.3.v2",
    install="download the weights and give --weights pangolin=FOLDER",
    sha256={},
)


class PangolinEntry:
    """Registry row of Pangolin."""

    card = CARD

    def spec(self, config: RunConfig) -> PredictorSpec:
        """Windows of 10,000 + 2 x distance + 1 bases on the gene's strand, bases outside the gene as they are."""
        refuse_mask(config, "pangolin", "spliceai")
        peer = PeerRules(
            2 * config.distance,
            skips_mnvs=False,
            names_skipped=False,
            any_letter=False,
            to_ref_end=True,
            by_strand=True,
        )
        return splicing_spec(
            config,
            "pangolin",
            CONTEXT_LENGTH,
            replicates=len(REPLICATES),
            peer=peer,
            peer_info_id="Pangolin",
            tracks=TISSUES,
            family="tissue_splicing",
            gene_masked=False,
            peer_iupac="zero",
        )

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """Under `given`."""
        if given is None:
            raise WeightsError("the weights of pangolin are not installed", _REMEDY)
        return require_files(given, _FILES, "pangolin", _REMEDY)

    def load(self, config: RunConfig) -> SplicePredictor:
        """Read the twelve networks onto the run's device."""
        from genoscore.predictors.device import choose_device

        files = self.find_weights(config.weights.get("pangolin"))
        networks = [_read(files[name], at % len(TISSUES)) for at, name in enumerate(_FILES)]
        device = choose_device(config.device)
        return SplicePredictor(self.spec(config), networks, device, config.precision, channel=_SITE)


PANGOLIN = PangolinEntry()


def _read(path: Path, tissue: int) -> DilatedStack:
    """A state dict as a DilatedStack with one head, that of the tissue's splice sites.

    Raises:
        WeightsError: damaged, or its layers are not Pangolin's.
    """
    from genoscore.networks.dilated import DilatedConfig, DilatedStack

    network = DilatedStack(DilatedConfig(tracks=2, eps=1e-5))
    layers: dict[str, Any] = {"conv1": network.stem, "skip": network.skips[0]}
    for number, block in enumerate(network.blocks):
        for part in ("1", "2"):
            layers[f"resblocks.{number}.conv{part}"] = getattr(block, f"conv{part}")
            layers[f"resblocks.{number}.bn{part}"] = getattr(block, f"norm{part}")
    for number, skip in enumerate(list(network.skips)[1:]):
        layers[f"convs.{number}"] = skip
    # Heads 1, 3, 5, 7 are the tissues' splice sites, 2, 4, 6, 8 their usage.
    layers[f"conv_last{2 * tissue + 1}"] = network.head
    others = tuple(f"conv_last{head}." for head in range(1, 9) if head != 2 * tissue + 1)
    state = {key: value for key, value in load_checkpoint(path).items() if not key.startswith(others)}
    fill(layers, state, path, "a Pangolin model")
    return network

"""Pangolin as a predictor (Zeng and Li, Genome Biology 2022): splice-site strength in four tissues, three replicates.

Each published network was trained for usage in one tissue; only the output behind Pangolin's own scores is computed:
the probability that a base is a splice site in that tissue.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from genoscore.core.config import RunConfig
from genoscore.core.errors import WeightsError
from genoscore.core.windows import PeerRules
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.splicing.filling import fill
from genoscore.predictors.splicing.predictor import SplicePredictor, refuse_mask, splicing_spec
from genoscore.weights.card import ModelCard, Speed
from genoscore.weights.checkpoints import load_checkpoint
from genoscore.weights.files import fetched_files, require_files

if TYPE_CHECKING:
    from genoscore.networks.dilated import DilatedStack

CONTEXT_LENGTH = 10_000
REST = 0.052  # of bases of BRCA2 that are no splice sites, most have between 0.047 and 0.055 in every tissue
TISSUES = ("heart", "liver", "brain", "testis")
REPLICATES = (1, 2, 3)
_PER_SKIP = 4
_SITE = 1  # of a head's two outputs: the probability of a splice site
# By replicate, then by tissue; the second number of a name is twice the tissue's.
_FILES = tuple(f"final.{replicate}.{2 * tissue}.3.v2" for replicate in REPLICATES for tissue in range(len(TISSUES)))
_REMEDY = "run: genoscore models fetch pangolin, or give --weights pangolin=FOLDER"

CARD = ModelCard(
    name="pangolin",
    summary="Gain and loss of splice sites in heart, liver, brain and testis, twelve dilated CNNs",
    scores="splice sites in four tissues",
    speed=Speed(0.125, "1000 Genomes SNVs of two genes, two CPU cores"),
    paper="Zeng and Li, Genome Biology 2022, doi:10.1186/s13059-022-02664-4",
    licence="GPL-3.0",
    licence_url="https://www.gnu.org/licenses/gpl-3.0.html",
    licence_terms="Zeng and Li; any use, including commercial; redistribution only under the same licence",
    commercial=True,
    weights_source="github.com/tkzeng/Pangolin",
    install="genoscore models fetch pangolin",
    fetch_from="https://raw.githubusercontent.com/tkzeng/Pangolin/5cf94b8db938c658391b4305cd7ce33297d44ff7/pangolin/models",
    sizes=dict.fromkeys(_FILES, 2_877_321),
    sha256={
        "final.1.0.3.v2": "f0478fab173b75f7f7e9fe96688bad6c50fa4a46d70557f423b110caaf565501",
        "final.1.2.3.v2": "559c05de3e1ce65c2515ca3e92ef85edb0ec2e47686ca58060e25891ce06eb3a",
        "final.1.4.3.v2": "c50b12e0c0af776d5674ca5e346493f8265783494d4df383364de9c1136657f6",
        "final.1.6.3.v2": "2aae563fa18a8a9b6699c6c96e0d32b8ec7543f8f805fb3bc9de77302cc9f66e",
        "final.2.0.3.v2": "c4c6bb4880fa6fb28b14182ae3ea0600edb07056158f55325b5e6e6e48fc9f26",
        "final.2.2.3.v2": "48758ba8b95eee9aa9feea52672ef06ca1b34111299c27f8a710f734d8b9aae5",
        "final.2.4.3.v2": "e03303bed4fd6f135ec0f6c1b192cce954ea42d0646f44d17b4a6fbb2b1f610e",
        "final.2.6.3.v2": "7d3c0b1b2a60067b940dec315567874fbc8bcd322f1b7c76bf969f51f0f53f7f",
        "final.3.0.3.v2": "ec685a6e7105a4486c1f89a005458a13deb3fe7171f13d434f4877e386d10676",
        "final.3.2.3.v2": "7cb576c2b24db4fdd6970c4ca4fb7c20ae1b1d8ae80645ebbe689848b5743129",
        "final.3.4.3.v2": "9476d2e25520d7ff15bece0cd5d3b657e3b1dd3cc5fcab1d9c3b62bea7a0c5b6",
        "final.3.6.3.v2": "756e7721a382cace24e9bfea5b543af5623f2487d9a3efe7385e9c76367005fd",
    },
)


class PangolinEntry:
    """Registry row of Pangolin."""

    card = CARD

    def spec(self, config: RunConfig) -> PredictorSpec:
        """Windows of 10,000 + 2 x distance + 1 bases on the gene's strand, bases outside the gene unchanged."""
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
            rest=REST,
        )

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """The files under `given`, or those that `models fetch` downloaded."""
        if given is not None:
            return require_files(given, _FILES, "pangolin", _REMEDY)
        fetched = fetched_files("pangolin", _FILES)
        if fetched is None:
            raise WeightsError("the weights of pangolin are not installed", _REMEDY)
        return fetched

    def load(self, config: RunConfig, spec: PredictorSpec) -> SplicePredictor:
        """Read the twelve networks onto the run's device."""
        from genoscore.predictors.device import choose_device

        files = self.find_weights(config.weights.get("pangolin"))
        networks = [_read(files[name], at % len(TISSUES)) for at, name in enumerate(_FILES)]
        device = choose_device(config.device)
        return SplicePredictor(spec, networks, device, config.precision, channel=_SITE)


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

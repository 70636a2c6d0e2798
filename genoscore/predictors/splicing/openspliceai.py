"""OpenSpliceAI as a predictor (Chao et al., eLife 2025): SpliceAI's architecture retrained, five seeds, four contexts.

The weights determine the context: a folder of `*.pt` files, all with the same context, one per seed.
"""

from __future__ import annotations

import re
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
from genoscore.weights.files import fetched_files, require_regular

if TYPE_CHECKING:
    from genoscore.networks.dilated import DilatedStack

DEFAULT_CONTEXT = 10_000
_BLOCKS = {80: 4, 400: 8, 2_000: 12, 10_000: 16}  # context length -> residual blocks
_PER_SKIP = 4
_BYTES = {"80nt": 397_410, "400nt": 787_320, "2000nt": 1_505_074, "10000nt": 2_878_124}  # of each file
_DEFAULT_FOLDER = "10000nt/"
_SEEDS = 5
_UNIT = re.compile(rb"residual_units\.(\d{1,3})\.conv1")
_REMEDY = (
    "run: genoscore models fetch openspliceai, or give --weights openspliceai=FOLDER with *.pt files of one context"
)

CARD = ModelCard(
    name="openspliceai",
    summary="Splice acceptor and donor gain and loss, five dilated CNNs trained on MANE; contexts 80 to 10,000",
    scores="splice sites gained and lost",
    speed=Speed(0.0487, "1000 Genomes SNVs of two genes, two CPU cores"),
    paper="Chao et al., eLife 2025, doi:10.7554/eLife.107454",
    licence="GPL-3.0",
    licence_url="https://www.gnu.org/licenses/gpl-3.0.html",
    licence_terms="Chao et al.; any use, including commercial; redistribution only under the same licence",
    commercial=True,
    weights_source="github.com/Kuanhao-Chao/OpenSpliceAI",
    install="genoscore models fetch openspliceai",
    fetch_from="https://raw.githubusercontent.com/Kuanhao-Chao/OpenSpliceAI/v0.0.5/models/openspliceai-mane",
    sizes={
        f"{context}/model_{context}_rs{seed}.pt": size for context, size in _BYTES.items() for seed in range(10, 15)
    },
    sha256={
        "80nt/model_80nt_rs10.pt": "894594d18be6d3e339d76b9698accf4071bd2f0f32f40c52a2c1b848d1cef9f4",
        "80nt/model_80nt_rs11.pt": "141999005015698296b78f7ee1ce2a6bffc8653195e23963dbad0a5cc124b8ee",
        "80nt/model_80nt_rs12.pt": "ae201087fe05756c7c9dd128df5323648f9081ad5c854e632aea7980852a8e93",
        "80nt/model_80nt_rs13.pt": "d50d31d53067d3beb74a7bc7f5b885ec7cae79e6ce736ee9ce47d463df041f7d",
        "80nt/model_80nt_rs14.pt": "8e669b8df46366575130cf46729baab8103657086d9b070d52af75b8af5dc652",
        "400nt/model_400nt_rs10.pt": "a4838147b4af2e9b19d336f21eeea6bf5af5140ecd33fa3ebdb64b544ea6b547",
        "400nt/model_400nt_rs11.pt": "32120d27b711f4313e5a73dcb1405ea77d1cddeab02709f39348d300d3f0e6de",
        "400nt/model_400nt_rs12.pt": "db74e7948eba498fd55b56a666edf3db8e71068967d71de5e28f1d10c81b529d",
        "400nt/model_400nt_rs13.pt": "b0a3599b5444c8752e22963b52d37f822521a824db3aae16b924fd53ecaeeb51",
        "400nt/model_400nt_rs14.pt": "35bd0ab2598891ed956df886c59e8e9f0ac2879cebede30bbba9887daf8b79d3",
        "2000nt/model_2000nt_rs10.pt": "dc5bf14fa830f0105dfd34e034ead9d8067d65facc34ee88c7948c8585c921d3",
        "2000nt/model_2000nt_rs11.pt": "aebdfa5b62972827ac832a213add3b7bc9e8a7770adbb27a7c6a93346b20215a",
        "2000nt/model_2000nt_rs12.pt": "0904d00f1b210f34e804385c495fb7ac4bb7c8f8d527e6b4a4046cc131bddb16",
        "2000nt/model_2000nt_rs13.pt": "9620d8d1b0d5b6e15558f9c63aab0b49e6d9f9bcb3b524b9dcb0879d413e2522",
        "2000nt/model_2000nt_rs14.pt": "856d1545b58e024f87d61395da5240965c052133897aaf98546d20d70bc85d38",
        "10000nt/model_10000nt_rs10.pt": "7b0d6af6239e27392226bbada310ee9e2ce0ced149fb6fdff8996c12cba3cc85",
        "10000nt/model_10000nt_rs11.pt": "38fe4469eff09ffe5caa291bc224248c81ed68acca0b729afb87450909a8130e",
        "10000nt/model_10000nt_rs12.pt": "49f38e3fd0e87b81ce22d986d1168eb9b2c55668bfd6aaa064da1082ee668667",
        "10000nt/model_10000nt_rs13.pt": "bae2756b452f31d45b74604816561da79284d791be37f467491a68342c819b20",
        "10000nt/model_10000nt_rs14.pt": "cfe2741311ed02dab3042492a5be14029b18d63be693751e9534315a9e4c6271",
    },
)


class OpenSpliceAIEntry:
    """Registry row of OpenSpliceAI."""

    card = CARD

    def spec(self, config: RunConfig) -> PredictorSpec:
        """As SpliceAI's, with the context and number of seeds of the weights."""
        refuse_mask(config, "openspliceai", "site")
        context, replicates = DEFAULT_CONTEXT, _SEEDS
        given = config.weights.get("openspliceai")
        if given is not None:
            files = self.find_weights(given)
            context, replicates = _common_context(files), len(files)
        return splicing_spec(
            config,
            "openspliceai",
            context,
            replicates=replicates,
            peer_info_id="OpenSpliceAI",
            peer=PeerRules(2 * config.distance),
            peer_iupac="zero",
        )

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """The `*.pt` files of a folder, or those of the default context that `models fetch` downloaded."""
        if given is None:
            fetched = fetched_files("openspliceai", (name for name in CARD.sha256 if name.startswith(_DEFAULT_FOLDER)))
            if fetched is None:
                raise WeightsError("the weights of openspliceai are not installed", _REMEDY)
            return fetched
        if not given.is_dir():
            raise WeightsError(f"weights of openspliceai: {given} is not a folder", _REMEDY)
        published = {name.rpartition("/")[2]: name for name in CARD.sha256}
        files = {published.get(path.name, path.name): path for path in sorted(given.glob("*.pt"))}
        require_regular(*files.values())
        if not files:
            raise WeightsError(f"weights of openspliceai: {given} holds no *.pt file", _REMEDY)
        return files

    def load(self, config: RunConfig, spec: PredictorSpec) -> SplicePredictor:
        """Read the seeds onto the run's device."""
        from genoscore.predictors.device import choose_device

        files = self.find_weights(config.weights.get("openspliceai"))
        networks = [_read(path, spec.context_length) for path in files.values()]
        return SplicePredictor(spec, networks, choose_device(config.device), config.precision)


OPENSPLICEAI = OpenSpliceAIEntry()


def _common_context(files: dict[str, Path]) -> int:
    contexts = {name: _context(path) for name, path in files.items()}
    if len(set(contexts.values())) > 1:
        listed = ", ".join(f"{name} {context:,}" for name, context in contexts.items())
        raise WeightsError(f"weights of openspliceai: contexts differ ({listed})", "keep only one context per folder")
    return next(iter(contexts.values()))


def _context(path: Path) -> int:
    """The context length, inferred from layer names, which are stored as text in the file. Torch is not needed."""
    try:
        n_blocks = len({int(number) for number in _UNIT.findall(path.read_bytes())})
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror})", "check its permissions") from None
    for context, blocks in _BLOCKS.items():
        if n_blocks == blocks:
            return context
    raise WeightsError(f"{path} does not hold an OpenSpliceAI model ({n_blocks} residual blocks)", _REMEDY)


def _read(path: Path, context_length: int) -> DilatedStack:
    """A state dict as a DilatedStack.

    Raises:
        WeightsError: damaged, or its layers are not OpenSpliceAI's.
    """
    from genoscore.networks.dilated import DilatedConfig, DilatedStack

    full, blocks = DilatedConfig(), _BLOCKS[context_length]
    network = DilatedStack(
        DilatedConfig(widths=full.widths[:blocks], dilations=full.dilations[:blocks], eps=1e-5, negative_slope=0.1)
    )
    layers: dict[str, Any] = {"initial_conv": network.stem, "initial_skip.conv": network.skips[0]}
    for number, block in enumerate(network.blocks):
        unit = f"residual_units.{number + number // _PER_SKIP}"  # every fifth unit is a skip
        for part in ("1", "2"):
            layers[f"{unit}.conv{part}"] = getattr(block, f"conv{part}")
            layers[f"{unit}.batchnorm{part}"] = getattr(block, f"norm{part}")
        if (number + 1) % _PER_SKIP == 0:
            skip = number // _PER_SKIP
            layers[f"residual_units.{number + skip + 1}.conv"] = network.skips[skip + 1]
    layers["final_conv"] = network.head
    fill(layers, load_checkpoint(path), path, "an OpenSpliceAI model")
    return network

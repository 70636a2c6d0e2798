"""OpenSpliceAI as a predictor (Chao et al., eLife 2025): SpliceAI's stack trained anew, five seeds, four contexts.

The context is that of the weights: a folder of `*.pt` files, all of one context, each a seed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genoscore.config import RunConfig
from genoscore.errors import WeightsError
from genoscore.predictors.base import ModelCard, PredictorSpec
from genoscore.predictors.checkpoints import load_checkpoint
from genoscore.predictors.splicing import SplicePredictor, fill, refuse_mask, splicing_spec
from genoscore.windows import PeerRules

if TYPE_CHECKING:
    from genoscore.networks.dilated import DilatedStack

DEFAULT_CONTEXT = 10_000
_BLOCKS = {80: 4, 400: 8, 2_000: 12, 10_000: 16}  # context length -> residual blocks
_PER_SKIP = 4
_SEEDS = range(10, 15)
_UNIT = re.compile(rb"residual_units\.(\d+)\.conv1")
_REMEDY = "give --weights openspliceai=FOLDER with the published *.pt files of one context"

CARD = ModelCard(
    name="openspliceai",
    summary="Splice acceptor and donor gain and loss, five dilated CNNs trained on MANE; contexts 80 to 10,000",
    paper="Chao et al., eLife 2025, doi:10.7554/eLife.107454",
    licence="GPL-3.0 (Chao et al.)",
    weights_source="github.com/Kuanhao-Chao/OpenSpliceAI, models/openspliceai-mane/{80,400,2000,10000}nt/*.pt",
    install="download a folder of the weights and give --weights openspliceai=FOLDER",
    sha256={},
)


class OpenSpliceAIEntry:
    """Registry row of OpenSpliceAI."""

    card = CARD

    def spec(self, config: RunConfig) -> PredictorSpec:
        """As SpliceAI's, with the context and the number of seeds that the weights have."""
        refuse_mask(config, "openspliceai", "site")
        context, replicates = DEFAULT_CONTEXT, len(_SEEDS)
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
        )

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """The `*.pt` files of a folder."""
        if given is None:
            raise WeightsError("the weights of openspliceai are not installed", _REMEDY)
        if not given.is_dir():
            raise WeightsError(f"weights of openspliceai: {given} is not a folder", _REMEDY)
        found = {path.name: path for path in sorted(given.glob("*.pt"))}
        if not found:
            raise WeightsError(f"weights of openspliceai: {given} holds no *.pt file", _REMEDY)
        return found

    def load(self, config: RunConfig) -> SplicePredictor:
        """Read the seeds onto the run's device."""
        from genoscore.predictors.device import choose_device

        files = self.find_weights(config.weights.get("openspliceai"))
        spec = self.spec(config)
        networks = [_read(path, spec.context_length) for path in files.values()]
        return SplicePredictor(spec, networks, choose_device(config.device), config.precision)


OPENSPLICEAI = OpenSpliceAIEntry()


def _common_context(files: dict[str, Path]) -> int:
    contexts = {name: _context(path) for name, path in files.items()}
    if len(set(contexts.values())) > 1:
        listed = ", ".join(f"{name} {context:,}" for name, context in contexts.items())
        raise WeightsError(f"weights of openspliceai: contexts differ ({listed})", "keep one context in a folder")
    return next(iter(contexts.values()))


def _context(path: Path) -> int:
    """The context length by the names of the layers, which stand in the file as text. Torch is not needed."""
    try:
        units = {int(number) for number in _UNIT.findall(path.read_bytes())}
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror})", "check its permissions") from None
    for context, blocks in _BLOCKS.items():
        if len(units) == blocks:
            return context
    raise WeightsError(f"{path} holds no OpenSpliceAI model ({len(units)} residual blocks)", _REMEDY)


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

"""SpliceAI as a predictor (Jaganathan et al., Cell 2019): five dilated CNNs, averaged after the softmax.

The weights come from the distribution `spliceai==1.3.1` or from a folder; Keras and TensorFlow are never imported.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genoscore.core.config import RunConfig
from genoscore.core.errors import WeightsError
from genoscore.core.windows import PeerRules
from genoscore.predictors.base import PredictorSpec, Screening
from genoscore.predictors.splicing.predictor import SplicePredictor, refuse_mask, splicing_spec
from genoscore.weights.card import ModelCard, Speed
from genoscore.weights.checkpoints import as_weights
from genoscore.weights.files import fetched_files, require_files, require_regular

if TYPE_CHECKING:
    from torch import nn

    from genoscore.networks.dilated import DilatedStack

CONTEXT_LENGTH = 10_000
# Not under --compat: the peer prints -0.00 or 0.00 by the sign of a score, which an approximation cannot guarantee.
# Measured with `benchmarks/screening.py` at distances up to 50; docs/performance.md has the distribution.
SCREENING = Screening(sensitive=0.005, floor=0.0015, slope=3.0, edit=0.1, call=0.27, base=0.0005)
SCREENED_DISTANCE = 50
_FILES = tuple(f"spliceai{number}.h5" for number in range(1, 6))

CARD = ModelCard(
    name="spliceai",
    summary="Splice acceptor and donor gain and loss, five dilated CNNs",
    scores="splice sites gained and lost",
    speed=Speed(0.021, "1000 Genomes SNVs of two genes, two CPU cores"),
    paper="Jaganathan et al., Cell 2019, doi:10.1016/j.cell.2018.12.015",
    licence="CC BY-NC 4.0",
    licence_url="https://creativecommons.org/licenses/by-nc/4.0/",
    licence_terms="Illumina, Inc.; non-commercial use only, with attribution",
    commercial=False,
    weights_source="Python package spliceai==1.3.1, files spliceai1.h5 to spliceai5.h5",
    install="pip install --no-deps spliceai==1.3.1",
    fetch_from="https://raw.githubusercontent.com/Illumina/SpliceAI/v1.3.1/spliceai/models",
    sha256={
        "spliceai1.h5": "e1fd5adcef7489d604b10e79c40078ef790d51ef048c4ce3869c9119ac5de42b",
        "spliceai2.h5": "6ab042b82ab966b6d3582cb31b96f0859ea08a864f168d69e83aa14450a3b66e",
        "spliceai3.h5": "e2e790bde53dfdf410c6dc434a86122a7d12f3f38dc2ef45d85986e9ecf22fad",
        "spliceai4.h5": "ca88ac9e58e69ba6fdeed319b72f063f164c9abf7392eaccef903e94c1d99dd6",
        "spliceai5.h5": "791cd22c62a80a08d2ca674615a93ce8159d7b55bd157cfef2983b1bd6b41391",
    },
    sizes=dict.fromkeys(_FILES, 3_131_720),
)


class SpliceAIEntry:
    """Registry row of SpliceAI."""

    card = CARD

    def spec(self, config: RunConfig) -> PredictorSpec:
        """Windows of 10,000 + 2 x distance + 1 bases on the gene's strand, N outside the gene."""
        refuse_mask(config, "spliceai", "site")
        screened = config.precision == "auto" and not config.compat and config.distance <= SCREENED_DISTANCE
        return splicing_spec(
            config,
            "spliceai",
            CONTEXT_LENGTH,
            replicates=len(_FILES),
            peer_info_id="SpliceAI",
            peer=PeerRules(2 * config.distance),
            screening=SCREENING if screened else None,
        )

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """The files under `given`; else those from `models fetch`, or from the installed distribution `spliceai`."""
        remedy = (
            f"run: genoscore models fetch spliceai, or: {CARD.install} ({CARD.licence}); or --weights spliceai=FOLDER"
        )
        if given is not None:
            return require_files(given, _FILES, "spliceai", remedy)
        fetched = fetched_files("spliceai", _FILES)
        if fetched is not None:
            return fetched
        try:
            distribution = importlib.metadata.distribution("spliceai")
        except importlib.metadata.PackageNotFoundError:
            raise WeightsError("the weights of spliceai are not installed", remedy) from None
        return require_files(Path(str(distribution.locate_file("spliceai/models"))), _FILES, "spliceai", remedy)

    def load(self, config: RunConfig, spec: PredictorSpec) -> SplicePredictor:
        """Read the five models onto the run's device."""
        from genoscore.predictors.device import choose_device

        files = self.find_weights(config.weights.get("spliceai"))
        networks = [_read_keras(files[name]) for name in _FILES]
        return SplicePredictor(spec, networks, choose_device(config.device), config.precision)


SPLICEAI = SpliceAIEntry()

# Batch normalisation: PyTorch's names and Keras's.
_NORM_NAMES = (
    ("weight", "gamma"),
    ("bias", "beta"),
    ("running_mean", "moving_mean"),
    ("running_var", "moving_variance"),
)


def _read_keras(path: Path) -> DilatedStack:
    """One of SpliceAI's Keras files as a DilatedStack.

    Raises:
        WeightsError: not HDF5, or its layers are not SpliceAI's.
    """
    import h5py

    from genoscore.networks.dilated import DilatedStack

    require_regular(path)
    network = DilatedStack()
    try:
        with h5py.File(path, "r") as file:
            layers = _groups(_groups(file)["model_weights"])
            convolutions = _in_order(layers, "conv1d_")
            norms = _in_order(layers, "batch_normalization_")
            _fill(network, convolutions, norms, path)
    except (OSError, LookupError, ValueError, RuntimeError, AttributeError, TypeError) as error:
        why = " ".join(str(error).split())[:120]
        raise WeightsError(f"{path} does not hold a SpliceAI model ({why})", f"run: {CARD.install}") from None
    return network


def _groups(parent: Any) -> dict[str, Any]:
    """The groups and datasets of a group, by their short names.

    Raises:
        ValueError: one of them lies in another file, which may be anything.
    """
    import h5py

    if any(isinstance(parent.get(name, getlink=True), h5py.ExternalLink) for name in parent):
        raise ValueError("it links to another file")
    return {name.rsplit("/", 1)[-1]: parent[name] for name in parent}


def _in_order(layers: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Weights, unread, of the layers of one kind, by their short names, in the order in which Keras numbered them."""
    numbers = sorted(int(name.removeprefix(prefix)) for name in layers if name.startswith(prefix))
    ordered = []
    for number in numbers:
        arrays: dict[str, Any] = {}
        layers[f"{prefix}{number}"].visititems(
            lambda key, item, arrays=arrays: arrays.update(
                {key.rsplit("/", 1)[-1].split(":")[0]: item} if hasattr(item, "shape") else {}
            )
        )
        ordered.append(arrays)
    return ordered


def _fill(network: DilatedStack, convolutions: list[dict[str, Any]], norms: list[dict[str, Any]], path: Path) -> None:
    """Keras created the layers in this order: stem, first skip, the blocks and skip of each group; the head last."""
    blocks: list[Any] = list(network.blocks)
    per_skip = network.config.blocks_per_skip
    order: list[nn.Module] = [network.stem, network.skips[0]]
    for number, block in enumerate(blocks, 1):
        order += [block.conv1, block.conv2]
        if number % per_skip == 0:
            order.append(network.skips[number // per_skip])
    order.append(network.head)
    norm_order = [norm for block in blocks for norm in (block.norm1, block.norm2)]
    if len(convolutions) != len(order) or len(norms) != len(norm_order):
        counts = f"{len(convolutions)} convolutions and {len(norms)} norms"
        raise ValueError(f"{counts}, expected {len(order)} and {len(norm_order)}")
    for layer, arrays in zip(order, convolutions, strict=True):
        weight: Any = layer.weight  # (out, in, 1, width); Keras has (width, in, out)
        _copy(weight.data[:, :, 0].permute(2, 1, 0), arrays["kernel"], path)
        _copy(layer.bias, arrays["bias"], path)
    for norm, arrays in zip(norm_order, norms, strict=True):
        for ours, theirs in _NORM_NAMES:
            _copy(getattr(norm, ours), arrays[theirs], path)


def _copy(target: Any, source: Any, path: Path) -> None:
    """A dataset into a tensor; it is read only if it has the tensor's shape."""
    import torch

    if tuple(target.shape) != tuple(source.shape):
        raise ValueError(f"a layer has shape {tuple(source.shape)}, expected {tuple(target.shape)}")
    if source.external or source.is_virtual:
        raise ValueError("its data are in another file")
    target.data.copy_(as_weights(path, source.name, torch.from_numpy(source[()])))

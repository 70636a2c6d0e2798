"""A predictor for use from Python, without a VCF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from genoscore.core.config import RunConfig
from genoscore.predictors import registry
from genoscore.scoring.texts import predict_texts

if TYPE_CHECKING:
    import torch

    from genoscore.predictors.base import Predictor, PredictorSpec


class LoadedPredictor:
    """A predictor whose `predict` also accepts sequences as strings; everything else is the predictor's own.

    Attributes:
        network: the predictor itself, as the engine runs it.
    """

    def __init__(self, network: Predictor) -> None:
        self.network = network

    @property
    def spec(self) -> PredictorSpec:
        """Its inputs and outputs."""
        return self.network.spec

    @property
    def device(self) -> torch.device:
        """The device on which it computes."""
        return self.network.device

    @overload
    def predict(self, x: torch.Tensor) -> torch.Tensor: ...
    @overload
    def predict(self, x: str) -> NDArray[np.float32]: ...
    @overload
    def predict(self, x: list[str] | tuple[str, ...]) -> list[NDArray[np.float32]]: ...
    def predict(
        self, x: torch.Tensor | str | list[str] | tuple[str, ...]
    ) -> torch.Tensor | NDArray[np.float32] | list[NDArray[np.float32]]:
        """Run the network.

        Args:
            x: one or several sequences as strings, read as `genoscore predict` reads a FASTA, flanked by N. Or one-hot
                (B, 4, L), channels A, C, G, T, which the network reads unchanged.

        Returns:
            For a sequence (T, N): T tracks, N bins (one output per base if bins are bases), replicates averaged; for
            several, a list of such arrays. For one-hot (B, R, T, N), R replicates.

        Raises:
            InputError: a sequence is empty, too long, or contains a character that is not a base.
            GenoscoreError: outputs are not finite.
        """
        if isinstance(x, str):
            return predict_texts(self.network, [x])[0]
        if isinstance(x, (list, tuple)):
            return predict_texts(self.network, x)
        return self.network.predict(x)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.network, name)


def load_predictor(name: str, weights: str | Path | None = None, **options: Any) -> LoadedPredictor:
    """A predictor for use from Python.

    Args:
        name: as in `genoscore models list`.
        weights: folder of its weights, instead of the installed ones.
        options: `device`, `precision`, `threads`, `distance`, ... as in RunConfig.

    Raises:
        ConfigError, WeightsError: the name is unknown, or weights are missing.
    """
    from genoscore.predictors.device import choose_threads

    folders = {name: Path(weights)} if weights is not None else {}
    config = RunConfig(input="-", reference=Path("-"), predictor=(name,), weights=folders, **options)
    predictor = registry.resolve(config)[name]
    choose_threads(config.threads)
    return LoadedPredictor(predictor.load(config))

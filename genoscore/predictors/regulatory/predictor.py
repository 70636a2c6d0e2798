"""genoscore's own predictor of regulatory activity: what a reporter assay would measure for 200 bases.

Its weights come with genoscore. `--weights regulatory=FILE` selects others of the same layout, trained on other tables.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genoscore.core.choices import MAX_SHIFT
from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, WeightsError
from genoscore.core.windows import FixedWindow
from genoscore.predictors.base import Limits, PredictorSpec, SequenceUse
from genoscore.predictors.regulatory.weights import (
    BACKGROUND,
    FILE,
    RegulatoryHeader,
    find_file,
    load_networks,
    read_header,
    shipped,
)
from genoscore.predictors.track_table import Track, chosen_tracks
from genoscore.predictors.windowed import as_asked
from genoscore.weights.card import ByHand, ModelCard, Speed

if TYPE_CHECKING:
    import torch

    from genoscore.networks.regulatory import RegulatoryEnsemble

_STEP = 16  # bases between the variant's positions in the window
_CPU_WINDOWS, _CUDA_WINDOWS = 64, 4096  # computed together
_SHA256 = "035e95da0831bf3a99aded64152a8afdfb60150901a4486fb61b47413c1eb0c1"  # of the shipped file

CARD = ModelCard(
    name="regulatory",
    summary="Activity of a 200-base element in a reporter assay (lentiMPRA), in HepG2 and WTC11",
    scores="activity in reporter assays",
    speed=Speed(0.15, "common variants of the 1000 Genomes Project, one CPU core"),
    paper="genoscore's own; measurements: Agarwal et al., Nature 2025, doi:10.1038/s41586-024-08430-9",
    licence="MIT",
    licence_url="https://opensource.org/license/mit",
    licence_terms="part of genoscore, under its licence; any use, with its notice, which names JASPAR (CC BY 4.0) too",
    commercial=True,
    weights_source="comes with genoscore",
    install="",
    sha256={FILE: _SHA256},
    shipped=True,
    by_hand=ByHand("come with genoscore", "install genoscore again"),
    about={
        "data": "27,063 sequences of lentiMPRA in HepG2 and WTC11 (Agarwal et al. 2025), 200 bases each, in both "
        "orientations",
        "not_for": "diagnosis, or any decision about a patient by itself; variants that act through splicing, the "
        "protein or contacts of distant elements; cell types other than those measured; the size of an effect in the "
        "genome, since a reporter measures an element outside its native context",
    },
)


class RegulatoryEntry:
    """Registry row of the predictor."""

    @property
    def card(self) -> ModelCard:
        """With facts from the header of the shipped file."""
        try:
            path = find_file(None)
            header = read_header(path)
        except WeightsError:
            return CARD
        size = f"{header.networks} networks, {path.stat().st_size:,} bytes"
        return replace(CARD, about={**CARD.about, "size": size, **_facts(header.trained)})

    def spec(self, config: RunConfig) -> PredictorSpec:
        """Windows with the variant at several positions, mean of both strands, wherever the variant lies."""
        given = config.weights.get(CARD.name)
        header = _header(given)
        chosen = _chosen(header, config)
        length = header.config.length
        spec = PredictorSpec(
            context_length=0,
            bin_size=length,
            n_bins=1,
            strand="both",
            max_allele_length=1,
            fixed=FixedWindow(length, anchor="middle", shifts=default_shifts(length), slides=True),
            name=CARD.name,
            family="activity",
            tracks=tuple(header.tracks[index] for index in chosen),
            sequences=SequenceUse(exact_length=True, adaptors=header.adaptors),
            limits=Limits(cpu_windows=_CPU_WINDOWS),
            unit=header.unit,
            background=shipped(BACKGROUND) if given is None else None,
        )
        resolved = as_asked(spec, config, "tracks")
        farthest = max(map(abs, resolved.shifts))
        if farthest >= length // 2:
            raise ConfigError(
                f"--shifts: {farthest} moves the variant out of the {length} bases that regulatory reads",
                f"give at most {length // 2 - 1}",
            )
        return replace(resolved, max_allele_length=max(1, min(length // 2, 2 * (length // 2 - farthest) - 1)))

    def tracks(self, given: Path | None, head: str | None) -> tuple[Track, ...]:
        """The tracks of the file."""
        if head is not None:
            raise ConfigError(f"--head {head!r}: regulatory has only one head", "leave it out")
        return _tracks(_header(given))

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """The single file, under a fixed name so that the digest does not depend on its path; its header is read."""
        path = find_file(given)
        read_header(path)
        return {FILE: path}

    def load(self, config: RunConfig, spec: PredictorSpec) -> RegulatoryPredictor:
        """Read the networks onto the run's device."""
        from genoscore.predictors.device import choose_device

        given = config.weights.get(CARD.name)
        path = find_file(given)
        device = choose_device(config.device)
        chosen = _chosen(read_header(path), config)
        return RegulatoryPredictor(spec, load_networks(path), chosen, device)


REGULATORY = RegulatoryEntry()


def default_shifts(length: int) -> tuple[int, ...]:
    """Every 16 bases, over the middle two thirds of the window.

    >>> default_shifts(200), default_shifts(64)
    ((-64, -48, -32, -16, 0, 16, 32, 48, 64), (-16, 0, 16))
    """
    most = min(MAX_SHIFT, length // 3) // _STEP * _STEP
    return tuple(range(-most, most + 1, _STEP))


def _header(given: Path | None) -> RegulatoryHeader:
    """Header of the user's file or of the shipped one; the defaults if that is missing."""
    if given is None and not shipped(FILE).is_file():
        return RegulatoryHeader()
    return read_header(find_file(given))


def _tracks(header: RegulatoryHeader) -> tuple[Track, ...]:
    return tuple(Track(index, name, "") for index, name in enumerate(header.tracks))


def _chosen(header: RegulatoryHeader, config: RunConfig) -> tuple[int, ...]:
    chosen = chosen_tracks(_tracks(header), config, CARD.name)
    return tuple(range(len(header.tracks))) if chosen is None else chosen


def _facts(trained: Mapping[str, Any]) -> dict[str, str]:
    """How the weights were made, one line per fact."""
    return {f"trained_{key}": fact if isinstance(fact, str) else json.dumps(fact) for key, fact in trained.items()}


class RegulatoryPredictor:
    """The networks on their device, always in fp32: motif matches are exponents, and there is little to gain.

    Args:
        chosen: 0-based indices of the tracks that a run uses.
    """

    def __init__(
        self,
        spec: PredictorSpec,
        networks: RegulatoryEnsemble,
        chosen: tuple[int, ...],
        device: torch.device,
    ) -> None:
        self.spec = spec
        self.device = device
        self.networks = networks.to(device)
        self.token_size = networks.config.token_size
        self.attending = len(networks.networks)
        self._chosen = list(chosen)

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) of the spec's input_length to activities (B, 1, T, 1), float32, of the strand as given."""
        return self._predicted(self.networks.each, x)

    def predict_both(self, x: torch.Tensor) -> torch.Tensor:
        """See StrandedPredictor."""
        return self._predicted(self.networks.each_on_both, x)

    def differentiable(self, x: torch.Tensor) -> torch.Tensor:
        """See DifferentiablePredictor."""
        y: torch.Tensor = self.networks(x.to(self.device))
        return y[:, None, self._chosen, None]

    def attention(self, x: torch.Tensor) -> list[torch.Tensor]:
        """See AttentivePredictor."""
        import torch

        with torch.inference_mode():
            return self.networks.attention(x.to(self.device))

    def importance(self, x: torch.Tensor) -> torch.Tensor:
        """See PoolingPredictor."""
        import torch

        with torch.inference_mode():
            return self.networks.importance(x.to(self.device))

    def _predicted(
        self, each: Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor | None]], x: torch.Tensor
    ) -> torch.Tensor:
        import torch

        if x.ndim != 3 or x.shape[1:] != (4, self.spec.input_length):
            raise ValueError(f"x has shape {tuple(x.shape)}, expected (B, 4, {self.spec.input_length})")
        most = _CUDA_WINDOWS if self.device.type == "cuda" else _CPU_WINDOWS
        with torch.inference_mode():
            y = torch.cat([self.networks.mixed(*each(part.to(self.device))) for part in torch.split(x, most)])
        return y.float()[:, None, self._chosen, None]

    def to_fallback(self) -> RegulatoryPredictor:
        """The same in fp32 on the CPU."""
        import copy

        import torch

        cpu = torch.device("cpu")
        networks = self.networks if self.device == cpu else copy.deepcopy(self.networks)
        return RegulatoryPredictor(self.spec, networks, tuple(self._chosen), cpu)

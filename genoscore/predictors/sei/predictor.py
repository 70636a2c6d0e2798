"""Sei as a predictor (Chen et al., Nature Genetics 2022): 21,907 chromatin profiles from 4,096 bases, both strands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.errors import ConfigError
from genoscore.core.windows import FixedWindow, Stretch
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.sei.weights import REMEDY, find_folder, profiles, read_network, untrained_network
from genoscore.predictors.track_table import Track, chosen_tracks, track_names
from genoscore.predictors.windowed import as_asked
from genoscore.weights.card import ByHand, ModelCard, Speed

if TYPE_CHECKING:
    import torch

    from genoscore.networks.sei import Sei

MAX_ALLELE_LENGTH = 2_000
N_FILL = 0.25

CARD = ModelCard(
    name="sei",
    summary="21,907 chromatin profiles (factors, histone marks, accessibility) and 40 sequence classes",
    scores="21,907 chromatin profiles",
    speed=Speed(1.17, "one SNV alone, two CPU cores"),
    paper="Chen et al., Nature Genetics 2022, doi:10.1038/s41588-022-01102-2",
    licence="academic use only",
    licence_url="https://github.com/FunctionLab/sei-framework",
    licence_terms="Princeton University and the Flatiron Institute; non-commercial, academic use only",
    commercial=False,
    weights_source="Zenodo record 4906997, doi:10.5281/zenodo.4906997",
    install="",
    sha256={},
    by_hand=ByHand("are published as an archive, which models fetch cannot download", REMEDY),
)


class SeiEntry:
    """Registry row of Sei."""

    card = CARD

    def spec(self, config: RunConfig) -> PredictorSpec:
        """Windows of 4,096 bases around the middle of REF, mean of both strands, wherever the variant lies."""
        folder = find_folder(config.weights.get("sei"), needed=False)
        tracks = profiles(folder)
        names, chosen = track_names(tracks), chosen_tracks(tracks, config, "sei")
        length = folder.input_length
        spec = PredictorSpec(
            context_length=0,
            bin_size=length,
            n_bins=1,
            strand="both",
            max_allele_length=min(MAX_ALLELE_LENGTH, length // 2),
            name="sei",
            family="chromatin",
            tracks=names if chosen is None else tuple(names[index] for index in chosen),
            n_fill=N_FILL,
            fixed=FixedWindow(length, centre=length // 2 - 1, anchor="middle"),
        )
        return as_asked(spec, config, "tracks", "untrained")

    def tracks(self, given: Path | None, head: str | None) -> tuple[Track, ...]:
        """Every profile."""
        if head is not None:
            raise ConfigError(f"--head {head!r}: sei has only one head", "leave it out")
        return profiles(find_folder(given, needed=False))

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """The checkpoint and the files beside it, under `given` or in genoscore's own folder."""
        return find_folder(given, needed=True).files

    def load(self, config: RunConfig, spec: PredictorSpec) -> SeiPredictor:
        """Read the network onto the run's device."""
        from genoscore.predictors.device import choose_device

        folder = find_folder(config.weights.get("sei"), needed=not config.untrained)
        chosen = chosen_tracks(profiles(folder), config, "sei")
        read = untrained_network if config.untrained else read_network
        device = choose_device(config.device)
        return SeiPredictor(spec, lambda: read(folder, chosen), device, config.precision)


SEI = SeiEntry()


class SeiPredictor:
    """The network on its device.

    Args:
        read: loads a new copy of the network, in fp32 on the CPU.
    """

    def __init__(
        self, spec: PredictorSpec, read: Callable[[], Sei], device: torch.device, precision: str = "fp32"
    ) -> None:
        import torch

        from genoscore.networks.sei_edits import SeiPasses

        self.spec = spec
        self.device = device
        self._read = read
        self._dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        self.network = read().eval().requires_grad_(False).to(device, self._dtype)
        # Windows whose towers are computed together: more are no faster on a CPU, since they exceed its caches.
        self._at_once = 32 if device.type == "cuda" else 1
        self._passes = SeiPasses(self.network, device.type == "cpu" and self._dtype == torch.float32)

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) of the spec's input_length to probabilities (B, 1, T, 1), float32, of the strand as given."""
        import torch

        if x.ndim != 3 or x.shape[1:] != (4, self.spec.input_length):
            raise ValueError(f"x has shape {tuple(x.shape)}, expected (B, 4, {self.spec.input_length})")
        with torch.inference_mode():
            x = x.to(self.device, self._dtype)
            features = torch.cat([self._passes.tower(part) for part in torch.split(x, 2 * self._at_once)])
            return self._passes.profiles(features)[:, None, :, None]

    def differentiable(self, x: torch.Tensor) -> torch.Tensor:
        """See DifferentiablePredictor."""
        profiles: torch.Tensor = self.network(x.to(self.device, self._dtype))
        return profiles[:, None, :, None]

    def predict_edits(
        self,
        stretch: Stretch,
        edits: Sequence[Edit],
        batch_size: int | None = None,
        screen: bool = False,
        computed: Callable[[float], None] = lambda _: None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See EditPredictor: ref and alt (E, 1, T, 1), averaged over the spec's strands and shifts."""
        import torch

        from genoscore.predictors.sei.windows import Means, View, batches, encode_views, shared_windows

        with torch.inference_mode():
            means = Means(self.spec, len(edits), self._passes.profiles, self.device, computed)
            windows = shared_windows(stretch, edits, self.spec)
            for at in range(0, len(windows), self._at_once):
                views = [
                    View(window, strand) for window in windows[at : at + self._at_once] for strand in means.strands
                ]
                kept = self._passes.reference(encode_views(views, self.spec).to(self.device, self._dtype))
                means.add_references(kept.features, views)
                for batch in batches(views, self.spec, batch_size):
                    rows = torch.tensor(batch.views, device=self.device)
                    x = batch.x.to(self.device, self._dtype)
                    means.add_alternatives(self._passes.alternatives(kept, rows, x, batch.first), batch.rows)
            return means.result()

    def to_fallback(self) -> SeiPredictor:
        """The same in fp32 on the CPU."""
        import torch

        same = self.device.type == "cpu" and self._dtype == torch.float32
        return SeiPredictor(self.spec, (lambda: self.network) if same else self._read, torch.device("cpu"))

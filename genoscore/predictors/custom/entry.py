"""Custom models: a TorchScript or torch.export file and its manifest, as a predictor. Torch is imported by `load`."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, WeightsError
from genoscore.core.windows import FixedWindow, GeneUse
from genoscore.predictors.base import Limits, PredictorSpec, SequenceUse
from genoscore.predictors.custom.manifest import EXPORT, TORCHSCRIPT, Manifest, find_manifest, read_manifest
from genoscore.predictors.track_table import Track, chosen_tracks, read_targets, track_names
from genoscore.predictors.windowed import as_asked
from genoscore.weights.card import ModelCard
from genoscore.weights.files import require_regular

if TYPE_CHECKING:
    from genoscore.predictors.custom.predictor import CustomPredictor

MAX_ALLELE_LENGTH = 2_000
_MOST_RECORDS = 512
_OUTPUT_BYTES = 256 << 20  # both windows of every record in a chunk


class CustomEntry:
    """Registry row of a custom model.

    Args:
        manifest: of the model as added; `--weights NAME=PATH` selects another one with the same name.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self.card = ModelCard(
            name=manifest.name,
            summary=manifest.summary,
            paper=manifest.paper,
            licence=manifest.licence or "none stated",
            weights_source=manifest.source or "a custom model",
            install="genoscore models add MODEL.toml",
            sha256={},
            licence_url=manifest.licence_url,
            commercial=manifest.commercial,
        )

    def manifest(self, given: Path | None) -> Manifest:
        """The manifest of the model under `--weights`, else of the one that was added.

        Raises:
            ConfigError: see `read_manifest`; or it belongs to another model.
        """
        if given is None:
            return self._manifest
        manifest = read_manifest(find_manifest(given))
        if manifest.name != self.card.name:
            raise ConfigError(
                f"--weights {self.card.name}: {manifest.path} is the manifest of {manifest.name}",
                f"give -p {manifest.name}",
            )
        return manifest

    def tracks(self, given: Path | None, head: str | None) -> tuple[Track, ...]:
        """The tracks of the manifest, or of its table."""
        if head is not None:
            raise ConfigError(f"--head {head!r}: {self.card.name} has only one head", "leave it out")
        return manifest_tracks(self.manifest(given))

    def spec(self, config: RunConfig) -> PredictorSpec:
        """As the manifest says; the same at every distance."""
        manifest = self.manifest(config.weights.get(self.card.name))
        _check_asked(config, manifest)
        names = track_names(manifest_tracks(manifest))
        chosen = self._chosen(config, manifest)
        spec = PredictorSpec(
            context_length=manifest.context_length,
            bin_size=manifest.bin_size,
            n_bins=manifest.n_bins,
            strand=manifest.strand,
            max_allele_length=_longest_allele(manifest),
            genes=GeneUse(starts=manifest.tss),
            fixed=FixedWindow(manifest.input_length, manifest.centre),
            name=manifest.name,
            family=manifest.family,
            tracks=tuple(names[index] for index in chosen),
            n_fill=manifest.n_fill,
            sequences=SequenceUse(any_length=manifest.any_length),
            limits=Limits(max_records=max(1, min(_MOST_RECORDS, _OUTPUT_BYTES // (8 * len(chosen) * manifest.n_bins)))),
        )
        return as_asked(spec, config, "tracks")

    def _chosen(self, config: RunConfig, manifest: Manifest) -> tuple[int, ...]:
        """Indices of the tracks that the run uses, in order."""
        tracks = manifest_tracks(manifest)
        chosen = chosen_tracks(tracks, config, self.card.name)
        return tuple(range(len(tracks))) if chosen is None else chosen

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """Manifest, network and table; the network's file is inspected, but not loaded."""
        manifest = self.manifest(given)
        require_regular(*manifest.files.values())
        for path in manifest.files.values():
            if not os.path.isfile(path):
                raise WeightsError(
                    f"{manifest.path} names {path.name}, which is not in the same folder", "put it there"
                )
        _check_archive(manifest)
        return manifest.files

    def load(self, config: RunConfig, spec: PredictorSpec) -> CustomPredictor:
        """The network on the run's device, after a first pass with checked outputs."""
        from genoscore.predictors.custom.predictor import CustomPredictor, Outputs
        from genoscore.predictors.device import choose_device

        given = config.weights.get(self.card.name)
        self.find_weights(given)
        manifest = self.manifest(given)
        outputs = Outputs(len(manifest_tracks(manifest)), self._chosen(config, manifest))
        device, bf16 = choose_device(config.device), config.precision == "bf16"
        return CustomPredictor(spec, manifest, outputs, device, bf16)


def _check_asked(config: RunConfig, manifest: Manifest) -> None:
    """Raise ConfigError if a run would move the windows so far that scores belong to another position."""
    farthest = max(map(abs, config.shifts or (0,)))
    if 2 * farthest > manifest.bin_size:  # bins of different positions would be averaged
        raise ConfigError(
            f"--shifts: {farthest} is more than half a bin of {manifest.name} ({manifest.bin_size} bases)",
            f"give at most {manifest.bin_size // 2}",
        )
    last = manifest.input_length - manifest.context_length // 2 - 1
    if config.centre == "grid" and manifest.centre + manifest.bin_size - 1 > last:
        raise ConfigError(
            f"--centre grid: some variants would lie to the right of the bins of {manifest.name}", "leave it out"
        )


def manifest_tracks(manifest: Manifest) -> tuple[Track, ...]:
    """The tracks of a manifest, or of the table it names.

    Raises:
        InputError, WeightsError: see `read_targets`.
    """
    if manifest.table is not None:
        return read_targets(manifest.table)
    return tuple(Track(index, name, "") for index, name in enumerate(manifest.tracks))


def _longest_allele(manifest: Manifest) -> int:
    """Half of what lies right of the variant, so that ALT ends inside the window, followed by as much sequence."""
    return max(1, min(MAX_ALLELE_LENGTH, (manifest.input_length - manifest.centre) // 2))


def _check_archive(manifest: Manifest) -> None:
    """Raise WeightsError if the network's file is not in the format stated in the manifest."""
    path = manifest.path.parent / manifest.file
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except Exception:  # damage raises many kinds of errors
        names = []
    ends = {name.partition("/")[2] for name in names}
    if ends & {"models/model.json"} or "serialized_exported_program.json" in names:
        form = EXPORT
    elif "constants.pkl" in ends:
        form = TORCHSCRIPT
    else:
        kind = "holds tensors, but no network" if "data.pkl" in ends else "is damaged, or holds no network"
        raise WeightsError(f"{path} {kind}", "save it with torch.jit.save or torch.export.save")
    if form != manifest.format:
        raise WeightsError(
            f"{path} is in {form} format, not {manifest.format}", f'set format = "{form}" in {manifest.path.name}'
        )

"""Enformer as a predictor (Avsec et al., Nature Methods 2021): tracks of expression and chromatin over 128-base bins.

A folder of weights holds `config.json`, `model.safetensors` or `pytorch_model.bin`, and the tables of targets, if any.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, WeightsError
from genoscore.core.windows import FixedWindow, GeneUse
from genoscore.networks.enformer_config import BIN_SIZE, EnformerConfig
from genoscore.predictors.base import Limits, PredictorSpec
from genoscore.predictors.enformer.weights import find_files, read_config
from genoscore.predictors.track_table import (
    Track,
    chosen_tracks,
    find_targets,
    read_targets,
    track_names,
    unnamed_tracks,
)
from genoscore.predictors.windowed import as_asked
from genoscore.weights.card import ModelCard, Speed
from genoscore.weights.files import fetched_files, fetched_folder

if TYPE_CHECKING:
    from genoscore.predictors.enformer.predictor import EnformerPredictor

MAX_ALLELE_LENGTH = 10_000
_HEAD = "human"
_FETCHED = ("config.json", "pytorch_model.bin")
_ROWS_PER_CHUNK = 40_000  # of tracks, for every gene of a record
_MOST_RECORDS = 64  # per chunk: each reads 200,000 bases

CARD = ModelCard(
    name="enformer",
    summary="Expression (CAGE), chromatin accessibility, histone marks and factors in 5,313 human tracks",
    scores="expression in 5,313 tracks",
    speed=Speed(24.0, "one SNV alone, two CPU cores"),
    paper="Avsec et al., Nature Methods 2021, doi:10.1038/s41592-021-01252-x",
    licence="CC BY 4.0",
    licence_url="https://creativecommons.org/licenses/by/4.0/",
    licence_terms="DeepMind and Calico; any use, with citation of the paper",
    commercial=True,
    weights_source="huggingface.co/EleutherAI/enformer-official-rough",
    install="genoscore models fetch enformer",
    fetch_from="hf:EleutherAI/enformer-official-rough@affe5713ae9017460706a44108289b13c5fee16c",
    sha256=dict.fromkeys(_FETCHED, ""),
)
_REMEDY = (
    f"run: {CARD.install} (1 GB; {CARD.licence}), or give --weights enformer=FOLDER with config.json and "
    "model.safetensors or pytorch_model.bin"
)


class EnformerEntry:
    """Registry row of Enformer."""

    card = CARD

    def spec(self, config: RunConfig) -> PredictorSpec:
        """Windows with POS at their middle base, on the forward strand; genes by their transcription starts."""
        folder = self._folder(config)
        shape = read_config(folder) if folder else EnformerConfig()
        tracks = self.tracks(folder, config.head)
        names = track_names(tracks)
        chosen = _chosen(tracks, config)
        spec = PredictorSpec(
            context_length=2 * shape.crop * BIN_SIZE,
            bin_size=BIN_SIZE,
            n_bins=shape.bins,
            strand="forward",
            max_allele_length=min(MAX_ALLELE_LENGTH, shape.input_length // 4),
            genes=GeneUse(starts=True),
            fixed=FixedWindow(shape.input_length),
            name=CARD.name,
            family="expression",
            tracks=tuple(names[index] for index in chosen),
            limits=Limits(
                max_stretch=shape.input_length + MAX_ALLELE_LENGTH,
                max_records=max(1, min(_MOST_RECORDS, _ROWS_PER_CHUNK // len(chosen))),
            ),
        )
        return as_asked(spec, config, "tracks", "head", "untrained")

    def tracks(self, given: Path | None, head: str | None) -> tuple[Track, ...]:
        """All tracks of a head (by default the human one), described by the table of targets if there is one."""
        folder = given if given is not None else _fetched()
        heads = (read_config(folder) if folder else EnformerConfig()).output_heads
        name = head or _HEAD
        if name not in heads:
            raise ConfigError(f"enformer has no head {name!r}", f"it has {', '.join(heads)}")
        table = find_targets(folder, name) if folder else None
        if table is None:
            return unnamed_tracks(name, heads[name])
        return read_targets(table, heads[name])

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """The files of a folder, or those that `models fetch` downloaded."""
        if given is not None:
            return find_files(given)
        fetched = fetched_files(CARD.name, _FETCHED)
        if fetched is None:
            raise WeightsError("the weights of enformer are not installed", _REMEDY)
        return fetched

    def load(self, config: RunConfig, spec: PredictorSpec) -> EnformerPredictor:
        """Read the network onto the run's device; with `untrained`, random weights of the same dimensions."""
        from genoscore.predictors.device import choose_device
        from genoscore.predictors.enformer import weights
        from genoscore.predictors.enformer.predictor import EnformerPredictor

        folder = self._folder(config)
        if config.untrained:
            network = weights.untrained(read_config(folder) if folder else EnformerConfig())
        else:
            files = self.find_weights(folder)
            network = weights.load_network(files["config.json"].parent)
        chosen = _chosen(self.tracks(folder, config.head), config)
        head, device = config.head or _HEAD, choose_device(config.device)
        return EnformerPredictor(spec, network, head, chosen, device, config.precision)

    def _folder(self, config: RunConfig) -> Path | None:
        """Where the weights lie; None if none are given and none were fetched."""
        return config.weights.get(CARD.name) or _fetched()


ENFORMER = EnformerEntry()


def _chosen(tracks: tuple[Track, ...], config: RunConfig) -> tuple[int, ...]:
    chosen = chosen_tracks(tracks, config, CARD.name)
    return tuple(range(len(tracks))) if chosen is None else chosen


def _fetched() -> Path | None:
    return fetched_folder(CARD.name) if fetched_files(CARD.name, _FETCHED) else None

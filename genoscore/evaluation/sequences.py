"""What predictors say of the sequences of a table: the track of each row, as `genoscore predict` gives it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genoscore.core.errors import ConfigError
from genoscore.core.wording import listed
from genoscore.engine.layout import check_length, without_adaptors
from genoscore.engine.summary import RunSummary, StageTimer
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.scoring import PredictorScores, SequenceStatus
from genoscore.inputs.sequences import FastaSequence
from genoscore.inputs.table_rows import SequenceRow
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.registry import ResolvedPredictor
from genoscore.scoring.observers import PredictObserver
from genoscore.scoring.provenance import weights_digests
from genoscore.scoring.sequences import predict_blocks, prediction_provenance

PREDICTED = "PREDICTED"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of one predictor.

    Attributes:
        sources: the different sequences, in order.
        wanted: by sequence, the rows that it stands in and the index of each one's track.
    """

    predictor: ResolvedPredictor
    sources: tuple[FastaSequence, ...]
    wanted: Mapping[str, Sequence[tuple[int, int]]]


def predict_rows(
    config: EvaluateConfig,
    resolved: Mapping[str, ResolvedPredictor],
    rows: Sequence[SequenceRow],
    observer: PredictObserver | None,
) -> tuple[list[PredictorScores], RunSummary]:
    """Predict the sequences of rows, each different one once.

    Returns:
        One for each predictor, in the order of `rows`; and what the run reports of itself.

    Raises:
        ConfigError: a predictor that gives several values for a sequence, or several tracks where the table names none.
        GenoscoreError: as `predict_sequences`.
    """
    timer = StageTimer()
    with timer.stage("total"):
        asked = {name: _ask(config, predictor, rows) for name, predictor in resolved.items()}
        digests = weights_digests(config.run, resolved)
        scored = [_predict(config, one, len(rows), observer or PredictObserver()) for one in asked.values()]
    made = {name: prediction_provenance(config.prediction(name), digests[name]) for name in asked}
    return scored, RunSummary(provenance=made, seconds=timer.seconds)


def _ask(config: EvaluateConfig, predictor: ResolvedPredictor, rows: Sequence[SequenceRow]) -> _Asked:
    """What can be said before a network is loaded."""
    spec = predictor.spec
    tracks = _tracks(config, spec, rows)
    sources: list[FastaSequence] = []
    wanted: dict[str, list[tuple[int, int]]] = {}
    for index, row in enumerate(rows):
        track = tracks.get(row.track)
        if track is None:
            continue
        source = without_adaptors(FastaSequence(f"table {config.run.input}, line {row.line}", row.bases), spec)
        if source.bases not in wanted:
            check_length(source, spec)
            _check_bins(source, spec)
            sources.append(source)
            wanted[source.bases] = []
        wanted[source.bases].append((index, track))
    return _Asked(predictor, tuple(sources), wanted)


def _tracks(config: EvaluateConfig, spec: PredictorSpec, rows: Sequence[SequenceRow]) -> dict[str, int]:
    """Track of a row -> its index, of those that the predictor has."""
    if config.track_column is None:
        if len(spec.tracks) > 1:
            raise ConfigError(
                f"{spec.name} has {len(spec.tracks):,} tracks: {listed(spec.tracks)}",
                "give --track-column COLUMN, which names the track of each row, or choose one with --tracks",
            )
        return {"": 0}
    found = {}
    for name in dict.fromkeys(row.track for row in rows):
        if spec.tracks.count(name) > 1:
            raise ConfigError(f"{spec.name} has several tracks {name}", "choose one with --tracks")
        if name in spec.tracks:
            found[name] = spec.tracks.index(name)
    if not found:
        held = listed(list(dict.fromkeys(row.track for row in rows)))
        raise ConfigError(
            f"{spec.name} has no track of those in {config.track_column}: {held}", f"it has: {listed(spec.tracks)}"
        )
    return found


def _check_bins(source: FastaSequence, spec: PredictorSpec) -> None:
    of_one_length = spec.input_length is not None and not spec.sequences.any_length
    bins = spec.n_bins if of_one_length else -(-source.length // spec.bin_size)
    if bins != 1:
        raise ConfigError(
            f"{spec.name} gives {bins:,} values a track for {source.name}, and one is compared",
            "take a predictor of one bin, or reduce what `genoscore predict` writes to one value yourself",
        )


def _predict(config: EvaluateConfig, asked: _Asked, count: int, observer: PredictObserver) -> PredictorScores:
    values = np.full(count, math.nan)
    for source, predicted in _each(config, asked, observer):
        for index, track in asked.wanted[source.bases]:
            values[index] = predicted[track]
    statuses = (SequenceStatus.NO_TRACK if math.isnan(one) else SequenceStatus.SCORED for one in values)
    return PredictorScores(asked.predictor.spec.name, PREDICTED, tuple(statuses), values)


def _each(
    config: EvaluateConfig, asked: _Asked, observer: PredictObserver
) -> Iterator[tuple[FastaSequence, np.ndarray[tuple[int], np.dtype[np.float32]]]]:
    """Sequences and their tracks (T,)."""
    bases = sum(source.length for source in asked.sources)
    prediction = config.prediction(asked.predictor.spec.name)
    blocks = predict_blocks(prediction, asked.predictor, asked.sources, bases, observer)
    for source, block in zip(asked.sources, blocks, strict=True):
        yield source, block.values[:, 0]

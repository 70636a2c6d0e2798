"""Predictions for the sequences of a table: the track of each row, as `genoscore predict` computes it."""

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
class _Request:
    """The sequences that one predictor predicts.

    Attributes:
        sources: the distinct sequences, in order.
        rows: by sequence, the rows that contain it and the index of each one's track.
    """

    predictor: ResolvedPredictor
    sources: tuple[FastaSequence, ...]
    rows: Mapping[str, Sequence[tuple[int, int]]]


def predict_rows(
    config: EvaluateConfig,
    resolved: Mapping[str, ResolvedPredictor],
    rows: Sequence[SequenceRow],
    observer: PredictObserver | None,
) -> tuple[list[PredictorScores], RunSummary]:
    """Predict the sequences of rows, each distinct one once.

    Returns:
        The predictions of each predictor, in the order of `rows`, and the summary of the run.

    Raises:
        ConfigError: a predictor gives several values for a sequence, or has several tracks and the table names none.
        GenoscoreError: as `predict_sequences`.
    """
    timer = StageTimer()
    with timer.stage("total"):
        requests = {name: _request(config, predictor, rows) for name, predictor in resolved.items()}
        digests = weights_digests(config.run, resolved)
        scored = [_predict(config, request, len(rows), observer or PredictObserver()) for request in requests.values()]
    provenance = {name: prediction_provenance(config.prediction(name), digests[name]) for name in requests}
    return scored, RunSummary(provenance=provenance, seconds=timer.seconds)


def _request(config: EvaluateConfig, predictor: ResolvedPredictor, rows: Sequence[SequenceRow]) -> _Request:
    """The request for one predictor, with all checks that need no network."""
    spec = predictor.spec
    tracks = _tracks(config, spec, rows)
    sources: list[FastaSequence] = []
    rows_of: dict[str, list[tuple[int, int]]] = {}
    for index, row in enumerate(rows):
        track = tracks.get(row.track)
        if track is None:
            continue
        source = without_adaptors(FastaSequence(f"table {config.run.input}, line {row.line}", row.bases), spec)
        if source.bases not in rows_of:
            check_length(source, spec)
            _check_bins(source, spec)
            sources.append(source)
            rows_of[source.bases] = []
        rows_of[source.bases].append((index, track))
    return _Request(predictor, tuple(sources), rows_of)


def _tracks(config: EvaluateConfig, spec: PredictorSpec, rows: Sequence[SequenceRow]) -> dict[str, int]:
    """Track of a row -> its index, for the tracks that the predictor has."""
    if config.track_column is None:
        if len(spec.tracks) > 1:
            raise ConfigError(
                f"{spec.name} has {len(spec.tracks):,} tracks: {listed(spec.tracks)}",
                "give --track-column COLUMN, which names the track of each row, or choose one with --tracks",
            )
        return {"": 0}
    indices = {}
    for name in dict.fromkeys(row.track for row in rows):
        if spec.tracks.count(name) > 1:
            raise ConfigError(f"{spec.name} has several tracks named {name}", "choose one with --tracks")
        if name in spec.tracks:
            indices[name] = spec.tracks.index(name)
    if not indices:
        names = listed(list(dict.fromkeys(row.track for row in rows)))
        raise ConfigError(
            f"{spec.name} has none of the tracks in {config.track_column}: {names}", f"it has: {listed(spec.tracks)}"
        )
    return indices


def _check_bins(source: FastaSequence, spec: PredictorSpec) -> None:
    fixed_length = spec.input_length is not None and not spec.sequences.any_length
    bins = spec.n_bins if fixed_length else -(-source.length // spec.bin_size)
    if bins != 1:
        raise ConfigError(
            f"{spec.name} gives {bins:,} values per track for {source.name}, and only one can be compared",
            "use a predictor with one bin, or reduce the output of `genoscore predict` to one value yourself",
        )


def _predict(config: EvaluateConfig, request: _Request, count: int, observer: PredictObserver) -> PredictorScores:
    values = np.full(count, math.nan)
    for source, predicted in _predictions(config, request, observer):
        for index, track in request.rows[source.bases]:
            values[index] = predicted[track]
    statuses = (SequenceStatus.NO_TRACK if math.isnan(value) else SequenceStatus.SCORED for value in values)
    canonical = np.zeros(count, np.bool_)
    return PredictorScores(request.predictor.spec.name, PREDICTED, tuple(statuses), values, canonical)


def _predictions(
    config: EvaluateConfig, request: _Request, observer: PredictObserver
) -> Iterator[tuple[FastaSequence, np.ndarray[tuple[int], np.dtype[np.float32]]]]:
    """Sequences and their predicted tracks (T,)."""
    bases = sum(source.length for source in request.sources)
    prediction = config.prediction(request.predictor.spec.name)
    blocks = predict_blocks(prediction, request.predictor, request.sources, bases, observer)
    for source, block in zip(request.sources, blocks, strict=True):
        yield source, block.values[:, 0]

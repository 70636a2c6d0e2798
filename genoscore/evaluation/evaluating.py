"""The steps of `genoscore evaluate`: read the table, score its variants or predict its sequences, compare, write."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from typing import Any

from genoscore._version import __version__
from genoscore.core.errors import ConfigError, InputError
from genoscore.core.pending import FolderOutput, PendingFile, restoring, writing
from genoscore.core.scratch import Scratch
from genoscore.engine.summary import RunSummary
from genoscore.evaluation.calibration import Calibration, calibrate, check_calibration, evidence_file
from genoscore.evaluation.comparing import Comparison, Points, Result
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.folder import JSON, write_json, write_rows
from genoscore.evaluation.observations import SEQUENCES, Kind, Observations, Use, read_observations
from genoscore.evaluation.plots import draw, plot_names
from genoscore.evaluation.scoring import PredictorScores, check_fields, score_rows
from genoscore.evaluation.sequences import predict_rows
from genoscore.evaluation.thresholds import AtThreshold, Proportion
from genoscore.inputs.table_rows import SequenceRow, VariantRow
from genoscore.outputs.targets import check_folder, check_targets
from genoscore.predictors import registry
from genoscore.scoring.files import input_files
from genoscore.scoring.observers import Observer, PredictObserver

SCHEMA_VERSION = 1
_PACKAGES = {"sklearn": "scikit-learn", "scipy": "scipy", "matplotlib": "matplotlib"}
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of a run.

    Attributes:
        scored: by predictor, for the rows that were given to it.
        files: written, in order.
        calibrations: by predictor, with `calibrate`.
    """

    config: EvaluateConfig
    observations: Observations
    scored: tuple[PredictorScores, ...]
    results: tuple[Result, ...]
    summary: RunSummary
    files: tuple[str, ...]
    calibrations: tuple[Calibration, ...] = ()


def evaluate_table(
    config: EvaluateConfig, observer: Observer | None = None, predict_observer: PredictObserver | None = None
) -> Evaluation:
    """Score the variants of a table, or predict its sequences, and compare with its labels or measured effects.

    Args:
        observer, predict_observer: receive the progress of the scoring of variants, or of the prediction of sequences.

    Raises:
        GenoscoreError: one line that says what is wrong and what to do; no output is left behind.
    """
    _check_packages(config)
    observations = read_observations(config)
    predicted = observations.kind is SEQUENCES
    resolved = registry.resolve(replace(config.run, strand="spec") if predicted else config.run)
    if not predicted:
        check_fields(config, resolved)
        check_calibration(config, resolved)
    files: list[str] = []
    if config.output is not None:
        names = JSON, observations.kind.file, *plot_names(config)
        files = check_folder(config.output, names, input_files(config.run))
    if config.calibrate is not None:
        check_targets([str(config.calibrate)], [*input_files(config.run), *files])
        files.append(str(config.calibrate))
    given = observations.given
    if predicted:
        sequences = [observation.row for observation in given if isinstance(observation.row, SequenceRow)]
        scored, summary = predict_rows(config, resolved, sequences, predict_observer)
    else:
        variants = [observation.row for observation in given if isinstance(observation.row, VariantRow)]
        scored, summary = score_rows(config, variants, observer)
    # A change of either sign may harm; a predicted activity is not a change.
    magnitude = config.label is not None and not config.signed and not predicted
    comparison = Comparison(config, given, scored, magnitude, config.thresholds_of(variants=not predicted))
    results = comparison.results()
    if not any(result.estimates for result in results):
        raise InputError(
            f"table {config.run.input}: nothing can be compared, {_why_nothing(results, scored)}",
            "fix the table, or give the reference and annotation that match it",
            path=config.run.input,
        )
    calibrations = () if config.calibrate is None else calibrate(config, given, scored)
    evaluation = Evaluation(config, observations, tuple(scored), tuple(results), summary, tuple(files), calibrations)
    _write(evaluation, list(comparison.points(results)))
    return evaluation


def _write(evaluation: Evaluation, points: Sequence[Points]) -> None:
    """The folder and the file of thresholds, both or neither."""
    config, observations = evaluation.config, evaluation.observations
    with ExitStack() as stack:
        if config.calibrate is not None:
            stack.enter_context(writing(str(config.calibrate)))
            scratch = stack.enter_context(contextlib.closing(Scratch()))
            thresholds = PendingFile(config.calibrate, scratch)
            text = evidence_file(config, evaluation.calibrations, evaluation.summary.provenance)
            thresholds.path.write_text(text, encoding="utf-8")
            stack.enter_context(restoring([thresholds]))
            thresholds.publish()
        if config.output is not None:
            stack.enter_context(writing(str(config.output)))
            folder = stack.enter_context(FolderOutput(config.output, replaces=False))
            write_json(folder.path / JSON, evaluation_dict(evaluation))
            write_rows(folder.path / observations.kind.file, config, observations, evaluation.scored)
            draw(config, points, folder.path, observations.kind.noun)
            folder.commit()


def evaluation_dict(evaluation: Evaluation) -> dict[str, Any]:
    """The result as plain types; keys are stable within a `schema_version`."""
    config, uses = evaluation.config, evaluation.observations.uses
    compared = (
        "label", "positive", "negative", "value", "group", "cluster", "sequence", "track_column", "signed", "resamples",
        "seed",
    )  # fmt: skip
    return {
        "schema_version": SCHEMA_VERSION,
        "genoscore_version": __version__,
        "table": config.run.input,
        "of": f"{evaluation.observations.kind.noun}s",
        "compared": {name: getattr(config, name) for name in compared},
        "rows": {"read": len(evaluation.observations.rows)} | {str(use): uses[use] for use in Use},
        "other_labels": dict(evaluation.observations.other_labels.most_common()),
        "status": {scores.predictor: scores.counts for scores in evaluation.scored},
        "results": [_result_dict(result, evaluation.observations.kind) for result in evaluation.results],
        "seconds": {stage: round(seconds, 3) for stage, seconds in evaluation.summary.seconds.items()},
        "provenance": evaluation.summary.provenance,
        "warnings": evaluation.summary.warnings,
        "files": list(evaluation.files),
    }


def _result_dict(result: Result, kind: Kind) -> dict[str, Any]:
    estimates = {
        name: {key: round(value, _DECIMALS) for key, value in asdict(estimate).items()}
        for name, estimate in result.estimates.items()
    }
    return {
        "predictor": result.predictor,
        "score": f"GS_{result.predictor.upper()}_{result.score}",
        "of": result.of,
        "group": result.group,
        f"{kind.noun}s": result.count,
        "positives": result.positives,
        "negatives": None if result.positives is None else result.count - result.positives,
        "clusters": result.clusters,
        "estimates": estimates,
        "note": result.note,
        "thresholds": [_threshold_dict(at_threshold) for at_threshold in result.thresholds],
    }


def _threshold_dict(at_threshold: AtThreshold) -> dict[str, Any]:
    counts = ("threshold", "true_positives", "false_negatives", "false_positives", "true_negatives")
    proportions = ("sensitivity", "specificity", "ppv")
    return {name: getattr(at_threshold, name) for name in counts} | {
        name: _proportion_dict(getattr(at_threshold, name)) for name in proportions
    }


def _proportion_dict(proportion: Proportion | None) -> dict[str, float] | None:
    if proportion is None:
        return None
    return {name: round(getattr(proportion, name), _DECIMALS) for name in ("value", "low", "high")}


def _why_nothing(results: list[Result], scored: list[PredictorScores]) -> str:
    counts = "; ".join(
        f"{scores.predictor}: {', '.join(f'{status} {n}' for status, n in scores.counts.items())}" for scores in scored
    )
    return f"{results[0].note} ({counts})"


def _check_packages(config: EvaluateConfig) -> None:
    """Check, before anything slow, that the libraries are installed.

    Raises:
        ConfigError: a library that only this command needs is not installed.
    """
    needed = ["sklearn", "scipy", *(["matplotlib"] if config.output is not None else [])]
    missing = [_PACKAGES[name] for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(f"evaluate needs {' and '.join(missing)}", f"run: pip install {' '.join(missing)}")

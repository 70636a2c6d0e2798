"""The steps of `genoscore evaluate`: read the table, score its variants or predict its sequences, compare, write."""

from __future__ import annotations

import importlib.util
from dataclasses import asdict, dataclass, replace
from typing import Any

from genoscore._version import __version__
from genoscore.core.errors import ConfigError, InputError
from genoscore.core.pending import FolderOutput, writing
from genoscore.engine.summary import RunSummary
from genoscore.evaluation.comparing import Comparison, Result
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.folder import JSON, write_json, write_rows
from genoscore.evaluation.observations import SEQUENCES, Kind, Observations, Use, read_observations
from genoscore.evaluation.plots import draw, plot_names
from genoscore.evaluation.scoring import PredictorScores, check_fields, score_rows
from genoscore.evaluation.sequences import predict_rows
from genoscore.evaluation.thresholds import AtThreshold, Proportion
from genoscore.inputs.table_rows import SequenceRow, VariantRow
from genoscore.outputs.targets import check_folder
from genoscore.predictors import registry
from genoscore.scoring.files import input_files
from genoscore.scoring.observers import Observer, PredictObserver

SCHEMA_VERSION = 1
_PACKAGES = {"sklearn": "scikit-learn", "scipy": "scipy", "matplotlib": "matplotlib"}
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The answer.

    Attributes:
        scored: by predictor, of the rows that were given to it.
        files: written, in order.
    """

    config: EvaluateConfig
    observations: Observations
    scored: tuple[PredictorScores, ...]
    results: tuple[Result, ...]
    summary: RunSummary
    files: tuple[str, ...]


def evaluate_table(
    config: EvaluateConfig, observer: Observer | None = None, predict_observer: PredictObserver | None = None
) -> Evaluation:
    """Score the variants of a table, or predict its sequences, and compare with its labels or measured effects.

    Args:
        observer, predict_observer: told how the scoring of variants, or the prediction of sequences, goes.

    Raises:
        GenoscoreError: one line that says what is wrong and what to do; no output is left behind.
    """
    _check_packages(config)
    observations = read_observations(config)
    predicted = observations.kind is SEQUENCES
    resolved = registry.resolve(replace(config.run, strand="spec") if predicted else config.run)
    if not predicted:
        check_fields(config, resolved)
    files: list[str] = []
    if config.output is not None:
        names = JSON, observations.kind.file, *plot_names(config)
        files = check_folder(config.output, names, input_files(config.run))
    given = observations.given
    if predicted:
        sequences = [one.row for one in given if isinstance(one.row, SequenceRow)]
        scored, summary = predict_rows(config, resolved, sequences, predict_observer)
    else:
        variants = [one.row for one in given if isinstance(one.row, VariantRow)]
        scored, summary = score_rows(config, variants, observer)
    # A change of either sign may harm; a prediction of an activity is no change.
    magnitude = config.label is not None and not config.signed and not predicted
    comparison = Comparison(config, given, scored, magnitude, config.thresholds_of(variants=not predicted))
    results = comparison.results()
    if not any(one.estimates for one in results):
        raise InputError(
            f"table {config.run.input}: nothing can be compared, {_why_nothing(results, scored)}",
            "mend the table, or give the reference and annotation that it belongs to",
        )
    found = Evaluation(config, observations, tuple(scored), tuple(results), summary, tuple(files))
    if config.output is not None:
        points = list(comparison.points(results))
        with writing(str(config.output)), FolderOutput(config.output, replaces=False) as folder:
            write_json(folder.path / JSON, evaluation_dict(found))
            write_rows(folder.path / observations.kind.file, config, observations, scored)
            draw(config, points, folder.path, observations.kind.noun)
            folder.commit()
    return found


def evaluation_dict(found: Evaluation) -> dict[str, Any]:
    """The answer as plain types; keys are stable within a `schema_version`."""
    config, uses = found.config, found.observations.uses
    compared = (
        "label", "positive", "negative", "value", "group", "cluster", "sequence", "track_column", "signed", "resamples",
        "seed",
    )  # fmt: skip
    return {
        "schema_version": SCHEMA_VERSION,
        "genoscore_version": __version__,
        "table": config.run.input,
        "of": f"{found.observations.kind.noun}s",
        "compared": {name: getattr(config, name) for name in compared},
        "rows": {"read": len(found.observations.rows)} | {str(use): uses[use] for use in Use},
        "other_labels": dict(found.observations.other_labels.most_common()),
        "status": {one.predictor: one.counts for one in found.scored},
        "results": [_result_dict(one, found.observations.kind) for one in found.results],
        "seconds": {stage: round(seconds, 3) for stage, seconds in found.summary.seconds.items()},
        "provenance": found.summary.provenance,
        "warnings": found.summary.warnings,
        "files": list(found.files),
    }


def _result_dict(one: Result, kind: Kind) -> dict[str, Any]:
    estimates = {
        name: {key: round(value, _DECIMALS) for key, value in asdict(found).items()}
        for name, found in one.estimates.items()
    }
    return {
        "predictor": one.predictor,
        "score": f"GS_{one.predictor.upper()}_{one.score}",
        "of": one.of,
        "group": one.group,
        f"{kind.noun}s": one.count,
        "positives": one.positives,
        "negatives": None if one.positives is None else one.count - one.positives,
        "clusters": one.clusters,
        "estimates": estimates,
        "note": one.note,
        "thresholds": [_threshold_dict(each) for each in one.thresholds],
    }


def _threshold_dict(one: AtThreshold) -> dict[str, Any]:
    counts = ("threshold", "true_positives", "false_negatives", "false_positives", "true_negatives")
    proportions = ("sensitivity", "specificity", "ppv")
    return {name: getattr(one, name) for name in counts} | {
        name: _proportion_dict(getattr(one, name)) for name in proportions
    }


def _proportion_dict(one: Proportion | None) -> dict[str, float] | None:
    if one is None:
        return None
    return {name: round(getattr(one, name), _DECIMALS) for name in ("value", "low", "high")}


def _why_nothing(results: list[Result], scored: list[PredictorScores]) -> str:
    counts = "; ".join(
        f"{one.predictor}: {', '.join(f'{word} {n}' for word, n in one.counts.items())}" for one in scored
    )
    return f"{results[0].note} ({counts})"


def _check_packages(config: EvaluateConfig) -> None:
    """Before anything slow.

    Raises:
        ConfigError: a library of this command alone is not installed.
    """
    needed = ["sklearn", "scipy", *(["matplotlib"] if config.output is not None else [])]
    lacking = [_PACKAGES[name] for name in needed if importlib.util.find_spec(name) is None]
    if lacking:
        raise ConfigError(f"evaluate needs {' and '.join(lacking)}", f"run: pip install {' '.join(lacking)}")

"""`evaluate --calibrate`: a predictor's likelihood ratios, and the file of thresholds that `--evidence` reads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genoscore._version import __version__
from genoscore.core.errors import ConfigError, InputError
from genoscore.core.pending import STDOUT
from genoscore.core.printable import percent_encoded
from genoscore.core.special_files import special_kind
from genoscore.evaluation.calibrating import (
    LEAST_OF_CLASS,
    PRIOR,
    VERY_STRONG,
    Interval,
    at_least,
    at_most,
    likelihood_ratios,
)
from genoscore.evaluation.config import EvaluateConfig
from genoscore.evaluation.observations import Observation
from genoscore.evaluation.scoring import PredictorScores
from genoscore.predictors.registry import ResolvedPredictor
from genoscore.weights.files import sha256

_DIGITS = 4  # of ratios
_SHOWN = 12  # digits of a digest in the source's own words
_FAMILIES = ("splicing", "tissue_splicing")  # those whose scores are read as evidence


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the labelled variants say of one predictor's score.

    Attributes:
        positives, negatives: variants that were used.
        canonical: variants left out, since they touch the first or last two bases of an intron.
        intervals: of scores, from the lowest.
    """

    predictor: str
    positives: int
    negatives: int
    canonical: int
    intervals: tuple[Interval, ...]


def check_calibration(config: EvaluateConfig, resolved: Mapping[str, ResolvedPredictor]) -> None:
    """Refuse, before any network is loaded, predictors whose scores are no evidence of splicing.

    Raises:
        ConfigError: one of them has no splicing scores.
    """
    for name, predictor in resolved.items():
        if config.calibrate is not None and predictor.spec.family not in _FAMILIES:
            raise ConfigError(f"--calibrate: {name} has no splicing scores", f"leave out -p {name}, or --calibrate")


def calibrate(
    config: EvaluateConfig, given: Sequence[Observation], scored: Sequence[PredictorScores]
) -> tuple[Calibration, ...]:
    """The calibration of each predictor, on the variants that it scored outside the canonical dinucleotides.

    Raises:
        InputError: too few of either class are left.
    """
    return tuple(_calibrated(config, given, scores) for scores in scored)


def _calibrated(config: EvaluateConfig, given: Sequence[Observation], scores: PredictorScores) -> Calibration:
    targets = np.array([observation.target for observation in given])
    known = np.isfinite(scores.values)
    canonical = known & scores.canonical
    used = known & ~canonical
    positives = int(targets[used].sum())
    negatives = int(used.sum()) - positives
    if min(positives, negatives) < LEAST_OF_CLASS:
        raise _too_few(config, scores.predictor, positives, negatives, int(canonical.sum()))
    clusters = None
    if config.cluster is not None:
        clusters = np.unique([observation.cluster for observation in given], return_inverse=True)[1][used]
        if clusters.min() == clusters.max():
            why = f"table {config.run.input} cannot calibrate {scores.predictor}: all variants belong to one cluster"
            raise InputError(why, "give variants of two or more", path=config.run.input)
    magnitudes = np.abs(scores.values[used])
    intervals = likelihood_ratios(targets[used], magnitudes, config.resamples, config.seed, clusters)
    return Calibration(scores.predictor, positives, negatives, int(canonical.sum()), intervals)


def _too_few(config: EvaluateConfig, name: str, positives: int, negatives: int, canonical: int) -> InputError:
    outside = f", without the {canonical} that touch the first or last two bases of an intron" if canonical else ""
    return InputError(
        f"table {config.run.input} cannot calibrate {name}: it scored {positives} positive and {negatives} negative "
        f"variants{outside}",
        f"give {LEAST_OF_CLASS} or more of each class; some hundreds are needed for narrow intervals",
        path=config.run.input,
    )


def evidence_file(
    config: EvaluateConfig, calibrations: Sequence[Calibration], provenance: Mapping[str, Mapping[str, str]]
) -> str:
    """The TOML file: for each predictor its thresholds, their origin, and the intervals that they rest on.

    Args:
        provenance: predictor -> the values of its `##genoscore` header line.
    """
    lines = [
        f"# Made by genoscore {__version__} evaluate --calibrate, for genoscore score --evidence.",
        "# ratio: likelihood ratio of scores from `least` to `most`; low, high: its 95 % interval; points: of that end",
        "# nearer to 1 (Tavtigian 2018, 2020), 1 supporting, 2 moderate, 4 strong, 8 very strong, below 0 against.",
    ]
    table = _table_name(config)
    path = Path(config.run.input)
    digest = "" if config.run.input == STDOUT or special_kind(path) else sha256(path)
    for calibration in calibrations:
        lines += ["", *_section(config, calibration, table, digest, provenance[calibration.predictor])]
    return "\n".join(lines) + "\n"


def _table_name(config: EvaluateConfig) -> str:
    return "standard input" if config.run.input == STDOUT else percent_encoded(os.path.basename(config.run.input))


def _section(
    config: EvaluateConfig, calibration: Calibration, table: str, digest: str, provenance: Mapping[str, str]
) -> Iterator[str]:
    name, run = calibration.predictor, config.run
    of_table = f"{table} (sha256 {digest[:_SHOWN]})" if digest else table
    yield f"[{name}]"
    yield _pair(
        "source",
        f"genoscore {__version__} evaluate --calibrate on {of_table}: {calibration.positives} positive and "
        f"{calibration.negatives} negative variants with a {name} score at -d {run.distance} -m {run.mask}",
    )
    yield _pair("distance", run.distance)
    yield _pair("mask", run.mask)
    yield _pair("weights_sha256", provenance["WeightsSHA256"])
    for key, thresholds in (("at_least", at_least(calibration.intervals)), ("at_most", at_most(calibration.intervals))):
        yield from ("", f"[{name}.{key}]", *(_pair(word, number) for word, number in thresholds.items()))
    yield from ("", f"[{name}.origin]")
    for key, value in _origin(config, calibration, table, digest, provenance).items():
        yield _pair(key, value)
    for one in calibration.intervals:
        yield from ("", f"[[{name}.intervals]]", _pair("least", one.least), _pair("most", one.most))
        yield from (_pair("positives", one.positives), _pair("negatives", one.negatives))
        yield from (_pair(key, round(getattr(one, key), _DIGITS)) for key in ("ratio", "low", "high"))
        yield _pair("points", one.points)


def _origin(
    config: EvaluateConfig, calibration: Calibration, table: str, digest: str, provenance: Mapping[str, str]
) -> dict[str, object]:
    origin: dict[str, object] = {"table": table}
    origin |= {"table_sha256": digest} if digest else {}
    origin |= {"label": config.label or "", "positive": list(config.positive), "negative": list(config.negative)}
    origin |= {"positives": calibration.positives, "negatives": calibration.negatives}
    origin |= {"canonical_left_out": calibration.canonical, "genoscore": __version__}
    origin |= {"annotation": os.path.basename(config.run.annotation)}
    origin |= {"genes": provenance["Genes"]} if "Genes" in provenance else {}
    origin |= {"cluster": config.cluster} if config.cluster is not None else {}
    return origin | {
        "resamples": config.resamples,
        "seed": config.seed,
        "prior": PRIOR,
        "odds_very_strong": VERY_STRONG,
    }


def _pair(key: str, value: object) -> str:
    r"""`key = value` in TOML: a text, a number, or a list of texts.

    >>> print(_pair("a", "x\"y"), _pair("b", 0.5), _pair("c", ["d"]), _pair("e", float("inf")))
    a = "x\"y" b = 0.5 c = ["d"] e = inf
    """
    return f"{key} = {_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(percent_encoded(value), ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)

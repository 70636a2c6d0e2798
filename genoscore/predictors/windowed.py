"""Options of a run for a predictor with windows of a fixed length."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from genoscore.core.config import RunConfig
from genoscore.predictors.base import PredictorSpec

UNTRAINED = "UNTRAINED "  # before every track name of a network with random weights


def as_asked(spec: PredictorSpec, config: RunConfig, *options: str) -> PredictorSpec:
    """The spec with the run's shifts, strands and centre; tracks are marked if the weights are random.

    Args:
        options: further options of RunConfig that the predictor supports.
    """
    gridded = {"centre"} if spec.n_bins > 1 else set()  # a single bin per window cannot be shared by variants
    untrained = config.untrained and "untrained" in options
    fixed = spec.fixed
    if fixed is not None:
        shifts = fixed.shifts if config.shifts is None else config.shifts
        fixed = replace(fixed, shifts=shifts, grid=config.centre == "grid" and spec.n_bins > 1)
    return replace(
        spec,
        fixed=fixed,
        tracks=tuple(UNTRAINED + name for name in spec.tracks) if untrained else spec.tracks,
        strand="both" if config.strand == "both" else spec.strand,
        untrained=untrained,
        heeds=frozenset({"shifts", "strand", "background", *gridded, *options}),
    )


def asked_of_windows(spec: PredictorSpec, config: RunConfig) -> dict[str, str]:
    """The options of a run that determine the scores of such a predictor, as keys of the `##genoscore` line."""
    names = "\n".join(spec.tracks)
    values = {
        "Tracks": " ".join(config.of_predictor("tracks", spec.name)) or "all",
        "TracksSHA256": hashlib.sha256(names.encode()).hexdigest()[:16],
        "Strand": spec.strand,
        "Shifts": ",".join(map(str, spec.shifts)),
        "Centre": "grid" if spec.fixed and spec.fixed.grid else "variant",
    }
    if "head" in spec.heeds:
        values["Head"] = config.head or "human"
    for path in config.of_predictor("background", spec.name):
        values["Background"] = path
    if spec.untrained:
        values["Untrained"] = "the weights are random and the scores meaningless"
    return values

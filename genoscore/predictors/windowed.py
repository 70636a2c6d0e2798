"""What a run may ask of a predictor whose windows are of one length."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from genoscore.core.config import RunConfig
from genoscore.predictors.base import PredictorSpec

UNTRAINED = "UNTRAINED "  # before the name of every track of a network of random weights


def as_asked(spec: PredictorSpec, config: RunConfig, *options: str) -> PredictorSpec:
    """The spec with the run's shifts, strands and centre; the tracks of random weights are marked.

    Args:
        options: further options of RunConfig that the predictor heeds.
    """
    gridded = {"centre"} if spec.n_bins > 1 else set()  # the one bin of a window is not to be shared
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
    """What of a run decides the scores of such a predictor, in the words of the `##genoscore` line."""
    names = "\n".join(spec.tracks)
    asked = {
        "Tracks": " ".join(config.of_predictor("tracks", spec.name)) or "all",
        "TracksSHA256": hashlib.sha256(names.encode()).hexdigest()[:16],
        "Strand": spec.strand,
        "Shifts": ",".join(map(str, spec.shifts)),
        "Centre": "grid" if spec.fixed and spec.fixed.grid else "variant",
    }
    if "head" in spec.heeds:
        asked["Head"] = config.head or "human"
    for path in config.of_predictor("background", spec.name):
        asked["Background"] = path
    if spec.untrained:
        asked["Untrained"] = "the weights are random and the scores meaningless"
    return asked

"""Profiles: the outputs of a network with one output per base, along REF and along ALT."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genoscore.explaining.cases import NEITHER, Case, cut_windows, on_reference, outputs_of
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.predictors.base import Predictor, PredictorSpec


@dataclass(frozen=True, slots=True)
class Profile:
    """Outputs for the bases from `start` on, 0-based.

    Attributes:
        bases: of REF.
        tracks: T names. ref, alt: (T, N), ALT on REF coordinates; alt is None without a variant.
    """

    case: Case
    start: int
    bases: str
    tracks: tuple[str, ...]
    ref: NDArray[np.float32]
    alt: NDArray[np.float32] | None

    @property
    def positions(self) -> NDArray[np.int64]:
        """(N,) positions of the bases, 1-based."""
        return np.arange(self.start + 1, self.start + 1 + len(self.bases))

    def around(self, flank: int) -> Profile:
        """The part of a variant's profile with `flank` bases on either side of REF's first base."""
        middle = len(self.bases) // 2
        shown = slice(middle - flank, middle + flank + 1)
        alt = None if self.alt is None else self.alt[:, shown]
        return replace(self, start=self.start + shown.start, bases=self.bases[shown], ref=self.ref[:, shown], alt=alt)

    def columns(self) -> dict[str, NDArray[np.float32]]:
        """Columns by name, (N,) each: every track along REF, along ALT, and the difference ALT - REF."""
        columns = {}
        for row, track in enumerate(self.tracks):
            columns[f"{track}_REF"] = self.ref[row]
            if self.alt is not None:
                columns[f"{track}_ALT"], columns[f"{track}_DELTA"] = self.alt[row], self.alt[row] - self.ref[row]
        return columns


def has_profiles(spec: PredictorSpec) -> bool:
    """Whether the network gives an output for every base of any sequence."""
    return spec.input_length is None and spec.bin_size == 1


def profile_of(case: Case, predictor: Predictor, genome: ReferenceGenome, flank: int) -> Profile:
    """The profile of a case's bases and `flank` more on either side (for a variant, of REF's first base)."""
    spec = predictor.spec
    reach = flank + (0 if case.has_alt else (case.end - case.start) // 2)
    wide = replace(spec, n_bins=2 * reach + 1)
    windows = cut_windows(case, genome, wide)
    kept = [at for at, name in enumerate(spec.tracks) if name != NEITHER]
    ref = outputs_of(windows.ref, case.reading(spec), predictor)[kept]
    alt = None
    if windows.alt is not None:
        raw = outputs_of(windows.alt, case.reading(spec), predictor)[kept]
        alt = on_reference(ref, raw, case.edit, wide).numpy()
    start = windows.start + spec.flank
    bases = windows.ref[spec.flank : spec.flank + ref.shape[1]]
    return Profile(case, start, bases, tuple(spec.tracks[at] for at in kept), ref.numpy(), alt)

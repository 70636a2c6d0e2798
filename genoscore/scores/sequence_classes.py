"""Sei's sequence classes (Chen et al., Nature Genetics 2022): 40 scores of a sequence, from its chromatin profiles.

A class is a direction in the space of profiles: its score is the inner product of the profiles with a row of a
projection matrix, divided by that row's L2 norm. The matrix has 61 rows, of which the first 40 are classes.

For the effect of a variant, the histone profiles of ref and of alt are first scaled so that the sum of each becomes the
mean of the two sums: a change of all histone marks together then has no effect. The delta is alt - ref.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genoscore.core.errors import WeightsError
from genoscore.predictors.sei.weights import CLASS_NAMES_FILE, HISTONES_FILE, PROJECTION_FILE, SeiFolder, read_names

if TYPE_CHECKING:
    import torch

N_CLASSES = 40
_REMEDY = "get the published file again, or leave out the files of the sequence classes to score profiles"


@dataclass(frozen=True, slots=True)
class SequenceClasses:
    """What turns profiles into sequence classes.

    Attributes:
        names: names of the C classes.
        projection: (C, T), rows of length 1.
        histones: indices of the profiles of histone marks, (H,).
    """

    names: tuple[str, ...]
    projection: NDArray[np.float64]
    histones: NDArray[np.int64]


def class_scores(profiles: torch.Tensor, classes: SequenceClasses) -> torch.Tensor:
    """Profiles (E, T) to the scores of the classes, (E, C) float64."""
    import torch

    return profiles.double() @ torch.from_numpy(classes.projection).to(profiles.device).T


def class_deltas(ref: torch.Tensor, alt: torch.Tensor, classes: SequenceClasses) -> torch.Tensor:
    """Profiles of ref and alt, (E, T) each, to alt - ref of the classes' scores, (E, C) float64."""
    before, after = histones_levelled(ref.double(), alt.double(), classes.histones)
    return class_scores(after - before, classes)


def histones_levelled(
    ref: torch.Tensor, alt: torch.Tensor, histones: NDArray[np.int64]
) -> tuple[torch.Tensor, torch.Tensor]:
    """ref and alt (E, T) with histone profiles scaled to the mean of their two sums; a sum of 0 stays 0."""
    import torch

    index = torch.from_numpy(histones).to(ref.device)
    sums = [profiles[:, index].sum(1, keepdim=True) for profiles in (ref, alt)]
    mean = (sums[0] + sums[1]) / 2
    levelled = []
    for profiles, total in zip((ref, alt), sums, strict=True):
        factor = torch.where(total == 0, 1.0, mean / total.where(total != 0, torch.ones_like(total)))
        levelled.append(profiles.index_copy(1, index, profiles[:, index] * factor))
    return levelled[0], levelled[1]


def read_classes(folder: SeiFolder) -> SequenceClasses | None:
    """The sequence classes of a folder of weights; None if it has none.

    Raises:
        WeightsError: one of the two files is missing or damaged, or they do not match the profiles.
    """
    files = folder.files
    if PROJECTION_FILE not in files and HISTONES_FILE not in files:
        return None
    for name in (PROJECTION_FILE, HISTONES_FILE):
        if name not in files:
            other = next(iter(files.values())).parent
            raise WeightsError(f"weights of sei: {other} lacks {name}, which sequence classes need", _REMEDY)
    return SequenceClasses(
        _read_class_names(files.get(CLASS_NAMES_FILE)),
        _read_projection(files[PROJECTION_FILE], folder.n_profiles),
        _read_histones(files[HISTONES_FILE], folder.n_profiles),
    )


def _read_projection(path: Path, n_profiles: int) -> NDArray[np.float64]:
    """(C, T), rows of length 1."""
    matrix = _read_array(path)
    if matrix.ndim != 2 or len(matrix) < N_CLASSES or matrix.shape[1] != n_profiles or matrix.dtype.kind not in "fiu":
        raise WeightsError(
            f"{path} has shape {matrix.shape}, expected (61, {n_profiles}): one row per class, one column per profile",
            _REMEDY,
        )
    rows: NDArray[np.float64] = matrix[:N_CLASSES].astype(np.float64)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (np.isfinite(norms).all() and norms.all()):
        raise WeightsError(f"{path} has a row of zeros, or values that are not finite", _REMEDY)
    rows /= norms
    return rows


def _read_histones(path: Path, n_profiles: int) -> NDArray[np.int64]:
    indices = _read_array(path)
    valid = indices.ndim == 1 and indices.dtype.kind in "iu" and len(np.unique(indices)) == len(indices) > 0
    if not valid or indices.min() < 0 or indices.max() >= n_profiles:
        raise WeightsError(f"{path} is not a list of distinct profile indices from 0 to {n_profiles - 1}", _REMEDY)
    return indices.astype(np.int64)


def _read_array(path: Path) -> NDArray[Any]:
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, MemoryError) as error:
        why = getattr(error, "strerror", None) or "not a numpy array"
        raise WeightsError(f"{path} cannot be read ({why})", _REMEDY) from None
    if not isinstance(array, np.ndarray):
        raise WeightsError(f"{path} cannot be read (not a numpy array)", _REMEDY)
    return array


def _read_class_names(path: Path | None) -> tuple[str, ...]:
    if path is None:
        return tuple(f"class_{index}" for index in range(N_CLASSES))
    names = read_names(path)[:N_CLASSES]
    if len(set(names)) < N_CLASSES or not all(names):
        raise WeightsError(f"{path} names {len({*names} - {''})} classes, expected {N_CLASSES}", _REMEDY)
    return names

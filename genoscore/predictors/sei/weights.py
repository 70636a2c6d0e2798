"""Sei's folders of weights: their files, the number of profiles, and the network with its tensors.

A folder holds `model.safetensors` or `sei.pth`. `config.json` beside it may state another number of profiles,
and `target.names` names them; the files for the sequence classes are there too (scores/sequence_classes.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from genoscore.core.errors import WeightsError
from genoscore.predictors.track_table import Track, unnamed_tracks
from genoscore.weights.checkpoints import load_checkpoint
from genoscore.weights.files import fetched_folder, read_json_object, require_regular

if TYPE_CHECKING:
    import torch

    from genoscore.networks.sei import Sei

INPUT_LENGTH = 4_096
N_PROFILES = 21_907
CONFIG_FILE, NAMES_FILE = "config.json", "target.names"
CLASS_NAMES_FILE, PROJECTION_FILE, HISTONES_FILE = "seqclass.names", "projvec_targets.npy", "histone_inds.npy"
REMEDY = (
    "download the archive of Zenodo record 4906997 (licence: academic use only), unpack it, and give "
    "--weights sei=FOLDER"
)
_WEIGHTS = ("model.safetensors", "sei.pth")  # the first one present is used
_BESIDE = (CONFIG_FILE, NAMES_FILE, CLASS_NAMES_FILE, PROJECTION_FILE, HISTONES_FILE)
_WRAPPERS = ("module.", "model.")
_SPLINES = "spline"  # in the names of the spline functions, which are computed
_POSITION = 16  # bases per position after the stages
_SHORTEST = 64
_MOST = 10_000_000  # profiles or bases; more means damage
_SEED = 2_022
# Random weights add up over the positions; unscaled, every probability would be 0 or 1, or show its rounding.
_SPLINE_READER, _SPLINE_SCALE = "classifier.0.weight", 0.005


@dataclass(frozen=True, slots=True)
class SeiFolder:
    """A folder of weights.

    Attributes:
        weights: the checkpoint; None if there is none, as for random weights.
        files: the checkpoint and the files beside it, by name.
        n_profiles, input_length: from config.json, else as published.
    """

    weights: Path | None
    files: dict[str, Path]
    n_profiles: int = N_PROFILES
    input_length: int = INPUT_LENGTH


def find_folder(given: Path | None, needed: bool) -> SeiFolder:
    """The folder `given`, or genoscore's own.

    Args:
        needed: whether a checkpoint is required; a folder that is given must exist in any case.

    Raises:
        WeightsError: the folder or the weights are missing, or config.json is invalid.
    """
    place = given if given is not None else fetched_folder("sei")
    if not place.is_dir():
        if given is None and not needed:
            return SeiFolder(None, {})
        why = "the weights of sei are not installed" if given is None else f"weights of sei: {place} is not a folder"
        raise WeightsError(why, REMEDY)
    require_regular(*(place / name for name in (*_WEIGHTS, *_BESIDE)))
    weights = next((place / name for name in _WEIGHTS if (place / name).is_file()), None)
    if weights is None and needed:
        raise WeightsError(f"weights of sei: {place} holds neither {' nor '.join(_WEIGHTS)}", REMEDY)
    others = [place / name for name in _BESIDE if (place / name).is_file()]
    files = {path.name: path for path in ([weights] if weights else []) + others}
    n_profiles, length = _read_config(files[CONFIG_FILE]) if CONFIG_FILE in files else (None, None)
    return SeiFolder(weights, files, n_profiles or N_PROFILES, length or INPUT_LENGTH)


def _read_config(path: Path) -> tuple[int | None, int | None]:
    """n_genomic_features and sequence_length; None if missing.

    Raises:
        WeightsError: not a JSON object, or invalid values.
    """
    values = read_json_object(path)
    n_profiles, length = values.get("n_genomic_features"), values.get("sequence_length")
    if not (n_profiles is None or _is_count(n_profiles)):
        raise WeightsError(
            f"{path}: n_genomic_features is {n_profiles!r:.40}", f"give a whole number from 1 to {_MOST:,}"
        )
    if not (length is None or (_is_count(length) and length >= _SHORTEST and length % _POSITION == 0)):
        raise WeightsError(f"{path}: sequence_length is {length!r:.40}", f"give a multiple of {_POSITION}")
    return n_profiles, length


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST


def profiles(folder: SeiFolder) -> tuple[Track, ...]:
    """Every profile, described by its line of target.names if there is such a file.

    Raises:
        WeightsError: the names cannot be read, or their number differs from that of the profiles.
    """
    path = folder.files.get(NAMES_FILE)
    if path is None:
        return _unnamed(folder.n_profiles)
    names = read_names(path)
    if len(names) != folder.n_profiles:
        raise WeightsError(
            f"{path} has {len(names):,} names, but the network has {folder.n_profiles:,} profiles",
            f"put the {NAMES_FILE} of these weights beside them, or remove it",
        )
    return _named(names)


def read_names(path: Path) -> tuple[str, ...]:
    """The lines of a file.

    Raises:
        WeightsError: it cannot be read, or is not text.
    """
    try:
        lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not text"
        raise WeightsError(f"{path} cannot be read ({why})", "get the published file again") from None
    return tuple(" ".join(line.split()) for line in lines)


def _unnamed(count: int) -> tuple[Track, ...]:
    return unnamed_tracks("profile", count)


def _named(names: tuple[str, ...]) -> tuple[Track, ...]:
    return tuple(Track(index, f"profile_{index}", name) for index, name in enumerate(names))


def read_network(folder: SeiFolder, chosen: tuple[int, ...] | None = None) -> Sei:
    """The network of a folder, fp32 on the CPU.

    Args:
        chosen: 0-based indices of the profiles to output; None: all.

    Raises:
        WeightsError: damaged, or its tensors are not Sei's.
    """
    assert folder.weights is not None
    network = _empty(folder)
    state = _unwrapped(load_checkpoint(folder.weights, computed=(_SPLINES,)))
    _check(folder, state, {key: tuple(value.shape) for key, value in network.state_dict().items()})
    network.load_state_dict(state, assign=True)
    return _with_profiles(network, chosen)


def untrained_network(folder: SeiFolder, chosen: tuple[int, ...] | None = None) -> Sei:
    """A network of these dimensions with seeded random weights, whose outputs mean nothing; fp32 on the CPU.

    Torch's own generator is left unchanged.
    """
    import torch

    network = _empty(folder)
    generator = torch.Generator().manual_seed(_SEED)
    state = {}
    for key, value in network.state_dict().items():
        scale = 0.1 if value.ndim == 1 else value[0].numel() ** -0.5
        if key == _SPLINE_READER:
            scale *= _SPLINE_SCALE
        state[key] = torch.empty(value.shape).normal_(0.0, scale, generator=generator)
    network.load_state_dict(state, assign=True)
    return _with_profiles(network, chosen)


def _empty(folder: SeiFolder) -> Sei:
    """Allocates no memory, so that 3.3 GB are not allocated twice."""
    import torch

    from genoscore.networks.sei import Sei, SeiConfig

    with torch.device("meta"):
        return Sei(SeiConfig(sequence_length=folder.input_length, n_genomic_features=folder.n_profiles))


def _with_profiles(network: Sei, chosen: tuple[int, ...] | None) -> Sei:
    if chosen is not None:
        network.keep_profiles(chosen)
    return network.requires_grad_(False)


def _unwrapped(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The state without prefixes left by wrappers."""
    unwrapped = {}
    for key, value in state.items():
        while key.startswith(_WRAPPERS):
            key = key.partition(".")[2]
        unwrapped[key] = value
    return unwrapped


def _check(folder: SeiFolder, state: Mapping[str, torch.Tensor], expected: Mapping[str, tuple[int, ...]]) -> None:
    for key, shape in expected.items():
        if key not in state:
            raise _no_model(folder, f"it lacks {key}")
        if tuple(state[key].shape) != shape:
            source = f"as in {CONFIG_FILE}" if CONFIG_FILE in folder.files else "as published"
            basis = f"for {folder.n_profiles:,} profiles, {source}"
            raise _no_model(folder, f"{key} has shape {tuple(state[key].shape)}, expected {shape} {basis}")
    if left := state.keys() - expected.keys():
        raise _no_model(folder, f"it also holds {min(left)[:80]}")


def _no_model(folder: SeiFolder, why: str) -> WeightsError:
    return WeightsError(
        f"{folder.weights} does not hold a Sei model ({why})",
        f"get the published file again, or set n_genomic_features in {CONFIG_FILE}",
    )

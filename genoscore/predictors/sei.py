"""Sei as a predictor (Chen et al., Nature Genetics 2022): 21,907 chromatin profiles of 4,096 bases, both strands.

A folder of weights holds `model.safetensors` or `sei.pth`. `config.json` beside it may say another number of profiles,
`target.names` names them; what the sequence classes need lies there too (scores/sequence_classes.py).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genoscore.config import RunConfig
from genoscore.errors import WeightsError
from genoscore.predictors.base import ModelCard, PredictorSpec
from genoscore.predictors.checkpoints import load_checkpoint
from genoscore.predictors.weights import fetched_folder

if TYPE_CHECKING:
    import torch

    from genoscore.networks.sei import Sei

INPUT_LENGTH = 4_096
N_PROFILES = 21_907
MAX_ALLELE_LENGTH = 2_000
N_FILL = 0.25
CONFIG_FILE, NAMES_FILE = "config.json", "target.names"
_WEIGHTS = ("model.safetensors", "sei.pth")  # the first that is there
_BESIDE = (CONFIG_FILE, NAMES_FILE, "seqclass.names", "projvec_targets.npy", "histone_inds.npy")
_WRAPPERS = ("module.", "model.")
_POSITION = 16  # bases of a position after the stages
_SHORTEST = 64

CARD = ModelCard(
    name="sei",
    summary="21,907 chromatin profiles (factors, histone marks, accessibility) and 40 sequence classes",
    paper="Chen et al., Nature Genetics 2022, doi:10.1038/s41588-022-01102-2",
    licence="academic use only",
    licence_url="https://github.com/FunctionLab/sei-framework",
    licence_terms="Princeton University and the Flatiron Institute; non-commercial, academic use only",
    commercial=False,
    weights_source="Zenodo record 4906997, doi:10.5281/zenodo.4906997",
    install="download the archive of Zenodo record 4906997 and give --weights sei=FOLDER with its files",
    sha256={},
)


@dataclass(frozen=True, slots=True)
class SeiFolder:
    """What lies in a folder of weights.

    Attributes:
        weights: the checkpoint. files: it and what lies beside it, by name.
        n_profiles, input_length: as config.json says, else the published ones.
    """

    weights: Path
    files: dict[str, Path]
    n_profiles: int
    input_length: int


class SeiEntry:
    """Registry row of Sei."""

    card = CARD

    def spec(self, config: RunConfig) -> PredictorSpec:
        """Windows of 4,096 bases around the middle of REF, the mean of both strands, wherever a variant lies."""
        folder = self._folder_if_any(config.weights.get("sei"))
        length = folder.input_length if folder else INPUT_LENGTH
        return PredictorSpec(
            context_length=0,
            bin_size=length,
            n_bins=1,
            strand="both",
            gene_bound=False,
            gene_masked=False,
            max_allele_length=min(MAX_ALLELE_LENGTH, length // 2),
            peer=None,
            name="sei",
            family="chromatin",
            tracks=_track_names(folder),
            n_fill=N_FILL,
            input_length=length,
            centre=length // 2 - 1,
        )

    def find_weights(self, given: Path | None) -> dict[str, Path]:
        """The checkpoint and what lies beside it, under `given` or in genoscore's own folder."""
        return self.folder(given).files

    def folder(self, given: Path | None) -> SeiFolder:
        """What lies under `given`, or in genoscore's own folder.

        Raises:
            WeightsError: no weights there, or a config.json that cannot be followed.
        """
        place = given if given is not None else fetched_folder("sei")
        if not place.is_dir():
            why = "the weights of sei are not installed" if given is None else f"weights of sei: {place} is no folder"
            raise WeightsError(why, _remedy())
        found = [place / name for name in _WEIGHTS if (place / name).is_file()]
        if not found:
            raise WeightsError(f"weights of sei: {place} holds neither {' nor '.join(_WEIGHTS)}", _remedy())
        beside = [place / name for name in _BESIDE if (place / name).is_file()]
        n_profiles, length = _read_config(place / CONFIG_FILE) if place / CONFIG_FILE in beside else (None, None)
        files = {path.name: path for path in (found[0], *beside)}
        return SeiFolder(found[0], files, n_profiles or N_PROFILES, length or INPUT_LENGTH)

    def _folder_if_any(self, given: Path | None) -> SeiFolder | None:
        """None where no weights are named and none are installed."""
        if given is None and not any((fetched_folder("sei") / name).is_file() for name in _WEIGHTS):
            return None
        return self.folder(given)

    def load(self, config: RunConfig) -> SeiPredictor:
        """Read the network onto the run's device."""
        from genoscore.predictors.device import choose_device

        folder = self.folder(config.weights.get("sei"))
        device = choose_device(config.device)
        return SeiPredictor(self.spec(config), lambda: read_network(folder), device, config.precision)


SEI = SeiEntry()


class SeiPredictor:
    """The network on its device.

    Args:
        read: gives the network anew, in fp32 on the CPU.
    """

    def __init__(
        self, spec: PredictorSpec, read: Callable[[], Sei], device: torch.device, precision: str = "fp32"
    ) -> None:
        import torch

        self.spec = spec
        self.device = device
        self._read = read
        self._dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        self.network = read().eval().requires_grad_(False).to(device, self._dtype)

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) of the spec's input_length to probabilities (B, 1, T, 1), float32, of the strand as given."""
        import torch

        if x.ndim != 3 or x.shape[1:] != (4, self.spec.input_length):
            raise ValueError(f"x has shape {tuple(x.shape)}, wanted (B, 4, {self.spec.input_length})")
        with torch.inference_mode():
            x = x.to(self.device, self._dtype)
            features = torch.cat([self.network.tower(some) for some in torch.split(x, self._tower_batch)])
            return self.network.profiles(features)[:, None, :, None]

    @property
    def _tower_batch(self) -> int:
        """Windows whose towers are computed together: more gain nothing on a CPU, whose caches they leave."""
        return 64 if self.device.type == "cuda" else 2

    def to_fallback(self) -> SeiPredictor:
        """The same in fp32 on the CPU."""
        import torch

        same = self.device.type == "cpu" and self._dtype == torch.float32
        read = (lambda: self.network) if same else self._read
        return SeiPredictor(self.spec, read, torch.device("cpu"))


def read_network(folder: SeiFolder) -> Sei:
    """The network of a folder, fp32 on the CPU.

    Raises:
        WeightsError: damaged, or its tensors are not Sei's.
    """
    import torch

    from genoscore.networks.sei import Sei, SeiConfig

    with torch.device("meta"):  # 3.3 GB are not allocated twice
        network = Sei(SeiConfig(sequence_length=folder.input_length, n_genomic_features=folder.n_profiles))
    state = _unwrapped(load_checkpoint(folder.weights))
    _check(folder, state, {key: tuple(value.shape) for key, value in network.state_dict().items()})
    network.load_state_dict({key: value.float() for key, value in state.items()}, assign=True)
    return network


def _unwrapped(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Without the prefixes that wrappers left, and without the spline functions, which are computed."""
    found = {}
    for key, value in state.items():
        while key.startswith(_WRAPPERS):
            key = key.partition(".")[2]
        if "spline" not in key:
            found[key] = value
    return found


def _check(folder: SeiFolder, state: Mapping[str, torch.Tensor], wanted: Mapping[str, tuple[int, ...]]) -> None:
    said = f"for {folder.n_profiles:,} profiles, as {CONFIG_FILE if CONFIG_FILE in folder.files else 'published'}"
    for key, shape in wanted.items():
        if key not in state:
            raise _no_model(folder, f"it lacks {key}")
        if tuple(state[key].shape) != shape:
            raise _no_model(folder, f"{key} has shape {tuple(state[key].shape)}, wanted {shape} {said}")
    if left := state.keys() - wanted.keys():
        raise _no_model(folder, f"it also holds {min(left)}")


def _no_model(folder: SeiFolder, why: str) -> WeightsError:
    return WeightsError(
        f"{folder.weights} does not hold a Sei model ({why})",
        f"get the published file again, or say its n_genomic_features in {CONFIG_FILE}",
    )


def _remedy() -> str:
    return f"{CARD.install} (model.safetensors or sei.pth; licence: {CARD.licence})"


def _read_config(path: Path) -> tuple[int | None, int | None]:
    """n_genomic_features and sequence_length; None where it does not say.

    Raises:
        WeightsError: no JSON object, or values that cannot be followed.
    """
    try:
        said: Any = json.loads(path.read_text(encoding="utf-8"))
        values = said.get("n_genomic_features"), said.get("sequence_length")
    except (OSError, ValueError, AttributeError) as error:
        why = getattr(error, "strerror", None) or "no JSON object"
        raise WeightsError(f"{path} cannot be read ({why})", "get the published file again") from None
    n_profiles, length = values
    if not (n_profiles is None or _is_count(n_profiles)):
        raise WeightsError(f"{path}: n_genomic_features is {n_profiles!r}", "give a whole number above 0")
    if not (length is None or (_is_count(length) and length >= _SHORTEST and length % _POSITION == 0)):
        raise WeightsError(f"{path}: sequence_length is {length!r}", f"give a multiple of {_POSITION}")
    return values


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _track_names(folder: SeiFolder | None) -> tuple[str, ...]:
    if folder is None or NAMES_FILE not in folder.files:
        return _numbered(folder.n_profiles if folder else N_PROFILES)
    path = folder.files[NAMES_FILE]
    try:
        found = path.stat()
        names = _read_names(path, found.st_size, found.st_mtime_ns)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no text"
        raise WeightsError(f"{path} cannot be read ({why})", "get the published file again") from None
    if len(names) != folder.n_profiles:
        raise WeightsError(
            f"{path} has {len(names):,} names, the network {folder.n_profiles:,} profiles",
            f"keep the {NAMES_FILE} of these weights beside them, or none",
        )
    return names


@functools.lru_cache(maxsize=4)
def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"profile_{index}" for index in range(count))


@functools.lru_cache(maxsize=4)
def _read_names(path: Path, size: int, mtime_ns: int) -> tuple[str, ...]:
    """A name a line. One that came before gets its number, so that all differ. Read once, unless the file changes."""
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    seen: set[str] = set()
    names = []
    for index, line in enumerate(lines):
        name = line.strip() or f"profile_{index}"
        names.append(f"{name} (profile_{index})" if name in seen else name)
        seen.add(name)
    return tuple(names)

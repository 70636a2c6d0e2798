"""Weights of the predictor `regulatory`: a .safetensors file whose header describes what its networks read and output.

Metadata of the header: `format`; `config`, the shape as JSON; `networks`, their number; `tracks` and `adaptors`, JSON
lists; `units` of the outputs; `trained`, JSON, how they were made. Tensors have the names of
`RegulatoryEnsemble.state_dict()`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genoscore.core.errors import WeightsError
from genoscore.networks.regulatory_config import RegulatoryConfig
from genoscore.weights.checkpoints import load_checkpoint
from genoscore.weights.files import require_regular

if TYPE_CHECKING:
    from genoscore.networks.regulatory import RegulatoryEnsemble

FILE = "regulatory.safetensors"
TRAINED = "weights.safetensors"  # as `genoscore train` calls it
BACKGROUND = "regulatory_background.npz"
FORMAT = "genoscore-regulatory-2"
_MOST_NETWORKS = 100
_MOST = 10_000  # largest dimension of a network; more means damage
_MOST_LAYERS = 100  # of a network
_LONGEST_NAME = 100  # characters of a track or unit
_REMAKE = "make it with: genoscore train"
_COUNTER = "num_batches_tracked"  # of batch normalization, used only in training


@dataclass(frozen=True, slots=True)
class RegulatoryHeader:
    """The contents of the header of a weights file.

    Attributes:
        networks: number of networks, whose outputs are averaged.
        adaptors: to the left and right of the sequence in the construct; '' for none.
        unit: of the outputs; '' if not stated.
        trained: how the weights were made, as stated in the file.
    """

    config: RegulatoryConfig = field(default_factory=RegulatoryConfig)
    networks: int = 1
    tracks: tuple[str, ...] = ("HepG2", "WTC11")
    adaptors: tuple[str, str] = ("AGGACCGGATCAACT", "CATTGCGTGAACCGA")
    unit: str = "log2 RNA/DNA"
    trained: Mapping[str, Any] = field(default_factory=dict)


def shipped(name: str) -> Path:
    """A file that comes with genoscore; it may be missing."""
    return Path(str(resources.files("genoscore.networks"))) / name


def find_file(given: Path | None) -> Path:
    """The weights file: the user's path, a folder made by `genoscore train`, or the shipped file.

    Raises:
        WeightsError: there is no such file.
    """
    path = shipped(FILE) if given is None else _in_folder(given) if given.is_dir() else given
    require_regular(path)
    if not path.is_file():
        if given is None:
            raise WeightsError(
                f"the weights of regulatory are missing: {path}", "install genoscore again, or give --weights"
            )
        raise WeightsError(f"weights of regulatory: there is no file {path}", _REMAKE)
    if path.suffix != ".safetensors":
        raise WeightsError(f"weights of regulatory: {path} is not a .safetensors file", _REMAKE)
    return path


def _in_folder(folder: Path) -> Path:
    return next((folder / name for name in (FILE, TRAINED) if (folder / name).is_file()), folder / FILE)


def read_header(path: Path) -> RegulatoryHeader:
    """The header of a file; the tensors are not read.

    Raises:
        WeightsError: the file cannot be read, is damaged, or holds something else.
    """
    from safetensors import safe_open

    try:
        with safe_open(path, framework="np") as file:
            values = file.metadata() or {}
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror or error})", "check its permissions") from None
    except Exception as error:  # damage shows in many ways
        raise WeightsError(f"{path} is damaged or not a .safetensors file ({_first_line(error)})", _REMAKE) from None
    if values.get("format") != FORMAT:
        reason = f"has format {values['format'][:40]!r}" if "format" in values else "has no format in its header"
        raise WeightsError(f"{path} does not hold weights of regulatory: it {reason}, expected {FORMAT}", _REMAKE)
    try:
        return _header(values)
    except (ValueError, KeyError, RecursionError) as error:
        why = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise WeightsError(f"{path}: its header is not understood ({why[:200]})", _REMAKE) from None


def _header(values: Mapping[str, str]) -> RegulatoryHeader:
    shape = json.loads(values["config"])
    if not isinstance(shape, dict):
        raise ValueError("config is not a JSON object")
    config = RegulatoryConfig.read(shape)
    for name, value in shape.items():
        most = _MOST_LAYERS if name in ("blocks", "layers") else _MOST
        if isinstance(value, int) and value > most:
            raise ValueError(f"{name} is {value:,}, more than {most:,}")
    if not (values["networks"].isascii() and values["networks"].isdecimal() and len(values["networks"]) < 9):
        raise ValueError(f"networks is {values['networks'][:20]!r}, not a whole number")
    networks = int(values["networks"])
    if not 1 <= networks <= _MOST_NETWORKS:
        raise ValueError(f"networks is {networks}, expected 1 to {_MOST_NETWORKS}")
    tracks = _texts("tracks", values["tracks"])
    if len(tracks) != config.tracks or len({*tracks}) < len(tracks) or not all(map(_is_name, tracks)):
        raise ValueError(f"tracks must be {config.tracks} different names")
    adaptors = _texts("adaptors", values["adaptors"])
    if len(adaptors) != 2 or not all({*adaptor} <= {*"ACGT"} for adaptor in adaptors):
        raise ValueError("adaptors must be two sequences of A, C, G, T")
    if values["units"] and not _is_name(values["units"]):
        raise ValueError("units is not a valid name")
    trained = json.loads(values.get("trained", "{}"))
    if not isinstance(trained, dict):
        raise ValueError("trained is not a JSON object")
    return RegulatoryHeader(config, networks, tracks, (adaptors[0], adaptors[1]), values["units"], trained)


def _texts(name: str, text: str) -> tuple[str, ...]:
    texts = json.loads(text)
    if not (isinstance(texts, list) and all(isinstance(item, str) for item in texts)):
        raise ValueError(f"{name} is not a list of strings")
    return tuple(texts)


def _is_name(text: str) -> bool:
    """Whether the text can be used in a VCF header line and as a column name."""
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable() and not {*text} & {*'"<>\\'}


def load_networks(path: Path) -> RegulatoryEnsemble:
    """The networks of a file, on the CPU in float32, in evaluation mode.

    Raises:
        WeightsError: see `read_header`; or its tensors do not match its header.
    """
    import torch

    from genoscore.networks.regulatory import RegulatoryEnsemble

    header = read_header(path)
    state = {name: value for name, value in load_checkpoint(path).items() if not name.endswith(_COUNTER)}
    with torch.device("meta"):  # takes no memory; the file may not hold what its header promises
        empty = RegulatoryEnsemble(header.config, header.networks)
    expected = {name: value for name, value in empty.state_dict().items() if not name.endswith(_COUNTER)}
    for name in (*expected, *state):
        if name not in expected or name not in state:
            raise _misfit(path, f"it {'also holds' if name in state else 'lacks'} {name[:80]}")
        if state[name].shape != expected[name].shape:
            shapes = f"{tuple(state[name].shape)}, expected {tuple(expected[name].shape)}"
            raise _misfit(path, f"{name} has shape {shapes}")
    with torch.random.fork_rng(devices=[]):  # its initial weights are random, and replaced
        ensemble = RegulatoryEnsemble(header.config, header.networks)
    ensemble.load_state_dict(state, strict=False)
    return ensemble.eval().requires_grad_(False)


def _misfit(path: Path, why: str) -> WeightsError:
    return WeightsError(f"{path} does not hold the networks that its header promises ({why})", _REMAKE)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]

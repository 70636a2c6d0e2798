"""The configuration of `genoscore train`: tables of a TOML file, checked before any other file is opened."""

from __future__ import annotations

import math
import re
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from genoscore.core.errors import ConfigError
from genoscore.core.toml_file import Kind, TomlFile
from genoscore.networks.regulatory_config import RegulatoryConfig

NO_FOLD = -1
_DEVICE = re.compile(r"auto|cpu|cuda(:[0-9]{1,2})?")
_KINDS = {
    "str": Kind.TEXT, "Path": Kind.PATH, "int": Kind.WHOLE, "int | None": Kind.WHOLE, "float": Kind.NUMBER,
    "tuple[str, str]": Kind.PAIR,
}  # fmt: skip
Section = TypeVar("Section", "DataConfig", "FitConfig", "MaskingConfig", "KernelConfig", "SyntheticConfig")


@dataclass(frozen=True, slots=True)
class DataConfig:
    """`[data]`: the table, and how it is divided into folds.

    Attributes:
        table: path of a tab-separated file with a header line, plain or gzipped.
        motifs: path of the motifs for the kernel regression's bank and the networks' initial filters; if there are
            more motifs than filters, the most diverse ones are used.
        sequence, value: columns.
        track: column that names the track of a row's value; '' for a single track, called `track_name`.
        group: column whose equal values mark rows that must stay in one fold, for example an element; '' for none.
        id: column that names rows in the table of predictions; '' for line numbers.
        adaptors: sequences before and after every insert; removed if present.
        units: of the values, for readers of the weights file.
        shared: rows that share an identical stretch of this many bases, on either strand, are in one fold; 0 for off.
        folds: how many; `test_fold` is never fitted, and `validation_fold` is only monitored; -1 for none.
    """

    table: Path
    motifs: Path
    sequence: str = "sequence"
    value: str = "value"
    track: str = ""
    track_name: str = "activity"
    group: str = ""
    id: str = ""
    adaptors: tuple[str, str] = ("", "")
    units: str = ""
    shared: int = 40
    folds: int = 10
    test_fold: int = 0
    validation_fold: int = NO_FOLD

    def problem(self) -> str | None:
        """The first invalid value, in words; None if all are valid."""
        if not all({*adaptor} <= {*"ACGT"} for adaptor in self.adaptors):
            return "adaptors must consist of A, C, G and T"
        if self.shared and not 8 <= self.shared <= 64:
            return "shared must be 0, or 8 to 64"
        if not 2 <= self.folds <= 1000:
            return "folds must be 2 to 1000"
        for name in ("test_fold", "validation_fold"):
            if not NO_FOLD <= getattr(self, name) < self.folds:
                return f"{name} must be 0 to {self.folds - 1}, or -1 for none"
        if self.validation_fold == self.test_fold != NO_FOLD:
            return "validation_fold must not be test_fold"
        if self.folds - len({self.test_fold, self.validation_fold} - {NO_FOLD}) < 1:
            return "no fold is left for fitting"
        return None


@dataclass(frozen=True, slots=True)
class FitConfig:
    """`[training]`.

    Attributes:
        epochs, batch: passes over the rows; rows per step.
        learning_rate: the maximum; it rises during the share `warmup` of all steps and then falls (one cycle).
        weight_decay: of AdamW, for matrices only.
        shift: the most bases by which an insert is shifted; unknown bases are shifted in.
        flip: share of inserts that are reverse-complemented.
        ema: share of the averaged weights kept at every step; lower during the first steps.
        mix: share of a value that is replaced by the mean of its group in the same track.
        networks: number in the ensemble; network k has seed + k.
        threads, device: as in other commands; None means all cores.
    """

    epochs: int = 20
    batch: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    warmup: float = 0.2
    shift: int = 8
    flip: float = 0.5
    ema: float = 0.998
    mix: float = 0.0
    networks: int = 1
    seed: int = 0
    threads: int | None = None
    device: str = "auto"

    def problem(self) -> str | None:
        """The first invalid value, in words; None if all are valid."""
        ranges = {
            "epochs": (1, 100_000), "batch": (2, 65_536), "networks": (1, 100), "seed": (0, 2**31),
            "threads": (1, 4096), "flip": (0, 1), "mix": (0, 1), "shift": (0, 1000),
            "weight_decay": (0, 10),
        }  # fmt: skip
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                return f"{name} must be {low} to {high}"
        if not _DEVICE.fullmatch(self.device):
            return "device must be auto, cpu, cuda or cuda:N"
        if not 0 < self.learning_rate < math.inf:
            return "learning_rate must be above 0"
        if not (0 < self.warmup < 1 and 0 <= self.ema < 1):
            return "warmup must be between 0 and 1, and ema from 0 to below 1"
        return None


@dataclass(frozen=True, slots=True)
class MaskingConfig:
    """`[masking]`: tokens that receive little attention are suppressed while networks are fitted; see `masking`.

    Attributes:
        share: final share of a row's tokens; 0 for no masking.
        start, full: epochs, from 0; the share grows from 0 at `start` to its full value at `full`.
        every: number of epochs between computations of the importances.
    """

    share: float = 0.0
    start: int = 1
    full: int = 8
    every: int = 1

    def problem(self) -> str | None:
        """The first invalid value, in words; None if all are valid."""
        if not 0 <= self.share < 1:
            return "share must be from 0 to below 1"
        if not 0 <= self.start <= self.full:
            return "start and full must satisfy 0 <= start <= full"
        return "every must be at least 1" if self.every < 1 else None


@dataclass(frozen=True, slots=True)
class KernelConfig:
    """`[kernel]`: a kernel regression in addition to the networks; see `kernel`.

    Attributes:
        centres: number of elements that others are compared with, drawn from the rows to fit; 0 for no regression.
        rate: of the Gaussians exp(-rate x mean squared difference of the features); after projection, features are
            scaled to the same total variance.
        ridge: penalty on functions, for standardized values.
        own: factor on `ridge` for what a track's own rows add to the regression on all rows.
        power: exponent of the gradients' variances, by which directions are weighted; 0 weights all equally.
        share: weight of the regression in the output; the mean of the networks has the rest.
    """

    centres: int = 0
    rate: float = 0.2
    ridge: float = 0.5
    own: float = 2.0
    power: float = 0.7
    share: float = 0.5

    def problem(self) -> str | None:
        """The first invalid value, in words; None if all are valid."""
        if not 0 <= self.centres <= 10_000:
            return "centres must be 0 to 10000"
        if not (0 < self.rate < math.inf and 0 < self.ridge < math.inf and 0 < self.own < math.inf):
            return "rate, ridge and own must be above 0"
        if not 0 <= self.power <= 4:
            return "power must be 0 to 4"
        return None if 0 <= self.share <= 1 else "share must be from 0 to 1"


@dataclass(frozen=True, slots=True)
class SyntheticConfig:
    """`[synthetic]`: unmeasured sequences with the kernel regression's outputs as values; see `synthetic`.

    Attributes:
        rows: number of sequences; if 0, networks are fitted to the table alone.
        weight: of their squared deviations, relative to those of the table's rows.
    """

    rows: int = 0
    weight: float = 1.0

    def problem(self) -> str | None:
        """The first invalid value, in words; None if all are valid."""
        if not 0 <= self.rows <= 10_000_000:
            return "rows must be 0 to 10000000"
        return None if 0 < self.weight < math.inf else "weight must be above 0"


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """The whole file. The outputs of `network` follow the tracks of the table, and its centres those of `kernel`."""

    data: DataConfig
    network: RegulatoryConfig = field(default_factory=RegulatoryConfig)
    training: FitConfig = field(default_factory=FitConfig)
    masking: MaskingConfig = field(default_factory=MaskingConfig)
    kernel: KernelConfig = field(default_factory=KernelConfig)
    synthetic: SyntheticConfig = field(default_factory=SyntheticConfig)

    def running(self, device: str | None, threads: int | None) -> TrainConfig:
        """A copy with another device or number of threads, if given.

        Raises:
            ConfigError: an invalid device or number of threads.
        """
        fit = replace(self.training, device=device or self.training.device, threads=threads or self.training.threads)
        if (problem := fit.problem()) is not None:
            raise ConfigError(problem, "change it")
        return replace(self, training=fit)

    def decisive(self) -> dict[str, str]:
        """What a network's weights depend on, except the table's content and its own number: `section.key` -> value."""
        whole = {f"{name}.{key}": str(value) for name, part in asdict(self).items() for key, value in part.items()}
        irrelevant = {"data.table", "data.id", "data.units", "data.motifs", "training.networks"}
        irrelevant |= {"training.threads", "training.device", "kernel.share"}
        unused = () if self.synthetic.rows else ("kernel.", "synthetic.")
        return {name: value for name, value in whole.items() if name not in irrelevant and not name.startswith(unused)}


def read_config(path: Path) -> TrainConfig:
    """Read a TOML file; paths in it are relative to its folder.

    Raises:
        ConfigError: it cannot be read, or a key or value is invalid; names file and key.
    """
    file = TomlFile.read(path, "config")
    known = [section.name for section in fields(TrainConfig)]
    for name, table in file.values.items():
        remedy = f"tables: [{'], ['.join(known)}]"
        file.check(name in known and isinstance(table, dict), f"{name!r} is not a table of this config", remedy)
    config = TrainConfig(
        _section(file, "data", DataConfig),
        _network(file),
        _section(file, "training", FitConfig),
        _section(file, "masking", MaskingConfig),
        _section(file, "kernel", KernelConfig),
        _section(file, "synthetic", SyntheticConfig),
    )
    file.check(
        bool(config.kernel.centres or not config.synthetic.rows),
        "[synthetic] rows get their values from a kernel regression, and none is configured",
        "give [kernel] centres = ..., or leave out rows",
    )
    return config


def _network(file: TomlFile) -> RegulatoryConfig:
    table = file.values.get("network", {})
    for key, source in (("tracks", "the table"), ("centres", "[kernel]")):
        file.check(key not in table, f"[network] {key} cannot be set: it comes from {source}", "leave the key out")
    try:
        return RegulatoryConfig.read(table)
    except ValueError as error:
        known = ", ".join(key.name for key in fields(RegulatoryConfig) if key.name not in ("tracks", "centres"))
        raise file.error(f"[network] {error}", f"known keys: {known}") from None


def _section(file: TomlFile, name: str, kind: type[Section]) -> Section:
    values: dict[str, Any] = {}
    known = {setting.name: setting for setting in fields(kind)}
    for key, value in file.values.get(name, {}).items():
        file.check_key(key, known, name)
        value_kind = _KINDS[str(known[key].type)]
        file.check_kind(f"[{name}] {key}", value, value_kind)
        pair = value_kind is Kind.PAIR
        values[key] = file.path.parent / value if value_kind is Kind.PATH else tuple(value) if pair else value
    missing = [key for key, setting in known.items() if setting.default is MISSING and key not in values]
    file.check(not missing, f"[{name}] lacks {''.join(missing[:1])}", f"add {''.join(missing[:1])} = ...")
    section = kind(**values)
    problem = section.problem()
    file.check(problem is None, f"[{name}] {problem}", "change it")
    return section

"""What `genoscore train` needs to know: the tables of a TOML file, checked before any other file is opened."""

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
_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")
_KINDS = {
    "str": Kind.TEXT, "Path": Kind.PATH, "int": Kind.WHOLE, "int | None": Kind.WHOLE, "float": Kind.NUMBER,
    "tuple[str, str]": Kind.PAIR,
}  # fmt: skip
Section = TypeVar("Section", "DataConfig", "FitConfig", "MaskingConfig", "KernelConfig", "SyntheticConfig")


@dataclass(frozen=True, slots=True)
class DataConfig:
    """`[data]`: the table, and how it is divided.

    Attributes:
        table: its path; tab-separated with a header line, plain or gzipped.
        motifs: the bank of the kernel regression, and what the networks' filters are at first; of them as many
            different ones as there are filters.
        sequence, value: columns.
        track: column of the track that a row's value is of; '' for one track, called `track_name`.
        group: column of what must not be in two folds, an element for example; '' for none.
        id: column that names rows in the table of predictions; '' for their lines.
        adaptors: what all inserts have before and behind them; taken off where it is there.
        units: of the values, for who reads the weights.
        shared: rows with an identical stretch of so many bases, on either strand, are in one fold; 0 for off.
        folds: of them, `test_fold` is never fitted, and `validation_fold` only watched; -1 for none.
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
        """What cannot work, in words; None for nothing."""
        if not all({*adaptor} <= {*"ACGT"} for adaptor in self.adaptors):
            return "adaptors must be of A, C, G and T"
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
            return "no fold is left to fit"
        return None


@dataclass(frozen=True, slots=True)
class FitConfig:
    """`[training]`.

    Attributes:
        epochs, batch: passes over the rows; rows per step.
        learning_rate: the highest; it climbs for the share `warmup` of all steps and then falls (one cycle).
        weight_decay: of AdamW, for matrices.
        shift: bases that an insert is moved by at most; unknown ones move in.
        flip: share of inserts turned to the other strand.
        ema: how much of the averaged weights stays at every step, once it has been reached.
        mix: share of a value that is replaced by the mean of its group in the same track.
        networks: of the ensemble; number k has seed + k.
        threads, device: as everywhere; None is every core.
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
        """What cannot work, in words; None for nothing."""
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
    """`[masking]`: tokens that attention passes over are suppressed while networks are fitted; see `masking`.

    Attributes:
        share: of a row's tokens, in the end; 0 for no masking.
        start, full: epochs, from 0; the share grows from 0 at `start` to all of it at `full`.
        every: epochs for which importances, once computed, are used.
    """

    share: float = 0.0
    start: int = 1
    full: int = 8
    every: int = 1

    def problem(self) -> str | None:
        """What cannot work, in words; None for nothing."""
        if not 0 <= self.share < 1:
            return "share must be from 0 to below 1"
        if not 0 <= self.start <= self.full:
            return "start and full must be 0 <= start <= full"
        return "every must be at least 1" if self.every < 1 else None


@dataclass(frozen=True, slots=True)
class KernelConfig:
    """`[kernel]`: a kernel regression beside the networks; see `kernel`.

    Attributes:
        centres: elements that others are compared with, drawn from those to fit; 0 for no such regression.
        rate: of the Gaussians: they are exp(-rate x the mean squared difference of what is read, or of as much variance
            in the directions that matter).
        ridge: on functions, for standardized values.
        own: how much stronger that of what a track's own rows add to all rows'.
        power: of the variances of gradients, that directions are weighted by; 0 weighs all alike.
        share: of the regression in the output, beside the mean of the networks.
    """

    centres: int = 0
    rate: float = 0.2
    ridge: float = 0.5
    own: float = 2.0
    power: float = 0.7
    share: float = 0.5

    def problem(self) -> str | None:
        """What cannot work, in words; None for nothing."""
        if not 0 <= self.centres <= 10_000:
            return "centres must be 0 to 10000"
        if not (0 < self.rate < math.inf and 0 < self.ridge < math.inf and 0 < self.own < math.inf):
            return "rate, ridge and own must be above 0"
        if not 0 <= self.power <= 4:
            return "power must be 0 to 4"
        return None if 0 <= self.share <= 1 else "share must be from 0 to 1"


@dataclass(frozen=True, slots=True)
class SyntheticConfig:
    """`[synthetic]`: sequences that nobody measured, with the kernel regression's outputs; see `synthetic`.

    Attributes:
        rows: of them; 0: networks are fitted to the table alone.
        weight: of their squared deviations, beside those of the table's rows.
    """

    rows: int = 0
    weight: float = 1.0

    def problem(self) -> str | None:
        """What cannot work, in words; None for nothing."""
        if not 0 <= self.rows <= 10_000_000:
            return "rows must be 0 to 10000000"
        return None if 0 < self.weight < math.inf else "weight must be above 0"


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """A whole file. The outputs of `network` follow the tracks of the table, its centres those of `kernel`."""

    data: DataConfig
    network: RegulatoryConfig = field(default_factory=RegulatoryConfig)
    training: FitConfig = field(default_factory=FitConfig)
    masking: MaskingConfig = field(default_factory=MaskingConfig)
    kernel: KernelConfig = field(default_factory=KernelConfig)
    synthetic: SyntheticConfig = field(default_factory=SyntheticConfig)

    def running(self, device: str | None, threads: int | None) -> TrainConfig:
        """The same on another device or with other threads, where they are given.

        Raises:
            ConfigError: threads that cannot be.
        """
        fit = replace(self.training, device=device or self.training.device, threads=threads or self.training.threads)
        if (problem := fit.problem()) is not None:
            raise ConfigError(problem, "change it")
        return replace(self, training=fit)

    def decisive(self) -> dict[str, str]:
        """What a network's weights depend on but for the table's content and its number: `section.key` -> value."""
        whole = {f"{name}.{key}": str(value) for name, part in asdict(self).items() for key, value in part.items()}
        passing = {"data.table", "data.id", "data.units", "data.motifs", "training.networks"}
        passing |= {"training.threads", "training.device", "kernel.share"}
        alone = () if self.synthetic.rows else ("kernel.", "synthetic.")
        return {name: value for name, value in whole.items() if name not in passing and not name.startswith(alone)}


def read_config(path: Path) -> TrainConfig:
    """Read a TOML file; its paths are relative to its folder.

    Raises:
        ConfigError: it cannot be read, or a key or value cannot be; names file and key.
    """
    file = TomlFile.read(path, "config")
    known = [one.name for one in fields(TrainConfig)]
    for name, table in file.values.items():
        remedy = f"tables: [{'], ['.join(known)}]"
        file.check(name in known and isinstance(table, dict), f"{name!r} is no table of it", remedy)
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
        "[synthetic] rows take their values from a kernel regression, and there is none",
        "give [kernel] centres = ..., or no rows",
    )
    return config


def _network(file: TomlFile) -> RegulatoryConfig:
    table = file.values.get("network", {})
    for key, source in (("tracks", "the table"), ("centres", "[kernel]")):
        file.check(key not in table, f"[network] {key} follow {source}", "leave the key out")
    try:
        return RegulatoryConfig.read(table)
    except ValueError as error:
        known = ", ".join(one.name for one in fields(RegulatoryConfig) if one.name not in ("tracks", "centres"))
        raise file.error(f"[network] {error}", f"known keys: {known}") from None


def _section(file: TomlFile, name: str, kind: type[Section]) -> Section:
    values: dict[str, Any] = {}
    known = {one.name: one for one in fields(kind)}
    for key, value in file.values.get(name, {}).items():
        file.check_key(key, known, name)
        wants = _KINDS[str(known[key].type)]
        file.check_kind(f"[{name}] {key}", value, wants)
        values[key] = file.path.parent / value if wants is Kind.PATH else tuple(value) if wants is Kind.PAIR else value
    missing = [key for key, one in known.items() if one.default is MISSING and key not in values]
    file.check(not missing, f"[{name}] lacks {''.join(missing[:1])}", f"give {''.join(missing[:1])} = ... there")
    section = kind(**values)
    problem = section.problem()
    file.check(problem is None, f"[{name}] {problem}", "change it")
    return section

"""RunConfig: everything a run needs to know, checked once, before any file is opened."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

from genoscore.core.errors import ConfigError

MASKS = ("none", "spliceai", "site")
PRECISIONS = ("fp32", "bf16", "auto")
STRANDS = ("spec", "forward", "reverse")
SCORE_STRANDS = ("spec", "both")
CENTRES = ("variant", "grid")
HEADS = ("human", "mouse")
MAX_SHIFT = 64  # half a bin of Enformer's
BANDS = ("low", "moderate", "high", "very_high")
BUILDS = ("grch37", "grch38")
MAX_DISTANCE = 4999
_DEVICE = re.compile(r"auto|cpu|cuda|cuda:all|cuda:\d+(,cuda:\d+)*")
_PREDICTOR = re.compile(r"[a-z][a-z0-9_]*")
_NAMED = re.compile(r"(?P<name>[a-z][a-z0-9_]*)=(?P<path>.+)")
_LISTS = ("output", "predictor", "precomputed", "tracks", "background")


@dataclass(frozen=True, slots=True)
class Stated:
    """What the user says of files of precomputed scores that do not say it themselves.

    Attributes:
        build: `grch37`, `grch38`, or '' where nothing is said of it.
    """

    distance: int
    mask: str
    build: str = ""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """One run of `genoscore score`; the names are those of the command line's options.

    Attributes:
        input: VCF, bgzipped VCF or BCF; `-` is standard input.
        reference: FASTA, plain or bgzipped.
        output: paths whose suffixes choose the formats; `-` is VCF on standard output.
        predictor: names from `genoscore models list`.
        weights: predictor name -> path of its weights, instead of the installed ones.
        annotation: `grch37`, `grch38` or a gene table's path.
        transcripts: `canonical`, `all`, IDs with commas between them, or a file of IDs.
        distance: bases either side of the variant that are searched, 0 to 4,999.
        mask: `none`, `spliceai` (after the maximum) or `site` (before it).
        compat: reproduce the peer tool to the letter.
        min_score, min_band: write only records that reach it.
        precomputed: `FILE.vcf.gz` or `NAME=FILE.vcf.gz`, of whose scores those of predictor NAME are taken first.
        precomputed_as: `distance=50,mask=none[,build=grch38]`: how they were made, where they do not say it.
        tracks: `WHAT` or `NAME=WHAT`, of a predictor with many tracks: a pattern searched in their descriptions,
            indices with commas between them, or a file of either; all tracks that one of them means are scored.
        head: `human` or `mouse`, of a predictor with several; None is the human one.
        strand: `spec` (as the predictor is run) or `both` (the mean of the two), of windows of one length.
        shifts: bases by which such windows are moved; outputs are averaged over them. None: as the predictor is run.
        centre: `variant`, or `grid`: variants of one bin share a window.
        background: `FILE` or `NAME=FILE` of `genoscore background`, against which scores get a percentile and a band.
        untrained: use random weights, whatever is installed; marks every output as meaningless.
        keep_existing: leave records that carry the predictor's fields already.
        region: `chr1:1000-2000`, 1-based, inclusive; `chr1` alone is the whole contig.
        regions_file: BED file (0-based, half-open).
        device, precision, threads, batch_size: how to compute; None means fitted to the machine.
        summary: path of the JSON summary.
        resume: keep a journal of complete chunks beside the first output, and go on from the one that is there.
        commercial: refuse predictors whose weights do not allow commercial use.
        strict: fail at the end if any ALT has an error status.
        command: the command line, recorded in outputs.
        protect: further files that no output may replace (a configuration file, a log).

    Raises:
        ConfigError: a value that cannot work.
    """

    input: str
    reference: Path
    output: tuple[str, ...] = ("-",)
    predictor: tuple[str, ...] = ("spliceai",)
    weights: Mapping[str, Path] = field(default_factory=dict)
    annotation: str = "grch38"
    transcripts: str = "canonical"
    distance: int = 50
    mask: str = "none"
    compat: bool = False
    min_score: float | None = None
    min_band: str | None = None
    precomputed: tuple[str, ...] = ()
    precomputed_as: str | None = None
    tracks: tuple[str, ...] = ()
    head: str | None = None
    strand: str = "spec"
    shifts: tuple[int, ...] | None = None
    centre: str = "variant"
    background: tuple[str, ...] = ()
    untrained: bool = False
    keep_existing: bool = False
    region: str | None = None
    regions_file: Path | None = None
    device: str = "auto"
    precision: str = "auto"
    threads: int | None = None
    batch_size: int | None = None
    summary: Path | None = None
    resume: bool = False
    commercial: bool = False
    strict: bool = False
    command: str = ""
    protect: tuple[Path, ...] = ()
    STRANDS: ClassVar[tuple[str, ...]] = SCORE_STRANDS

    def __post_init__(self) -> None:
        self._accept_paths_and_strings()
        _check(bool(self.input), "no input", "give a VCF, or - for standard input")
        _check(bool(self.transcripts), "transcripts is empty", "give canonical, all, IDs or a file")
        _check(bool(self.output), "no output", "give -o FILE, or -o - for standard output")
        _check(len(set(self.output)) == len(self.output), "an output is given twice", "give each -o once")
        for name in self.predictor:
            _check(bool(_PREDICTOR.fullmatch(name)), f"predictor {name!r} is no name", "see: genoscore models list")
        _check(bool(self.predictor), "no predictor", "give -p NAME; see: genoscore models list")
        _check(len(set(self.predictor)) == len(self.predictor), "a predictor is given twice", "give each -p once")
        for name in self.weights:
            _check(name in self.predictor, f"--weights names {name!r}, which is not among -p", "add -p " + name)
        _check(not self.resume or self.output[0] != "-", "--resume needs a file as first output", "give -o FILE")
        self._check_numbers()
        self._check_precomputed()
        self._check_windows()
        _check(self.mask in MASKS, f"mask {self.mask!r} is unknown", "one of " + ", ".join(MASKS))
        _check(self.precision in PRECISIONS, f"precision {self.precision!r} is unknown", "fp32, bf16 or auto")
        _check(self.min_band is None or self.min_band in BANDS, f"band {self.min_band!r} is unknown", ", ".join(BANDS))
        _check(
            bool(_DEVICE.fullmatch(self.device)),
            f"device {self.device!r} is unknown",
            "auto, cpu, cuda, cuda:N or cuda:N,cuda:M",
        )

    def _accept_paths_and_strings(self) -> None:
        """From Python, a single output, predictor or file may be given as such, and paths as text or Path."""
        for name in _LISTS:
            value = getattr(self, name)
            values = (value,) if isinstance(value, (str, Path)) else value
            object.__setattr__(self, name, tuple(map(str, values)))
        for name in ("input", "annotation", "transcripts"):
            object.__setattr__(self, name, str(getattr(self, name)))
        for name in ("reference", "regions_file", "summary"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else Path(value))
        object.__setattr__(self, "weights", {name: Path(path) for name, path in self.weights.items()})

    def of_predictor(self, option: str, name: str) -> tuple[str, ...]:
        """What `tracks` or `background` say of one predictor; what names none is of all."""
        found = []
        for text in getattr(self, option):
            match = _NAMED.fullmatch(text)
            if match and match["name"] in self.predictor:
                found += [match["path"]] if match["name"] == name else []
            else:
                found.append(text)
        return tuple(found)

    def _check_windows(self) -> None:
        _check(self.strand in self.STRANDS, f"strand {self.strand!r} is unknown", "one of " + ", ".join(self.STRANDS))
        _check(self.centre in CENTRES, f"centre {self.centre!r} is unknown", "one of " + ", ".join(CENTRES))
        _check(self.head is None or self.head in HEADS, f"head {self.head!r} is unknown", "one of " + ", ".join(HEADS))
        self._check_shifts()
        _check(all(self.tracks), "tracks is empty", "give a pattern, indices or a file")
        for name in self.predictor:
            many = self.of_predictor("background", name)
            _check(
                len(many) < 2, f"{len(many)} backgrounds are given for {name}", "give --background NAME=FILE, one each"
            )

    def _check_shifts(self) -> None:
        if self.shifts is None:
            return
        object.__setattr__(self, "shifts", _whole_numbers(self.shifts))
        far = max(map(abs, self.shifts), default=MAX_SHIFT + 1)
        distinct = len(set(self.shifts)) == len(self.shifts)
        _check(
            far <= MAX_SHIFT and distinct,
            f"shifts {','.join(map(str, self.shifts))!r}",
            f"give different whole numbers from -{MAX_SHIFT} to {MAX_SHIFT}, for example 0,-43,43",
        )

    @property
    def precomputed_files(self) -> dict[str, tuple[Path, ...]]:
        """Predictor -> files of precomputed scores."""
        found: dict[str, tuple[Path, ...]] = {}
        for text in self.precomputed:
            match = _NAMED.fullmatch(text)
            name, path = (match["name"], match["path"]) if match else (self.predictor[0], text)
            found[name] = (*found.get(name, ()), Path(path))
        return found

    @property
    def stated(self) -> Stated | None:
        """`precomputed_as`, parsed."""
        if self.precomputed_as is None:
            return None
        said = dict(pair.strip().partition("=")[::2] for pair in self.precomputed_as.split(","))
        whole = {"distance", "mask"} <= said.keys() <= {"distance", "mask", "build"}
        _check(
            whole and said["distance"].isdecimal() and said["mask"] in MASKS and said.get("build", BUILDS[0]) in BUILDS,
            f"precomputed as {self.precomputed_as!r} is not understood",
            "for example --precomputed-as distance=50,mask=none,build=grch38; the build may be left out",
        )
        return Stated(int(said["distance"]), said["mask"], said.get("build", ""))

    def _check_precomputed(self) -> None:
        named = [match["name"] if (match := _NAMED.fullmatch(text)) else None for text in self.precomputed]
        for name in named:
            _check(
                name in self.predictor if name else len(self.predictor) == 1,
                f"--precomputed names {name!r}, which is not among -p" if name else "--precomputed names no predictor",
                f"give --precomputed NAME=FILE, with one of {', '.join(self.predictor)}",
            )
        _check(len(set(self.precomputed)) == len(named), "a precomputed file is given twice", "give each file once")
        _check(self.stated is None or bool(named), "--precomputed-as without --precomputed", "give the file too")

    def _check_numbers(self) -> None:
        _check(0 <= self.distance <= MAX_DISTANCE, f"distance is {self.distance}", f"give 0 to {MAX_DISTANCE}")
        _check(self.threads is None or 1 <= self.threads <= 4096, f"threads is {self.threads}", "give 1 or more")
        _check(
            self.batch_size is None or 1 <= self.batch_size <= 65536,
            f"batch size is {self.batch_size}",
            "give 1 to 65536",
        )
        _check(
            self.min_score is None or (math.isfinite(self.min_score) and self.min_score >= 0),
            f"min score is {self.min_score}",
            "give 0 or more",
        )


@dataclass(frozen=True, slots=True)
class PredictConfig:
    """One run of `genoscore predict`; the names are those of the command line's options.

    Attributes:
        output: paths whose suffixes choose the formats; `-` is TSV on standard output.
        input: FASTA of sequences, plain or gzipped; `-` is standard input.
        region: `chr1:1000-2000` (1-based, inclusive) of `reference`, in the place of `input`.
        predictor: a name from `genoscore models list`.
        weights: predictor name -> path of its weights, instead of the installed ones.
        strand: `spec` (as the predictor is run when it scores), `forward` or `reverse`.
        tracks, head, untrained: as in RunConfig.
        device, precision, threads, batch_size, commercial: as in RunConfig; precision `auto` is fp32.
        command: the command line, recorded in outputs.
        protect: further files that no output may replace.

    Raises:
        ConfigError: a value that cannot work.
    """

    output: tuple[str, ...]
    input: str | None = None
    region: str | None = None
    reference: Path | None = None
    predictor: str = "spliceai"
    weights: Mapping[str, Path] = field(default_factory=dict)
    strand: str = "spec"
    tracks: tuple[str, ...] = ()
    head: str | None = None
    untrained: bool = False
    device: str = "auto"
    precision: str = "auto"
    threads: int | None = None
    batch_size: int | None = None
    commercial: bool = False
    command: str = ""
    protect: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        for name in ("output", "predictor", "tracks"):
            value = getattr(self, name)
            values = (value,) if isinstance(value, (str, Path)) else value
            object.__setattr__(self, name, tuple(map(str, values)))
        _check(len(self.predictor) == 1, f"{len(self.predictor)} predictors are given", "give one -p")
        object.__setattr__(self, "predictor", self.predictor[0])
        object.__setattr__(self, "input", None if self.input is None else str(self.input))
        object.__setattr__(self, "reference", None if self.reference is None else Path(self.reference))
        what = "give SEQUENCES, or --region with -r FASTA"
        _check(self.input is not None or self.region is not None, "no sequences", what)
        _check(self.input is None or self.region is None, "SEQUENCES and --region exclude each other", what)
        _check(self.region is None or self.reference is not None, "--region is of a reference, and none is given", what)
        _check(self.region is not None or self.reference is None, "a reference is given, and no --region of it", what)
        _check(self.strand in STRANDS, f"strand {self.strand!r} is unknown", "one of " + ", ".join(STRANDS))
        object.__setattr__(self, "weights", self.for_predictor().weights)

    def for_predictor(self) -> RunConfig:
        """The same in the words in which a predictor is asked for its spec and its network."""
        return RunConfig(
            input=self.input if self.input is not None else str(self.region),
            reference=self.reference or Path("-"),
            output=self.output,
            predictor=(self.predictor,),
            weights=self.weights,
            tracks=self.tracks,
            head=self.head,
            untrained=self.untrained,
            device=self.device,
            precision="fp32" if self.precision == "auto" else self.precision,
            threads=self.threads,
            batch_size=self.batch_size,
            commercial=self.commercial,
        )


def _check(holds: bool, message: str, hint: str) -> None:
    if not holds:
        raise ConfigError(message, hint)


def _whole_numbers(value: object) -> tuple[int, ...]:
    """`0,-43,43`, or a list of numbers."""
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, (list, tuple)) else [value]
    try:
        return tuple(int(str(part).strip()) for part in parts)
    except ValueError:
        raise ConfigError(f"shifts {value!r} is not a list of whole numbers", "for example 0,-43,43") from None


_KINDS = {
    str: "text", int: "a whole number", float: "a number", bool: "true or false", dict: "a table NAME = PATH",
    tuple: "text", list: "text, or a list of texts",
}  # fmt: skip
_PATHS = ("reference", "regions_file", "summary")
_EXPECTED = {  # a tuple is a list of texts, or one of them
    "input": str, "reference": str, "output": tuple, "predictor": tuple, "weights": dict, "annotation": str,
    "transcripts": str, "distance": int, "mask": str, "precomputed": tuple, "precomputed_as": str, "compat": bool,
    "min_score": float, "min_band": str, "keep_existing": bool, "region": str, "regions_file": str, "device": str,
    "precision": str, "threads": int, "batch_size": int, "summary": str, "resume": bool, "commercial": bool,
    "strict": bool, "strand": str, "tracks": tuple, "head": str, "shifts": str, "centre": str, "background": tuple,
    "untrained": bool,
}  # fmt: skip


def _keys_of(config: type[RunConfig] | type[PredictConfig]) -> dict[str, type]:
    return {one.name: _EXPECTED[one.name] for one in fields(config) if one.name not in ("command", "protect")}


# Keys of a TOML file -> what their values are.
RUN_KEYS = _keys_of(RunConfig)
PREDICT_KEYS = _keys_of(PredictConfig)


def read_toml(path: Path, keys: Mapping[str, type] = RUN_KEYS) -> dict[str, Any]:
    """Options from a TOML file, as keyword arguments of RunConfig, or of what else has such `keys`.

    Keys are the long option names, with `-` or `_`; lists may be given as one string.

    Raises:
        ConfigError: the file cannot be read, or holds an unknown key or a value of the wrong kind.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"config {path} cannot be read ({error.strerror})", "check the path") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"config {path} is not TOML ({error})", "mend that line") from None
    return {name: _typed(path, name, value, keys[name]) for name, value in _named(path, table, keys)}


def _named(path: Path, table: dict[str, Any], known: Collection[str]) -> list[tuple[str, Any]]:
    named = []
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in known:
            raise ConfigError(f"config {path}: unknown key {key!r}", "known keys: " + ", ".join(sorted(known)))
        named.append((name, value))
    return named


def _typed(path: Path, name: str, value: Any, wanted: type) -> Any:
    if name == "shifts":
        return _whole_numbers(value)
    if wanted in (tuple, list):
        value = [value] if wanted is tuple and isinstance(value, str) else value
        good = isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))
    elif wanted is float:
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
    else:
        good = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
    if not good:
        raise ConfigError(f"config {path}: {name} is {value!r}", f"give {_KINDS[wanted]}")
    if isinstance(value, list):
        return tuple(value)
    if name in _PATHS:
        return Path(value)
    if name == "weights":
        return {key: Path(str(where)) for key, where in value.items()}
    return value

"""RunConfig and PredictConfig: everything a run needs to know, checked once, before any file is opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from genoscore.core.config_groups import (
    CallConfig,
    ComputeConfig,
    ConsequenceConfig,
    EvidenceConfig,
    GeneConfig,
    ModelConfig,
    PrecomputedConfig,
    ResultConfig,
    SplicingConfig,
    WindowConfig,
)  # fmt: skip
from genoscore.core.option_group import require
from genoscore.core.options.option import PREDICT

_NAMED = re.compile(r"(?P<name>[a-z][a-z0-9_]*)=(?P<path>.+)")


@dataclass(frozen=True)
class RunConfig(
    GeneConfig,
    ModelConfig,
    SplicingConfig,
    EvidenceConfig,
    ConsequenceConfig,
    WindowConfig,
    PrecomputedConfig,
    ResultConfig,
    ComputeConfig,
    CallConfig,
):
    """One run of `genoscore score`; the names are those of the command-line options.

    Attributes (besides those of its groups):
        input: VCF, bgzipped VCF or BCF; `-` is standard input.
        reference: FASTA, plain or bgzipped.
        output: paths whose suffixes choose the formats; `-` is VCF on standard output.
        predictor: names from `genoscore models list`.
        weights: predictor name -> path of its weights, instead of the installed ones.
        region: `chr1:1000-2000`, 1-based, inclusive; `chr1` alone is the whole contig.
        regions_file: BED file (0-based, half-open).

    Raises:
        ConfigError: a value that is not allowed, or two options that conflict.
    """

    input: str
    reference: Path
    output: tuple[str, ...] = ("-",)
    predictor: tuple[str, ...] = ("spliceai",)
    weights: Mapping[str, Path] = field(default_factory=dict)
    region: str | None = None
    regions_file: Path | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require(bool(self.input), "no input", "give a VCF, or - for standard input")
        require(bool(self.output), "no output", "give -o FILE, or -o - for standard output")
        require(len(set(self.output)) == len(self.output), "an output is given twice", "give each -o once")
        require(bool(self.predictor), "no predictor", "give -p NAME; see: genoscore models list")
        require(len(set(self.predictor)) == len(self.predictor), "a predictor is given twice", "give each -p once")
        require(not self.resume or self.output[0] != "-", "--resume needs a file as the first output", "give -o FILE")
        require(
            not (self.consequences and self.compat),
            "--compat writes what the peer tool writes, which knows no --consequences",
            "leave one of them out",
        )
        self._check_names()

    def _check_names(self) -> None:
        """Options that name a predictor must name one of the run's."""
        for name in self.weights:
            require(name in self.predictor, f"--weights names {name!r}, which is not given with -p", "add -p " + name)
        for text in self.precomputed:
            match = _NAMED.fullmatch(text)
            fault = f"{match['name']!r}, which is not given with -p" if match else "no predictor"
            require(
                match["name"] in self.predictor if match else len(self.predictor) == 1,
                f"--precomputed names {fault}",
                f"give --precomputed NAME=FILE, with one of {', '.join(self.predictor)}",
            )
        for name in self.predictor:
            number = len(self.of_predictor("background", name))
            require(
                number < 2,
                f"{number} backgrounds are given for {name}",
                "give --background NAME=FILE, one per predictor",
            )

    def of_predictor(self, option: str, name: str) -> tuple[str, ...]:
        """The values of `tracks` or `background` for one predictor; values that name no predictor apply to all."""
        chosen: list[str] = []
        for text in getattr(self, option):
            match = _NAMED.fullmatch(text)
            if match and match["name"] in self.predictor:
                chosen += [match["path"]] if match["name"] == name else []
            else:
                chosen.append(text)
        return tuple(chosen)

    @property
    def precomputed_files(self) -> dict[str, tuple[Path, ...]]:
        """Predictor -> files of precomputed scores."""
        files: dict[str, tuple[Path, ...]] = {}
        for text in self.precomputed:
            match = _NAMED.fullmatch(text)
            name, path = (match["name"], match["path"]) if match else (self.predictor[0], text)
            files[name] = (*files.get(name, ()), Path(path))
        return files


@dataclass(frozen=True)
class PredictConfig(ModelConfig, ComputeConfig, CallConfig):
    """One run of `genoscore predict`; the names are those of the command-line options.

    Attributes (besides those of its groups):
        output: paths whose suffixes choose the formats; `-` is TSV on standard output.
        input: FASTA of sequences, plain or gzipped; `-` is standard input.
        region: `chr1:1000-2000` (1-based, inclusive) of `reference`, instead of `input`.
        predictor: a name from `genoscore models list`.
        weights: predictor name -> path of its weights, instead of the installed ones.
        strand: `spec` (the strand that the predictor scores), `forward` or `reverse`.
        precision: as elsewhere; `auto` means `fp32`.

    Raises:
        ConfigError: a value that is not allowed, or two options that conflict.
    """

    output: tuple[str, ...]
    input: str | None = None
    region: str | None = None
    reference: Path | None = None
    predictor: str = "spliceai"
    weights: Mapping[str, Path] = field(default_factory=dict)
    COMMAND: ClassVar[str] = PREDICT

    def __post_init__(self) -> None:
        super().__post_init__()
        names = tuple(self.predictor)  # `single` options arrive as a list of one
        require(len(names) == 1, f"{len(names)} predictors are given", "give one -p")
        object.__setattr__(self, "predictor", names[0])
        hint = "give SEQUENCES, or --region with -r FASTA"
        require(self.input is not None or self.region is not None, "no sequences", hint)
        require(self.input is None or self.region is None, "SEQUENCES and --region cannot be combined", hint)
        require(self.region is None or self.reference is not None, "--region needs a reference", hint)
        require(self.region is not None or self.reference is None, "a reference is given without --region", hint)
        self.for_predictor()  # for its checks

    def for_predictor(self) -> RunConfig:
        """The same options as a RunConfig, from which predictors resolve their specs and load their networks."""
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

"""ExplainConfig: the options of `genoscore explain`, checked before any file is opened."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from genoscore.core.config import RunConfig
from genoscore.core.config_groups import CallConfig
from genoscore.core.errors import ConfigError
from genoscore.core.options.option import EXPLAIN
from genoscore.core.options.table import options_of

MUTAGENESIS, PROFILES, CONTRIBUTIONS, ATTENTION = FIGURES = ("mutagenesis", "profiles", "contributions", "attention")


@dataclass(frozen=True)
class ExplainConfig(RunConfig):
    """One run of `genoscore explain`: the options of `score` that determine a score, and its own.

    Attributes (besides those of RunConfig):
        input: VCF, bgzipped VCF, BCF (`-` is a VCF on standard input), a FASTA, or a region `chr1:1000-1100`, 1-based,
            inclusive, of the reference.
        output: a single folder, which is created.
        figures: which of `mutagenesis`, `profiles`, `contributions`, `attention`.
        window: number of bases around a variant that are mutated and whose contributions are drawn.
        flank: number of bases on either side of a variant that profiles show.
        show: ID of the score that the heat map shows; None is the predictor's MAX.
        steps: most gradients computed for the integrated gradients of one sequence.
        most: most variants or sequences to explain.
        force: replace the folder of an earlier run.

    Raises:
        ConfigError: an invalid value.
    """

    figures: tuple[str, ...] = FIGURES
    window: int = 101
    flank: int = 200
    show: str | None = None
    steps: int = 60
    most: int = 100
    force: bool = False
    COMMAND: ClassVar[str] = EXPLAIN

    def __post_init__(self) -> None:
        super().__post_init__()
        ours = {*options_of(EXPLAIN), *(field.name for field in fields(CallConfig))}
        for name in self.changed(field.name for field in fields(RunConfig) if field.name not in ours):
            raise ConfigError(f"explain has no option {name.replace('_', ' ')}", "leave it out")
        unknown = [name for name in self.figures if name not in FIGURES]
        if unknown or not self.figures:
            raise ConfigError(f"figures {','.join(self.figures)!r} are unknown", "give some of " + ",".join(FIGURES))
        if len(self.predictor) != 1:
            raise ConfigError(f"{len(self.predictor)} predictors are given", "give one -p")
        if len(self.output) != 1 or self.output[0] == "-":
            raise ConfigError("explain writes a folder", "give one -o FOLDER")

    @property
    def name(self) -> str:
        """The predictor's name."""
        return self.predictor[0]

    @property
    def folder(self) -> str:
        """The output folder."""
        return self.output[0]

"""ExplainConfig: what `genoscore explain` needs to know, checked before any file is opened."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from genoscore.core.config import RUN_KEYS, RunConfig
from genoscore.core.errors import ConfigError

MUTAGENESIS, PROFILES, CONTRIBUTIONS, ATTENTION = FIGURES = ("mutagenesis", "profiles", "contributions", "attention")
MOST_BASES = 2_001  # mutated for one variant or region: three edits each
MOST_FLANK = 5_000
MOST_STEPS = 1_000


@dataclass(frozen=True, slots=True)
class ExplainConfig(RunConfig):
    """One run of `genoscore explain`: the options of `score` that decide a score, and its own.

    Attributes (besides those of RunConfig):
        input: VCF, bgzipped VCF, BCF (`-` is a VCF on standard input), a FASTA, or a region `chr1:1000-1100`, 1-based,
            inclusive, of the reference.
        output: a single folder, which is made.
        figures: which of `mutagenesis`, `profiles`, `contributions`, `attention`.
        window: bases around a variant that are mutated, and drawn of contributions.
        flank: bases on either side of a variant that profiles show.
        show: ID of the score that the heat map shows; None is the predictor's MAX.
        steps: gradients that the integrated gradients of one sequence may take.
        most: variants, at most.
        force: replace the folder of an earlier run.

    Raises:
        ConfigError: a value that cannot work.
    """

    figures: tuple[str, ...] = FIGURES
    window: int = 101
    flank: int = 200
    show: str | None = None
    steps: int = 60
    most: int = 100
    force: bool = False
    STRANDS: ClassVar[tuple[str, ...]] = ("spec", "both", "forward", "reverse")
    WITHOUT: ClassVar[frozenset[str]] = frozenset(
        {
            "compat", "precomputed", "precomputed_as", "min_score", "min_band", "background", "keep_existing",
            "summary", "resume", "strict",
        }
    )  # fmt: skip

    def __post_init__(self) -> None:
        RunConfig.__post_init__(self)
        names = self.figures.split(",") if isinstance(self.figures, str) else self.figures
        object.__setattr__(self, "figures", tuple(name.strip() for name in names))
        for one in fields(RunConfig):
            if one.name in self.WITHOUT and getattr(self, one.name) != one.default:
                raise ConfigError(f"explain knows no {one.name.replace('_', ' ')}", "leave it out")
        unknown = [name for name in self.figures if name not in FIGURES]
        if unknown or not self.figures:
            raise ConfigError(f"figures {','.join(self.figures)!r}", "give some of " + ",".join(FIGURES))
        if len(self.predictor) != 1:
            raise ConfigError(f"{len(self.predictor)} predictors are given", "give one -p")
        if len(self.output) != 1 or self.output[0] == "-":
            raise ConfigError("explain writes a folder", "give one -o FOLDER")
        for name, least, most in (
            ("window", 1, MOST_BASES), ("flank", 0, MOST_FLANK), ("steps", 4, MOST_STEPS), ("most", 1, 1_000_000),
        ):  # fmt: skip
            if not least <= getattr(self, name) <= most:
                raise ConfigError(f"{name} is {getattr(self, name)}", f"give {least} to {most}")

    @property
    def name(self) -> str:
        """The predictor's."""
        return self.predictor[0]

    @property
    def folder(self) -> str:
        """The output."""
        return self.output[0]


_OWN = {"figures": str, "window": int, "flank": int, "show": str, "steps": int, "most": int, "force": bool}
EXPLAIN_KEYS = {name: kind for name, kind in RUN_KEYS.items() if name not in ExplainConfig.WITHOUT} | _OWN

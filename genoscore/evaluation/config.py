"""The options of `genoscore evaluate`, checked before any file is opened."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import ClassVar

from genoscore.core.choices import INFO, SCORE_STRANDS
from genoscore.core.config import PredictConfig, RunConfig
from genoscore.core.config_groups import CallConfig
from genoscore.core.errors import ConfigError
from genoscore.core.number_text import finite_number
from genoscore.core.option_group import OptionGroup, require
from genoscore.core.options.option import EVALUATE
from genoscore.core.options.table import options_of

MAXIMUM = "MAX"  # the score that is compared unless another is named: GS_<PREDICTOR>_MAX
THRESHOLDS = (0.1, 0.2, 0.5, 0.8)  # for splicing scores; from 0.2 on they are the limits of the bands
MAX_THRESHOLDS = 100
NO_REFERENCE = Path("-")  # for a table of sequences, which needs none
# Options for variants only; with a table of sequences they must keep their defaults.
_OF_VARIANTS = (
    "reference", "annotation", "transcripts", "distance", "mask", "compat", "precomputed", "precomputed_as", "shifts",
    "centre",
)  # fmt: skip
_NAMED = re.compile(r"(?:(?P<name>[a-z][a-z0-9_]*)=)?(?P<field>[A-Za-z][A-Za-z0-9_]*)")


@dataclass(frozen=True)
class EvaluateRun(RunConfig):
    """A RunConfig whose `strand` may also be one that only `predict` accepts, for a table of sequences."""

    OTHERWISE: ClassVar[Mapping[str, str]] = {"strand": EVALUATE}


@dataclass(frozen=True)
class EvaluateConfig(OptionGroup):
    """One run of `genoscore evaluate`; the names are those of the command line's options.

    Attributes:
        run: how variants are scored; its `input` is the table, its outputs are not used. For a table of sequences it
            is how their tracks are predicted, its `reference` is NO_REFERENCE, and EvaluateRun accepts more strands.
        label: column of labels; `INFO/KEY` of a VCF, and likewise for `value`, `group` and `cluster`.
        positive, negative: the labels of the two classes; a text is split at its commas.
        value: column of measured effects, instead of `label`.
        group: column whose every value gets its own results; None means `track_column`.
        cluster: column whose equal values mark rows that depend on each other: the bootstrap draws whole clusters.
        sequence: column of sequences; None means `sequence` if the table has no CHROM, POS, REF and ALT.
        track_column: column that names the track of a row's value, for a table of sequences.
        score: `FIELD` or `NAME=FIELD`: the ScoreField that is compared, instead of `MAX`.
        signed: compare labels with the signed score, not its magnitude.
        thresholds: scores from which on a variant is called positive, for sensitivity and the like; a text is split at
            its commas, and `none` means (). None: 0.1, 0.2, 0.5 and 0.8 for labels of variants, () for sequences.
        resamples: number of bootstrap resamples. seed: of their random numbers.
        calibrate: TOML file of thresholds to make, for `--evidence`; None for none.
        output: folder for `evaluation.json`, `variants.tsv` and the plots; None for none.

    Raises:
        ConfigError: an invalid value.
    """

    run: RunConfig
    label: str | None = None
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    value: str | None = None
    group: str | None = None
    cluster: str | None = None
    sequence: str | None = None
    track_column: str | None = None
    score: tuple[str, ...] = ()
    signed: bool = False
    thresholds: tuple[float, ...] | None = None
    resamples: int = 1000
    seed: int = 0
    calibrate: Path | None = None
    output: Path | None = None
    COMMAND: ClassVar[str] = EVALUATE

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.thresholds is not None:
            object.__setattr__(self, "thresholds", _numbers(self.thresholds))
        require(
            (self.label is None) != (self.value is None),
            "evaluate needs either labels or measured effects",
            "give --label COLUMN --positive LABEL --negative LABEL, or --value COLUMN",
        )
        self._check_labels()
        self._check_run()
        require(not (self.of_info and self.sequence), "--sequence is for tables, and INFO/ for VCFs", "leave one out")
        if self.sequence is not None:
            self.check_sequences()
        for text in self.score:
            match = _NAMED.fullmatch(text)
            good = match is not None and match["name"] in (None, *self.run.predictor)
            require(good, f"score {text!r} is not understood", "give FIELD, or NAME=FIELD with a NAME from -p")
        self._check_calibrate()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are requested by name, except the column of sequences."""
        names = (self.label, self.value, self.group, self.cluster, self.track_column)
        return tuple(name for name in names if name is not None)

    @property
    def of_info(self) -> bool:
        """Whether one of them is a key of INFO, so that the input is read as a VCF."""
        return any(name.startswith(INFO) for name in self.columns)

    @property
    def grouping(self) -> str | None:
        """The column of the groups."""
        return self.track_column if self.group is None else self.group

    def check_variants(self) -> None:
        """Refuse options that mean nothing for a table of variants.

        Raises:
            ConfigError: no reference, or an option for sequences.
        """
        run = self.run
        remedy = "give -r FASTA; or --sequence COLUMN, if the table has sequences"
        require(run.reference != NO_REFERENCE, f"table {run.input} has variants, and there is no reference", remedy)
        require(
            run.strand in SCORE_STRANDS, f"strand {run.strand!r} is for sequences", "give " + " or ".join(SCORE_STRANDS)
        )
        require(self.track_column is None, "--track-column is for sequences", "leave it out; --tracks chooses tracks")

    def check_sequences(self) -> None:
        """Refuse options that mean nothing for a table of sequences.

        Raises:
            ConfigError: a reference, or another option for variants.
        """
        explicit = [name for name in _OF_VARIANTS if name not in self.run.origins]  # not a default from the environment
        odd = [name for name in self.run.changed(explicit) if name != "reference" or self.run.reference != NO_REFERENCE]
        odd += ["score"] * bool(self.score) + ["signed"] * self.signed + ["calibrate"] * (self.calibrate is not None)
        words = ", ".join("--" + name.replace("_", "-") for name in odd)
        require(not odd, f"table {self.run.input} has sequences, which do not use {words}", "leave it out")
        for name in self.run.predictor:
            self.prediction(name)

    def prediction(self, predictor: str) -> PredictConfig:
        """The options with which `genoscore predict` would predict the sequences.

        Raises:
            ConfigError: see PredictConfig.
        """
        run = self.run
        return PredictConfig(
            output=("-",),
            input=run.input,
            predictor=predictor,
            weights={name: path for name, path in run.weights.items() if name == predictor},
            strand=run.strand,
            tracks=run.of_predictor("tracks", predictor),
            head=run.head,
            device=run.device,
            precision=run.precision,
            threads=run.threads,
            batch_size=run.batch_size,
            commercial=run.commercial,
            command=run.command,
            origins=run.origins,
        )

    def thresholds_of(self, variants: bool) -> tuple[float, ...]:
        """The requested thresholds, or, for labels of variants, the default ones."""
        if self.thresholds is not None:
            return self.thresholds
        return THRESHOLDS if variants and self.label is not None else ()

    def field_of(self, predictor: str) -> str:
        """`MAX`, or the ID of the ScoreField that is compared; NAME=FIELD takes precedence over FIELD."""
        fields_by_name = {}
        for text in self.score:
            match = _NAMED.fullmatch(text)
            assert match is not None
            fields_by_name[match["name"]] = match["field"].upper()
        return fields_by_name.get(predictor, fields_by_name.get(None, MAXIMUM))

    def _check_calibrate(self) -> None:
        """Thresholds are of the magnitude of the largest score, and end in the suffix by which people know the file."""
        if self.calibrate is None:
            return
        require(self.label is not None, "--calibrate needs labels", "give --label, --positive and --negative")
        require(not self.signed, "--calibrate is for magnitudes", "leave out --signed")
        odd = sorted({self.field_of(name) for name in self.run.predictor} - {MAXIMUM})
        require(not odd, f"--calibrate is for the largest score, not for {', '.join(odd)}", "leave out --score")
        good = self.calibrate.suffix == ".toml"
        require(good, f"--calibrate {self.calibrate} does not end in .toml", "give FILE.toml")

    def _check_labels(self) -> None:
        if self.label is None:
            require(not (self.positive or self.negative), "--positive and --negative without --label", "give --label")
            require(not self.signed, "--signed is for labels", "leave it out: measured effects use the signed score")
            require(not self.thresholds, "--thresholds is for labels", "leave it out")
            return
        require(bool(self.positive and self.negative), "--label without both classes", "give --positive and --negative")
        both = sorted({*self.positive} & {*self.negative})
        require(not both, f"label {', '.join(both)} is both positive and negative", "name each label once")

    def _check_run(self) -> None:
        """Refuse options that leave records out, or that make scores meaningless."""
        require(not self.run.untrained, "--untrained: scores of random weights cannot be evaluated", "leave it out")
        ours = {*options_of(EVALUATE), *(field.name for field in fields(CallConfig)), "strict"}
        unknown = self.run.changed(sorted(field.name for field in fields(RunConfig) if field.name not in ours))
        require(not unknown, f"evaluate has no option {', '.join(unknown)}", "leave it out")


def _numbers(texts: Collection[object]) -> tuple[float, ...]:
    """`none`, or numbers, which are returned in ascending order.

    Raises:
        ConfigError: not numbers, a repeated number, or too many.
    """
    words = [str(text) for text in texts]
    if words == ["none"]:
        return ()
    numbers = [number for text in words if (number := finite_number(text)) is not None]
    if not len({*numbers}) == len(words) <= MAX_THRESHOLDS:
        raise ConfigError(
            f"thresholds {','.join(words)!r} are not understood",
            f"give different numbers, at most {MAX_THRESHOLDS}, for example 0.2,0.5,0.8; or none",
        )
    return tuple(sorted(numbers))

"""Groups of options that the configs of several commands share, each with its own checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from genoscore.core.choices import (
    BUILDS,
    MASKS,
    MAX_REACH,
    MAX_SHIFT,
    PSEUDOEXON,
    AnyStrand,
    Band,
    Centre,
    Head,
    Precision,
)
from genoscore.core.number_text import whole_number
from genoscore.core.option_group import OptionGroup, require


@dataclass(frozen=True, kw_only=True)
class GeneConfig(OptionGroup):
    """Which genes and transcripts are used.

    Attributes:
        annotation: `grch37`, `grch38`, `mane`, `none` or the path of a gene annotation.
        transcripts: `canonical`, `all`, comma-separated IDs, or a file of IDs.
        genes: comma-separated symbols or gene IDs, or a file of them: only these genes are scored.
    """

    annotation: str = "grch38"
    transcripts: str = "canonical"
    genes: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require(bool(self.transcripts), "transcripts is empty", "give canonical, all, IDs or a file")


@dataclass(frozen=True, kw_only=True)
class ModelConfig(OptionGroup):
    """How a network is run, and which of its outputs are scored.

    Attributes:
        tracks: `WHAT` or `NAME=WHAT`, for predictors with many tracks: a pattern searched for in their descriptions,
            comma-separated indices, or a file of either; all tracks that any of them selects are scored.
        head: `human` or `mouse`, for a predictor with both; None means human.
        strand: `spec`, the predictor's default; `both`, the mean of both, for fixed-length windows; for sequences,
            `forward` or `reverse`.
        untrained: use random weights, whatever is installed; marks every output as meaningless.
        commercial: refuse predictors whose weights do not allow commercial use.
    """

    tracks: tuple[str, ...] = ()
    head: Head | None = None
    strand: AnyStrand = "spec"
    untrained: bool = False
    commercial: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require(all(self.tracks), "tracks is empty", "give a pattern, indices or a file")


@dataclass(frozen=True, kw_only=True)
class SplicingConfig(OptionGroup):
    """How splice sites are searched for.

    Attributes:
        distance: bases on either side of the variant that are searched, 0 to 4,999.
        mask: `none`, `spliceai` (after the maximum) or `site` (before it); or two of these, `none,site`: the first
            decides all scores, the second adds `MAX_MASKED`.
        compat: reproduce the peer tool to the letter.
        site_probabilities: add the probabilities, with REF and with ALT, at the base of each score.
    """

    distance: int = 50
    mask: str = "none"
    compat: bool = False
    site_probabilities: bool = False

    @property
    def masks(self) -> tuple[str, ...]:
        """The mask, or both."""
        return tuple(self.mask.split(","))


@dataclass(frozen=True, kw_only=True)
class EvidenceConfig(OptionGroup):
    """Which scores count as evidence.

    Attributes:
        evidence: TOML file of thresholds, instead of the published ones for SpliceAI.
    """

    evidence: Path | None = None


@dataclass(frozen=True, kw_only=True)
class ConsequenceConfig(OptionGroup):
    """What becomes of the transcript.

    Attributes:
        consequences: whether it is said; None: where it can be, see `consequences.wanted`.
        reach: bases on either side of the variant in which splice sites are looked for, 0 to 5,000, whatever the
            distance of the scores.
        pseudoexon: the shortest and the longest exon neither end of which is annotated, bases, 1 to 5,000.
    """

    consequences: bool | None = None
    reach: int = MAX_REACH
    pseudoexon: tuple[int, int] = PSEUDOEXON

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            len(self.pseudoexon) == 2 and self.pseudoexon[0] <= self.pseudoexon[1],
            f"pseudoexon is {','.join(map(str, self.pseudoexon)) or 'empty'}",
            "give the shortest and the longest, for example 25,500",
        )


@dataclass(frozen=True, kw_only=True)
class WindowConfig(OptionGroup):
    """How fixed-length windows are placed, and what their scores are compared with.

    Attributes:
        shifts: bases by which windows are shifted; outputs are averaged over the shifts. None: the predictor's default.
        centre: `variant`, or `grid`: variants in the same bin share a window.
        background: `FILE` or `NAME=FILE` of `genoscore background`, against which scores get a percentile and a band.
    """

    shifts: tuple[int, ...] | None = None
    centre: Centre = "variant"
    background: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.shifts is None:
            return
        farthest = max(map(abs, self.shifts), default=MAX_SHIFT + 1)
        distinct = len(set(self.shifts)) == len(self.shifts)
        require(
            farthest <= MAX_SHIFT and distinct,
            f"shifts {','.join(map(str, self.shifts))!r} cannot be used",
            f"give distinct whole numbers from -{MAX_SHIFT} to {MAX_SHIFT}, for example 0,-43,43",
        )


@dataclass(frozen=True, slots=True)
class Stated:
    """What the user states about files of precomputed scores that do not declare it themselves.

    Attributes:
        build: `grch37`, `grch38`, or '' if not stated.
    """

    distance: int
    mask: str
    build: str = ""


@dataclass(frozen=True, kw_only=True)
class PrecomputedConfig(OptionGroup):
    """Scores that need not be computed.

    Attributes:
        precomputed: `FILE.vcf.gz` or `NAME=FILE.vcf.gz`: scores of predictor NAME that it holds are not computed.
        precomputed_as: `distance=50,mask=none[,build=grch38]`: how they were made, if the files do not say so.
    """

    precomputed: tuple[str, ...] = ()
    precomputed_as: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        distinct = len(set(self.precomputed)) == len(self.precomputed)
        require(distinct, "a precomputed file is given twice", "give each file once")
        stated = self.stated
        require(
            stated is None or bool(self.precomputed), "--precomputed-as without --precomputed", "give the file as well"
        )

    @property
    def stated(self) -> Stated | None:
        """`precomputed_as`, parsed."""
        if self.precomputed_as is None:
            return None
        pairs = dict(pair.strip().partition("=")[::2] for pair in self.precomputed_as.split(","))
        distance = whole_number(pairs.get("distance", ""))
        complete = {"distance", "mask"} <= pairs.keys() <= {"distance", "mask", "build"}
        valid = complete and pairs["mask"] in MASKS and pairs.get("build", BUILDS[0]) in BUILDS
        require(
            valid and distance is not None,
            f"--precomputed-as {self.precomputed_as!r} is not understood",
            "for example --precomputed-as distance=50,mask=none,build=grch38; the build may be omitted",
        )
        assert distance is not None
        return Stated(distance, pairs["mask"], pairs.get("build", ""))


@dataclass(frozen=True, kw_only=True)
class ResultConfig(OptionGroup):
    """Which records are written, and what else a run writes.

    Attributes:
        min_score, min_band: write only records that reach it.
        keep_existing: leave records unchanged that already carry the predictor's fields.
        keep_columns: `INFO/KEY`, `FORMAT/KEY`, `QUAL`, `FILTER` of the input, as columns of tables; each value may be
            a comma-separated list.
        summary: path of the JSON summary.
        resume: keep a journal of complete chunks beside the first output, and continue from an existing one.
        strict: fail at the end if any ALT has an error status.
    """

    min_score: float | None = None
    min_band: Band | None = None
    keep_existing: bool = False
    keep_columns: tuple[str, ...] = ()
    summary: Path | None = None
    resume: bool = False
    strict: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        names = ",".join(self.keep_columns).split(",") if self.keep_columns else ()
        object.__setattr__(self, "keep_columns", tuple(name.strip() for name in names))


@dataclass(frozen=True, kw_only=True)
class ComputeConfig(OptionGroup):
    """How to compute; None means suited to the machine.

    Attributes:
        device: `auto`, `cpu`, `cuda`, `cuda:N`; several as `cuda:0,cuda:1` or `cuda:all`.
        precision: `fp32`; `bf16`, rough; `auto`.
        threads: CPU threads.
        batch_size: windows, or edits, computed together.
    """

    device: str = "auto"
    precision: Precision = "auto"
    threads: int | None = None
    batch_size: int | None = None


@dataclass(frozen=True, kw_only=True)
class CallConfig(OptionGroup):
    """How a run was started.

    Attributes:
        command: the command line, recorded in outputs.
        protect: further files that no output may replace (a configuration file, a log).
        origins: option -> where its value comes from, for options set by an environment variable or the user file
            rather than on the command line or by its `--config`; recorded in outputs.
    """

    command: str = ""
    protect: tuple[Path, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)

    def recorded_origins(self, *without: str) -> dict[str, str]:
        """`OptionsFrom` in an output's header: the origins of options that the recorded command does not show.

        Args:
            without: options that the run does not use.
        """
        pairs = [f"{name}: {origin}" for name, origin in self.origins.items() if name not in without]
        return {"OptionsFrom": "; ".join(pairs)} if pairs else {}

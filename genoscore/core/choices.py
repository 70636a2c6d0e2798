"""The allowed values of options with fixed choices, and the limits of numeric options."""

from __future__ import annotations

from typing import Literal, get_args

Precision = Literal["fp32", "bf16", "auto"]
Centre = Literal["variant", "grid"]
Head = Literal["human", "mouse"]
Band = Literal["low", "moderate", "high", "very_high"]
Build = Literal["grch37", "grch38"]
# Which strand a network reads: `score` may average both, `predict` may read either.
ScoreStrand = Literal["spec", "both"]
TrackStrand = Literal["spec", "forward", "reverse"]
AnyStrand = Literal["spec", "both", "forward", "reverse"]

MASKS = ("none", "spliceai", "site")
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
CENTRES: tuple[Centre, ...] = get_args(Centre)
HEADS: tuple[Head, ...] = get_args(Head)
BANDS: tuple[Band, ...] = get_args(Band)
BUILDS: tuple[Build, ...] = get_args(Build)
SCORE_STRANDS: tuple[ScoreStrand, ...] = get_args(ScoreStrand)
TRACK_STRANDS: tuple[TrackStrand, ...] = get_args(TrackStrand)
ANY_STRANDS: tuple[AnyStrand, ...] = get_args(AnyStrand)

MAX_DISTANCE = 4999  # bases
MAX_REACH = 5_000  # bases: as far as the contexts of the splicing networks
PSEUDOEXON = (25, 500)  # bases: the shortest and the longest exon neither end of which is annotated
MAX_PSEUDOEXON = 5_000  # bases
MAX_SHIFT = 64  # bases: half an Enformer bin
MAX_RESAMPLES = 1_000_000
MAX_MUTATED = 2_001  # bases that `explain` mutates per variant or region: three edits each
MAX_FLANK = 5_000  # bases
MAX_STEPS = 1_000
INFO = "INFO/"  # prefix of a column name that is a key of a VCF's INFO

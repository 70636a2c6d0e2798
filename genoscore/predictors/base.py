"""The interfaces of a predictor. Torch is not imported here, so that specs can be read without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from genoscore.core.edits import Edit
from genoscore.core.windows import Stretch, WindowSpec

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Screening:
    """How far the scores of a screening pass may be from the exact ones, and its cost. Measured, with a margin.

    Costs are in units of one exactly computed edit. They decide whether screening is tried, never what is printed.

    Attributes:
        sensitive: no bound holds if any output of REF or ALT is above this probability.
        floor, slope: otherwise no score is off by more than floor + slope x the largest score of the variant.
        edit: cost of screening one of many edits.
        call: additional cost per call.
        base: cost per base of reference, with or without screening.
        max_stretch: longest stretch, in bases, for which everything that screening leaves open can be computed without
            a second pass over the reference.
    """

    sensitive: float
    floor: float
    slope: float
    edit: float = 0.0
    call: float = 0.0
    base: float = 0.0
    max_stretch: int = 200_000


@dataclass(frozen=True, slots=True)
class SequenceUse:
    """Which sequences `predict` accepts, if they differ from the windows around variants.

    Attributes:
        any_length: the fixed window applies only around variants; the network also reads longer sequences.
        exact_length: sequences must have the window's length; they are not padded.
        adaptors: sequences to the left and right of the insert in the construct that the network was trained on;
            removed if both are present.
    """

    any_length: bool = False
    exact_length: bool = False
    adaptors: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a network computes at once; the defaults suit most networks.

    Attributes:
        max_stretch: longest stretch, in bases, whose reference activations an EditPredictor keeps at once.
        cpu_windows: whole windows computed together on a CPU; more are no faster.
        max_records: largest number of records per chunk, for a network with large inputs or outputs.
    """

    max_stretch: int = 200_000
    cpu_windows: int = 8
    max_records: int = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictorSpec(WindowSpec):
    """What the engine and the scorers need to know about a model, resolved for one run.

    A new predictor sets `name`, `family`, `tracks`, `context_length`, `n_bins` and, if its model differs from the
    defaults, `bin_size`, `strand`, `genes`, `fixed` and `n_fill`; the rest is for special cases.

    Attributes (besides those of WindowSpec, which define what is read around a variant):
        name: as in `genoscore models list`.
        family: which scorer reads its outputs.
        tracks: names of the T outputs per bin.
        n_fill: one-hot value of an unknown base.
        iupac: how ambiguity codes are read: `zero` (unknown) or `spliceai` (as the peer tool reads them).
        peer_info_id: INFO ID under which the peer tool writes its string; '' for none.
        replicates: number of networks in the ensemble.
        screening: for an EditPredictor with a fast approximation; None for all others.
        sequences: what `predict` accepts.
        limits: how much is computed at once.
        unit: of the outputs, if the family does not determine it.
        rest: what a predictor of splice sites gives bases that are none; 0 for most.
        background: the one that comes with the weights, for runs without `--background`; see `scores.background`.
        heeds: options that not every predictor supports (`tracks`, `shifts`, ...) and that this one does.
        untrained: the weights are random (`--untrained`): outputs are marked as meaningless.
    """

    name: str
    family: str
    tracks: tuple[str, ...]
    n_fill: float = 0.0
    iupac: str = "zero"
    peer_info_id: str = ""
    replicates: int = 1
    screening: Screening | None = None
    sequences: SequenceUse = SequenceUse()
    limits: Limits = Limits()
    unit: str = ""
    rest: float = 0.0
    background: Path | None = None
    heeds: frozenset[str] = frozenset()
    untrained: bool = False


DENSE = 50  # bases on either side of an edit at all of which FarPredictor looks for splice sites


def reaching(spec: PredictorSpec, reach: int) -> PredictorSpec:
    """The same predictor, of one bin per base, with outputs up to `reach` bases from an edit."""
    return replace(spec, n_bins=2 * reach + 1)


class Predictor(Protocol):
    """A network with its weights, on its device. It knows nothing about VCFs, genes or scores."""

    spec: PredictorSpec
    device: torch.device

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        """One-hot (B, 4, L) to (B, R, T, N): R replicates (1 without an ensemble), T tracks, N bins.

        The caller chooses the strand: outputs run in the direction of `x`. The same input gives the same output at any
        batch size, within 1e-6 in fp32.
        """
        ...

    def to_fallback(self) -> Predictor:
        """The same predictor in fp32 on the CPU, for a second attempt after NaN or infinity."""
        ...


@runtime_checkable
class EditPredictor(Predictor, Protocol):
    """A predictor that scores edits without computing their whole windows."""

    def predict_edits(
        self,
        stretch: Stretch,
        edits: Sequence[Edit],
        batch_size: int | None = None,
        screen: bool = False,
        computed: Callable[[float], None] = ...,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Outputs for edits on one stretch.

        A call with `screen` may be followed by others on the same stretch, with or without it, so the reference is
        computed once and kept until the next stretch. A call without it is the only one on its stretch unless a
        screening came first.

        Args:
            batch_size: edits computed together; None: as many as fit in memory.
            screen: use the fast approximation, for a predictor whose spec has a `screening`.
            computed: called after every batch with the number of edits completed since (fractional with replicates).

        Returns:
            ref (E, R, T, N) and alt (E, R, T, N') in genomic order, equal to cutting each edit's two windows out of
            the stretch and calling `predict` (on both strands and at every shift, if the spec says so), within 2e-6 in
            fp32 for probabilities, unless screening. An edit's own bins (`own_bins`) come first in its row; N and N'
            are the largest numbers of any edit.
        """
        ...


@runtime_checkable
class FarPredictor(EditPredictor, Protocol):
    """An EditPredictor that also looks at sites far from an edit, at little extra cost."""

    def predict_far(
        self, stretch: Stretch, edits: Sequence[Edit], near: int, reach: int, floor: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Outputs around edits, as `predict_edits` with `reach` bases on either side, replicates averaged.

        ALT's are computed at every base within DENSE bases of the edit's ends, and farther away wherever the reference
        has a site of at least `floor` (more than 600 bases away, of 20 times that): a splice site that far from a
        variant is gained where there was a weak one, since the bases around it stay the same. Of an ensemble, the first
        network tells where, and where it sees no change the others are not asked. Elsewhere they are those of the
        reference, and so they are where `predict_edits` with `near` bases on either side gives them, if `near` is DENSE
        or more.

        Args:
            near, reach: bases on either side of an edit; `near` is as far as the outputs of the scores go.
            floor: of a probability, above the spec's `rest`.

        Returns:
            ref (E, T, N) and alt (E, T, N') in genomic order, each edit's own bins first.
        """
        ...


class FarOutputs(Protocol):
    """Outputs far from edits, for those of them that were looked at."""

    def has(self, row: int) -> bool:
        """Whether an edit, by its number, was looked at."""
        ...

    def outputs(self, rows: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Of the edits with these numbers, which were looked at, what `predict_far` gives."""
        ...


@runtime_checkable
class OnePassPredictor(FarPredictor, Protocol):
    """A FarPredictor that gives near and far outputs from one pass over the reference."""

    def predict_edits_and_far(
        self,
        stretch: Stretch,
        edits: Sequence[Edit],
        reach: int,
        floor: float,
        least: float,
        always: frozenset[int],
        batch_size: int | None = None,
        computed: Callable[[float], None] = ...,
    ) -> tuple[torch.Tensor, torch.Tensor, FarOutputs]:
        """What `predict_edits` gives, and with it what `predict_far` gives.

        The spec's outputs go at least DENSE bases beyond an edit, and the stretch holds `reach` bases and their context
        on either side of all edits.

        Args:
            least: of a probability: edits by which the first network changes less in their own bins are not looked at.
            always: numbers of edits that are looked at nevertheless.
        """
        ...


@runtime_checkable
class StrandedPredictor(Predictor, Protocol):
    """A predictor that reads both strands with less work than reading each separately."""

    def predict_both(self, x: torch.Tensor) -> torch.Tensor:
        """As `predict`: the mean of both strands in the direction of `x`, within 1e-6 of predicting each separately."""
        ...


@runtime_checkable
class DifferentiablePredictor(Predictor, Protocol):
    """A predictor whose outputs can be differentiated with respect to its input."""

    def differentiable(self, x: torch.Tensor) -> torch.Tensor:
        """As `predict`, within rounding, in evaluation mode, with gradients from the outputs to `x`."""
        ...


@runtime_checkable
class AttentivePredictor(Predictor, Protocol):
    """A predictor whose network has attention layers.

    Attributes:
        token_size: bases per token; token i begins at base `token_size * i` of the window (0-based).
        attending: number of networks whose heads follow one another in `attention`; 1 without an ensemble.
    """

    token_size: int
    attending: int

    def attention(self, x: torch.Tensor) -> list[torch.Tensor]:
        """One-hot (B, 4, L) to each layer's weights (B, H, n, n), queries by keys: rows sum to 1."""
        ...


@runtime_checkable
class PoolingPredictor(AttentivePredictor, Protocol):
    """A predictor whose network pools its tokens into a weighted mean, with learned weights."""

    def importance(self, x: torch.Tensor) -> torch.Tensor:
        """One-hot (B, 4, L) to the attention that each base receives from the outputs, (B, L); rows sum to 1."""
        ...

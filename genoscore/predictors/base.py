"""The seams of a predictor. Torch is not imported here, so that specs can be read without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from genoscore.core.edits import Edit
from genoscore.core.windows import Stretch, WindowSpec

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Screening:
    """How far the scores of a screening pass may be from the exact ones, and what it costs. Measured, with a margin.

    Costs are in exact computations of one edit. They decide where a screening is tried, never what is printed.

    Attributes:
        sensitive: above this probability, of REF or of ALT, anywhere in the outputs, nothing is promised.
        floor, slope: elsewhere no score is wrong by more than floor + slope x the largest score of the variant.
        edit: what it costs to screen one of many edits.
        call: what is added to that by every call.
        base: what a base of reference costs, whether edits are screened or not.
        max_stretch: longest stretch, bases, of which all that a screening leaves open can be computed without the
            reference being read again.
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
    """What `predict` takes, where it differs from what is read around a variant.

    Attributes:
        any_length: a fixed window is only that of the windows around variants; the network reads longer sequences too.
        exact_length: sequences must have the window's length; they are not padded.
        adaptors: what stands left and right of a sequence in the construct that the network was fitted to; it is taken
            off where both are there.
    """

    any_length: bool = False
    exact_length: bool = False
    adaptors: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a network's work is done at once; defaults suit most.

    Attributes:
        max_stretch: longest stretch, bases, whose reference activations an EditPredictor keeps at once.
        cpu_windows: whole windows that a CPU does best to compute together; more gain nothing.
        max_records: most records of a chunk, for a network that reads or gives much for each.
    """

    max_stretch: int = 200_000
    cpu_windows: int = 8
    max_records: int = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictorSpec(WindowSpec):
    """What the engine and the scorers must know of a model, resolved for one run.

    A new predictor fills `name`, `family`, `tracks`, `context_length`, `n_bins`, and where its model differs from the
    defaults `bin_size`, `strand`, `genes`, `fixed` and `n_fill`; the rest is for special cases.

    Attributes (besides those of WindowSpec, which say what is read around a variant):
        name: as in `genoscore models list`.
        family: which scorer reads its outputs.
        tracks: names of the T outputs per bin.
        n_fill: one-hot value of an unknown base.
        iupac: `zero` (unknown) or `spliceai` (the peer's own reading of ambiguity codes).
        peer_info_id: INFO ID in which the peer tool writes its string; '' for none.
        replicates: networks of the ensemble.
        screening: of an EditPredictor that has a quick approximation; None for the others.
        sequences: what `predict` takes.
        limits: how much is done at once.
        unit: of the outputs, where the family leaves that open.
        background: comes with the weights, for runs that give none; see `scores.background`.
        heeds: options of a run that not every predictor knows (`tracks`, `shifts`, ...) and this one does.
        untrained: the weights are random (`--untrained`): what comes out is marked as meaningless.
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
    background: Path | None = None
    heeds: frozenset[str] = frozenset()
    untrained: bool = False


class Predictor(Protocol):
    """A network with its weights, on its device. Knows no VCF, gene or score."""

    spec: PredictorSpec
    device: torch.device

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        """One-hot (B, 4, L) to (B, R, T, N): R replicates (1 without an ensemble), T tracks, N bins.

        The strand is the caller's: outputs run in the direction of `x`. The same input gives the same output in any
        batch size, within 1e-6 in fp32.
        """
        ...

    def to_fallback(self) -> Predictor:
        """The same predictor in fp32 on the CPU, for a second try after NaN or infinity."""
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

        A call with `screen` may be followed by others on the same stretch, with and without it, so the reference is
        computed once and kept until the next stretch. One without it is the only call on its stretch if no screening
        went before.

        Args:
            batch_size: edits computed together; None: fitted to memory.
            screen: a quick approximation, for a predictor whose spec has a `screening`.
            computed: told after every batch how many more edits are done (a part of them, of several replicates).

        Returns:
            ref (E, R, T, N) and alt (E, R, T, N') in genomic order, equal to cutting each edit's two windows out of
            the stretch and calling `predict` (on both strands and at every shift, where the spec says so), within
            2e-6 in fp32 for probabilities where it is no screening. An edit's own bins (`own_bins`) come first in its
            row; N and N' are the most of any.
        """
        ...


@runtime_checkable
class StrandedPredictor(Predictor, Protocol):
    """A predictor that reads both strands with less work than each by itself."""

    def predict_both(self, x: torch.Tensor) -> torch.Tensor:
        """As `predict`: the mean of both strands in the direction of `x`, within 1e-6 of asking for each."""
        ...


@runtime_checkable
class DifferentiablePredictor(Predictor, Protocol):
    """A predictor whose outputs can be differentiated by its input."""

    def differentiable(self, x: torch.Tensor) -> torch.Tensor:
        """As `predict`, within rounding, in evaluation mode, and so that gradients flow from the outputs to `x`."""
        ...


@runtime_checkable
class AttentivePredictor(Predictor, Protocol):
    """A predictor whose network attends.

    Attributes:
        token_size: bases of a token; token i covers the bases from `token_size * i` of the window on.
        attending: networks of an ensemble, whose heads follow each other in `attention`; 1 without one.
    """

    token_size: int
    attending: int

    def attention(self, x: torch.Tensor) -> list[torch.Tensor]:
        """One-hot (B, 4, L) to each layer's weights (B, H, n, n), of queries by keys: rows sum to 1."""
        ...


@runtime_checkable
class PoolingPredictor(AttentivePredictor, Protocol):
    """One whose network makes its outputs of a mean of the tokens, with weights of its own."""

    def importance(self, x: torch.Tensor) -> torch.Tensor:
        """One-hot (B, 4, L) to the attention that reaches every base from the outputs, (B, L); rows sum to 1."""
        ...

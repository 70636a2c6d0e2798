"""The seams of a predictor. Torch is not imported here, so that specs can be read without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from genoscore.windows import Edit, Stretch, WindowSpec

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class PredictorSpec(WindowSpec):
    """What the engine and the scorers must know of a model, resolved for one run.

    Attributes (besides those of WindowSpec, which say what is read around a variant):
        name: as in `genoscore models list`.
        family: which scorer reads its outputs.
        tracks: names of the T outputs per bin.
        n_fill: one-hot value of an unknown base.
        iupac: `zero` (unknown) or `spliceai` (the peer's own reading of ambiguity codes).
        peer_info_id: INFO ID in which the peer tool writes its string; '' for none.
        replicates: networks of the ensemble.
        max_stretch: longest stretch, bases, whose reference activations an EditPredictor keeps at once.
    """

    name: str = ""
    family: str = ""
    tracks: tuple[str, ...] = ()
    n_fill: float = 0.0
    iupac: str = "zero"
    peer_info_id: str = ""
    replicates: int = 1
    max_stretch: int = 200_000


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What `genoscore models` says of a predictor.

    Attributes:
        sha256: file name -> digest of the published weights.
    """

    name: str
    summary: str
    paper: str
    licence: str
    weights_source: str
    install: str
    sha256: dict[str, str]


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
        groups: Sequence[Sequence[Edit]],
        batch_size: int | None,
        computed: Callable[[float], None] = ...,
    ) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Outputs for groups of edits on one stretch, the edits of a group being of one (len REF, len ALT).

        All groups come in one call so that only one replicate's reference activations need be kept at a time.

        Args:
            batch_size: edits computed together; None: fitted to memory.
            computed: told after every batch how many more edits are done (a part of them, of several replicates).

        Returns:
            For each group ref (E, R, T, N) and alt (E, R, T, N') in genomic order, equal to cutting each edit's two
            windows out of the stretch and calling `predict`, within 2e-6 in fp32.
        """
        ...

"""The common part of the splicing predictors: ensembles of dilated networks, whole windows and edits.

SpliceAI, OpenSpliceAI and Pangolin have their own files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from genoscore.core.config import RunConfig
from genoscore.core.edits import Edit
from genoscore.core.errors import ConfigError
from genoscore.core.windows import GeneUse, PeerRules, Stretch
from genoscore.predictors.base import Limits, PredictorSpec, Screening

if TYPE_CHECKING:
    import torch

    from genoscore.networks.dilated import DilatedStack
    from genoscore.networks.kept_activations import Arena, Reference
    from genoscore.predictors.splicing.edits import PlacedBatch
    from genoscore.predictors.splicing.far import FarEdits

ACTIVATION_BYTES = 576 << 20  # all reference activations kept at once, over all predictors
_BYTES_PER_BASE = 33 * 32 * 4  # of one network: inputs and middles of 16 blocks, and the output; 32 channels; float32
MAX_ALLELE_LENGTH = 2_000
SPLICING_OPTIONS = frozenset({"mask", "site_probabilities"})  # what the scorers of splice sites heed


def splicing_spec(
    config: RunConfig,
    name: str,
    context_length: int,
    *,
    replicates: int,
    peer: PeerRules,
    peer_info_id: str,
    tracks: tuple[str, ...] = ("neither", "acceptor", "donor"),
    family: str = "splicing",
    gene_masked: bool = True,
    peer_iupac: str = "spliceai",
    screening: Screening | None = None,
    rest: float = 0.0,
) -> PredictorSpec:
    """A spec with one output per base, on the gene's strand.

    Args:
        peer, peer_iupac: what the peer tool skips, and how it reads ambiguity codes; used only with `--compat`.
    """
    longest = ACTIVATION_BYTES // _BYTES_PER_BASE
    if screening is not None:  # what it leaves open needs every network's reference again
        screening = replace(screening, max_stretch=longest // replicates)
    return PredictorSpec(
        context_length=context_length,
        bin_size=1,
        n_bins=2 * config.distance + 1,
        strand="gene",
        genes=GeneUse(bound=True, masked=gene_masked),
        max_allele_length=MAX_ALLELE_LENGTH,
        peer=peer if config.compat else None,
        name=name,
        family=family,
        tracks=tracks,
        iupac=peer_iupac if config.compat else "zero",
        peer_info_id=peer_info_id,
        replicates=replicates,
        limits=Limits(max_stretch=longest),
        screening=screening,
        rest=rest,
        heeds=SPLICING_OPTIONS,
    )


def refuse_mask(config: RunConfig, name: str, *masks: str) -> None:
    """Raise ConfigError if `--compat` is used with a mask that the peer tool lacks."""
    lacking = [mask for mask in config.masks if mask in masks]
    if config.compat and lacking:
        raise ConfigError(
            f"--compat -p {name} does not support mask {lacking[0]!r}: the peer has none",
            "give another -m, or omit --compat",
        )


class _Arenas(threading.local):
    """One arena per device, shared by all predictors; each thread has its own, so that several can compute."""

    def __init__(self) -> None:
        self.by_device: dict[str, Arena] = {}


_ARENAS = _Arenas()


def _arena(device: torch.device) -> Arena:
    from genoscore.networks.kept_activations import Arena

    return _ARENAS.by_device.setdefault(str(device), Arena(ACTIVATION_BYTES // 4))


class SplicePredictor:
    """Dilated networks as one predictor, which outputs the probabilities of every replicate.

    Args:
        networks: R networks; or R x T with one track each, the T of the first replicate first.
        channel: index of the output that is a network's track, if it has one track; None for all outputs.
    """

    def __init__(
        self,
        spec: PredictorSpec,
        networks: list[DilatedStack],
        device: torch.device,
        precision: str = "fp32",
        channel: int | None = None,
    ) -> None:
        import torch

        from genoscore.networks.dilated_edits import DilatedEdits

        self.spec = spec
        self.device = device
        self._bf16 = precision == "bf16"
        self._channel = channel
        self.networks = [network.eval().requires_grad_(False).to(device) for network in networks]
        self._edits = [DilatedEdits(network, spectral=not self._bf16) for network in self.networks]
        self._stretch: Stretch | None = None
        self._references: dict[int, Reference] = {}
        self._slots = 1
        self._encoded = torch.empty(0, 4)

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to (B, R, T, L - context_length) probabilities, float32, in the direction of `x`."""
        with self._computing():
            return self.differentiable(x)

    def differentiable(self, x: torch.Tensor) -> torch.Tensor:
        """See DifferentiablePredictor; in fp32."""
        shortest = self.spec.context_length + 1
        if x.ndim != 3 or x.shape[1] != 4 or x.shape[2] < shortest:
            raise ValueError(f"x has shape {tuple(x.shape)}, expected (B, 4, L) with L >= {shortest}")
        x = x.to(self.device)
        return self._arranged([network(x) for network in self.networks])

    def predict_edits(
        self,
        stretch: Stretch,
        edits: Sequence[Edit],
        batch_size: int | None = None,
        screen: bool = False,
        computed: Callable[[float], None] = lambda _: None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See EditPredictor: ref (E, R, T, N) and alt (E, R, T, N')."""
        ref, alt, _ = self._compute(stretch, edits, batch_size, screen, computed)
        return ref, alt

    def predict_far(
        self, stretch: Stretch, edits: Sequence[Edit], near: int, reach: int, floor: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See FarPredictor: ref (E, T, N) and alt (E, T, N')."""
        from genoscore.predictors.splicing.far import FarEdits

        with self._computing():
            self._begin(stretch)
            far = FarEdits(stretch, edits, self.spec, self._encoded, near, reach, floor)
            for number, network in enumerate(self._edits):
                kept, tracks = self._reference(number), self._tracks_of(number)
                far.add_reference(network, kept, tracks)
                for batch in range(len(far.batches)):
                    far.add(batch, network, kept, tracks)
            return far.outputs(range(len(edits)))

    def predict_edits_and_far(
        self,
        stretch: Stretch,
        edits: Sequence[Edit],
        reach: int,
        floor: float,
        least: float,
        always: frozenset[int],
        batch_size: int | None = None,
        computed: Callable[[float], None] = lambda _: None,
    ) -> tuple[torch.Tensor, torch.Tensor, FarEdits]:
        """See OnePassPredictor."""

        def make(batches: list[PlacedBatch]) -> FarEdits:
            from genoscore.predictors.splicing.far import FarEdits, OnePass

            one_pass = OnePass(batches, least, always)
            return FarEdits(stretch, edits, self.spec, self._encoded, self.spec.reach, reach, floor, one_pass)

        ref, alt, far = self._compute(stretch, edits, batch_size, False, computed, make)
        assert far is not None
        return ref, alt, far

    def _compute(
        self,
        stretch: Stretch,
        edits: Sequence[Edit],
        batch_size: int | None,
        screen: bool,
        computed: Callable[[float], None],
        make: Callable[[list[PlacedBatch]], FarEdits] | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, FarEdits | None]:
        """Ref (E, R, T, N), alt (E, R, T, N') and, unless screening, what `make` is to hold far from the edits."""
        from genoscore.predictors.splicing.edits import PlacedEdits

        with self._computing():
            self._begin(stretch)
            if screen:
                self._keep(len(self._edits))
            placed = PlacedEdits(stretch, edits, self.spec, self._encoded)
            batches = placed.batches(screen, batch_size)
            far = make(batches) if make else None
            refs, alts = [], []
            for number, network in enumerate(self._edits):
                kept, tracks, outputs = self._reference(number), self._tracks_of(number), []
                if far is not None:
                    far.add_reference(network, kept, tracks)
                for at, one in enumerate(batches):
                    if screen:
                        outputs.append(network.screened(kept, one.batch))
                    else:
                        cones = network.cones(kept, one.batch)
                        outputs.append(network.finished(kept, cones))
                        if far is not None:
                            whole = cones if network.is_whole(one.batch) else None
                            far.add(at, network, kept, tracks, whole, outputs[-1])
                    computed(len(one.rows) / len(self._edits))
                refs.append(placed.reference_outputs(kept.probabilities))
                alts.append(placed.alternative_outputs(batches, outputs))
            return self._arranged(refs), self._arranged(alts), far

    def _tracks_of(self, number: int) -> tuple[slice, slice]:
        """Which of a network's outputs are which of the spec's tracks."""
        if self._channel is None:
            return slice(None), slice(None)
        track = number % len(self.spec.tracks)
        return slice(self._channel, self._channel + 1), slice(track, track + 1)

    def _arranged(self, outputs: list[torch.Tensor]) -> torch.Tensor:
        """Every network's (B, T', N) as (B, R, T, N)."""
        import torch

        stacked = torch.stack(outputs, dim=1)
        if self._channel is None:
            return stacked
        replicates, tracks = self.spec.replicates, len(self.spec.tracks)
        return stacked[:, :, self._channel].reshape(len(stacked), replicates, tracks, -1)

    def _begin(self, stretch: Stretch) -> None:
        from genoscore.predictors.splicing.edits import encode_stretch

        arena = _arena(self.device)
        if self._stretch is not stretch or arena.owner is not self:
            self._references.clear()
            self._slots = 1
            self._encoded = encode_stretch(stretch, self.spec).to(self.device)  # (L, 4)
            self._stretch, arena.owner = stretch, self

    def _keep(self, count: int) -> None:
        """Make room for the activations of so many networks, at least one and at most all."""
        slots = min(max(count, 1), len(self._edits))
        if slots != self._slots:
            self._references.clear()
            self._slots = slots

    def _reference(self, number: int) -> Reference:
        """A network's reference activations of the stretch, valid until those of another network take their place.

        The arena has `_slots` places: where there are fewer than networks, all that find none share the last.
        """
        reference = self._references.get(number)
        if reference is None:
            slot = min(number, self._slots - 1)
            for other in [other for other in self._references if min(other, self._slots - 1) == slot]:
                del self._references[other]
            reference = self._edits[number].reference(self._encoded, _arena(self.device), slot, self._slots)
            self._references[number] = reference
        return reference

    def to_fallback(self) -> SplicePredictor:
        """A copy in fp32 on the CPU."""
        import copy

        import torch

        networks = [copy.deepcopy(network) for network in self.networks]
        return SplicePredictor(self.spec, networks, torch.device("cpu"), channel=self._channel)

    @contextmanager
    def _computing(self) -> Iterator[None]:
        import torch

        with torch.inference_mode(), torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16):
            yield

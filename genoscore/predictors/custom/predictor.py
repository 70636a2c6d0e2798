"""The network of a custom model, run according to its manifest. Loading such a file executes its code."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from genoscore.core.errors import WeightsError, is_out_of_memory
from genoscore.predictors.base import PredictorSpec
from genoscore.predictors.custom.manifest import TORCHSCRIPT, Manifest

_APART = 1e-3  # of the largest output: rounding differs between batch sizes, dropout far exceeds this
_LONG = 20_000  # bases
_ADVICE = "export the network in eval mode"


@dataclass(frozen=True, slots=True)
class _Network:
    """A loaded network.

    Attributes:
        most: windows that it accepts at once; None for any number.
        fixed: whether it accepts only exactly `most`.
    """

    call: torch.nn.Module
    most: int | None = None
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Outputs:
    """Which of a network's tracks are used.

    Attributes:
        count: number of tracks of the network.
        chosen: 0-based indices of the spec's tracks.
    """

    count: int
    chosen: tuple[int, ...]


class CustomPredictor:
    """A network from a TorchScript or torch.export file.

    Args:
        spec: of the manifest, with the tracks that the run uses.
        bf16: run under autocast.

    Raises:
        WeightsError: the file cannot be loaded, its network cannot read the manifest's windows, or its outputs have
            another shape than the manifest promises or depend on what else is in the batch.
    """

    def __init__(
        self, spec: PredictorSpec, manifest: Manifest, outputs: Outputs, device: torch.device, bf16: bool = False
    ) -> None:
        self.spec = spec
        self.device = device
        self._manifest = manifest
        self._outputs = outputs
        self._bf16 = bf16
        self._fallback: CustomPredictor | None = None
        self._path = manifest.path.parent / manifest.file
        self._channels = ["ACGT".index(base) for base in manifest.alphabet]
        try:
            self._network = _load(self._path, manifest.format, device, bf16)
        except WeightsError:
            raise
        except Exception as error:  # damage shows in many ways
            if is_out_of_memory(error):
                raise
            raise WeightsError(
                f"{self._path} cannot be loaded on {device} ({_last_line(error)})", "save it again, from the CPU"
            ) from None
        self._check_weights()
        self._try_out()

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to (B, 1, T, N) float32 on the device."""
        x = x.to(self.device)[:, self._channels]
        if self._manifest.input_layout == "channels_last":
            x = x.transpose(1, 2)
        y = torch.cat([self._run(part) for part in torch.split(x, self._network.most or len(x))])
        if self._manifest.output_layout == "tracks":
            y = y[:, :, None]
        elif self._manifest.output_layout == "bins_tracks":
            y = y.transpose(1, 2)
        if len(self._outputs.chosen) < self._outputs.count:
            y = y[:, self._outputs.chosen]
        return y[:, None]  # (B, 1, T, N)

    def to_fallback(self) -> CustomPredictor:
        """The same in fp32 on the CPU, loaded once."""
        if self._fallback is None:
            plain = self.device.type == "cpu" and not self._bf16
            self._fallback = (
                self if plain else CustomPredictor(self.spec, self._manifest, self._outputs, torch.device("cpu"))
            )
        return self._fallback

    def _run(self, x: torch.Tensor) -> torch.Tensor:
        """Windows in the network's own layout to its checked outputs."""
        count = len(x)
        if self._network.fixed and self._network.most != count:
            assert self._network.most is not None
            x = torch.cat([x, x[-1:].expand(self._network.most - count, -1, -1)])
        autocast = torch.autocast(self.device.type, torch.bfloat16) if self._bf16 else nullcontext()
        try:
            with torch.inference_mode(), autocast:
                y = self._network.call(x.contiguous())
        except Exception as error:  # whatever the file's own code raises
            if is_out_of_memory(error):
                raise
            how = " in bf16" if self._bf16 else ""
            raise WeightsError(
                f"{self._path} cannot read an input of shape {tuple(x.shape)}{how} ({_last_line(error)})",
                f"correct the lengths or input_layout in {self._manifest.path.name}"
                + (", or give --precision fp32" if self._bf16 else ""),
            ) from None
        return self._checked(x, y)[:count].float()

    def _checked(self, x: torch.Tensor, y: Any) -> torch.Tensor:
        manifest = self._manifest
        if not isinstance(y, torch.Tensor):
            raise WeightsError(
                f"{self._path} returns a {type(y).__name__}, not a tensor",
                "wrap the network so that it returns one tensor",
            )
        length = x.shape[1 if manifest.input_layout == "channels_last" else 2]
        sizes = {"tracks": self._outputs.count, "bins": (length - manifest.context_length) // manifest.bin_size}
        names = manifest.output_layout.split("_")
        expected = (len(x), *(sizes[name] for name in names))
        if tuple(y.shape) != expected:
            raise WeightsError(
                f"{self._path} returns outputs of shape {tuple(y.shape)}, but {manifest.path.name} promises {expected} "
                f"(windows, {', '.join(names)})",
                "correct tracks, n_bins, bin_size or output_layout there",
            )
        if not y.is_floating_point():
            raise WeightsError(
                f"{self._path} returns outputs of type {y.dtype}, expected floating-point numbers",
                "let the network end in .float()",
            )
        return y

    def _check_weights(self) -> None:
        """Refuse NaN, and infinite parameters; buffers may be infinite, as masks are. Any type is allowed."""
        network = self._network.call
        parameters = {name for name, _ in network.named_parameters()}
        for name, value in (*network.named_parameters(), *network.named_buffers()):
            if value.is_floating_point() and value.layout is torch.strided and value.numel() and not value.is_meta:
                low, high = self._extremes(name, value)
                if low.isnan() or (name in parameters and not (low.isfinite() and high.isfinite())):
                    raise WeightsError(f"{self._path}: tensor {name[:60]} holds NaN or infinity", "save it again")

    def _extremes(self, name: str, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The smallest and the largest number of a tensor."""
        try:
            return torch.aminmax(value.detach().float())
        except RuntimeError as error:  # the archive lacks its data
            if is_out_of_memory(error):
                raise
            raise WeightsError(f"{self._path}: tensor {name[:60]} has no data", "save it again") from None

    def _try_out(self) -> None:
        """Run a window alone, and batched with one of N: check shapes, and that outputs depend on the window only.

        This detects dropout and batch statistics exported in training mode. A long window is run alone both times:
        two at once may not fit in memory.
        """
        length = self._manifest.input_length
        bases = torch.randint(4, (length,), generator=torch.Generator().manual_seed(0))
        window = torch.nn.functional.one_hot(bases, 4).T[None].float()  # (1, 4, L)
        before = [torch.full_like(window, self.spec.n_fill)] if length <= _LONG else []
        alone, again = self.predict(window), self.predict(torch.cat([*before, window]))[-1:]
        apart = float((alone - again).abs().max())
        if not self._bf16 and apart > _APART * max(float(alone.abs().max()), 1e-6):
            raise WeightsError(
                f"{self._path} returns different outputs for the same window in different batches", _ADVICE
            )


def _load(path: Path, form: str, device: torch.device, bf16: bool) -> _Network:
    with _quiet():
        if form == TORCHSCRIPT:
            return _Network(torch.jit.load(str(path), map_location=device).eval())  # type: ignore[no-untyped-call]
        from torch.export.passes import move_to_device_pass

        with open(path, "rb") as handle:  # given a path, torch requires the suffix .pt2
            program = move_to_device_pass(torch.export.load(handle), device)
        inputs = program.graph_signature.user_inputs
        if len(inputs) != 1:
            raise WeightsError(
                f"{path} requires {len(inputs)} inputs", "export a network whose only input is the windows"
            )
        module = program.module()
        if bf16:
            _forget_types(module)
        return _Network(module, *_batch(program, inputs[0]))


def _batch(program: torch.export.ExportedProgram, name: str) -> tuple[int | None, bool]:
    """How many windows the program accepts in its input of that name, and whether it accepts no fewer."""
    node = next(node for node in program.graph.nodes if node.op == "placeholder" and node.name == name)
    size = node.meta["val"].shape[0]
    if isinstance(size, int):
        return size, True
    bounds = program.range_constraints.get(size.node.expr)
    return (int(bounds.upper) if bounds is not None and bounds.upper.is_Integer else None), False


def _forget_types(module: torch.fx.GraphModule) -> None:
    """Drop the assertions on the tensor types at export: types differ under autocast."""
    for part in module.modules():
        if isinstance(part, torch.fx.GraphModule):
            for node in list(part.graph.nodes):
                if node.target is torch.ops.aten._assert_tensor_metadata.default:
                    part.graph.erase_node(node)
            part.recompile()


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress torch's messages about deprecations and about files that it fails to load."""
    log = logging.getLogger("torch")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


def _last_line(error: Exception) -> str:
    """The last line of its message: TorchScript puts its own traceback before that."""
    lines = str(error).strip().splitlines()
    return (lines[-1] if lines else type(error).__name__).strip()[:200]

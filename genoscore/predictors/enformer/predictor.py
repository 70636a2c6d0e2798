"""Runs an Enformer for variants: whatever an edit does not change is computed once.

Stem and tower see a few hundred bases, so only the tokens of an alternate window that the edit reaches are computed;
the transformer sees all of them. Alternatives with the same reference window share its results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import torch

from genoscore.core.edits import Edit
from genoscore.core.encode import TABLES, one_hot, reverse_complement
from genoscore.core.windows import Stretch, alt_sequence, ref_window
from genoscore.networks.enformer import Enformer
from genoscore.networks.enformer_config import BIN_SIZE
from genoscore.predictors.base import PredictorSpec

_BYTES_PER_TOKEN = 1 << 20  # of activations of a pass, alive at once: mostly attention between 1,536 tokens
_MOST_WINDOWS = 64
_CPU_WINDOWS = 1  # more at once are no faster there, and need memory


@dataclass(slots=True)
class _Reference:
    """Results kept for a reference window on one strand: tokens (n, dim); outputs (T, N), None until computed."""

    sequence: str
    tokens: torch.Tensor
    outputs: torch.Tensor | None = None


class _Queue:
    """Tokens that wait until there are enough for one pass of the transformer, with callbacks for the outputs.

    Args:
        run: tokens (B, n, dim) to outputs (B, T, N).
        most: windows per pass.
    """

    def __init__(self, run: Callable[[torch.Tensor], torch.Tensor], most: int) -> None:
        self._run = run
        self._most = most
        self._waiting: list[tuple[torch.Tensor, Callable[[torch.Tensor], None]]] = []

    def add(self, tokens: torch.Tensor, use: Callable[[torch.Tensor], None]) -> None:
        """Add one window, (n, dim); `use` is called with its outputs (T, N)."""
        self._waiting.append((tokens, use))
        if len(self._waiting) >= self._most:
            self.flush()

    def flush(self) -> None:
        """Run whatever is waiting."""
        if self._waiting:
            outputs = self._run(torch.stack([tokens for tokens, _ in self._waiting]))
            for (_, use), output in zip(self._waiting, outputs, strict=True):
                use(output)
            self._waiting.clear()


class EnformerPredictor:
    """The network on its device, with the tracks that a run uses.

    Args:
        head: name of the network's head.
        chosen: 0-based indices of its tracks.
    """

    token_size = BIN_SIZE
    attending = 1

    def __init__(
        self,
        spec: PredictorSpec,
        network: Enformer,
        head: str,
        chosen: Sequence[int],
        device: torch.device,
        precision: str = "fp32",
    ) -> None:
        self.spec = spec
        self.device = device
        self.network = network.eval().requires_grad_(False).to(device)
        self._head = head
        self._chosen = tuple(chosen)
        all_tracks = self._chosen == tuple(range(network.config.output_heads[head]))
        self._rows = None if all_tracks else torch.tensor(self._chosen, device=device)
        self._bf16 = precision == "bf16"
        self._references: dict[tuple[int, bool], _Reference] = {}  # (shift, backward) -> the last window

    def predict(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) of the spec's input_length to (B, 1, T, N), float32, of the strand as given."""
        if x.ndim != 3 or x.shape[1:] != (4, self.spec.input_length):
            raise ValueError(f"x has shape {tuple(x.shape)}, expected (B, 4, {self.spec.input_length})")
        with self._computing():
            parts = [self._tracks(self.network.tokens(part.to(self.device))) for part in torch.split(x, self._most())]
            return torch.cat(parts)[:, None]

    def differentiable(self, x: torch.Tensor) -> torch.Tensor:
        """See DifferentiablePredictor; in fp32."""
        self.network.forget()  # what inference mode derived from the weights carries no gradients
        tokens = self.network.differentiable_tokens(x.to(self.device))
        tracks = self.network.head(self.network.trunk(tokens), self._head, self._rows)
        self.network.forget()
        return tracks[:, None]

    def attention(self, x: torch.Tensor) -> list[torch.Tensor]:
        """See AttentivePredictor."""
        with self._computing():
            return self.network.attention(self.network.tokens(x.to(self.device)))

    def predict_edits(
        self,
        stretch: Stretch,
        edits: Sequence[Edit],
        batch_size: int | None = None,
        screen: bool = False,
        computed: Callable[[float], None] = lambda _: None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See EditPredictor: ref and alt (E, 1, T, N), averaged over the spec's shifts and strands."""
        spec = self.spec
        shape = len(edits), 1, len(spec.tracks), spec.n_bins
        ref, alt = (torch.zeros(shape, device=self.device) for _ in range(2))
        strands = (False, True) if spec.strand == "both" else (False,)
        share = 1 / (len(spec.shifts) * len(strands))
        most = batch_size or self._most()
        with self._computing():
            for shift in spec.shifts:
                for backward in strands:
                    queue = _Queue(partial(self._tracks, backward=backward), most)
                    for rows in _by_window(edits, spec, shift):
                        kept = self._reference(stretch, edits[rows[0]], shift, backward)
                        self._when_computed(kept, queue, partial(_add, ref, rows, share))
                        for group, tokens in self._edited(stretch, edits, rows, shift, backward, kept):
                            for row, edited in zip(group, tokens, strict=True):
                                queue.add(edited, partial(_add, alt, [row], share))
                                computed(share)
                    queue.flush()
        return ref, alt

    def to_fallback(self) -> EnformerPredictor:
        """The same in fp32 on the CPU."""
        import copy

        cpu = torch.device("cpu")
        network = self.network if self.device == cpu else copy.deepcopy(self.network)
        return EnformerPredictor(self.spec, network, self._head, self._chosen, cpu)

    def _reference(self, stretch: Stretch, edit: Edit, shift: int, backward: bool) -> _Reference:
        """Computed once for all alternatives of a window, even over several calls."""
        sequence = stretch.cut(*ref_window(edit, self.spec, shift))
        kept = self._references.get((shift, backward))
        if kept is None or kept.sequence != sequence:
            kept = _Reference(sequence, self.network.tokens(self._encoded([sequence], backward))[0])
            self._references[shift, backward] = kept
        return kept

    def _when_computed(self, kept: _Reference, queue: _Queue, use: Callable[[torch.Tensor], None]) -> None:
        """Pass a reference's outputs to `use`, now or once they have been computed."""
        if kept.outputs is not None:
            use(kept.outputs)
            return

        def keep(outputs: torch.Tensor) -> None:
            kept.outputs = outputs
            use(outputs)

        queue.add(kept.tokens, keep)

    def _edited(
        self, stretch: Stretch, edits: Sequence[Edit], rows: Sequence[int], shift: int, backward: bool, kept: _Reference
    ) -> Iterator[tuple[list[int], torch.Tensor]]:
        """Rows of edits in one window that change the same bases, with their tokens (A, n, dim)."""
        start, end = ref_window(edits[rows[0]], self.spec, shift)
        groups: dict[tuple[int, int], list[int]] = {}
        for row in rows:
            edit = edits[row]
            first = edit.start - start
            last = first + edit.ref_length if len(edit.alt) == edit.ref_length else end - start
            groups.setdefault((first, last), []).append(row)
        for (first, last), group in groups.items():
            if backward:
                first, last = end - start - last, end - start - first
            x = self._encoded([alt_sequence(stretch, edits[row], self.spec, shift) for row in group], backward)
            yield group, self.network.edited_tokens(x, kept.tokens, first, last)

    def _encoded(self, sequences: Sequence[str], backward: bool) -> torch.Tensor:
        x = one_hot(sequences, self.spec.n_fill, TABLES[self.spec.iupac]).to(self.device)
        return reverse_complement(x) if backward else x

    def _tracks(self, tokens: torch.Tensor, backward: bool = False) -> torch.Tensor:
        """Tokens (B, n, dim) to the chosen tracks (B, T, N), in genomic order."""
        y = self.network.head(self.network.trunk(tokens), self._head, self._rows)
        return y.flip(-1) if backward else y

    def _most(self) -> int:
        """Number of windows computed together."""
        if self.device.type != "cuda":
            return _CPU_WINDOWS
        free, _ = torch.cuda.mem_get_info(self.device)
        return max(1, min(_MOST_WINDOWS, free // 2 // (_BYTES_PER_TOKEN * self.network.config.tokens)))

    @contextmanager
    def _computing(self) -> Iterator[None]:
        with torch.inference_mode(), torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16):
            yield


def _add(outputs: torch.Tensor, rows: Sequence[int], share: float, y: torch.Tensor) -> None:
    """Add a share of (T, N) to rows of (E, 1, T, N)."""
    for row in rows:
        outputs[row, 0] += share * y


def _by_window(edits: Sequence[Edit], spec: PredictorSpec, shift: int) -> list[list[int]]:
    """Rows of the edits that share a reference window, in order of position."""
    groups: dict[int, list[int]] = {}
    for row, edit in enumerate(edits):
        groups.setdefault(ref_window(edit, spec, shift)[0], []).append(row)
    return [groups[start] for start in sorted(groups)]

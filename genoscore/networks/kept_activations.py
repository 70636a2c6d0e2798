"""What a pass over a stretch of reference keeps for the edits on it, and the memory that holds it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

# Windows are whole rows, so they may exceed what is needed, and the stretch's end, by less than this many bases.
MARGIN = 256


class Kept:
    """Reference activations (L', C), the first of them at base `offset` of the stretch.

    Args:
        store: memory for L' + 2 x MARGIN rows or more, in which a copy is kept.
    """

    def __init__(self, values: torch.Tensor, offset: int, store: torch.Tensor) -> None:
        end = MARGIN + len(values)
        self._rows = store[: end + MARGIN]
        self._rows[:MARGIN] = 0
        self._rows[MARGIN:end] = values
        self._rows[end:] = 0
        self._offset = offset - MARGIN

    def take(self, places: torch.Tensor) -> torch.Tensor:
        """(..., C) at bases of the stretch; beyond its ends, values without a meaning."""
        return self._rows[(places - self._offset).clamp_(0, len(self._rows) - 1)]

    def gather(self, first: torch.Tensor, n_rows: int, phases: int) -> torch.Tensor:
        """(n_rows, E, P, C) from base first[e] on."""
        length, channels = self._rows.shape
        rows = self._rows.as_strided((length - phases + 1, phases * channels), (channels, 1))
        index = (first - self._offset) + phases * torch.arange(n_rows, device=first.device)[:, None]
        return rows[index].view(n_rows, len(first), phases, channels)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a stretch's reference pass keeps.

    Attributes:
        inputs: of every block, and of the end. middles: every block's first convolution, normalised.
        probabilities: (L - context_length, T).
    """

    inputs: list[Kept]
    middles: list[Kept]
    probabilities: torch.Tensor


class Arena:
    """Memory for reference activations, in one piece, for networks side by side or one after another.

    It is reused for all stretches, since heaps fragment and new pages cost time.

    Args:
        floats: its size; it grows where a stretch needs more.

    Attributes:
        owner: whoever used it last; what others kept in it is gone.
    """

    def __init__(self, floats: int) -> None:
        self.owner: object = None
        self._floats = floats
        self._buffer: torch.Tensor | None = None

    def room(self, part: int, parts: int, shape: tuple[int, int, int], like: torch.Tensor) -> torch.Tensor:
        """An uninitialised tensor in part number `part` of `parts` equal ones; what was there before is gone."""
        needed = shape[0] * shape[1] * shape[2]
        size = max(self._floats // parts, needed)
        buffer = self._buffer
        if buffer is None or len(buffer) < size * parts or (buffer.dtype, buffer.device) != (like.dtype, like.device):
            self._buffer = None
            self._buffer = buffer = like.new_empty(size * parts)
        return buffer[part * size : part * size + needed].view(shape)

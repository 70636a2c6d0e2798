"""Dilated convolutions without the dilation: the bases of a window are dealt out to as many phases as the dilation.

Base x of a window is in row x // P, phase x % P, with P the dilation. Along the rows of one phase the convolution
has no dilation, and phases do not mix. So windows are kept as (J, S, C): J rows, S = edits x phases columns, C
channels; rows come first, so that a piece of a window is one contiguous block.

A wide kernel over many rows is computed in the frequency domain: a real discrete Fourier transform along the rows, a
product of C x C matrices at each frequency, and the transform back. The transforms are matrix products too, over half
the rows each (sums and differences of the window's halves give the even and the odd frequencies), which is where a CPU
or a GPU is fastest. That is about a fifth of the operations of direct computation for a width of 41, and rounds less.
"""

from __future__ import annotations

import functools
import itertools
import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn import functional

SPECTRAL_WIDTH = 21  # narrower kernels gain nothing
_SPECTRAL_ROWS = 16  # nor do fewer rows of output
_MOST_ROWS = 256  # of one transform; longer inputs are cut into overlapping blocks of _BLOCK_ROWS
_BLOCK_ROWS = 160
_ROUNDING = 4  # rows of a transform are a multiple of this
_FEW_COLUMNS = 8
_SPECTRA_BYTES = 512 << 20  # of all kernels together; the least recently used go first


class _Spectra(threading.local):
    """Spectra by kernel and rows, for all networks of a thread: twelve networks take some 450 MB."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int], Spectrum] = OrderedDict()
        self._bytes = 0

    def get(self, key: tuple[int, int], make: Callable[[], Spectrum]) -> Spectrum:
        spectrum = self._kept.get(key)
        if spectrum is None:
            spectrum = self._kept[key] = make()
            self._bytes += spectrum.nbytes
            while self._bytes > _SPECTRA_BYTES and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes
        else:
            self._kept.move_to_end(key)
        return spectrum


_KEPT = _Spectra()
_SERIAL = itertools.count()


class PhasedConv:
    """A convolution along the rows of (J, S, C), valid: (J - width + 1, S, C').

    Args:
        weight: (C', C, width). bias: (C',).
        spectral: whether wide kernels go through the frequency domain; for float32 only.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor, spectral: bool = True) -> None:
        self.width = weight.shape[2]
        self.weight, self.bias = weight, bias
        self._direct = weight.unsqueeze(3).contiguous(memory_format=torch.channels_last)  # (C', C, width, 1)
        self._may = spectral and self.width >= SPECTRAL_WIDTH
        self._serial = next(_SERIAL)

    def whole_rows(self, rows: int) -> int:
        """The number of output rows, at least `rows`, that is cheapest to compute."""
        if not self._may or rows < _SPECTRAL_ROWS:
            return rows
        return rows + -(rows + self.width - 1) % _ROUNDING

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(J, S, C) to (J - width + 1, S, C')."""
        rows = x.shape[0]
        if not self._may or rows - self.width + 1 < _SPECTRAL_ROWS or rows % _ROUNDING:
            return self._directly(x)
        if rows > _MOST_ROWS:
            return self._in_blocks(x)
        return self._spectrum(rows).apply(x)

    def _directly(self, x: torch.Tensor) -> torch.Tensor:
        """As an image of J x S or, if that has too few columns to be fast, as one line of J * S bases, dilated."""
        rows, columns, channels = x.shape
        if columns >= _FEW_COLUMNS:
            image = x.permute(2, 0, 1).unsqueeze(0)  # (1, C, J, S), channels last
            return functional.conv2d(image, self._direct, self.bias)[0].permute(1, 2, 0)
        line = x.reshape(1, 1, rows * columns, channels).permute(0, 3, 1, 2)  # (1, C, 1, J * S), channels last
        y = functional.conv2d(line, self._direct.transpose(2, 3), self.bias, dilation=(1, columns))
        return y[0, :, 0].T.reshape(rows - self.width + 1, columns, -1)

    def _in_blocks(self, x: torch.Tensor) -> torch.Tensor:
        """Blocks that overlap by the width, side by side as columns."""
        rows, columns, channels = x.shape
        step = _BLOCK_ROWS - self.width + 1
        needed = rows - self.width + 1
        n_blocks = -(-needed // step)
        x = functional.pad(x, (0, 0, 0, 0, 0, n_blocks * step - needed))
        row = columns * channels
        blocks = x.as_strided((_BLOCK_ROWS, n_blocks, row), (row, step * row, 1))
        y = self._spectrum(_BLOCK_ROWS).apply(blocks.reshape(_BLOCK_ROWS, n_blocks * columns, channels))
        y = y.view(step, n_blocks, columns, -1).transpose(0, 1)
        return y.reshape(n_blocks * step, columns, -1)[:needed]

    def _spectrum(self, rows: int) -> Spectrum:
        return _KEPT.get((self._serial, rows), lambda: make_spectrum(self.weight, self.bias, rows))


@dataclass(frozen=True, slots=True)
class Spectrum:
    """A kernel's spectrum over N rows, N a multiple of 4, and the transforms of that length.

    Real and imaginary parts are separate. Frequencies come in two sets (even, odd) of N / 4. Frequencies 0 and N / 2
    are real: the second is stored in place of the first one's imaginary part.

    Attributes:
        forward, inverse: (2, N / 2, N / 2).
        real, imaginary: per set, (N / 4, C, C'). real_of_imaginary: as `real`, but for frequency N / 2 in its place.
        constant: what the bias adds to frequency 0, (C',).
    """

    rows: int
    outputs: int
    forward: torch.Tensor
    inverse: torch.Tensor
    real: tuple[torch.Tensor, torch.Tensor]
    imaginary: tuple[torch.Tensor, torch.Tensor]
    real_of_imaginary: tuple[torch.Tensor, torch.Tensor]
    constant: torch.Tensor

    @property
    def nbytes(self) -> int:
        """Bytes of its own; the transforms are shared."""
        return sum(part.nbytes for part in (*self.real, *self.imaginary, self.real_of_imaginary[0]))

    def apply(self, x: torch.Tensor) -> torch.Tensor:
        """(N, S, C) to (outputs, S, C')."""
        _, columns, channels = x.shape
        half, quarter = self.rows // 2, self.rows // 4
        flat = x.reshape(self.rows, columns * channels)
        folded = flat.new_empty((2, half, columns * channels))
        torch.add(flat[:half], flat[half:], out=folded[0])
        torch.sub(flat[:half], flat[half:], out=folded[1])
        spectrum = torch.bmm(self.forward, folded).view(2, 2, quarter, columns, channels)
        after = len(self.constant)
        product = spectrum.new_empty((2, 2, quarter, columns, after))
        for parity in (0, 1):
            real, imaginary = spectrum[parity, 0], spectrum[parity, 1]
            torch.bmm(real, self.real[parity], out=product[parity, 0])
            product[parity, 0].baddbmm_(imaginary, self.imaginary[parity], alpha=-1)
            torch.bmm(real, self.imaginary[parity], out=product[parity, 1])
            product[parity, 1].baddbmm_(imaginary, self.real_of_imaginary[parity])
        product[0, 0, 0] += self.constant
        same = folded if after == channels else None  # memory that is already in cache
        even, odd = torch.bmm(self.inverse, product.view(2, half, columns * after), out=same)
        y = flat.new_empty((self.outputs, columns * after))
        first = min(half, self.outputs)
        torch.add(even[:first], odd[:first], out=y[:first])
        if self.outputs > half:
            torch.sub(even[: self.outputs - half], odd[: self.outputs - half], out=y[half:])
        return y.view(self.outputs, columns, after)


def make_spectrum(weight: torch.Tensor, bias: torch.Tensor, rows: int) -> Spectrum:
    """Everything is computed in float64 and rounded once. A correlation: the kernel's spectrum is conjugated."""
    half = rows // 2
    taps = weight.permute(2, 1, 0).double().flatten(1)  # (width, C * C')
    shape = -1, weight.shape[1], weight.shape[0]
    place = torch.arange(weight.shape[2], device=weight.device)

    def angles(frequencies: torch.Tensor) -> torch.Tensor:
        return (frequencies[:, None].to(place.device) * place % rows).double() * (2 * math.pi / rows)

    sets = [angles(torch.arange(parity, half, 2)) for parity in (0, 1)]
    real = [(angle.cos() @ taps).float().view(shape) for angle in sets]
    imaginary = [(angle.sin() @ taps).float().view(shape) for angle in sets]
    swapped = real[0].clone()
    swapped[0] = (angles(torch.tensor([half])).cos() @ taps).float().view(shape)[0]
    forward, inverse = _transforms(rows, weight.device)
    return Spectrum(
        rows,
        rows - weight.shape[2] + 1,
        forward,
        inverse,
        (real[0], real[1]),
        (imaginary[0], imaginary[1]),
        (swapped, real[1]),
        bias * rows,
    )


@functools.lru_cache(maxsize=64)
def _transforms(rows: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Forward and inverse, (2, N / 2, N / 2) float32 each."""
    forward = _transform(rows)
    inverse = forward.transpose(1, 2) * (2 / rows)
    inverse[0, :, [0, rows // 4]] /= 2  # frequencies 0 and N / 2 occur once in the full spectrum, all others twice
    return forward.float().contiguous().to(device), inverse.float().contiguous().to(device)


def _transform(rows: int) -> torch.Tensor:
    """(2, N / 2, N / 2) float64: cosines then negative sines, of the even frequencies and of the odd ones."""
    half = rows // 2
    place = torch.arange(half, dtype=torch.int64)
    sets = []
    for parity in (0, 1):
        frequency = torch.arange(parity, half, 2, dtype=torch.int64)
        angle = (frequency[:, None] * place[None] % rows).double() * (2 * math.pi / rows)
        sets.append(torch.cat([angle.cos(), -angle.sin()]))
    sets[0][rows // 4] = 1.0 - 2.0 * (place % 2)  # frequency N / 2
    return torch.stack(sets)

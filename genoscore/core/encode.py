"""Sequence to one-hot: one table of 256 entries decides what every byte becomes. Channels are A, C, G, T."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

_UNKNOWN = 4


def _plain_table() -> NDArray[np.uint8]:
    """A, C, G, T in either case are 0 to 3; every other byte is unknown."""
    table = np.full(256, _UNKNOWN, dtype=np.uint8)
    for code, letters in enumerate(("Aa", "Cc", "Gg", "Tt")):
        for letter in letters:
            table[ord(letter)] = code
    return table


def _spliceai_table() -> NDArray[np.uint8]:
    """What SpliceAI 1.3.1 makes of a letter: ambiguity codes become a base by their ASCII code modulo 5.

    R, M, W, H are read as C; Y as T; S, D as G; B, V as A; N and K as unknown. For `--compat` only.
    """
    table = _plain_table()
    for letter in "BDEFHIJKLMOPQRSUVWXYZ":
        code = (ord(letter) - 1) % 5
        table[ord(letter)] = table[ord(letter.lower())] = code
    return table


PLAIN = _plain_table()
SPLICEAI = _spliceai_table()
TABLES = {"zero": PLAIN, "spliceai": SPLICEAI}


def one_hot(sequences: Sequence[str], n_fill: float = 0.0, table: NDArray[np.uint8] = PLAIN) -> torch.Tensor:
    """One-hot encode sequences of equal length.

    Args:
        sequences: B strings of L letters, in either case.
        n_fill: value of all four channels where the base is unknown (0 for SpliceAI, 0.25 for Sei).
        table: what each byte becomes.

    Returns:
        float32, shape (B, 4, L).

    >>> one_hot(["AcN"])[0].tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    import torch

    length = len(sequences[0])
    if any(len(sequence) != length for sequence in sequences):
        raise ValueError(f"sequences of one batch have the same length, got {sorted({len(s) for s in sequences})}")
    codes = table[np.frombuffer("".join(sequences).encode("latin-1", "replace"), dtype=np.uint8)]
    rows = np.vstack([np.eye(4, dtype=np.float32), np.full((1, 4), n_fill, dtype=np.float32)])
    return torch.from_numpy(rows[codes].reshape(len(sequences), length, 4)).permute(0, 2, 1)  # (B, 4, L)


def reverse_complement(x: torch.Tensor) -> torch.Tensor:
    """The other strand of one-hot sequences, shape (B, 4, L): A and T, C and G change places, and the order turns."""
    return x.flip(1, 2)

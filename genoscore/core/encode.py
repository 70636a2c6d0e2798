"""Sequence to codes and to one-hot: one table of 256 entries decides what every byte becomes. Channels are A, C, G, T.

B sequences, L bases.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

BASES = "ACGT"
Codes = NDArray[np.uint8]  # 0 to 3 are A, C, G, T
UNKNOWN = 4  # the code of everything else
_COMPLEMENT = np.array([3, 2, 1, 0, UNKNOWN], np.uint8)


def _plain_table() -> Codes:
    """A, C, G, T in either case are 0 to 3; every other byte is unknown."""
    table = np.full(256, UNKNOWN, dtype=np.uint8)
    for code, letters in enumerate(("Aa", "Cc", "Gg", "Tt")):
        for letter in letters:
            table[ord(letter)] = code
    return table


def _spliceai_table() -> Codes:
    """How SpliceAI 1.3.1 encodes letters: their ASCII code modulo 5 turns ambiguity codes into bases.

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


def encode(sequences: Sequence[str], table: Codes = PLAIN) -> Codes:
    """Codes of sequences of equal length, (B, L).

    Args:
        sequences: B strings of L letters, in either case.
        table: what each byte becomes.

    Raises:
        ValueError: they differ in length.

    >>> encode(["AcN"]).tolist()
    [[0, 1, 4]]
    """
    length = len(sequences[0])
    if any(len(sequence) != length for sequence in sequences):
        raise ValueError(f"sequences in a batch must have the same length, got {sorted({len(s) for s in sequences})}")
    codes = table[np.frombuffer("".join(sequences).encode("latin-1", "replace"), dtype=np.uint8)]
    return codes.reshape(len(sequences), length)


def one_hot(sequences: Sequence[str], n_fill: float = 0.0, table: Codes = PLAIN) -> torch.Tensor:
    """One-hot encode sequences of equal length; see `encode` and `one_hot_codes`.

    >>> one_hot(["AcN"])[0].tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    return one_hot_codes(encode(sequences, table), n_fill)


def one_hot_codes(codes: Codes, n_fill: float = 0.0) -> torch.Tensor:
    """One-hot encode codes.

    Args:
        codes: (B, L).
        n_fill: value of all four channels where the base is unknown (0 for SpliceAI, 0.25 for Sei).

    Returns:
        float32, shape (B, 4, L).
    """
    import torch

    rows = np.vstack([np.eye(4, dtype=np.float32), np.full((1, 4), n_fill, dtype=np.float32)])
    return torch.from_numpy(rows[codes]).permute(0, 2, 1)


def reverse_complement(x: torch.Tensor) -> torch.Tensor:
    """The other strand of one-hot sequences, shape (B, 4, L): A and T, C and G are swapped, and the order reversed."""
    return x.flip(1, 2)


def reverse_complement_codes(codes: Codes) -> Codes:
    """The other strand of (B, L) codes.

    >>> reverse_complement_codes(np.array([[0, 1, 4]], np.uint8)).tolist()
    [[4, 2, 3]]
    """
    return _COMPLEMENT[codes][:, ::-1]

"""What the bank of motifs sees of every row, computed once: networks are fitted to that, not to sequences.

One file beside the checkpoints, shared by processes that fit networks side by side: the bank's mean and deviation, the
mean occupancies of whole inserts (fp32), and the tokens of inserts (fp16).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from genoscore.networks.regulatory import MotifBank
from genoscore.networks.regulatory_config import RegulatoryConfig
from genoscore.outputs.base import temporary_beside, writing
from genoscore.training.batches import one_hot
from genoscore.training.motifs import Motifs
from genoscore.training.rows import Rows

_BATCH = 64
_SAMPLE = 2000  # rows that mean and deviation are taken of


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of all N rows of the table.

    Attributes:
        tokens: (N, n, F) fp16, standardized logarithms of occupancies.
        whole: (N, F) mean occupancies.
    """

    bank: MotifBank
    tokens: NDArray[np.float16]
    whole: NDArray[np.float32]


def tokens_path(folder: Path, rows: Rows, shape: RegulatoryConfig, motifs: Motifs) -> Path:
    """Of the file; its name follows from what it is made of."""
    made_of = [rows.table.sha256, motifs.sha256, shape.length, shape.filters, shape.filter_width, shape.token_size]
    made_of += [hashlib.sha256(rows.fitted.tobytes()).hexdigest(), rows.table.codes.shape]
    return folder / f"tokens-{hashlib.sha256(str(made_of).encode()).hexdigest()[:16]}.bin"


def open_tokens(
    path: Path, rows: Rows, shape: RegulatoryConfig, motifs: Motifs, device: torch.device, say: Callable[[str], None]
) -> Tokens:
    """Those of `tokens_path`, computed where they are not there.

    Raises:
        OutputError: they cannot be written.
    """
    if not path.exists():
        say(f"computing once what {shape.filters} motifs see of {len(rows.table.ids):,} rows")
        _write(path, rows, fit_bank(rows, shape, motifs, device), shape)
    bank = _with_filters(shape, motifs)
    parts = _parts(path, len(rows.table.ids), shape, "r")
    bank.mean.copy_(torch.from_numpy(np.array(parts[0][0])))
    bank.deviation.copy_(torch.from_numpy(np.array(parts[0][1])))
    return Tokens(bank.to(device), parts[2], parts[1])


def fit_bank(rows: Rows, shape: RegulatoryConfig, motifs: Motifs, device: torch.device) -> MotifBank:
    """The bank, standardized by a sample of the rows to fit."""
    bank = _with_filters(shape, motifs).to(device)
    step = -(-len(rows.fitted) // _SAMPLE)
    sums, count = np.zeros((2, shape.filters)), 0
    with torch.no_grad():
        for codes in _batches(rows.table.codes[rows.fitted[::step]]):
            logs = bank.occupancy(one_hot(codes).to(device)).log().double()
            sums += np.stack([logs.sum(dim=(0, 2)).cpu().numpy(), logs.square().sum(dim=(0, 2)).cpu().numpy()])
            count += logs.shape[0] * logs.shape[2]
        mean = sums[0] / count
        deviation = np.sqrt(np.maximum(sums[1] / count - mean**2, 1e-6))
        bank.mean.copy_(torch.from_numpy(mean))
        bank.deviation.copy_(torch.from_numpy(deviation))
    return bank


def _with_filters(shape: RegulatoryConfig, motifs: Motifs) -> MotifBank:
    bank = MotifBank(shape)
    bank.filters.copy_(torch.from_numpy(motifs.filters(shape.filters, shape.filter_width)))
    return bank


def _parts(
    path: Path, count: int, shape: RegulatoryConfig, mode: str
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float16]]:
    """(2, F) mean and deviation, (N, F), (N, n, F)."""
    filters, tokens = shape.filters, shape.length // shape.token_size
    if mode == "w+":
        size = 4 * (2 + count) * filters + 2 * count * tokens * filters
        with open(path, "wb") as file:
            file.truncate(size)
            if hasattr(os, "posix_fallocate"):  # a full disk is told here, where it is an error, not a signal
                os.posix_fallocate(file.fileno(), 0, size)
        mode = "r+"
    standard = np.memmap(path, np.float32, mode, shape=(2, filters))  # type: ignore[call-overload]
    whole = np.memmap(path, np.float32, mode, 8 * filters, (count, filters))  # type: ignore[call-overload]
    offset = 4 * (2 + count) * filters
    return standard, whole, np.memmap(path, np.float16, mode, offset, (count, tokens, filters))  # type: ignore[call-overload]


def _write(path: Path, rows: Rows, bank: MotifBank, shape: RegulatoryConfig) -> None:
    temporary, codes = temporary_beside(str(path)), rows.table.codes
    with writing(str(path)), torch.no_grad():
        path.parent.mkdir(exist_ok=True)
        try:
            standard, whole, kept = _parts(temporary, len(codes), shape, "w+")
            standard[:] = np.stack([bank.mean.cpu().numpy(), bank.deviation.cpu().numpy()])
            at = 0
            for some in _batches(codes):
                tokens = bank(one_hot(some).to(bank.mean.device))
                whole[at : at + len(some)] = bank.whole(tokens).cpu().numpy()
                kept[at : at + len(some)] = tokens.half().cpu().numpy()
                at += len(some)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _batches(codes: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    return [codes[at : at + _BATCH] for at in range(0, len(codes), _BATCH)]

"""Binding motifs as the filters of a bank; if there are more motifs than filters, the most diverse ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genoscore.core.encode import BASES
from genoscore.core.errors import InputError
from genoscore.inputs.lines import LineReader
from genoscore.weights.files import sha256

Matrix = NDArray[np.float64]
_ROW = re.compile(r"(?P<base>[ACGT])\s*\[?(?P<numbers>[^\[\]]*)\]?\s*")
BEST_MATCH = 4.0
_COUNTS, _PSEUDOCOUNT = 50.0, 0.5  # frequencies are treated as counts over _COUNTS sites
_SIMILAR = (0.7, 0.75, 0.8, 0.85, 0.9)  # cosines
_MAX_OFFSET = 5  # bases by which two motifs are shifted against each other


@dataclass(frozen=True, slots=True)
class Motifs:
    """Position frequency matrices from a file.

    Attributes:
        name, sha256: of the file.
        matrices: (4, n) each, rows A, C, G, T; columns sum to 1.
    """

    name: str
    sha256: str
    matrices: tuple[Matrix, ...]

    def filters(self, count: int, width: int) -> NDArray[np.float32]:
        """(F, 4, width): log odds of at most `count` motifs, centred; longer ones are cut.

        They are scaled so that the best-matching sequence scores `BEST_MATCH`.
        """
        indices = range(len(self.matrices))
        order = indices if count >= len(indices) else diverse(self.matrices)[:count]
        placed = [_placed(_log_odds(matrix), matrix, width) for matrix in (self.matrices[index] for index in order)]
        return np.stack([odds * BEST_MATCH / odds.max(axis=0).sum() for odds in placed]).astype(np.float32)


def read_motifs(path: Path) -> Motifs:
    """Read a file in JASPAR's text format, plain or gzipped: `>ID NAME`, then `A [ 1 2 3 ]` for each base.

    Lines that begin with `#` are comments.

    Raises:
        InputError: it cannot be read, or is not in that format.
    """
    reader = LineReader(str(path), "motifs")
    try:
        return Motifs(path.name, sha256(path), _Reading(reader).matrices())
    finally:
        reader.close()


class _Reading:
    def __init__(self, reader: LineReader) -> None:
        self._reader = reader
        self._rows: dict[str, list[float]] = {}  # of the motif that is being read
        self._matrices: list[Matrix] = []

    def matrices(self) -> tuple[Matrix, ...]:
        for line in self._reader:
            if line.startswith(">"):
                if self._rows:
                    raise self._malformed("the motif before it lacks a row for A, C, G or T")
            elif line.strip() and not line.startswith("#"):
                self._read_row(line.strip())
        if self._rows or not self._matrices:
            raise self._malformed("the file ends within a motif" if self._rows else "the file contains no motif")
        return tuple(self._matrices)

    def _read_row(self, line: str) -> None:
        match, rows = _ROW.fullmatch(line), self._rows
        try:
            numbers = [float(number) for number in match["numbers"].split()] if match else []
        except ValueError:
            numbers = []
        if match is None or not numbers or match["base"] in rows or min(numbers) < 0:
            raise self._malformed("it is not a row of counts for a base")
        rows[match["base"]] = numbers
        if len(rows) == 4:
            self._matrices.append(self._frequencies())
            self._rows = {}

    def _frequencies(self) -> Matrix:
        if len({len(row) for row in self._rows.values()}) > 1:
            raise self._malformed("the rows of the motif differ in length")
        counts = np.array([self._rows[base] for base in BASES])
        if not (np.isfinite(counts).all() and counts.sum(axis=0).all()):
            raise self._malformed("a position of the motif has no counts")
        frequencies: Matrix = counts / counts.sum(axis=0)
        return frequencies

    def _malformed(self, why: str) -> InputError:
        return self._reader.malformed(why, "give JASPAR's text format")


def diverse(matrices: tuple[Matrix, ...]) -> list[int]:
    """Indices of all motifs, ordered so that the first ones are as different from each other as possible.

    Of similar motifs, the one with the most similar motifs is taken; then again with a higher threshold of similarity.
    """
    similarity = similarities(matrices)
    order: list[int] = []
    for least in _SIMILAR:
        neighbours = (similarity > least).sum(axis=1)
        chosen: list[int] = []
        for index in np.argsort(-neighbours, kind="stable").tolist():
            if not chosen or similarity[index, chosen].max() <= least:
                chosen.append(index)
        order += [index for index in chosen if index not in order]
    return order + [index for index in range(len(matrices)) if index not in order]


def similarities(matrices: tuple[Matrix, ...]) -> NDArray[np.float64]:
    """(M, M) cosines of frequencies minus 0.25, weighted by information; the best over offsets and strands."""
    width = max(matrix.shape[1] for matrix in matrices) + 2 * _MAX_OFFSET
    vectors = np.zeros((len(matrices), 4, width))
    for at, matrix in enumerate(matrices):
        begin = (width - matrix.shape[1]) // 2
        vectors[at, :, begin : begin + matrix.shape[1]] = (matrix - 0.25) * _information(matrix)
    norms = np.linalg.norm(vectors.reshape(len(matrices), -1), axis=1)
    vectors /= np.where(norms > 0, norms, 1)[:, None, None]
    unshifted, best = vectors.reshape(len(matrices), -1), np.full((len(matrices),) * 2, -1.0)
    for strand in (vectors, vectors[:, ::-1, ::-1]):
        for offset in range(-_MAX_OFFSET, _MAX_OFFSET + 1):
            shifted = np.roll(strand, offset, axis=2).reshape(len(matrices), -1)
            best = np.maximum(best, shifted @ unshifted.T)
    cosines: NDArray[np.float64] = np.maximum(best, best.T)
    return cosines


def _information(matrix: Matrix) -> Matrix:
    """(n,) information content of each position, in bits."""
    bits: Matrix = 2 + (matrix * np.log2(np.where(matrix > 0, matrix, 1))).sum(axis=0)
    return bits


def _log_odds(matrix: Matrix) -> Matrix:
    odds: Matrix = np.log2((matrix * _COUNTS + _PSEUDOCOUNT) / (_COUNTS + 4 * _PSEUDOCOUNT) / 0.25)
    return odds


def _placed(odds: Matrix, matrix: Matrix, width: int) -> Matrix:
    """(4, width): the motif, centred, or its most informative stretch."""
    length = odds.shape[1]
    if length > width:
        columns = (matrix * odds).sum(axis=0)
        sums = np.convolve(columns, np.ones(width), mode="valid")
        begin = int(sums.argmax())
        return odds[:, begin : begin + width]
    placed, begin = np.zeros((4, width)), (width - length) // 2
    placed[:, begin : begin + length] = odds
    return placed

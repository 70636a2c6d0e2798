"""Chunks: consecutive records, the unit of work, of ordering and of checkpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from genoscore.inputs.vcf import Record

MAX_RECORDS = 512
ALTS_PER_RECORD = 8  # on average, at most, in a chunk with the largest number of records
MAX_TEXT = 4 << 20  # characters


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive records. Free of torch, picklable; its boundaries depend only on the input.

    Attributes:
        index: 0-based number of the chunk.
    """

    index: int
    records: tuple[Record, ...]


def make_chunks(records: Iterable[Record], max_records: int = MAX_RECORDS, max_text: int = MAX_TEXT) -> Iterator[Chunk]:
    """Cut a stream into chunks, bounded by the number of records, of ALTs and of characters; a record is never cut."""
    batch: list[Record] = []
    index = size = alts = 0
    for record in records:
        batch.append(record)
        size += sum(map(len, record.columns))
        alts += len(record.alts)
        if len(batch) >= max_records or alts >= ALTS_PER_RECORD * max_records or size >= max_text:
            yield Chunk(index, tuple(batch))
            batch, size, alts, index = [], 0, 0, index + 1
    if batch:
        yield Chunk(index, tuple(batch))

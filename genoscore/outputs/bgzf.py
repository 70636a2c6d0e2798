"""BGZF, the blocked gzip of bgzip and tabix."""

from __future__ import annotations

import struct
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO


class BgzfWriter:
    """BGZF (SAM specification, 4.1): gzip members of at most 64 KiB that say their own size, packed in a thread.

    htslib's writer is not used because it reports a full disk on standard error and not to its caller.
    """

    _BLOCK = 0xFF00  # bytes of text a block; leaves room for incompressible data

    _AHEAD = 8  # blocks that may be in the making

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._pending = bytearray()
        self._packer = ThreadPoolExecutor(1, thread_name_prefix="bgzf")
        self._blocks: deque[Future[bytes]] = deque()

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._pending += data
        while len(self._pending) >= self._BLOCK:
            self._emit(bytes(self._pending[: self._BLOCK]))
            del self._pending[: self._BLOCK]

    def flush(self) -> None:
        """Write what is pending."""
        if self._pending:
            self._emit(bytes(self._pending))
            self._pending.clear()
        self._drain(0)
        self._raw.flush()

    def close(self) -> None:
        """Write what is pending and the empty block that marks the end."""
        try:
            self.flush()
            self._raw.write(_bgzf_block(b""))
        finally:
            self.abandon()
            self._raw.close()

    def abandon(self) -> None:
        """Stop packing; harmless after `close`."""
        self._packer.shutdown(cancel_futures=True)

    def _emit(self, data: bytes) -> None:
        self._blocks.append(self._packer.submit(_bgzf_block, data))
        self._drain(self._AHEAD)

    def _drain(self, left: int) -> None:
        while len(self._blocks) > left:
            self._raw.write(self._blocks.popleft().result())


def _bgzf_block(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    size = len(packed) + 25  # of the whole block, minus one
    head = b"\x1f\x8b\x08\x04" + struct.pack("<IBBHBBHH", 0, 0, 255, 6, 66, 67, 2, size)
    return head + packed + struct.pack("<II", zlib.crc32(data), len(data))

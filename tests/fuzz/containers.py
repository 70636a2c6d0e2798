"""gzip and BGZF, made, read and damaged by this file's own code (SAM specification, 4.1)."""

from __future__ import annotations

import gzip
import random
import struct
import zlib
from collections.abc import Iterator

from tests.fuzz.mutations import damaged

END_BLOCK = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def bgzip(data: bytes, block: int = 60_000) -> bytes:
    """BGZF with blocks of that many bytes."""
    return b"".join(_block(data[at : at + block]) for at in range(0, len(data), block)) + END_BLOCK


def _block(data: bytes) -> bytes:
    deflate = zlib.compressobj(1, zlib.DEFLATED, -15)
    body = deflate.compress(data) + deflate.flush()
    head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(body) + 25)
    return head + body + struct.pack("<II", zlib.crc32(data), len(data))


def decompressed(data: bytes) -> bytes:
    """The contents of a gzipped or bgzipped file; any other as it is.

    Raises:
        ValueError, zlib.error, struct.error: it is damaged.
    """
    return b"".join(_members(data)) if data[:2] == b"\x1f\x8b" else data


def _members(data: bytes) -> Iterator[bytes]:
    """Contents of the members of a gzip file. The lengths that they state are not looked at: htslib does not either."""
    while data.rstrip(b"\0"):
        if data[:3] != b"\x1f\x8b\x08" or data[3] not in (0, 4):
            raise ValueError(f"not a member of a gzip file: {data[:4]!r}")
        body = 12 + struct.unpack_from("<H", data, 10)[0] if data[3] else 10
        inflate = zlib.decompressobj(-15)
        contents = inflate.decompress(data[body:])
        if zlib.crc32(contents) != struct.unpack_from("<I", inflate.unused_data)[0]:
            raise ValueError("checksum")
        yield contents
        data = inflate.unused_data[8:]


def damaged_container(rng: random.Random, data: bytes) -> bytes:
    """Damage to the blocks of a BGZF file."""
    whole = data.removesuffix(END_BLOCK)
    choice = rng.randrange(8)
    if choice == 0:  # no empty block at the end, half of it, or two
        return whole + rng.choice((b"", END_BLOCK[: rng.randrange(28)], END_BLOCK * 2))
    if choice == 1:  # empty block in the middle
        return whole + END_BLOCK + data
    if choice == 2:  # something behind the end
        return data + rng.choice((b"\0", b"junk", bytes(1000), whole[:30]))
    if choice == 3:  # a block's size, checksum or length
        at = rng.choice((16, 17, max(len(whole) - 8, 0), max(len(whole) - 4, 0)))
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
    if choice == 4:  # gzip, not BGZF
        return gzip.compress(decompressed(data), 1, mtime=0)
    if choice == 5:  # gzip, and more of it
        return gzip.compress(decompressed(data), 1, mtime=0) + data
    return damaged(rng, data, 2)

"""Damage to bytes, whatever they hold."""

from __future__ import annotations

import random
from collections.abc import Callable

Mutation = Callable[[random.Random, bytes], bytes]

NUMBERS = (
    b"", b".", b"0", b"-0", b"-1", b"1", b"+1", b"1.5", b"1e9", b"nan", b"-inf", b"0x10", b"1_000", b"2147483646",
    b"2147483647", b"2147483648", b"4294967295", b"4294967296", b"9223372036854775807", b"9223372036854775808",
    b"999999999999999999", b"9" * 5000, b"-" + b"9" * 5000, "\u0661\u0662".encode(), "\u00b2".encode(),
)  # fmt: skip
ODD_TEXTS = (
    b"\0", b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"\x1b[31mred\x1b[0m", b"\x1b]0;title\x07", b"\x9b31m",
    b"\x08\x08", "\u0085".encode(), "\u2028".encode(), "\u202e".encode(), b"\x0b", b"\x0c", b"\x1c", b"\x7f", b"\r",
    b"\r\n", b"\n", b"\t", b" ", b"%s%n{0}", b"$x^2$", b"[bold]x[/bold]", b"../x", b"'", b'"', b'""',
    b"\\", b",", b";", b"=", b"|", b":", b"#", b">", b"<", b"(", b"--help", b"A" * 3000, b"ACGT" * 5000,
    b"x" * 70_000, "\U0001f9ec".encode(),
)  # fmt: skip
INTERESTING = NUMBERS + ODD_TEXTS
_WORDS = (b"\0" * 4, b"\xff" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\x01\0\0\0", b"\xfe\xff\xff\xff", b"\0\0\x01\0")


def flip(rng: random.Random, data: bytes) -> bytes:
    """One bit of one byte, or the whole byte."""
    at = rng.randrange(len(data))
    value = data[at] ^ (1 << rng.randrange(8)) if rng.random() < 0.5 else rng.randrange(256)
    return data[:at] + bytes([value]) + data[at + 1 :]


def delete(rng: random.Random, data: bytes) -> bytes:
    """A few bytes, or many."""
    start, end = _stretch(rng, data)
    return data[:start] + data[end:]


def duplicate(rng: random.Random, data: bytes) -> bytes:
    """A stretch, once more behind itself or elsewhere."""
    start, end = _stretch(rng, data)
    at = end if rng.random() < 0.5 else rng.randrange(len(data) + 1)
    return data[:at] + data[start:end] + data[at:]


def insert(rng: random.Random, data: bytes) -> bytes:
    """Something that parsers stumble over."""
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(INTERESTING) + data[at:]


def overwrite(rng: random.Random, data: bytes) -> bytes:
    """A 32-bit word, or a stretch of zeros as a partly copied file has them."""
    at = rng.randrange(len(data))
    word = rng.choice(_WORDS) if rng.random() < 0.8 else bytes(rng.choice((16, 512, 4096)))
    return data[:at] + word[: len(data) - at] + data[at + len(word) :]


def truncate(rng: random.Random, data: bytes) -> bytes:
    """Keep the beginning, or, rarely, the end."""
    at = rng.randrange(len(data))
    return data[:at] if rng.random() < 0.8 else data[at:]


BYTE_MUTATIONS: tuple[Mutation, ...] = (flip, flip, delete, duplicate, insert, overwrite, truncate)


def damaged(rng: random.Random, data: bytes, most: int = 4) -> bytes:
    """Up to `most` mutations, one more often than several."""
    for _ in range(_few(rng, most)):
        if data:
            data = rng.choice(BYTE_MUTATIONS)(rng, data)
    return data


def spliced(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """The beginning of one file and the end of another."""
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def _few(rng: random.Random, most: int) -> int:
    return min(rng.randint(1, most), rng.randint(1, most))


def _stretch(rng: random.Random, data: bytes) -> tuple[int, int]:
    start = rng.randrange(len(data))
    length = rng.choice((1, 1, 2, 4, 16, 64, 1024, len(data)))
    return start, min(start + rng.randint(1, length), len(data))

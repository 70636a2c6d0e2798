"""Damage to TOML and JSON: values of other kinds, huge numbers, deep nesting, keys twice. Mostly they still parse."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tests.fuzz.mutations import NUMBERS, ODD_TEXTS

TextMutation = Callable[[random.Random, bytes], bytes]
_VALUE = re.compile(
    rb'"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE]-?\d+)?|\b(?:true|false|null)\b|\[[^\[\]\n]*\]|\{[^{}\n]*\}'
)
_VALUES = (
    b'""', b'" "', b'"x"', b'"\\u0000"', b'"\\u001b[31mx"', b'"\\ud800"', b'"../x"', b'"x/y"', b"true", b"false",
    b"null", b"[]", b"{}", b"[[]]", b"[1, \"x\"]", b"{x = 1}", b'{"x": 1}', b"-1", b"0", b"1", b"1.5", b"-0.0",
    b"nan", b"inf", b"-inf", b"1e400", b"1979-05-27", b"1979-05-27T07:32:00Z", b"0x10", b"1_000",
    b"9223372036854775808", b"9" * 5000, b'"' + b"9" * 5000 + b'"', b"-" + b"9" * 5000, b'"' + b"x" * 5000 + b'"',
    "\"\u202e\u2028\"".encode(), b'"\xff"',
)  # fmt: skip
_LINES = (b"[x]", b"[score]", b"[[score]]", b"x.y.z = 1", b"a." * 3000 + b"b = 1", b"= 1", b"'' = 1")
_DEPTHS = (3, 300, 5_000, 100_000)


def change_value(rng: random.Random, data: bytes) -> bytes:
    """A value becomes another, of its own kind or not."""
    matches = list(_VALUE.finditer(data))
    if not matches:
        return data
    match = rng.choice(matches)
    new = rng.choice(_VALUES) if rng.random() < 0.8 else rng.choice(matches)[0]
    return data[: match.start()] + new + data[match.end() :]


def change_number(rng: random.Random, data: bytes) -> bytes:
    """A number becomes a slightly or very different one."""
    matches = list(re.finditer(rb"-?\d+", data))
    if not matches:
        return data
    match = rng.choice(matches)
    near = str(int(match[0][:18]) + rng.choice((-1, 1, 2, 1000))).encode()
    return data[: match.start()] + (near if rng.random() < 0.7 else rng.choice(NUMBERS)) + data[match.end() :]


def nest(rng: random.Random, data: bytes) -> bytes:
    """A value lies deep in brackets, closed or not."""
    matches = list(_VALUE.finditer(data))
    if not matches:
        return data
    match, depth = rng.choice(matches), rng.choice(_DEPTHS)
    opening, closing = rng.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"{a = ", b"}")))
    inner = opening * depth + match[0] + (closing * depth if rng.random() < 0.8 else b"")
    return data[: match.start()] + inner + data[match.end() :]


def change_text(rng: random.Random, data: bytes) -> bytes:
    """Something odd inside a text or a name."""
    places = [match.start() for match in re.finditer(rb"\w", data)]
    at = rng.choice(places) if places else 0
    return data[:at] + rng.choice(ODD_TEXTS) + data[at + rng.randint(0, 1) :]


def change_lines(rng: random.Random, data: bytes) -> bytes:
    """A line is doubled, removed, moved, or added, or ends with CR."""
    lines = data.split(b"\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(5)
    if kind == 0:
        lines.insert(other, lines[at])
    elif kind == 1:
        del lines[at]
    elif kind == 2:
        lines[at], lines[other] = lines[other], lines[at]
    elif kind == 3:
        lines.insert(at, rng.choice(_LINES))
    else:
        lines[at] += b"\r"
    return b"\n".join(lines)


_MUTATIONS: tuple[TextMutation, ...] = (
    change_value, change_value, change_value, change_number, nest, change_text, change_lines,
)  # fmt: skip


def changed_text(rng: random.Random, data: bytes, most: int = 3) -> bytes:
    """Up to `most` mutations."""
    for _ in range(rng.randint(1, most)):
        data = rng.choice(_MUTATIONS)(rng, data)
    return data

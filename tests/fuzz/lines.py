"""Damage to files of lines with fields: VCF, GTF, GFF3, BED, tables, indexes. The lines stay lines, mostly."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tests.fuzz.mutations import INTERESTING, NUMBERS, ODD_TEXTS

Lines = list[bytes]
LineMutation = Callable[[random.Random, Lines], None]

_NUMBER = re.compile(rb"-?\d+")
_PARTS = re.compile(rb"([;,=:|<> \"])")
_ALLELES = (
    b"<DEL>", b"<*>", b"<NON_REF>", b"*", b"N", b"a", b"acgt", b"R", b"A,A", b"A,", b",A", b"G]chr2:5]", b".",
    b"A" * 60, b"ACGT" * 8000, b",".join([b"A", b"C"] * 600), b"T<X>", b"\xc3\x84",
)  # fmt: skip
_META = (
    b'##INFO=<ID=DP,Number=A,Type=Flag,Description="x">', b"##INFO=<ID=,Number=,Type=>", b"##INFO=<>",
    b"##INFO=<ID=DP", b"##contig=<ID=chr1,length=99999999999>", b"##contig=<ID=chr1,length=" + b"9" * 5000 + b">",
    b"##contig=<ID=chr1,length=-5>", b"##contig=<length=5>", b"##contig=<ID=chr1>",
    b'##FORMAT=<ID=GT,Number=R,Type=Integer,Description="GT">', b"##", b"##=", b"##fileformat=VCFv9.9",
    b"##fileformat=VCFv4.2", b"##INFO=<ID=XX,Number=" + b"9" * 30 + b',Type=Integer,Description="">',
    b'##INFO=<ID=XX,Number=1,Type=Nonsense,Description="unclosed>', b'##genoscore=<ID=TOY,Version=0,Command="x">',
    b'##INFO=<ID=GS_TOY_MAX,Number=1,Type=String,Description="other">', b"##\x1b[31m=x", b"##x=" + b"y" * 100_000,
    b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO", b"#comment", b"##gff-version 3", b"##FASTA", b"###",
)  # fmt: skip
_ENTRIES = (
    b"DP=abc", b"DP=1.5", b"DP=99999999999", b"AF=x", b"AF=0.1,0.2,0.3,0.4", b"GS_TOY_MAX=0.9",
    b"SpliceAI=A|X|0|0|0|0|1|1|1|1", b"GS_TOY_STATUS=SCORED,SCORED", b"=", b"==", b"DP", b"GS_TOY_MAX",
    b"UNDECLARED=1", b"UNDECLARED", b"END=5", b"END=-1", b"END=99999999999", b"SVLEN=-100000", b"X=\x1b[31m",
    b"X=a b", b"1000G", b";", b"X=%3B",
)  # fmt: skip


def change_field(rng: random.Random, lines: Lines) -> None:
    """A field becomes something odd."""
    _with_fields(rng, lines, lambda fields, at: fields.__setitem__(at, rng.choice(INTERESTING)))


def change_number(rng: random.Random, lines: Lines) -> None:
    """A number anywhere becomes another."""
    at = _any(rng, lines)
    matches = list(_NUMBER.finditer(lines[at]))
    if matches:
        match = rng.choice(matches)
        near = str(int(match[0][:18]) + rng.choice((-1, 1, -50, 1000))).encode()
        new = near if rng.random() < 0.4 else rng.choice(NUMBERS)
        lines[at] = lines[at][: match.start()] + new + lines[at][match.end() :]


def change_part(rng: random.Random, lines: Lines) -> None:
    """A part of a field (an entry, a value, a separator) is changed, doubled or removed."""

    def change(fields: Lines, at: int) -> None:
        parts = _PARTS.split(fields[at])
        part = rng.randrange(len(parts))
        new: Lines = rng.choice(([], [parts[part]] * 2, [rng.choice(INTERESTING)], [rng.choice(ODD_TEXTS)]))
        fields[at] = b"".join([*parts[:part], *new, *parts[part + 1 :]])

    _with_fields(rng, lines, change)


def add_text(rng: random.Random, lines: Lines) -> None:
    """Something odd before, in or after a field."""

    def change(fields: Lines, at: int) -> None:
        place = rng.choice((0, len(fields[at]), rng.randint(0, len(fields[at]))))
        fields[at] = fields[at][:place] + rng.choice(ODD_TEXTS) + fields[at][place:]

    _with_fields(rng, lines, change)


def remove_field(rng: random.Random, lines: Lines) -> None:
    """One column fewer, in one line or in every line."""
    everywhere = rng.random() < 0.2
    column = rng.randrange(10)
    for at in range(len(lines)) if everywhere else [_record(rng, lines)]:
        fields = lines[at].split(b"\t")
        if len(fields) > column:
            del fields[column]
            lines[at] = b"\t".join(fields)


def double_field(rng: random.Random, lines: Lines) -> None:
    """One column more."""
    _with_fields(rng, lines, lambda fields, at: fields.insert(at, fields[at]))


def swap_fields(rng: random.Random, lines: Lines) -> None:
    """The same column of another line, or another column of this one."""
    other = lines[_record(rng, lines)].split(b"\t")
    _with_fields(rng, lines, lambda fields, at: fields.__setitem__(at, rng.choice(other)))


def change_separator(rng: random.Random, lines: Lines) -> None:
    """Spaces for tabs, or two tabs."""
    at = _any(rng, lines)
    lines[at] = lines[at].replace(b"\t", rng.choice((b" ", b"\t\t", b",", b"\0")), rng.choice((1, -1)))


def double_line(rng: random.Random, lines: Lines) -> None:
    """A line again, at the same place or elsewhere, once or many times."""
    at = _any(rng, lines)
    copies = [lines[at]] * rng.choice((1, 1, 1, 2, 300))
    place = at if rng.random() < 0.5 else rng.randint(0, len(lines))
    lines[place:place] = copies


def remove_line(rng: random.Random, lines: Lines) -> None:
    """One line fewer."""
    del lines[_any(rng, lines)]


def move_lines(rng: random.Random, lines: Lines) -> None:
    """Another order, of two lines or of all."""
    if rng.random() < 0.3:
        rng.shuffle(lines)
    else:
        first, second = _any(rng, lines), _any(rng, lines)
        lines[first], lines[second] = lines[second], lines[first]


def add_line(rng: random.Random, lines: Lines) -> None:
    """A line that is odd in itself."""
    new = rng.choice((b"", b"\t", b"\t" * 9, b" ", b"\0", b"\r", b"#", *_META, *ODD_TEXTS))
    lines.insert(rng.randint(0, len(lines)), new)


def change_meta(rng: random.Random, lines: Lines) -> None:
    """A header line more, or in the place of another."""
    headers = [at for at, line in enumerate(lines) if line.startswith(b"#")] or [0]
    at = rng.choice(headers)
    lines[at : at + rng.randint(0, 1)] = [rng.choice(_META)]


def change_allele(rng: random.Random, lines: Lines) -> None:
    """An unusual allele as REF or ALT; no damage, and none may be lost."""

    def change(fields: Lines, _: int) -> None:
        if len(fields) > 4:
            fields[rng.choice((3, 4, 4, 4))] = rng.choice(_ALLELES)

    _with_fields(rng, lines, change)


def add_entry(rng: random.Random, lines: Lines) -> None:
    """An INFO entry that is odd, undeclared, or genoscore's own."""

    def change(fields: Lines, _: int) -> None:
        if len(fields) > 7:
            entry = rng.choice(_ENTRIES)
            fields[7] = rng.choice((entry, fields[7] + b";" + entry, entry + b";" + fields[7]))

    _with_fields(rng, lines, change)


def change_line_ends(rng: random.Random, lines: Lines) -> None:
    """CR LF, in all lines or in one."""
    for at in range(len(lines)) if rng.random() < 0.5 else [_any(rng, lines)]:
        lines[at] += b"\r"


LINE_MUTATIONS: tuple[LineMutation, ...] = (
    change_field, change_number, change_part, add_text, remove_field, double_field, swap_fields, change_separator,
    double_line, remove_line, move_lines, add_line, change_line_ends,
)  # fmt: skip
VCF_MUTATIONS: tuple[LineMutation, ...] = (
    *LINE_MUTATIONS, change_meta, change_meta, change_allele, change_allele, add_entry, add_entry,
)  # fmt: skip


def changed(
    rng: random.Random, data: bytes, mutations: tuple[LineMutation, ...] = LINE_MUTATIONS, most: int = 4
) -> bytes:
    """Up to `most` mutations of the lines of a file; now and then a byte order mark, or no line end at the end."""
    lines = data.removesuffix(b"\n").split(b"\n")
    for _ in range(rng.randint(1, most)):
        if lines:
            rng.choice(mutations)(rng, lines)
    end = rng.random()
    return (b"\xef\xbb\xbf" if end < 0.02 else b"") + b"\n".join(lines) + (b"" if 0.02 < end < 0.06 else b"\n")


def _any(rng: random.Random, lines: Lines) -> int:
    return rng.randrange(len(lines))


def _record(rng: random.Random, lines: Lines) -> int:
    """Index of a line that is not a comment, if there is one."""
    records = [at for at, line in enumerate(lines) if not line.startswith(b"#")]
    return rng.choice(records) if records and rng.random() < 0.9 else _any(rng, lines)


def _with_fields(rng: random.Random, lines: Lines, change: Callable[[Lines, int], object]) -> None:
    at = _record(rng, lines)
    fields = lines[at].split(b"\t")
    change(fields, rng.randrange(len(fields)))
    lines[at] = b"\t".join(fields)

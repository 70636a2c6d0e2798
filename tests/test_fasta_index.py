"""Indexes that lie: whatever is wrong in a .fai or .gzi, the run is refused or the bases are right."""

from __future__ import annotations

import itertools
import os
import random
import struct
from pathlib import Path

import pysam
import pytest
from Bio import bgzf
from hypothesis import given, settings
from hypothesis import strategies as st

from genoscore.core.errors import InputError
from genoscore.inputs.fasta import ReferenceGenome

Sequences = dict[str, str]


def _sequences(lengths: list[int], seed: int) -> Sequences:
    rng = random.Random(seed)
    return {f"c{number}": "".join(rng.choices("ACGTN", k=length)) for number, length in enumerate(lengths)}


def _text(sequences: Sequences, width: int, end: str = "\n") -> str:
    lines = []
    for name, bases in sequences.items():
        lines += [f">{name} of a genome", *(bases[at : at + width] for at in range(0, len(bases), width))]
    return end.join(lines) + end


def _indexed(folder: Path, text: str, block: int = 0) -> Path:
    """A FASTA with its index; bgzipped in blocks of that many bytes."""
    path = folder / ("g.fa.gz" if block else "g.fa")
    if block:
        with bgzf.BgzfWriter(str(path)) as out:
            for at in range(0, len(text), block):
                out.write(text[at : at + block])
                out.flush()
    else:
        path.write_bytes(text.encode())
    pysam.faidx(str(path))
    return path


def _refused_or_right(path: Path, sequences: Sequences, seed: int = 1) -> bool:
    """Whether it was refused; fails if anything that is read is wrong."""
    try:
        genome = ReferenceGenome(path)
    except InputError:
        return True
    refused = False
    assert genome.lengths == {name: len(bases) for name, bases in sequences.items()}
    rng = random.Random(seed)
    for name, bases in sequences.items():
        for start in [0, *(rng.randrange(len(bases)) for _ in range(5))]:
            end = rng.choice((len(bases), min(start + 3, len(bases))))
            genome._last = ("", 0, 0, "")
            try:
                assert genome._fasta.fetch(name, start, end) == bases[start:end]
            except InputError:
                refused = True
    genome.close()
    return refused


_NUMBERS = st.one_of(st.integers(-130, 130), st.sampled_from([61, -61, 1 << 16, 10**17, 10**18 - 1, 10**19, -(10**9)]))


@settings(max_examples=150, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 250), min_size=1, max_size=4),
    layout=st.tuples(st.integers(1, 80), st.sampled_from(["\n", "\r\n"]), st.sampled_from([0, 50])),
    row=st.integers(0, 3),
    column=st.integers(1, 4),
    change=_NUMBERS,
)
def test_any_number_of_a_fai(
    tmp_path_factory: pytest.TempPathFactory,
    lengths: list[int],
    layout: tuple[int, str, int],
    row: int,
    column: int,
    change: int,
) -> None:
    width, end, block = layout
    sequences = _sequences(lengths, change & 0xFF)
    path = _indexed(tmp_path_factory.mktemp("fai"), _text(sequences, width, end), block)
    fai = Path(f"{path}.fai")
    rows = [line.split("\t") for line in fai.read_text().splitlines()]
    assert not _refused_or_right(path, sequences), "as it is, it is right"
    cells = rows[row % len(rows)]
    cells[column] = str(int(cells[column]) + change)
    fai.write_text("".join("\t".join(line) + "\n" for line in rows))
    _refused_or_right(path, sequences)


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 200), min_size=2, max_size=5),
    width=st.integers(1, 80),
    first=st.integers(0, 4),
    second=st.integers(0, 4),
    column=st.integers(0, 4),
)
def test_rows_of_a_fai_that_are_missing_or_exchanged(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], width: int, first: int, second: int, column: int
) -> None:
    sequences = _sequences(lengths, width)
    path = _indexed(tmp_path_factory.mktemp("fai"), _text(sequences, width))
    fai = Path(f"{path}.fai")
    rows = [line.split("\t") for line in fai.read_text().splitlines()]
    first, second = first % len(rows), second % len(rows)
    fai.write_text("".join("\t".join(line) + "\n" for at, line in enumerate(rows) if at != first))
    with pytest.raises(InputError):
        ReferenceGenome(path)
    changed = rows[first][column] != rows[second][column]
    rows[first][column], rows[second][column] = rows[second][column], rows[first][column]
    fai.write_text("".join("\t".join(line) + "\n" for line in rows))
    refused = _refused_or_right(path, sequences)
    assert refused or not changed or column >= 3, "widths of contigs of one line do not matter"


@settings(max_examples=100, deadline=None)
@given(
    width=st.sampled_from([10, 60, 5000]),
    block=st.integers(40, 900),
    entry=st.integers(0, 60),
    change=_NUMBERS,
    seed=st.integers(0, 99),
)
def test_any_number_of_a_gzi(
    tmp_path_factory: pytest.TempPathFactory, width: int, block: int, entry: int, change: int, seed: int
) -> None:
    """Also where there are no line ends by which a shift shows (lines of 5,000 bases)."""
    sequences = _sequences([3000, 700], seed)
    path = _indexed(tmp_path_factory.mktemp("gzi"), _text(sequences, width), block)
    gzi = Path(f"{path}.gzi")
    raw = gzi.read_bytes()
    numbers = list(struct.unpack(f"<{len(raw) // 8}Q", raw))
    assert not _refused_or_right(path, sequences, seed)
    numbers[entry % len(numbers)] = max(0, numbers[entry % len(numbers)] + change) & (1 << 64) - 1
    gzi.write_bytes(struct.pack(f"<{len(numbers)}Q", *numbers))
    _refused_or_right(path, sequences, seed)
    gone = 1 + 2 * (entry % ((len(raw) - 8) // 16))
    count, *rest = struct.unpack(f"<{len(raw) // 8}Q", raw)
    rest[gone - 1 : gone + 1] = []
    gzi.write_bytes(struct.pack(f"<{len(rest) + 1}Q", count - 1, *rest))
    _refused_or_right(path, sequences, seed)


def test_a_shift_in_a_gzi_shows_without_line_ends(tmp_path: Path) -> None:
    """A block that the .gzi has begin 7 bytes early: another place of the same text, in one line."""
    sequences = _sequences([200_000], 1)
    path = _indexed(tmp_path, _text(sequences, 200_000), 60_000)
    gzi = Path(f"{path}.gzi")
    count, *numbers = struct.unpack("<7Q", gzi.read_bytes())
    numbers[1] -= 7
    gzi.write_bytes(struct.pack("<7Q", count, *numbers))
    genome = ReferenceGenome(path)
    assert genome._fasta.fetch("c0", 100, 500) == sequences["c0"][100:500]
    with pytest.raises(InputError, match=r"damaged at c0:80001-80100: the \.gzi is of another file"):
        genome._fasta.fetch("c0", 80_000, 80_100)


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        (">empty\n>a\nACGT\nAC\n>none\n\n\n>b\nACG\n", {"a": 6, "b": 3}),
        (">a\nACGT\n\n\n>b\nAC", {"a": 4, "b": 2}),
        (">a\r\nACGT\r\nAC\r\n\r\n>b\r\nA\r\n\r\n", {"a": 6, "b": 1}),
        (">a\r\nACGT\r\nACGT\n>b\r\nAC\r\n", {"a": 8, "b": 2}),
        (">a " + "x" * 3000 + "\nACGT\n> b y\nAC\n", {"a": 4, "b": 2}),
    ],
    ids=["empty sequences", "blank lines", "carriage returns", "another last line end", "a long header"],
)
@pytest.mark.parametrize("block", [0, 7])
def test_layouts_that_samtools_takes(tmp_path: Path, text: str, lengths: dict[str, int], block: int) -> None:
    path = _indexed(tmp_path, text, block)
    genome = ReferenceGenome(path)
    assert genome.lengths == lengths
    assert {name: genome.fetch(name, 0, length) for name, length in lengths.items()} == {
        name: ("ACGTACGT")[:length] for name, length in lengths.items()
    }


@pytest.mark.parametrize("digits", [18, 19, 20, 5000])
@pytest.mark.parametrize("column", [1, 2, 3, 4])
@pytest.mark.parametrize("block", [0, 90])
def test_numbers_of_many_digits(tmp_path: Path, digits: int, column: int, block: int) -> None:
    sequences = _sequences([200, 100], 1)
    path = _indexed(tmp_path, _text(sequences, 60), block)
    fai = Path(f"{path}.fai")
    first, second = fai.read_text().splitlines()
    cells = first.split("\t")
    cells[column] = "9" * digits
    fai.write_text("\t".join(cells) + f"\n{second}\n")
    with pytest.raises(InputError, match=r"g\.fa.*(does not match|line 1, is damaged)"):
        ReferenceGenome(path)


@pytest.mark.parametrize("cell", ["6_0", " 60", "+60", "60.0", "-60", "\uff16\uff10", "", "60\t1"])
def test_what_is_not_a_number(tmp_path: Path, cell: str) -> None:
    path = _indexed(tmp_path, _text(_sequences([200], 1), 60))
    fai = Path(f"{path}.fai")
    fai.write_text(fai.read_text().replace("\t60\t", f"\t{cell}\t"))
    with pytest.raises(InputError, match=r"g\.fa\.fai, line 1, is damaged"):
        ReferenceGenome(path)


@pytest.mark.parametrize("name", [b"c\xff\xc3\xa9", b"c\x1cd", b"c\xe2\x80\xa8d", b"HLA-A*01:01|x"])
@pytest.mark.parametrize("block", [0, 30])
def test_contigs_of_any_bytes(tmp_path: Path, name: bytes, block: int) -> None:
    """Also such as Python takes for line ends, or as are not UTF-8."""
    path = _indexed(tmp_path, ">a\nACGT\n>xxx\nGGCC\n".replace("xxx", "x" * len(name)), block)
    for file in (path, Path(f"{path}.fai")):
        if not block or file != path:
            file.write_bytes(file.read_bytes().replace(b"x" * len(name), name))
    if block:
        with bgzf.BgzfWriter(str(path)) as out:
            out.write(b">a\nACGT\n>" + name + b"\nGGCC\n")
        Path(f"{path}.gzi").write_bytes(bytes(8))
    genome = ReferenceGenome(path)
    assert genome.fetch(name.decode("utf-8", "surrogateescape"), 0, 4) == "GGCC"


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.fa")
    for path in (tmp_path / "pipe.fa", Path("/dev/zero")):
        with pytest.raises(InputError, match="not a regular file"):
            ReferenceGenome(path)


def test_an_index_is_checked_by_few_short_readings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a genome on a network disk needs it: a few per contig, however long these are."""
    sequences = _sequences([20_000, 1, 60, 61, 30_000], 1)
    path = _indexed(tmp_path, _text(sequences, 60))
    from genoscore.inputs import indexed_fasta

    sizes = []
    check = indexed_fasta.check_index

    def counted(path, rows, read):  # type: ignore[no-untyped-def]
        check(path, rows, lambda start, end: [data := read(start, end), sizes.append(len(data))][0])

    monkeypatch.setattr(indexed_fasta, "check_index", counted)
    ReferenceGenome(path)
    assert len(sizes) <= 4 * len(sequences) + 1
    assert max(sizes) < 30
    assert list(itertools.accumulate(sizes))[-1] < 300

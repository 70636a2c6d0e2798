"""Bases of a FASTA through pyfaidx: the same as by hand and by pysam, at every offset, from every kind of file."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pysam
import pytest
from Bio import bgzf
from hypothesis import given, settings
from hypothesis import strategies as st

from genoscore.core.errors import InputError
from genoscore.inputs.fasta import ReferenceGenome
from genoscore.inputs.sequences import read_sequences

LETTERS = "ACGTNacgtnRYKM"


def _write(path: Path, sequences: dict[str, str], width: int, end: str = "\n") -> None:
    lines = []
    for name, bases in sequences.items():
        lines += [f">{name} described", *(bases[at : at + width] for at in range(0, len(bases), width))]
    path.write_bytes((end.join(lines) + end).encode())


def _random(length: int, seed: int = 1) -> str:
    rng = random.Random(seed)
    return "".join(rng.choices(LETTERS, k=length))


@settings(max_examples=40, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 300), min_size=1, max_size=4),
    width=st.integers(1, 80),
    end=st.sampled_from(["\n", "\r\n"]),
    bgzipped=st.booleans(),
    seed=st.integers(0, 99),
)
def test_any_interval_of_any_layout(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], width: int, end: str, bgzipped: bool, seed: int
) -> None:
    sequences = {f"c{number}": _random(length, seed + number) for number, length in enumerate(lengths)}
    path = tmp_path_factory.mktemp("fasta") / "g.fa"
    _write(path, sequences, width, end)
    if bgzipped:
        pysam.tabix_compress(str(path), f"{path}.gz")
        path = Path(f"{path}.gz")
    genome = ReferenceGenome(path)
    rng = random.Random(seed)
    for name, bases in sequences.items():
        padded = "N" * 50 + bases.upper() + "N" * 50
        for _ in range(20):
            start = rng.randrange(-50, len(bases) + 30)
            stop = rng.randrange(start, len(bases) + 50)
            genome._last = ("", 0, 0, "")
            assert genome.fetch(name, start, stop) == padded[start + 50 : stop + 50]
    genome.close()


@pytest.mark.parametrize("suffix", [".fa.gz", ".fa.bgz", ".fasta", ".FA.GZ", "_compressed"])
def test_full_blocks_of_64_kib(tmp_path: Path, suffix: str) -> None:
    """As Biopython writes them: no virtual offset points one byte beyond such a block. Under any name."""
    bases = _random(200_000).upper()
    path = tmp_path / f"g{suffix}"
    text = ">c\n" + "".join(bases[at : at + 60] + "\n" for at in range(0, len(bases), 60))
    with bgzf.BgzfWriter(str(path), "wb") as out:
        out.write(text.encode())
    genome = ReferenceGenome(path)
    for boundary in (65_536, 131_072):
        near = boundary * 60 // 61 - 3
        for start in range(near - 70, near + 70):
            genome._last = ("", 0, 0, "")
            assert genome.fetch("c", start, start + 5) == bases[start : start + 5]
    assert genome.fetch("c", 0, 200_000) == bases


def test_a_plain_file_that_is_called_gz(tmp_path: Path) -> None:
    path = tmp_path / "g.fa.gz"
    _write(path, {"c": "ACGTAC"}, 4)
    assert ReferenceGenome(path).fetch("c", 2, 8) == "GTACNN"
    assert [one.bases for one in read_sequences(str(path))] == ["ACGTAC"]


def test_joined_bgzipped_files(tmp_path: Path) -> None:
    """With the empty block of the first one's end in the middle."""
    whole = b""
    for name in ("a", "b"):
        _write(tmp_path / name, {name: _random(500, ord(name))}, 50)
        pysam.tabix_compress(str(tmp_path / name), str(tmp_path / f"{name}.gz"))
        whole += (tmp_path / f"{name}.gz").read_bytes()
    path = tmp_path / "both.fa.gz"
    path.write_bytes(whole)
    genome = ReferenceGenome(path)
    assert [genome.fetch(name, 0, 500) for name in "ab"] == [_random(500, ord(name)).upper() for name in "ab"]


@pytest.mark.parametrize("damage", ["zeros", "one bit", "cut"])
def test_damage_in_the_middle_is_one_line(tmp_path: Path, damage: str) -> None:
    """Where no check of the index looks: they read a contig's ends and its middle."""
    path = tmp_path / "g.fa"
    _write(path, {"c": _random(400_000)}, 60)
    pysam.tabix_compress(str(path), f"{path}.gz")
    path = Path(f"{path}.gz")
    ReferenceGenome(path).close()
    whole, third = path.read_bytes(), path.stat().st_size // 3
    if damage == "cut":
        path.write_bytes(whole[:third] + whole[third + 40 :])
    else:
        wrong = b"\0" * 40 if damage == "zeros" else bytes([whole[third] ^ 1])
        path.write_bytes(whole[:third] + wrong + whole[third + len(wrong) :])
    with pytest.raises(InputError, match=r"g\.fa\.gz is damaged at c(:1-400000)?: ") as caught:
        ReferenceGenome(path).fetch("c", 0, 400_000)
    assert (caught.value.path, "samtools faidx" in caught.value.hint) == (str(path), True)
    assert "\n" not in caught.value.one_line()


def test_letters_of_more_than_a_byte(tmp_path: Path) -> None:
    path = tmp_path / "g.fa"
    _write(path, {"c": "ACGT" * 30}, 40)
    ReferenceGenome(path).close()
    path.write_bytes(path.read_bytes().replace(b"\nAC", b"\n" + "é".encode(), 1))
    genome = ReferenceGenome(path)
    with pytest.raises(InputError, match="is damaged at c:"):
        genome.fetch("c", 0, 120)


def test_an_index_with_a_contig_twice(tmp_path: Path) -> None:
    path = tmp_path / "g.fa"
    _write(path, {"a": "ACGT", "b": "GG"}, 10)
    pysam.faidx(str(path))
    fai = Path(f"{path}.fai")
    fai.write_text(fai.read_text() * 2)
    with pytest.raises(InputError, match=r"g\.fa\.fai, line 3: contig a occurs twice") as caught:
        ReferenceGenome(path)
    assert (caught.value.path, caught.value.line) == (str(fai), 3)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_threads_get_their_own_bases(tmp_path: Path, suffix: str) -> None:
    bases = {name: _random(300_000, ord(name)).upper() for name in "ab"}
    path = tmp_path / "g.fa"
    _write(path, bases, 60)
    if suffix:
        pysam.tabix_compress(str(path), f"{path}.gz")
    genome = ReferenceGenome(f"{path}{suffix}")
    wrong = []

    def read(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(300):
            name, start = rng.choice("ab"), rng.randrange(290_000)
            length = rng.choice((3, 900, 40_000))
            if genome.fetch(name, start, start + length)[: 300_000 - start] != bases[name][start : start + length]:
                wrong.append((name, start, length))

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_as_pysam_on_real_slices(shared: Path) -> None:
    path = shared / "data" / "grch37.slices.fa.gz"
    genome, other = ReferenceGenome(path), pysam.FastaFile(str(path))
    rng = random.Random(3)
    for _ in range(300):
        start = rng.randrange(1_000_000, 2_000_000)
        genome._last = ("", 0, 0, "")
        stop = start + rng.choice((1, 60, 61, 10_000, 200_000))
        assert genome.fetch("chr20", start, stop) == other.fetch("chr20", start, stop).upper()


SEQUENCES = {
    "regular": ">a x\nACGT\nACG\n>b\nUURY\n",
    "irregular": ">a\nACGTACG\nAC\nACGTACGTACG\n\n>b\nA\n",
    "a longer last line": ">a\nAC\n" + "ACGT" * 20 + "\n>b\nAC\n",
    "lower case": ">a\nacgtn\n>b\nxACG\n",
    "carriage returns": ">a\r\nACGT\r\nAC\r\n>b\r\nAC\r\n",
    "no last line end": ">a\nACGT\nAC",
    "blank lines": ">a\nACGT\n\n\n>b\nAC\n\n",
    "spaces at line ends": ">a\nACGT  \nACGT  \n>b\nAC\n",
    "long lines": ">a\n" + "ACGT" * 50_000 + "\n>b\nAC\n",
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences_of_a_file_are_those_of_a_stream(tmp_path: Path, name: str) -> None:
    """By pyfaidx where it can, else line by line, which is what a handle always is."""
    path = tmp_path / "s.fa"
    path.write_bytes(SEQUENCES[name].encode())
    before = sorted(tmp_path.iterdir())
    found = [(one.name, one.bases) for one in read_sequences(str(path))]
    with open(path, "rb") as handle:
        assert found == [(one.name, one.bases) for one in read_sequences(handle)]
    assert found[0][0] == "a"
    assert sorted(tmp_path.iterdir()) == before, "no index is left"


def test_regular_files_go_through_pyfaidx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.fa"
    path.write_text(SEQUENCES["regular"])
    monkeypatch.setattr("genoscore.inputs.sequences.parse_fasta", None)
    assert [one.bases for one in read_sequences(str(path))] == ["ACGTACG", "TTNN"]


def test_what_is_wrong_later_is_named_after_what_is_right(tmp_path: Path) -> None:
    path = tmp_path / "s.fa"
    path.write_text(">a\nACGT\n>b\nACGT\n>c\nACGT\nAC-T\nAC\n")
    reading = read_sequences(str(path))
    assert [next(reading).name, next(reading).name] == ["a", "b"]
    with pytest.raises(InputError, match=r"s\.fa, line 7: sequence c holds '-'"):
        next(reading)

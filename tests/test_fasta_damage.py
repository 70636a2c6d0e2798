"""A FASTA that is damaged where no check of its index looks, or changes while open: an error, never other bases."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pysam
import pytest
from Bio import bgzf

from genoscore.core.errors import InputError
from genoscore.inputs.fasta import ReferenceGenome
from tests.conftest import Invoke
from tests.small import SmallGenome, vcf_text

LENGTH, WIDTH = 6000, 60
BASES = ("ACGTTGCAAC" * 6 + "GATTACAGAT" * 6) * 50  # lines alternate
PLACE = 1000  # 0-based base in the middle of a line, as far from the middle of the contig as from its ends
BYTE = len(">c\n") + PLACE + PLACE // WIDTH
CR, LF = b"\r", b"\n"


def _made(path: Path, text: bytes) -> None:
    """The FASTA, bgzipped if its name says so, and where its blocks are, but no .fai."""
    if path.suffix == ".gz":
        plain = path.with_suffix(".plain")
        plain.write_bytes(text)
        pysam.tabix_compress(str(plain), str(path), force=True)
        with open(path, "rb") as handle:
            blocks = [(place, start) for place, _, start, size in bgzf.BgzfBlocks(handle) if size][1:]
        numbers = [len(blocks), *(number for block in blocks for number in block)]
        Path(f"{path}.gzi").write_bytes(struct.pack(f"<{len(numbers)}Q", *numbers))
    else:
        path.write_bytes(text)


def _text() -> bytes:
    return b">c\n" + b"".join(BASES[at : at + WIDTH].encode() + b"\n" for at in range(0, LENGTH, WIDTH))


@pytest.fixture(params=["g.fa", "g.fa.gz"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path: Path = tmp_path / request.param
    _made(path, _text())
    pysam.faidx(str(path))
    return path


def _put(at: int, written: bytes) -> Callable[[bytes], bytes]:
    return lambda text: text[:at] + written + text[at + len(written) :]


def _moved(text: bytes) -> bytes:
    """A line of 59 bases and one of 61: the same length, and other bases in between."""
    lines = text.split(LF)
    lines[20], lines[21] = lines[20][:-1], lines[20][-1:] + lines[21]
    return LF.join(lines)


DAMAGES = {
    "zeros": (_put(BYTE, bytes(20)), r"at c:1001: it holds '\\x00'"),
    "zeros over a line end": (_put(BYTE, bytes(300)), r"at c:1001: it holds '\\x00'"),
    "header inside": (_put(BYTE, b">"), r"at c:1001: it holds '>'"),
    "gap": (_put(BYTE, b"-"), r"at c:1001: it holds '-'"),
    "stop": (_put(BYTE, b"*"), r"at c:1001: it holds '\*'"),
    "space": (_put(BYTE, b" "), r"at c:1001: it holds ' '"),
    "digit": (_put(BYTE, b"7"), r"at c:1001: it holds '7'"),
    "not a code": (_put(BYTE, b"J"), r"at c:1001: it holds 'J'"),
    "UTF-8": (_put(BYTE, "é".encode()), r"at c:1001: it holds 'é'"),
    "a byte over 127": (_put(BYTE, b"\xff"), "at c:501-5500: "),
    "line end inside": (_put(BYTE, LF), "at c:501-5500: its lines are not as the index says"),
    "carriage return inside": (_put(BYTE, CR), "at c:501-5500: its lines are not as the index says"),
    "a line end lost": (_put(3 + 20 * 61 + 60, b"A"), "at c:501-5500: its lines are not as the index says"),
    "a line end moved": (_moved, "at c:501-5500: its lines are not as the index says"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_named(path: Path, damage: str) -> None:
    change, words = DAMAGES[damage]
    _made(path, change(_text()))
    genome = ReferenceGenome(path)
    assert genome._fasta.fetch("c", 0, 500) == BASES[:500]
    assert genome._fasta.fetch("c", 5000, 6000) == BASES[5000:]
    with pytest.raises(InputError, match=words) as caught:
        genome._fasta.fetch("c", 500, 5500)
    assert (caught.value.path, "samtools faidx" in caught.value.hint) == (str(path), True)
    assert f"reference {path} is damaged " in str(caught.value)


def test_every_nucleotide_code_is_taken(tmp_path: Path) -> None:
    codes = "ACGTUNRYSWKMBDHVX"
    path = tmp_path / "g.fa"
    path.write_text(f">c\n{codes}\n{codes.lower()}\n")
    assert ReferenceGenome(path).fetch("c", 0, 34) == codes * 2


@pytest.mark.parametrize("change", ["truncated", "emptied", "overwritten", "appended", "touched"])
def test_changed_while_open(path: Path, change: str) -> None:
    genome = ReferenceGenome(path)
    assert genome._fasta.fetch("c", 0, 60) == BASES[:60]
    whole = path.read_bytes()
    os.utime(path, (1, 1))  # a change within the clock's resolution would not show
    genome._fasta._before = genome._fasta._state()
    if change in ("truncated", "emptied"):
        os.truncate(path, len(whole) // 2 if change == "truncated" else 0)
    elif change == "appended":
        with open(path, "ab") as out:
            out.write(b">d\nACGT\n")
    elif change == "overwritten":
        _made(path, _text().replace(b"A", b"C"))
    else:
        os.utime(path, (2, 2))
    with pytest.raises(InputError, match=r"was changed while it was being read \(noticed at c:101-5900\)"):
        genome._fasta.fetch("c", 100, 5900)


def test_replaced_while_open(path: Path, tmp_path: Path) -> None:
    """The open file stays what it was."""
    genome = ReferenceGenome(path)
    other = tmp_path / f"other.{path.name}"
    _made(other, _text().replace(b"A", b"C"))
    os.replace(other, path)
    assert genome._fasta.fetch("c", 100, 5900) == BASES[100:5900]


def test_a_short_reading(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    genome = ReferenceGenome(path)
    file = genome._fasta._faidx.file
    monkeypatch.setattr(genome._fasta._faidx, "file", _Short(file))
    with pytest.raises(InputError, match=r"g\.fa.* is damaged at c:101-5900: "):
        genome._fasta.fetch("c", 100, 5900)


class _Short:
    """A file that gives half of what is asked for."""

    def __init__(self, file: object) -> None:
        self._file = file

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def read(self, size: int) -> bytes:
        data: bytes = self._file.read(size // 2)  # type: ignore[attr-defined]
        return data


def test_damage_ends_a_run_in_one_line(invoke: Invoke, small: SmallGenome, tmp_path: Path) -> None:
    fasta, source = tmp_path / "g.fa", tmp_path / "in.vcf"
    shutil.copy(small.fasta, fasta)
    pysam.faidx(str(fasta))
    text = fasta.read_bytes()
    fasta.write_bytes(text[:200] + bytes(30) + text[230:])
    source.write_text(vcf_text([f"chr1 250 {small.sequences['chr1'][249]} <DEL>", "chr1 150 A C"]))
    done = invoke("check", source, "-r", fasta, "-a", small.genes)
    assert done.exit_code == 1
    assert "g.fa is damaged at chr1:" in done.stderr
    assert "is not a nucleotide code" in done.stderr
    assert (done.stderr.count("\n"), "bug in genoscore" in done.stderr) == (1, False)

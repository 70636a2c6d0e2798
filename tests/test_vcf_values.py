"""Typed INFO values, per ALT: as declared, and one line where the text is something else."""

from __future__ import annotations

import os
from pathlib import Path

import pysam
import pytest

from genoscore.core.errors import InputError
from genoscore.inputs.vcf_values import read_values
from tests.small import vcf_text, write_as

HEADER = [
    f'##INFO=<ID={key},Number={number},Type={kind},Description="x">'
    for key, number, kind in (
        ("AF", "A", "Float"), ("AC", "A", "Integer"), ("CLASS", "A", "String"), ("DEPTH", "R", "Integer"),
        ("LABEL", "1", "String"), ("SCORE", "1", "Float"), ("COUNT", "1", "Integer"), ("HIT", "0", "Flag"),
        ("SIG", ".", "String"), ("ODD", "1", "Number"),
    )
]  # fmt: skip
KEYS = ("AF", "AC", "CLASS", "DEPTH", "LABEL", "SCORE", "COUNT", "HIT", "SIG")


def _row(info: str, alt: str = "C", contig: str = "chr1", pos: int = 5) -> str:
    return f"{contig}\t{pos}\t.\tA\t{alt}\t.\t.\t{info}"


def _write(folder: Path, rows: list[str], name: str = "a.vcf") -> Path:
    path = folder / name
    path.write_text(vcf_text(rows, HEADER))
    return path


ROWS = [
    _row("AF=0.25,.;AC=.,7;CLASS=LOF,FUNC;DEPTH=9,8,7;LABEL=a,b;SCORE=-0.5;COUNT=3;HIT;SIG=x", "C,G"),
    _row("AF=1e-3;UNDECLARED=5;LABEL=caf%C3%A9;SIG=.", pos=6),
    _row(".", "<DEL>", pos=7),
    _row("AC=4;SCORE=.", ".", "chr2", 8),
]
WANTED = {
    "AF": [(0.25, None), (pytest.approx(1e-3),), (None,), (None,)],
    "AC": [(None, 7), (None,), (None,), (4,)],
    "CLASS": [("LOF", "FUNC"), (None,), (None,), (None,)],
    "DEPTH": [(8, 7), (None,), (None,), (None,)],
    "LABEL": [("a,b", "a,b"), ("caf%C3%A9",), (None,), (None,)],
    "SCORE": [(-0.5, -0.5), (None,), (None,), (None,)],
    "COUNT": [(3, 3), (None,), (None,), (None,)],
    "HIT": [(True, True), (False,), (False,), (False,)],
    "SIG": [("x", "x"), (None,), (None,), (None,)],
}


@pytest.mark.parametrize("name", ["a.vcf", "a.vcf.gz", "a.bcf"])
def test_values_of_every_type_and_number(tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str) -> None:
    rows = ROWS
    if name.endswith("bcf"):  # whose writer refuses the one, and adds an END to the other
        rows = [row.replace("UNDECLARED=5;", "").replace("<DEL>", "T") for row in ROWS]
    path = _write(tmp_path, rows)
    write_as(path, tmp_path / name)
    capfd.readouterr()
    found = list(read_values(tmp_path / name, KEYS))
    assert {key: [one.values[key] for one in found] for key in KEYS} == WANTED
    assert [(one.record.contig, one.record.pos) for one in found] == [
        ("chr1", 5),
        ("chr1", 6),
        ("chr1", 7),
        ("chr2", 8),
    ]
    assert found[0].record.alts == ("C", "G")
    assert capfd.readouterr().err == "", "htslib's warnings of an undeclared key"


@pytest.mark.parametrize(
    ("info", "alt", "words"),
    [
        ("AC=1.5", "C", "INFO AC is '1.5', not a 32-bit integer"),
        ("AF=high", "C", "INFO AF is 'high', not a number"),
        ("AF=1_0", "C", "INFO AF is '1_0', not a number"),
        ("COUNT=3000000000", "C", "INFO COUNT is '3000000000', not a 32-bit integer"),
        ("COUNT=-2147483648", "C", "INFO COUNT is '-2147483648', not a 32-bit integer"),
        ("AF=0.1", "C,G", "INFO AF has 1 values, 2 expected"),
        ("CLASS=LOF,FUNC,LOF", "C,G", "INFO CLASS has 3 values, 2 expected"),
        ("DEPTH=1", "C", "INFO DEPTH has 1 values, 2 expected"),
        ("SIG=a,b", "C,G", "INFO SIG has 2 values, one expected"),
        ("SCORE=1,2", "C", "INFO SCORE has 2 values, one expected"),
        ("LABEL=a;HIT;LABEL=b", "C", "INFO LABEL occurs twice"),
    ],
)
def test_what_cyvcf2_would_let_pass(tmp_path: Path, info: str, alt: str, words: str) -> None:
    path = _write(tmp_path, [*ROWS, _row(info, alt)])
    with pytest.raises(InputError) as caught:
        list(read_values(path, KEYS))
    line = path.read_text().splitlines().index(_row(info, alt)) + 1
    assert f"input {path}, line {line} (" in caught.value.one_line()
    assert words in caught.value.one_line()
    assert (caught.value.path, caught.value.line) == (str(path), line)
    assert len(list(read_values(path, ()))) == 5, (
        "what is not asked for is nobody's trouble" if "LABEL" not in info else ""
    )


def test_a_text_of_one_alt_may_hold_commas(tmp_path: Path) -> None:
    """As ClinVar's CLNSIG, of which the header says Number=., holds `Pathogenic,_low_penetrance`."""
    path = _write(tmp_path, [_row("SIG=Pathogenic/Pathogenic,_low_penetrance|other"), _row("SIG=x", "C,G")])
    found = [one.values["SIG"] for one in read_values(path, ["SIG"])]
    assert found == [("Pathogenic/Pathogenic,_low_penetrance|other",), ("x", "x")]


def test_undeclared_keys(tmp_path: Path) -> None:
    path = _write(tmp_path, ROWS)
    with pytest.raises(InputError, match=r"a\.vcf declares no INFO UNDECLARED") as caught:
        list(read_values(path, ["UNDECLARED"]))
    assert caught.value.hint.startswith("it declares: AC, AF, CLASS")
    with pytest.raises(InputError, match="declares INFO ODD with the Type 'Number'"):
        list(read_values(path, ["ODD"]))


def test_damaged_files(tmp_path: Path) -> None:
    rows = [_row(f"LABEL={os.urandom(200).hex()}", pos=pos) for pos in range(1, 900)]
    plain, path = _write(tmp_path, rows), tmp_path / "a.vcf.gz"
    pysam.tabix_compress(str(plain), str(path))
    whole, half = path.read_bytes(), path.stat().st_size // 2
    for data, words in (
        (whole[:-28], "end-of-file block is missing"),
        (whole[:half], "is truncated after line"),
        (whole[:half] + b"\0" * 40 + whole[half + 40 :], "a.vcf.gz"),
    ):
        path.write_bytes(data)
        with pytest.raises(InputError, match=words):
            list(read_values(path, ["LABEL"]))
    plain.write_text(vcf_text([*rows[:3], "chr1\tx\t.\tA\tC\t.\t.\t."], HEADER))
    with pytest.raises(InputError, match="POS is 'x'"):
        list(read_values(plain, ["LABEL"]))
    for missing in (tmp_path / "none.vcf", Path("-")):
        with pytest.raises(InputError, match=r"input .* (does not exist|is not a file)"):
            list(read_values(missing, ["LABEL"]))

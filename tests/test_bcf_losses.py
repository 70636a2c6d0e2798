"""What BCF cannot hold: one warning with count and first record, an error under `--strict`, and the scores are kept."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pysam
import pytest

from genoscore.core.errors import OutputError
from genoscore.outputs.bcf_losses import find_losses
from tests.conftest import Invoke, Score
from tests.small import SmallGenome, records, vcf_text

HEADER = (
    '##INFO=<ID=DP,Number=1,Type=Integer,Description="">',
    '##INFO=<ID=AF,Number=A,Type=Float,Description="">',
    '##INFO=<ID=DB,Number=0,Type=Flag,Description="">',
    '##INFO=<ID=ANN,Number=.,Type=String,Description="">',
    '##FILTER=<ID=q10,Description="">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="">',
    '##FORMAT=<ID=DS,Number=1,Type=Float,Description="">',
)
SAMPLES = "\tFORMAT\tS1\tS2"


def _row(info: str = ".", qual: str = ".", filters: str = ".", samples: str = "", pos: int = 901) -> str:
    return f"chr1\t{pos}\t.\tA\t<DEL>\t{qual}\t{filters}\t{info}" + (f"\t{samples}" if samples else "")


def _text(*rows: str, samples: bool = False) -> str:
    text = vcf_text(rows, HEADER)
    return text.replace("\tINFO\n", f"\tINFO{SAMPLES}\n", 1) if samples else text


def _losses(tmp_path: Path, text: str) -> tuple[dict[str, int], str]:
    """Convert as `.bcf` outputs are converted, and compare."""
    plain, packed, bcf = tmp_path / "a.vcf", tmp_path / "a.vcf.gz", tmp_path / "a.bcf"
    plain.write_text(text, encoding="utf-8", errors="surrogateescape")
    pysam.tabix_compress(str(plain), str(packed), force=True)
    pysam.set_verbosity(0)
    pysam.bcftools.view("-Ob", "--no-version", "-o", str(bcf), str(packed), catch_stdout=False)
    losses = find_losses(packed, bcf)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bcf", "a.vcf", "a.vcf.gz"]
    return dict(losses.counts), losses.first


@pytest.mark.parametrize(
    ("value", "held"),
    [
        ("DP=abc", "."), ("DP=5000000000", "."), ("DP=-2147483648", "."), ("DP=-2147483641", "."), ("DP=1.5", "1"),
        ("DP=1e3", "1"), ("DP=0x10", "0"), ("DP=5x", "5"), ("AF=x", "."), ("AF=1,x", "1,."), ("AF=0.5x", "0.5"),
        ("AF=1e39", "inf"), ("AF=1e400", "inf"), ("AF=1e-46", "0"), ("AF=1e-400", "0"),
    ],
)  # fmt: skip
def test_values_of_info(tmp_path: Path, value: str, held: str) -> None:
    key, _, before = value.partition("=")
    counts, first = _losses(tmp_path, _text(_row(f"DB;{value};ANN=a")))
    assert counts == {f"INFO/{key}": 1}
    assert first == f"INFO/{key} of chr1:901 was {before!r} and is {held!r}"


@pytest.mark.parametrize(
    "value",
    [
        "DP=+5", "DP=007", "DP=-0", "DP=", "DP=.", "DP", "DP=1,.,3", "DP=5;DP=6", "DP=2147483647", "DP=-2147483640",
        "AF=0.50", "AF=5.", "AF=.5", "AF=1E5", "AF=0.123456789", "AF=16777217", "AF=1e-42", "AF=-0.0", "AF=0e5",
        "AF=nan", "AF=NaN", "AF=-Infinity", "AF=inf", "AF=.,.", "DB=1", "DB=", "ANN", "ANN=a|b c,d%3B", "ANN=ä",
        "DP=1;;DB", ";DP=1;", "ANN=\udcff",
    ],
)  # fmt: skip
def test_another_spelling_is_no_loss(tmp_path: Path, value: str) -> None:
    assert _losses(tmp_path, _text(_row(value))) == ({}, "")


@pytest.mark.parametrize(
    ("qual", "lost"),
    [("abc", True), ("5x", True), ("1,5", True), ("", True), ("30.50", False), ("1e3", False), ("inf", False)],
)
def test_qual(tmp_path: Path, qual: str, lost: bool) -> None:
    assert _losses(tmp_path, _text(_row(qual=qual)))[0] == ({"QUAL": 1} if lost else {})


@pytest.mark.parametrize(
    ("sample", "lost"),
    [
        ("0/1:5000000000:1,2:0.5", "GQ"), ("0/1:-:1,2:0.5", "GQ"), ("0/1:9:1,9999999999:0.5", "AD"),
        ("0/1:9:1,2:1e39", "DS"), ("0/1:9:1,2:0.50", ""), ("0|1", ""), (".", ""), ("./.:.:.:.", ""), ("01/1:9", ""),
        ("0/1:9:,:.", ""), ("0/1:9:1,2,3,4", ""), ("0/1:9:1,2:", "DS"),
    ],
)  # fmt: skip
def test_samples(tmp_path: Path, sample: str, lost: str) -> None:
    text = _text(_row("DP=1", samples=f"GT:GQ:AD:DS\t{sample}\t1/1:8:3,4:0.25"), samples=True)
    assert _losses(tmp_path, text)[0] == ({f"FORMAT/{lost}": 1} if lost else {})


def test_a_sample_too_many_and_an_empty_filter(tmp_path: Path) -> None:
    text = _text(_row(filters="q10;", samples="GT\t0/1\t0/0\t1/1"), samples=True)
    assert _losses(tmp_path, text)[0] == {"columns": 1}


def test_bytes_that_are_not_utf_8_among_others(tmp_path: Path) -> None:
    """pysam cannot read them as text; what follows is compared nevertheless."""
    rows = [_row("DP=x", pos=1), _row("ANN=\udcff", pos=2), _row("ANN=\udcfe;DP=y", pos=3), _row("DP=z", pos=4)]
    assert _losses(tmp_path, _text(*rows)) == ({"INFO/DP": 3}, "INFO/DP of chr1:1 was 'x' and is '.'")


def test_header_lines(tmp_path: Path) -> None:
    """Those that htslib cannot parse, and the second one of a key; not those that it writes in another form."""
    more = [
        '##INFO=<ID=A,Number=1,Type=String,Description="a "quoted" word">', "##note", HEADER[0],
        '##INFO=<ID=DP,Number=1,Type=Float,Description="again">', '##INFO=<ID=B, Number=1, Type=Flag, Description="">',
        '##INFO=<ID=C,Number=1,Type=String,Description="no end"', "##source=\udcff", '##x=<ID=1,Text="a, b">',
    ]  # fmt: skip
    counts, first = _losses(tmp_path, vcf_text([_row("DP=1")], (*HEADER, *more)))
    assert counts == {"header lines": 3}
    assert first == "'##INFO=<ID=A,Number=1,Type=Str' is left out"


def test_a_record_that_is_missing_is_noticed(tmp_path: Path) -> None:
    _losses(tmp_path, _text(_row("DP=1"), _row("DP=2")))
    longer = tmp_path / "b.vcf.gz"
    (tmp_path / "b.vcf").write_text(_text(_row("DP=1"), _row("DP=2"), _row("DP=3")))
    pysam.tabix_compress(str(tmp_path / "b.vcf"), str(longer))
    with pytest.raises(ValueError, match="zip"):
        find_losses(longer, tmp_path / "a.bcf")


@pytest.mark.usefixtures("toy")
def test_one_counted_warning(score_small: Score) -> None:
    rows = [_row("DP=12"), _row("DP=abc", pos=902), _row("DP=1.5;AF=x", "abc", pos=903)]
    done = score_small(_text(*rows), "o.vcf", "o.bcf")
    (warning,) = done.summary.warnings
    assert "o.bcf: BCF cannot hold 4 values of the input (INFO/DP 2, " in warning
    assert "INFO/DP of chr1:902 was 'abc' and is '.'; write .vcf.gz to keep them" in warning
    assert done.summary.lost_values == 4
    assert [info["DP"] for info in done.infos] == ["12", "abc", "1.5"]
    assert score_small(_text(rows[0]), "o.bcf", "o.vcf").summary.warnings == []


@pytest.mark.usefixtures("toy")
def test_an_error_under_strict(small: SmallGenome, tmp_path: Path, invoke: Invoke) -> None:
    source = tmp_path / "in.vcf"
    source.write_text(_text(_row("DP=abc")))
    common = ["score", source, "-r", small.fasta, "-a", small.genes, "-p", "toy", "--summary", tmp_path / "s.json"]
    assert invoke(*common, "-o", tmp_path / "o.bcf").exit_code == 0
    assert json.loads((tmp_path / "s.json").read_text())["lost_values"] == 1
    done = invoke(*common, "-o", tmp_path / "o.bcf", "--strict")
    assert done.exit_code == 1
    assert "--strict: 1 value of the input changed in an output (see the warning); the outputs are" in done.stderr
    assert invoke(*common, "-o", tmp_path / "o.vcf", "--strict").exit_code == 0


REFUSED = _text(_row("DP=1", samples="GT:GQ\t0/1:9\t0/0:8"), _row(samples="GT:GQ\t0/1:x\t0/0:8", pos=902), samples=True)


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (REFUSED, "(Invalid character 'x' in 'GQ' FORMAT field at chr1:902)"),
        (_text(_row("DP=1; AF=2")), "Could not add dummy header for INFO ' AF'"),
        (_text(_row(samples="GT:GT\t0/1:0/1\t0/0:0/0"), samples=True), "Duplicate FORMAT tag GT"),
    ],
)
def test_the_reason_of_a_refusal(score_small: Score, tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(OutputError) as error:
        score_small(text, "o.bcf", "o.tsv")
    line = error.value.one_line()
    assert "o.bcf: htslib cannot hold these records as BCF (" in line
    assert reason in line
    assert "chr1:90" in line
    assert line.endswith("; write .vcf.gz instead")
    assert [path.name for path in tmp_path.iterdir()] == ["in.vcf"]


@pytest.mark.usefixtures("toy")
def test_no_reason_can_be_had(score_small: Score, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_process(*_: object, **__: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "run", no_process)
    with pytest.raises(OutputError, match="htslib gives no reason"):
        score_small(REFUSED, "o.bcf")


@pytest.mark.usefixtures("toy")
def test_the_scores_are_kept_for_another_format(
    score_small: Score, small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run that BCF refused goes on as another format, with other tables, without computing again."""
    first = small.sequences["chr1"][120]
    text = _text(
        f"chr1\t121\t.\t{first}\t{'A' if first != 'A' else 'C'}\t.\t.\t.\tGT:GQ\t0/1:9\t0/1:9",
        _row(samples="GT:GQ\t0/1:x\t0/0:8"),
        samples=True,
    )
    with pytest.raises(OutputError) as error:
        score_small(text, "o.bcf", "o.tsv", resume=True)
    journal = tmp_path / "o.bcf.genoscore-journal"
    assert f"; {journal} keeps the scores: --resume uses them for this output in any format" in error.value.hint
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.vcf", journal.name]

    def computes(*_: object) -> None:
        raise AssertionError("a pair is computed again")

    with monkeypatch.context() as patch:
        patch.setattr("genoscore.engine.run.score_stretches", computes)
        resumed = score_small(text, "o.vcf", "o.wide.tsv", resume=True, keep_columns=("QUAL",))
    assert not journal.exists()
    fresh = score_small(text, "fresh.vcf")
    assert resumed.summary.pairs == fresh.summary.pairs == 1
    assert records(tmp_path / "o.vcf") == records(tmp_path / "fresh.vcf")

"""`--keep-columns`: what the records carry, in the tables, split over ALTs as bcftools splits them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import cyvcf2
import pandas as pd
import pyarrow.parquet
import pysam.bcftools
import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError
from genoscore.scoring.run import score_vcf
from tests.conftest import Run
from tests.small import SmallGenome

HEADER = """\
##fileformat=VCFv4.2
##contig=<ID=chr1,length=1200>
##contig=<ID=chr2,length=1200>
##FILTER=<ID=PASS,Description="x">
##FILTER=<ID=low,Description="x">
##INFO=<ID=AF,Number=A,Type=Float,Description="Allele frequency, of all">
##INFO=<ID=AD,Number=R,Type=Integer,Description="x">
##INFO=<ID=NAMES,Number=A,Type=String,Description="x">
##INFO=<ID=G,Number=G,Type=Integer,Description="x">
##INFO=<ID=DP,Number=1,Type=Integer,Description="x">
##INFO=<ID=LABEL,Number=1,Type=String,Description="x">
##INFO=<ID=MANY,Number=.,Type=Integer,Description="x">
##INFO=<ID=DB,Number=0,Type=Flag,Description="x">
##INFO=<ID=MAX,Number=1,Type=Float,Description="x">
##FORMAT=<ID=GT,Number=1,Type=String,Description="x">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="x">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="x">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\tS 2
"""
KEYS = (
    "INFO/AF,INFO/AD,INFO/NAMES,INFO/G,INFO/DP,INFO/LABEL,INFO/MANY,INFO/DB,FORMAT/GT,FORMAT/PL,FORMAT/AD,QUAL,FILTER"
)
QUERY = (
    "%POS\\t%ALT\\t%AF\\t%INFO/AD\\t%NAMES\\t%G\\t%DP\\t%LABEL\\t%MANY\\t%DB[\\t%GT][\\t%PL][\\t%AD]\\t"
    "%QUAL\\t%FILTER\\n"
)
NAMES = [
    "AF", "AD", "NAMES", "G", "DP", "LABEL", "MANY", "DB", "S1:GT", "S 2:GT", "S1:PL", "S 2:PL", "S1:AD", "S 2:AD",
    "QUAL", "FILTER",
]  # fmt: skip


def _text(small: SmallGenome) -> str:
    """Several ALTs, one, none; keys missing, and values of every kind of number."""
    base = small.sequences["chr1"]
    alts = [other for other in "ACGT" if other != base[479]]
    one, two, three = base[119], base[200], base[900]
    rows = [
        f"chr1\t120\t.\t{one}\t{'A' if one != 'A' else 'C'}\t13.5\tPASS\tAF=0.000199681;DP=7;DB\tGT:AD\t0/1:5,6\t1",
        f"chr1\t201\t.\t{two}\t{'A' if two != 'A' else 'C'}\t.\tlow\tAF=.;LABEL=a%3Bb;MANY=1,2,3\tGT\t./.\t.",
        f"chr1\t480\trs1\t{base[479]}\t{','.join(alts)}\t50\t.\tAF=0.1,.,2.5e-05;AD=10,5,2,1;NAMES=x,y,z;"
        "G=0,1,2,3,4,5,6,7,8,9;DP=3\tGT:PL:AD\t1/2:0,1,2,3,4,5,6,7,8,9:10,5,2,1\t3|.:1,2,3,4:.",
        f"chr1\t901\t.\t{three}\t<DEL>\t.\tlow;PASS\tLABEL=x\tGT\t0|1\t1|1",
    ]
    return HEADER + "\n".join(rows) + "\n"


def _score(small: SmallGenome, source: Path, *targets: Path, keep: object = KEYS, **options: object) -> list[str]:
    outputs = tuple(map(str, targets))
    settings = {"predictor": ("toy",), "annotation": str(small.genes), "keep_columns": keep, **options}
    return score_vcf(RunConfig(str(source), small.fasta, outputs, **settings)).warnings


def _frame(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


@pytest.fixture
def source(small: SmallGenome, tmp_path: Path) -> Path:
    """The input as text."""
    path = tmp_path / "in.vcf"
    path.write_text(_text(small))
    return path


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("kind", ["vcf", "bcf"])
def test_as_bcftools_splits_and_prints_them(small: SmallGenome, tmp_path: Path, source: Path, kind: str) -> None:
    if shutil.which("bcftools") is None:
        pytest.skip("bcftools is not installed (Debian: bcftools)")
    if kind == "bcf":
        binary = tmp_path / "in.bcf"
        subprocess.run(["bcftools", "view", "-O", "b", "-o", binary, source], check=True, capture_output=True)
        source = binary
    target = tmp_path / "o.tsv"
    assert _score(small, source, target) == []
    frame = _frame(target)
    columns = NAMES
    assert list(frame.columns[-len(columns) - 1 :]) == ["ABS", *columns], "after all others"
    split = subprocess.run(["bcftools", "norm", "-m-", str(source)], check=True, capture_output=True).stdout
    done = subprocess.run(["bcftools", "query", "-f", QUERY, "-"], input=split, check=True, capture_output=True)
    wanted = [line.split("\t") for line in done.stdout.decode().splitlines()]
    rows = frame.drop_duplicates(["POS", "ALT"])
    assert len(rows) == len(wanted) == 6
    assert rows[["POS", "ALT", *columns]].to_numpy().tolist() == wanted
    if kind == "vcf":
        assert frame.AF[0] == "0.000199681", "the digits that stand in the record"


@pytest.mark.usefixtures("toy")
def test_typed_in_parquet_and_the_same_as_cyvcf2_reads(small: SmallGenome, tmp_path: Path, source: Path) -> None:
    _score(small, source, tmp_path / "o.parquet", tmp_path / "o.wide.parquet", tmp_path / "o.wide.tsv")
    schema = pyarrow.parquet.read_schema(tmp_path / "o.parquet")
    types = {name: str(schema.field(name).type) for name in NAMES}
    assert types == {
        "AF": "double", "AD": "string", "NAMES": "string", "G": "string", "DP": "int64", "LABEL": "string",
        "MANY": "string", "DB": "bool", "S1:GT": "string", "S 2:GT": "string", "S1:PL": "string", "S 2:PL": "string",
        "S1:AD": "string", "S 2:AD": "string", "QUAL": "double", "FILTER": "string",
    }  # fmt: skip
    assert schema.field("AF").metadata[b"description"] == b"Allele frequency, of all"
    frame = pd.read_parquet(tmp_path / "o.parquet")
    wide = pd.read_parquet(tmp_path / "o.wide.parquet")
    assert wide[NAMES].equals(frame[NAMES]), "one predictor: the same rows"
    by_alt = {(row["POS"], row["ALT"]): row for row in frame.to_dict("records")}
    seen = 0
    for record in cyvcf2.VCF(str(source)):
        for at, alt in enumerate(record.ALT):
            row = by_alt[record.POS, alt]
            for key, per_alt in (("AF", True), ("NAMES", True), ("DP", False), ("LABEL", False)):
                value = record.INFO.get(key)
                if isinstance(value, str) and per_alt:
                    value = value.split(",")
                if per_alt and isinstance(value, (tuple, list)):
                    value = value[at]
                held = row[key]
                assert (value is None) == pd.isna(held), (key, value, held)
                if value is not None:
                    assert held == (pytest.approx(value, rel=1e-6) if isinstance(value, float) else value)
                    seen += 1
            assert row["DB"] == (record.INFO.get("DB") is not None)
            quality = record.QUAL
            assert pd.isna(row["QUAL"]) if quality is None else row["QUAL"] == quality
    assert seen >= 10


@pytest.mark.usefixtures("toy")
def test_a_name_that_a_table_has_itself(small: SmallGenome, tmp_path: Path, source: Path) -> None:
    text = source.read_text().replace("DP=7;DB", "DP=7;DB;MAX=4.5")
    source.write_text(text)
    _score(small, source, tmp_path / "o.tsv", tmp_path / "o.wide.tsv", keep=("INFO/MAX, INFO/AF",))
    long, wide = _frame(tmp_path / "o.tsv"), _frame(tmp_path / "o.wide.tsv")
    assert list(long.columns[-3:]) == ["ABS", "INFO/MAX", "AF"]
    assert list(wide.columns[-2:]) == ["MAX", "AF"]
    assert long["INFO/MAX"][0] == wide["MAX"][0] == "4.5"
    assert long["MAX"][0] != "4.5"


@pytest.mark.usefixtures("toy")
def test_values_that_are_not_as_declared_are_said(small: SmallGenome, tmp_path: Path, source: Path) -> None:
    text = source.read_text().replace("AF=0.1,.,2.5e-05", "AF=0.1,0.2").replace("DP=7", "DP=seven")
    source.write_text(text)
    outputs = tmp_path / "o.tsv", tmp_path / "o.parquet"
    (warning,) = _score(small, source, *outputs, keep="INFO/AF,INFO/DP")
    assert "INFO/AF is not as the header declares (Number=A, Type=Float) in 1 record;" in warning
    assert "INFO/DP is not as" in warning
    frame, typed = _frame(outputs[0]), pd.read_parquet(outputs[1])
    assert set(frame.AF[frame.POS == "480"]) == {"."}, "which ALT has which is not known"
    assert typed.AF[typed.POS == 480].isna().all()
    assert (frame.DP[0], pd.isna(typed.DP[0])) == ("seven", True)


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("keep", "words"),
    [
        ("INFO/NAME", ("the header of ", "in.vcf does not declare INFO/NAME;", "did you mean 'INFO/NAMES'?")),
        ("FORMAT/ZZZZ", ("does not declare FORMAT/ZZZZ", "bcftools view -h")),
        ("AF", ("'AF' is not understood", "INFO/KEY")),
        ("INFO/AF,INFO/AF", ("INFO/AF is given twice",)),
    ],
)
def test_unknown_keys_are_refused_before_any_work(
    small: SmallGenome, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setattr("tests.toy.ToyEntry.load", lambda *_: pytest.fail("the network was loaded"))
    with pytest.raises(ConfigError) as refused:
        _score(small, source, tmp_path / "o.tsv", keep=keep)
    for word in words:
        assert word in refused.value.one_line()
    assert not (tmp_path / "o.tsv").exists()


@pytest.mark.usefixtures("toy")
def test_samples_where_there_are_none(small: SmallGenome, source: Path, tmp_path: Path) -> None:
    lines = [line.split("\t")[:8] if not line.startswith("##") else [line] for line in source.read_text().splitlines()]
    source.write_text("".join("\t".join(cells) + "\n" for cells in lines))
    with pytest.raises(ConfigError, match="needs samples"):
        _score(small, source, tmp_path / "o.tsv", keep="FORMAT/GT")


def test_from_standard_input(genoscore: Run, small: SmallGenome, source: Path, tmp_path: Path) -> None:
    """VCF and BCF in a pipe, by the program, where no gene is, so that no network's weights matter."""
    lines = source.read_text().splitlines(keepends=True)
    text = "".join(line for line in lines if line.startswith("#") or "<DEL>" in line)
    binary = tmp_path / "in.bcf"
    source.write_text(text)
    pysam.bcftools.view("-Ob", "-o", str(binary), str(source), catch_stdout=False)
    for data in (text.encode(), binary.read_bytes()):
        done = genoscore(
            "score", "-", "-r", small.fasta, "-p", "regulatory", "-o", tmp_path / "o.tsv",
            "-o", tmp_path / "o.wide.tsv", "--keep-columns", "INFO/LABEL,FORMAT/GT", "-q", stdin=data,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        for name in ("o.tsv", "o.wide.tsv"):
            frame = _frame(tmp_path / name)
            assert frame[["LABEL", "S1:GT", "S 2:GT"]].to_numpy().tolist() == [["x", "0|1", "1|1"]]
    done = genoscore("score", "-", "-r", small.fasta, "-o", tmp_path / "x.tsv", "--keep-columns", "INFO/NO", stdin=text)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "INFO/NO" in done.stderr
    assert not (tmp_path / "x.tsv").exists()

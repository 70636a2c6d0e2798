"""INPUT as variants on the command line and as a table, CSV or TSV: scored as the same variants of a VCF are."""

from __future__ import annotations

import gzip
import io
import os
import pty
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import cyvcf2
import pytest
from rich.console import Console

from genoscore.cli.score_table import print_scores
from genoscore.core.config import RunConfig
from genoscore.core.errors import GenoscoreError, InputError
from genoscore.inputs.given_input import given_variants, open_records
from genoscore.scoring.check import check_vcf
from genoscore.scoring.run import score_vcf
from tests import preloaded
from tests.conftest import ROOT, Run, program
from tests.small import SmallGenome, infos, records, vcf_text

Rows = list[tuple[str, str, str, str]]
ScoreInput = Callable[..., list[Path]]


@pytest.fixture
def rows(small: SmallGenome) -> Rows:
    """SNVs in one gene, in two and in none, and a deletion."""
    one = small.sequences["chr1"]
    other = {"A": "C", "C": "G", "G": "T", "T": "A"}
    snvs = [("chr1", str(pos), one[pos - 1], other[one[pos - 1]]) for pos in (205, 480, 900)]
    return [*snvs[:2], ("chr1", "640", one[639:643], one[639]), snvs[2]]


@pytest.fixture
def score_input(small: SmallGenome, tmp_path: Path, toy: None) -> ScoreInput:
    """Score an INPUT; the outputs' paths."""

    def run(given: str | Path, *names: str, **options: object) -> list[Path]:
        outputs = [tmp_path / name for name in names]
        chosen = {"predictor": ("toy",), "annotation": str(small.genes)} | options
        score_vcf(RunConfig(str(given), small.fasta, tuple(map(str, outputs)), **chosen))  # type: ignore[arg-type]
        return outputs

    return run


@pytest.fixture
def wanted(score_input: ScoreInput, rows: Rows, tmp_path: Path) -> tuple[list[dict[str, str]], str]:
    """INFO of the variants' records, and the TSV, of a run on a VCF."""
    source = tmp_path / "source.vcf"
    source.write_text(vcf_text(" ".join(row) for row in rows))
    vcf, tsv = score_input(source, "wanted.vcf", "wanted.tsv")
    return infos(vcf), tsv.read_text()


def table(rows: Rows, separator: str = ",", header: str = "chrom,pos,ref,alt") -> str:
    return "\n".join(map(separator.join, [header.split(","), *rows])) + "\n"


def test_variants_themselves(score_input: ScoreInput, rows: Rows, wanted: tuple[list[dict[str, str]], str]) -> None:
    for given in (",".join(map("-".join, rows)), "  ".join(map(":".join, rows))):
        vcf, tsv, bcf = score_input(given, "o.vcf.gz", "o.tsv", "o.bcf")
        assert tsv.read_text() == wanted[1]
        plain = subprocess.run(["bcftools", "view", bcf], capture_output=True, text=True, check=True).stdout
        assert [line.split("\t")[:5] for line in plain.splitlines() if line[0] != "#"] == [
            [contig, pos, ".", ref, alt] for contig, pos, ref, alt in rows
        ]
        assert [(one.CHROM, str(one.POS), one.REF, *one.ALT) for one in cyvcf2.VCF(str(vcf))] == rows
        assert vcf.with_name("o.vcf.gz.tbi").exists()


@pytest.mark.parametrize(
    "text",
    [
        lambda rows: table(rows),
        lambda rows: table(rows, "\t", "CHROM,Pos,REF,alt"),
        lambda rows: "\ufeff" + table(rows, ";").replace("\n", "\r\n"),
        lambda rows: "# made by hand\n#" + table(rows, "\t"),
        lambda rows: table(rows).replace("chr1", '"chr1"').replace("chrom", '"chrom"'),
        lambda rows: table([row[::-1] for row in rows], ",", "alt,ref,pos,chrom"),  # type: ignore[misc]
    ],
)
def test_tables(
    score_input: ScoreInput,
    rows: Rows,
    wanted: tuple[list[dict[str, str]], str],
    tmp_path: Path,
    text: Callable[[Rows], str],
) -> None:
    source = tmp_path / "variants.csv"
    source.write_text(text(rows))
    vcf, tsv = score_input(source, "o.vcf", "o.tsv")
    assert tsv.read_text() == wanted[1]
    assert infos(vcf) == wanted[0]
    (source := tmp_path / "variants.csv.gz").write_bytes(gzip.compress(text(rows).encode()))
    assert score_input(source, "o.tsv")[0].read_text() == wanted[1]


def test_other_columns_become_keys_of_info(score_input: ScoreInput, rows: Rows, tmp_path: Path) -> None:
    source = tmp_path / "variants.csv"
    more = ["rs1,0.5,a;b =c,x", ".,.,,y", ',0,"1,2",é', "rs4,1,50%,z"]
    lines = [",".join(row) + "," + cells for row, cells in zip(rows, more, strict=True)]
    source.write_text("\n".join(['chrom,pos,ref,alt,id,AF,"my ""note""",my-note', *lines]))
    vcf, bcf = score_input(source, "o.vcf", "o.bcf")
    scored = records(vcf)
    assert [columns[2] for columns in scored] == ["rs1", ".", ".", "rs4"]
    held = [{key: text for key, text in info.items() if "OY" not in key and key != "SpliceAI"} for info in infos(vcf)]
    assert held == [
        {"AF": "0.5", "my__note_": "a%3Bb%20%3Dc", "my_note": "x"},
        {"my_note": "y"},
        {"AF": "0", "my__note_": "1%2C2", "my_note": "é"},
        {"AF": "1", "my__note_": "50%25", "my_note": "z"},
    ]
    assert r'Description="Column my \"note\" of the input table"' in vcf.read_text()
    assert [one.INFO.get("AF") for one in cyvcf2.VCF(str(bcf))] == ["0.5", None, "0", "1"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("chr1,x,A,T", "line 3: POS is 'x', not a position"),
        ("chr1,5.0,A,T", "line 3: POS is '5.0', not a position"),
        ("chr1,5,A", "line 3: 3 cells separated by commas, but the header has 4"),
        ("chr1,5,A,", "line 3: CHROM, REF or ALT is empty"),
        ("chr1,5,A,-", "line 3: ALT is '-', not an allele"),
        ("chr1,5,-,T", "line 3: REF is '-', not an allele; write alleles as a VCF does, with the base before"),
        ('chr1,5,A,"C,T"', "line 3: ALT is 'C,T', more than one allele; give each its own row"),
        ("chr 1,5,A,T", "line 3: CHROM is 'chr 1', not the name of a contig"),
        ('chr1,5,A,"T', "line 3: a quotation mark is not closed"),
    ],
)
def test_rows_that_cannot_be_read(score_input: ScoreInput, tmp_path: Path, row: str, words: str) -> None:
    source = tmp_path / "variants.csv"
    source.write_text(f"chrom,pos,ref,alt\nchr1,205,A,T\n{row}\n")
    with pytest.raises(GenoscoreError) as caught:
        score_input(source, "o.vcf")
    assert f"table {source}, {words}" in caught.value.one_line()
    assert not (tmp_path / "o.vcf").exists()


def test_a_vcf_without_its_header_is_no_table(score_input: ScoreInput, rows: Rows, tmp_path: Path) -> None:
    """Or its INFO would be lost in silence."""
    source = tmp_path / "in.vcf"
    source.write_text("".join(line for line in vcf_text(map(" ".join, rows)).splitlines(True) if line[:2] != "##"))
    with pytest.raises(InputError, match="is not a VCF"):
        score_input(source, "o.vcf")


def test_a_file_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("chr1-100-A-T").write_text(vcf_text(["chr2 7 A C"]))
    with open_records("chr1-100-A-T") as source:
        assert [repr(record) for record in source] == ["chr2:7 A>C"]
    Path("chr1-100-A-T").unlink()
    with open_records("chr1-100-A-T") as source:
        assert [repr(record) for record in source] == ["chr1:100 A>T"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("chr1-100-A-T,chr2-5-G", "variant 'chr2-5-G' is not understood"),
        ("chr1-100--T", "with the base before an insertion or a deletion"),
        ("absent.vcf", "absent.vcf does not exist"),
        ("sample-1-A-T.vcf.gz", "does not exist"),
        ("folder/chr1-100-A-T", "does not exist"),
        ("chr1", "chr1 does not exist"),
    ],
)
def test_neither_a_file_nor_variants(given: str, words: str) -> None:
    with pytest.raises(InputError) as caught, open_records(given) as source:
        list(source)
    assert words in caught.value.one_line()


def test_several_variants_are_not_taken_for_one_on_an_odd_contig() -> None:
    for given in ("chr1-1-A-T,chr2-2-C-G", "chr1:1 A>T, chr2:2 C>G", "chr1-1-A-T;chr2-2-C-G\n"):
        variants = given_variants(given)
        assert variants is not None
        assert [variant.contig for variant in variants] == ["chr1", "chr2"]


def test_check_and_explain_take_them_too(score_input: ScoreInput, small: SmallGenome, rows: Rows) -> None:
    from genoscore.explaining.config import ExplainConfig
    from genoscore.explaining.subjects import VARIANTS, kind_of

    given = ",".join(map("-".join, rows))
    report = check_vcf(RunConfig(given, small.fasta, predictor=("toy",), annotation=str(small.genes)))
    assert (report.records, report.pairs["toy"]) == (4, 4)
    assert kind_of(ExplainConfig(given, small.fasta, ("pages",), ("toy",))) == VARIANTS


def arguments(given: object, small: SmallGenome) -> list[object]:
    return ["score", given, "-r", small.fasta, "-a", small.genes, "-p", "toy"]


def test_program(
    genoscore_with_toy: Run, small: SmallGenome, rows: Rows, wanted: tuple[list[dict[str, str]], str], tmp_path: Path
) -> None:
    """TSV in a pipe; what -o says, with it; a table through standard input."""
    given = ",".join(map("-".join, rows))
    assert genoscore_with_toy(*arguments(given, small)).stdout == wanted[1]
    assert genoscore_with_toy(*arguments(given, small), "-o", "-").stdout.startswith("##fileformat=VCF")
    done = genoscore_with_toy(*arguments("-", small), "-o", tmp_path / "o.tsv", stdin=table(rows))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "o.tsv").read_text() == wanted[1]
    refused = genoscore_with_toy(*arguments("chr1-100-A", small))
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)


def test_on_a_terminal(small: SmallGenome, rows: Rows) -> None:
    """One table, without the progress and the counts of a run."""
    main, side = pty.openpty()
    command = [*preloaded.command(program(toy="tests.toy:TOY")), *map(str, arguments("-".join(rows[1]), small))]
    environment = os.environ | {"COLUMNS": "140", "TERM": "dumb"}
    with subprocess.Popen(command, stdout=side, stderr=subprocess.PIPE, cwd=ROOT, env=environment) as process:
        assert process.stderr is not None
        errors = process.stderr.read().decode()
    os.close(side)
    shown = os.read(main, 1 << 16).decode()
    os.close(main)
    assert process.returncode == 0, errors
    assert errors == ""
    assert "-".join(rows[1]) in shown
    assert re.search(r"PLUS .*\n.*MINUS ", shown)
    assert "DS_AG" in shown
    assert "STATUS" not in shown


def test_table_of_many_rows(tmp_path: Path) -> None:
    source = tmp_path / "scores.tsv"
    lines = [f"chr1\t5\t.\tA\tT\tp\tSCORED\tG\t.\t.\t{at / 100}\t.\ttrack {at}" for at in range(-30, 20)]
    lines.append("chr1\t9\t.\tA\tT\tq\tNO_GENE\t.\t.\t.\t.\t.\t.")
    header = "CHROM POS ID REF ALT PREDICTOR STATUS GENE GENE_ID STRAND MAX BAND TRACK".split()
    source.write_text("\n".join(["\t".join(header), *lines]) + "\n")
    console = Console(file=io.StringIO(), width=100)
    print_scores(source, console)
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "track -30" in shown
    assert "track 1 " not in shown
    assert "30 more rows of smaller magnitude: give -o FILE.tsv for all" in shown
    assert "NO_GENE: no gene of the annotation overlaps REF" in shown


@pytest.mark.parametrize("width", [100, 60, 40])
def test_table_fits_the_terminal(tmp_path: Path, width: int) -> None:
    """Nothing is cut: where it is too narrow for a row per row, there is a column per row."""
    source = tmp_path / "scores.tsv"
    header = "CHROM POS ID REF ALT PREDICTOR STATUS GENE GENE_ID STRAND MAX BAND DS_AG DS_AL DS_DG DS_DL".split()
    rows = [f"chr1 5 . A T p SCORED {gene} . . 0.9 very_high 0.9 0.1 0.2 0.3".split() for gene in ("PLUS", "MINUS")]
    source.write_text("".join("\t".join(cells) + "\n" for cells in (header, *rows)))
    console = Console(file=io.StringIO(), width=width)
    print_scores(source, console)
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    heads = [line.split()[1:] for line in shown.splitlines() if line.split()[:1] == ["variant"]]
    assert (
        heads
        == {
            100: [["GENE", "MAX", "BAND", "DS_AG", "DS_AL", "DS_DG", "DS_DL"]],
            60: [["chr1-5-A-T"] * 2],
            40: [["chr1-5-A-T"]] * 2,
        }[width]
    )
    assert "…" not in shown
    assert {"PLUS", "MINUS", "very_high", "DS_DL"} <= set(shown.split())

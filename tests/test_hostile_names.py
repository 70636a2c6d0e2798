"""Names that hold terminal escapes, rich's markup, mathtext, HTML or bytes that are not UTF-8: shown, never obeyed."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from click.testing import Result

from genoscore.cli.console import TerminalConsole
from genoscore.cli.score_table import print_scores
from genoscore.core.printable import one_line, percent_encoded, printable
from genoscore.explaining import figures
from genoscore.explaining.page import Page, render_index, render_page
from genoscore.inputs.gene import Gene
from genoscore.outputs.vcf_header import provenance_line
from tests.conftest import ROOT, Invoke, Run
from tests.small import SmallGenome, vcf_text

CONTROLS = "a\x1b]0;x\x07\x9b31m\u202eb\u2066\u200b\u2028\x85\x0b"
MARKUP = "a[red]b[bold]:smile:$x_1^2$\\frac{<b>"
BYTES = "a\udcff\udcfe"
NAMES = pytest.mark.parametrize("name", [CONTROLS, MARKUP, BYTES], ids=["controls", "markup", "bytes"])


def _visible(text: str) -> bool:
    return all(character.isprintable() or character in "\n\t" for character in text)


def _write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def _spoken(done: Result) -> str:
    """What a command printed, which must be visible and no bug."""
    text = done.stdout + done.stderr
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert _visible(text), text
    assert "bug in genoscore" not in text
    return text


@pytest.fixture
def inputs(small: SmallGenome, tmp_path: Path, name: str, toy: None) -> list[object]:
    """A VCF with this name as contig, ID, key's description and sample, genes with it, in files with it: arguments."""
    folder = Path(os.fsdecode((f"{tmp_path}/{name}").encode("utf-8", "surrogateescape")))
    folder.mkdir()
    fasta = Path(shutil.copy(small.fasta, folder / f"{name}.fa"))
    genes = _write(folder / f"{name}.tsv", small.genes.read_text().replace("PLUS", f"{name}PLUS"))
    base = small.sequences["chr1"][149]
    alt = "A" if base != "A" else "C"
    head = f'##INFO=<ID=X,Number=1,Type=String,Description="{name}">\n'
    head += '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">\n#CHROM'
    rows = [f"chr1 150 {base} {alt}", f"{name}\t150\t{name}\tA\tC\t.\t.\tX=1", f"chr1 151 {'N' * 3} {alt}"]
    source = _write(folder / f"{name}.vcf", "\n".join([*_lines(rows, head, name), ""]))
    return [source, "-r", fasta, "-a", genes, "-p", "toy"]


def _lines(rows: list[str], head: str, sample: str) -> list[str]:
    lines = vcf_text(rows).replace("#CHROM", head).split("\n")[:-1]
    ends = {True: "", False: "\tGT\t0/1"}
    return [
        f"{line}\tFORMAT\t{sample}" if line.startswith("#CHROM") else line + ends[line.startswith("##")]
        for line in lines
    ]


@NAMES
def test_commands_show_names_escaped(
    invoke: Invoke, inputs: list[object], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And outputs hold them byte for byte, in a header that stays one."""
    monkeypatch.setenv("COLUMNS", "400")  # so that no table cuts a name
    monkeypatch.setattr(sys, "argv", ["genoscore", "score", *map(str, inputs)])
    source = inputs[0]
    assert isinstance(source, Path)
    folder = source.parent
    checked = _spoken(invoke("check", *inputs))
    assert f"contig {one_line(name)} is not in the FASTA" in checked
    _spoken(invoke("check", *inputs, "--json"))
    outputs = [folder / f"{name}{suffix}" for suffix in (".o.vcf", ".vcf.gz", ".bcf", ".o.tsv", ".parquet")]
    options = ["--summary", folder / f"{name}.json", "--log-file", folder / f"{name}.log"]
    options += ["--keep-columns", "INFO/X,FORMAT/GT", "-v", *(item for path in outputs for item in ("-o", path))]
    done = invoke("score", *inputs, *options)
    assert done.exit_code == 0, done.stderr
    text = _spoken(done)
    assert f"{printable(name)}PLUS" in text
    assert all(path.exists() for path in outputs[:4])
    data = outputs[0].read_bytes().decode("utf-8", "surrogateescape")
    columns = [line.split("\t")[:3] for line in data.split("\n") if not line.startswith("#")]
    assert columns[1] == [name, "150", name]
    (provenance,) = [line for line in data.split("\n") if line.startswith("##genoscore")]
    assert _visible(provenance)
    assert percent_encoded(f"/{name}.fa") in provenance.replace("\\\\", "\\")
    log = (folder / f"{name}.log").read_text(encoding="utf-8")
    assert all(line[:2] == "20" for line in log.splitlines())
    assert _visible(log)


@NAMES
def test_errors_show_names_escaped(invoke: Invoke, inputs: list[object], name: str, tmp_path: Path) -> None:
    others = inputs[1:]
    bad = _write(tmp_path / f"{name}.toml", "distance = 5x")
    bed = _write(tmp_path / f"{name}.bed", "chr1\tx\n")
    for arguments in (
        ["score", tmp_path / f"{name}.vcf", *others],
        ["score", *inputs, "-o", tmp_path / f"{name}.xlsx"],
        ["score", *inputs, "-o", tmp_path / name / "no" / "o.vcf"],
        ["score", *inputs, "-o", tmp_path / "o.vcf", "--config", bad],
        ["score", *inputs, "-o", tmp_path / "o.vcf", "--regions-file", bed],
        ["score", *inputs, "-o", tmp_path / "o.vcf", "--region", f"{name}:x"],
        ["score", *inputs, "-o", tmp_path / "o.vcf", "--genes", name],
        ["score", *inputs, "-o", tmp_path / "o.vcf", "--min-band", name],
        ["score", *inputs, "-o", tmp_path / "o.vcf", "--precomputed-as", name],
        ["predict", tmp_path / f"{name}.fa", "-p", "toy", "-o", tmp_path / "o.tsv"],
        ["explain", tmp_path / f"{name}.vcf", *others, "-o", tmp_path / "pages"],
        ["train", bad, "-o", tmp_path / "fitted"],
        ["models", "show", name],
        ["models", "add", bad],
        ["config", "show", "--config", bad],
    ):
        done = invoke(*arguments)
        assert done.exit_code == 1, arguments
        assert _spoken(done).startswith("genoscore: error: "), done.stderr
        assert done.stderr.count("\n") == 1
    for arguments in (["score", f"--{name}"], [name], ["score", *inputs, "-d", name]):
        done = invoke(*arguments)
        assert done.exit_code == 2
        _spoken(done)


def test_strict_locale(genoscore: Run, small: SmallGenome, tmp_path: Path) -> None:
    """ASCII alone: Python's, not coerced to UTF-8."""
    name = os.fsdecode(b"\xff\xc3\xa9")
    source = tmp_path / f"{name}.vcf"
    source.write_bytes(vcf_text(["X\t5\t.\tA\tC\t.\t.\t."]).encode().replace(b"X\t5", os.fsencode(name) + b"\t5"))
    strict = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    done = genoscore("check", source, "-r", small.fasta, "-a", small.genes, env=strict, preload=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "contig \\xff\\xe9 is not in the FASTA" in done.stdout


def test_a_table_on_a_terminal(tmp_path: Path) -> None:
    """What `score chr1-100-A-T` prints: no character of a name ends a line or is taken for markup."""
    head = "CHROM POS ID REF ALT PREDICTOR STATUS GENE MAX".split()
    rows = [[name, "1", ".", "A", "C", "toy", "SCORED", name, "0.10"] for name in (CONTROLS, MARKUP, BYTES)]
    path = _write(tmp_path / "a.tsv", "".join("\t".join(cells) + "\n" for cells in (head, *rows)))
    shown = io.StringIO()
    print_scores(path, _console(shown))
    text = shown.getvalue()
    assert _visible(text)
    for name in (CONTROLS, MARKUP, BYTES):
        assert printable(name) in text


def _console(file: io.StringIO) -> TerminalConsole:
    console = TerminalConsole(width=400)
    console.file = file
    return console


def test_pages_show_names_as_text() -> None:
    page = Page(f"<script>alert(1)</script>{CONTROLS}", "1", "SCORED", "m", {"Gene": f"<img onerror=x>{BYTES}"})
    for text in (render_page(page, {"Command": MARKUP}, ""), render_index([page], {}, "", "t")):
        assert "<script>" not in text
        assert "<img onerror" not in text
        assert _visible(text)


@pytest.mark.parametrize("name", [CONTROLS, MARKUP, BYTES, "$_a^b$", "\N{CJK UNIFIED IDEOGRAPH-907A}"])
def test_figures_take_no_name_for_a_formula(name: str) -> None:
    """They are drawn, without a warning, and the SVG is XML."""
    gene = Gene(name, "", "chr1", "+", 0, 5, (1,), (3,), name)
    with mpl.rc_context(figures._STYLE):
        figure, panels = figures._panels(5, (1,), 0.1)
        figures._finish(panels, name, 0, 5, [gene])
    (axes,) = panels
    assert printable(name) in axes.get_xlabel()
    assert not axes.xaxis.label.get_parse_math()
    _, svg = figures.png_and_svg(figure)
    assert ElementTree.fromstring(svg).tag.endswith("svg")


def test_provenance_is_one_line() -> None:
    assert provenance_line("toy", {"Reference": "a\nb\x1b\u2028\udcff.fa"}) == (
        "##genoscore=<ID=TOY,Reference=a%0Ab%1B%E2%80%A8%FF.fa>"
    )


def test_text_goes_out_in_one_place() -> None:
    """No console but TerminalConsole, and no writing to a standard stream but by `print`."""
    elsewhere = re.compile(r"(?<![A-Za-z])Console\(|std(out|err)\.write|\becho\(|StreamHandler\(\w")
    for path in (ROOT / "genoscore").rglob("*.py"):
        text = path.read_text(encoding="utf-8").replace("class TerminalConsole(Console)", "")
        assert not elsewhere.search(text), path


@pytest.mark.parametrize("size", ["9" * 5_000, "9" * 12])
def test_a_terminal_of_any_size(size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:  # pytest itself fills lines of that width with spaces
        patch.setenv("COLUMNS", size)
        patch.setenv("LINES", size)
        assert TerminalConsole().width < 10_000


def test_a_message_that_quotes_megabytes_is_cut_in_its_middle() -> None:
    line = one_line("error: " + "x" * 1_000_000 + "; check the file")
    assert len(line) == 8_000
    assert line.startswith("error: xxx")
    assert line.endswith("xxx; check the file")

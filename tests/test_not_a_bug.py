"""What is no bug of genoscore is not called one: numbers without end, deep nesting, memory, disks, plug-ins."""

from __future__ import annotations

import errno
import io
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from genoscore.core.config import RunConfig
from genoscore.core.errors import ConfigError, GenoscoreError, InputError
from genoscore.core.plugins import plugin_at_fault
from genoscore.core.settings import read_toml
from genoscore.engine.journal import Journal, digest
from genoscore.inputs import lines
from genoscore.inputs.kept_values import kept_values
from genoscore.inputs.precomputed import Alleles, ScoreFile
from genoscore.inputs.regions import parse_region, read_bed
from genoscore.inputs.variant_text import parse_variant
from genoscore.inputs.vcf import VcfReader
from genoscore.inputs.vcf_values import read_values
from genoscore.planning.chunks import Chunk
from genoscore.scores.background import load_background
from tests.conftest import ROOT, Invoke, Score
from tests.installing import write_metadata
from tests.precomputed.score_files import row_at
from tests.small import SmallGenome, vcf_text

DIGITS = "9" * 5000  # more than Python reads
MANY = "9" * 400  # more than a float holds


def _one_line(done: object, code: int = 1) -> str:
    text: str = done.stderr  # type: ignore[attr-defined]
    assert done.exit_code == code, text  # type: ignore[attr-defined]
    assert text.startswith("genoscore: error: ")
    assert text.count("\n") == 1
    assert "bug in genoscore" not in text
    return text


def _vcf(tmp_path: Path, text: str) -> str:
    path = tmp_path / "in.vcf"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"distance = {DIGITS}", "holds a number of more than 64 bits"),
        (f"distance = 0x{'f' * 5000}", "distance is a number of more than 64 bits"),
        (f"shifts = [0, {MANY}]", "shifts is a number of more than 64 bits"),
        (f"[explain]\nmost = -{MANY}", "explain.most is a number of more than 64 bits"),
        ("min-score = 1e999", "min score is inf"),
        ("distance = " + "[" * 20_000 + "]" * 20_000, "nested too deeply"),
        ("[" + ".".join("a" * 5000) + "]\nx = 1", "nested too deeply"),
        (r'regions-file = "a\u0000b"', "regions-file holds a NUL character"),
        ("distance = '\xff'", "is not TOML"),
    ],
)
def test_toml(tmp_path: Path, text: str, words: str) -> None:
    """In a config; those of `train` and manifests are read by the same function."""
    path = tmp_path / "c.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        RunConfig("-", Path("-"), **read_toml(path))
    assert words in caught.value.one_line()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-d", MANY], f"distance is {MANY}"),
        (["--batch-size", f"-{MANY}"], "batch size is -999"),
        (["--min-score", "1e999"], "min score is inf"),
        (["--region", f"chr1:{DIGITS}"], "region 'chr1:999"),
        (["--precomputed", "x.vcf.gz", "--precomputed-as", f"distance={DIGITS},mask=none"], "is not understood"),
        (["--shifts", f"0,{DIGITS}"], "is not a list of whole numbers"),
        (["--device", f"cuda:{DIGITS}"], "; auto, cpu, cuda"),
    ],
)
def test_options(
    invoke: Invoke, small: SmallGenome, tmp_path: Path, toy: None, arguments: list[str], words: str
) -> None:
    source = _vcf(tmp_path, vcf_text([row_at(small, 121)]))
    given = ["-r", small.fasta, "-a", small.genes, "-p", "toy", "-o", tmp_path / "o.vcf"]
    assert words in _one_line(invoke("score", source, *given, *arguments))


def test_too_long_for_click_is_a_usage_error(invoke: Invoke) -> None:
    assert invoke("score", "in.vcf", "-r", "x", "-d", DIGITS).exit_code == 2


def test_numbers_in_files(tmp_path: Path, score_small: Score, small: SmallGenome) -> None:
    source = _vcf(tmp_path, vcf_text([], [f"##contig=<ID=chr9,length={DIGITS}>"]))
    with pytest.raises(
        InputError, match=r"line 4: contig chr9 has a length of 999.*, a number of more than 64 bits"
    ) as caught:
        VcfReader(source)
    assert (caught.value.path, caught.value.line) == (source, 4)
    for text in (
        vcf_text([f"chr1\t{DIGITS}\t.\tA\tC\t.\t.\t."]),
        vcf_text(["chr1\t\N{SUPERSCRIPT TWO}\t.\tA\tC\t.\t.\t."]),
    ):
        with pytest.raises(InputError, match="not a position"), VcfReader(_vcf(tmp_path, text)) as reader:
            list(reader)
    bed = tmp_path / "a.bed"
    bed.write_text(f"chr1\t1\t{DIGITS}\n")
    with pytest.raises(InputError, match="not BED"):
        read_bed(str(bed))
    with pytest.raises(ConfigError, match="not understood"):
        parse_region(f"chr1:1-{DIGITS}")
    with pytest.raises(InputError, match="not understood"):
        parse_variant("chr1:1" + ",000" * 2000 + " A>C")


def test_numbers_of_a_record(tmp_path: Path) -> None:
    """INFO as a label, and what --keep-columns takes over: a genotype whose allele has no number is no allele."""
    header = [
        '##INFO=<ID=N,Number=1,Type=Integer,Description="n">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">',
    ]
    row = f"chr1\t5\t.\tA\tC,G\t.\t.\tN={DIGITS}\tGT\t{DIGITS}/1"
    text = vcf_text([row], header).replace("\tINFO\n", "\tINFO\tFORMAT\ts\n")
    with pytest.raises(InputError, match=r"INFO N is '999.*, not a 32-bit integer"):
        list(read_values(_vcf(tmp_path, vcf_text([row.partition("\tGT")[0]], header)), ["N"]))
    source = _vcf(tmp_path, text)
    with VcfReader(source) as reader:
        number, genotype = kept_values(["INFO/N", "FORMAT/GT"], reader.header, source)
        (record,) = reader
    assert (number.typed(record, 0), number.text(record, 0), number.misfits) == (None, DIGITS, 1)
    assert [genotype.text(record, at) for at in (0, 1)] == ["0/1", "0/0"]


def test_numbers_of_precomputed_scores(score_small: Score, small: SmallGenome, tmp_path: Path, toy: None) -> None:
    score_small([row_at(small, 121)], "made.vcf.gz")
    file = ScoreFile(tmp_path / "made.vcf.gz", "Toy")
    for cells in (["0.1"] * 4 + [MANY] + ["1"] * 3, ["0.1"] * 4 + [DIGITS] + ["1"] * 3, ["1e999"] * 4 + ["1"] * 4):
        assert file.parse("|".join(["C", "PLUS", *cells]), Alleles("chr1", 121, "A", "C")) is None
    assert file.unreadable == 3


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b"9" * 5000, b"[1]", b'{"format":1,"run":[1]}', b"\xff", b'{"a":' * 50_000]
)
def test_damaged_journal(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "o.vcf.resume"
    path.write_bytes(line + b"\n")
    with pytest.raises(InputError) as caught:
        Journal(path, {})
    assert caught.value.path == str(path)
    assert caught.value.hint == ("delete it and start again" if line.startswith(b'{"format":') else "move it away")


@pytest.mark.parametrize("rows", ["5", '{"toy":5}', '{"toy":[{"shape":[2],"float32":"AA"}]}', "{}, 5"])
def test_damaged_rows_of_a_journal(tmp_path: Path, rows: str) -> None:
    path, chunk = tmp_path / "o.vcf.resume", Chunk(0, ())
    path.write_text(f'{{"format":1,"run":{{}}}}\n{{"records":"{digest(chunk)}","rows":{rows}}}\n')
    with pytest.raises(InputError, match="is damaged") as caught:
        Journal(path, {}).rows(chunk)
    assert caught.value.path == str(path)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "out of memory; give a smaller --batch-size or fewer --threads"),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp:114] DefaultCPUAllocator: can't allocate memory"),
            "out of memory",
        ),
        (RuntimeError("can't start new thread"), "fewer --threads"),
        (OSError(errno.EIO, "Input/output error", "a\x1b.fa"), r"a\x1b.fa: Input/output error; check the file"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "/x: Permission denied; check the file"),
        (OSError(errno.ENAMETOOLONG, "File name too long"), "File name too long; check the file"),
    ],
)
def test_what_the_machine_lacks(
    invoke: Invoke, small: SmallGenome, tmp_path: Path, toy: None, monkeypatch: pytest.MonkeyPatch,
    error: Exception, words: str,
) -> None:  # fmt: skip
    """Raised while a network computes; nothing is left behind."""
    from genoscore.predictors.splicing.predictor import SplicePredictor

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(SplicePredictor, "predict_edits", fail)
    source = _vcf(tmp_path, vcf_text([row_at(small, 121)]))
    done = invoke("score", source, "-r", small.fasta, "-a", small.genes, "-p", "toy", "-o", tmp_path / "o.vcf")
    assert words in _one_line(done)
    assert [path.name for path in tmp_path.iterdir()] == ["in.vcf"]


def test_what_is_a_bug_is_called_one(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    from genoscore.cli import models

    monkeypatch.setattr(models, "_facts", lambda _: 1 / 0)
    done = invoke("models", "show", "spliceai")
    assert done.exit_code == 1
    assert "ZeroDivisionError: division by zero; this is a bug in genoscore" in done.stderr


def test_read_errors_of_a_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Failing(io.FileIO):
        def read(self, _: int | None = -1) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    source = _vcf(tmp_path, vcf_text([]))
    monkeypatch.setattr(lines, "open_binary", lambda path, _: Failing(path))
    with pytest.raises(InputError, match=r"in\.vcf cannot be read \(Input/output error\)") as caught:
        VcfReader(source)
    assert caught.value.path == source


def test_a_name_too_long_for_the_file_system(invoke: Invoke, small: SmallGenome) -> None:
    assert "File name too long" in _one_line(invoke("check", "x" * 5000 + ".vcf", "-r", small.fasta))


FAULTY = {
    "predictor": ("predictor.py", "sites = c[", "predictor cpg of genoscore-cpg 1.0 failed"),
    "scorer": ("scorer.py", "before, after =", "scorer sites of genoscore-cpg 1.0 failed"),
    "writer": ("writer.py", "record = result.record", "writer jsonl of genoscore-cpg 1.0 failed"),
}


@pytest.fixture
def _example_unloaded() -> Iterator[None]:
    """No module of the example is loaded before or after."""
    for moment in range(2):
        for name in [name for name in sys.modules if name.startswith("cpg_plugin")]:
            del sys.modules[name]
        if not moment:
            yield


@pytest.mark.usefixtures("_example_unloaded")
@pytest.mark.parametrize(
    ("part", "instead", "what"),
    [
        ("predictor", "raise ValueError('no\\x1bluck')", r"ValueError: no\x1bluck"),
        ("predictor", "raise SystemExit(0)", "SystemExit: 0"),
        ("scorer", "raise SystemExit(0)", "SystemExit: 0"),
        ("writer", "open('/no/such')", "FileNotFoundError"),
    ],
)
def test_plugins_answer_for_themselves(
    invoke: Invoke, small: SmallGenome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, instead: str,
    what: str,
) -> None:  # fmt: skip
    """Whatever the code of tests/plugin_example raises, even the end of the process, is said to be its own."""
    module, statement, words = FAULTY[part]
    example = ROOT / "tests" / "plugin_example"
    folder = Path(shutil.copytree(example, tmp_path / "installed", ignore=shutil.ignore_patterns("__pycache__")))
    points = tomllib.loads((example / "pyproject.toml").read_text())["project"]["entry-points"]
    write_metadata(folder, "genoscore-cpg", "1.0", points)
    path = folder / "cpg_plugin" / module
    text = path.read_text()
    assert statement in text
    path.write_text(text.replace(statement, f"{instead}\n        {statement}", 1))
    monkeypatch.syspath_prepend(str(folder))
    at = small.sequences["chr1"].index("CG", 200) + 1
    source = _vcf(tmp_path, vcf_text([f"chr1 {at} C T"]))
    said = _one_line(invoke("score", source, "-r", small.fasta, "-p", "cpg", "-o", tmp_path / "o.jsonl"))
    assert f"{words} ({what}" in said
    assert "report it to its authors" in said
    assert not (tmp_path / "o.jsonl").exists()


def test_a_reader_of_genes_answers_for_itself(
    invoke: Invoke, small: SmallGenome, tmp_path: Path, toy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_genes.py").write_text(
        "class Own:\n    kept = False\n    def matches(self, head): return head.startswith(b'OWN')\n"
        "    def read(self, reader): return [][0]\n"
    )
    write_metadata(tmp_path, "own-genes", "2.0", {"genoscore.gene_models": {"own": "own_genes:Own"}})
    monkeypatch.syspath_prepend(str(tmp_path))
    genes = tmp_path / "genes.own"
    genes.write_text("OWN\n")
    source = _vcf(tmp_path, vcf_text([row_at(small, 121)]))
    text = _one_line(invoke("check", source, "-r", small.fasta, "-a", genes, "-p", "toy"))
    assert "gene-model reader own of own-genes 2.0 failed (IndexError: list index out of range)" in text


def test_errors_outside_readers_name_their_file(tmp_path: Path) -> None:
    from genoscore.training import checkpoint

    path = tmp_path / "member-1.pt"
    path.write_text("nonsense")
    for read in (lambda: load_background(path), lambda: checkpoint.read(path, {})):
        with pytest.raises(InputError) as caught:
            read()
        assert caught.value.path == str(path)


def test_own_errors_are_nobody_elses() -> None:
    with pytest.raises(GenoscoreError) as caught:
        RunConfig("", Path("-"))
    assert plugin_at_fault(caught.value) == ""

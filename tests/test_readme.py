"""The results of README.md, by its own commands, on those of the records that it shows."""

from __future__ import annotations

import gzip
import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import ROOT, TEST_DATA, Invoke
from tests.markdown import fences

README = (ROOT / "README.md").read_text("utf-8")
_COMMANDS, _TABLE, _RECORD, _OWN = (fence.text for fence in fences(README) if fence.heading == "First result")
_TRANSCRIPT = "What becomes of the transcript"
(_CONSEQUENCES,) = (fence.text for fence in fences(README) if fence.heading == _TRANSCRIPT)


@pytest.fixture(scope="module")
def made(invoke: Invoke, spliceai_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the command writes, given the first records alone."""
    folder = tmp_path_factory.mktemp("readme")
    head = [line for line in (TEST_DATA / "variants.vcf").read_text().splitlines() if line.startswith("#")]
    shown = {tuple(line.split("\t")[:5]) for line in _TABLE.splitlines()[1:]}
    records = (TEST_DATA / "variants.vcf").read_text().splitlines()[len(head) :][: len(shown)]
    (folder / "variants.vcf").write_text("\n".join([*head, *records]) + "\n")
    make_folder, command = _COMMANDS.replace("\\\n", " ").splitlines()
    assert make_folder == "mkdir -p demo_out"
    program, *arguments = shlex.split(command)
    assert program == "genoscore"
    places = {"test_data/variants.vcf": folder / "variants.vcf"}
    places |= {f"test_data/{name}": TEST_DATA / name for name in ("genome.fa", "genes.tsv")}
    places |= {f"demo_out/{name}": folder / name for name in ("scored.vcf.gz", "scored.tsv")}
    done = invoke(*(places.get(argument, argument) for argument in arguments))
    assert done.exit_code == 0, done.stderr
    return folder


def test_table(made: Path) -> None:
    rows = (line.split("\t")[:12] for line in (made / "scored.tsv").read_text().splitlines())
    assert ["\t".join(row) for row in rows] == _TABLE.splitlines()


def test_record(made: Path) -> None:
    *_, last = gzip.decompress((made / "scored.vcf.gz").read_bytes()).decode().splitlines()
    shown, rest = _RECORD.split("...")
    assert rest == "\n"
    assert "\t".join(last.split("\t")[2:8]).startswith(shown)


def test_own_files(made: Path, invoke: Invoke) -> None:
    """The commands for a user's own files take the options that they are shown with."""
    check, score, _ = (shlex.split(line) for line in _OWN.splitlines())
    assert check[1] == "check"
    assert score[1] == "score"
    assert check[2:7] == score[2:7] == ["variants.vcf.gz", "-r", "GRCh38.fa", "-a", "grch38"]
    done = invoke("check", made / "variants.vcf", "-r", TEST_DATA / "genome.fa", "-a", TEST_DATA / "genes.tsv")
    assert done.exit_code == 0
    assert "7 records" in done.stdout


def _shown_consequences() -> list[list[str]]:
    """The README's table of consequences, its header first."""
    section = README.split(f"## {_TRANSCRIPT}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return [rows[0], *rows[2:]]


def _cut(numbers: str, line: str) -> list[str]:
    """What `cut -f` takes of a line."""
    cells = line.split("\t")
    ends = [number.split("-") for number in numbers.split(",")]
    return [cell for end in ends for cell in cells[int(end[0]) - 1 : int(end[-1])]]


def test_consequences(invoke: Invoke, spliceai_weights: Path, tmp_path: Path) -> None:
    shown = _shown_consequences()
    assert len(shown) == 6
    lines = (TEST_DATA / "brca2_splice.vcf").read_text().splitlines(keepends=True)
    names = {row[0] for row in shown}
    (tmp_path / "some.vcf").write_text("".join(x for x in lines if x[0] == "#" or x.split("\t")[2] in names))
    command, cut = _CONSEQUENCES.replace("\\\n", " ").splitlines()
    program, *arguments = shlex.split(command)
    assert program == "genoscore"
    places = {f"test_data/{name}": TEST_DATA / name for name in ("brca2.fa.gz", "brca2.gtf")}
    places |= {"test_data/brca2_splice.vcf": tmp_path / "some.vcf"}
    places |= {f"demo_out/{name}": tmp_path / name for name in ("brca2.tsv", "brca2.vcf.gz")}
    done = invoke(*(places.get(argument, argument) for argument in arguments))
    assert done.exit_code == 0, done.stderr
    table = (tmp_path / "brca2.tsv").read_text().splitlines()
    assert cut.startswith("cut -f ")
    assert cut.endswith(" demo_out/brca2.tsv")
    assert [_cut(cut.split()[2], line) for line in table] == shown
    (numbers,) = re.findall(r"cut -f (\S+) \S+/brca2.tsv", (ROOT / "Makefile").read_text())
    heading = "ID EVENT EVENT_NT FRAME PTC NMD HGVS_P IN_RNA"
    assert _cut(numbers, table[0]) == heading.split(), "make demo prints the same"

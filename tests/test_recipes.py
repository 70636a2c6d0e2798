"""The recipes of docs/recipes.md, run as they stand there."""

from __future__ import annotations

import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pysam
import pytest

from tests import preloaded
from tests.conftest import ROOT, TEST_DATA
from tests.markdown import Fence, fences

pytestmark = pytest.mark.slow
_KEPT = ("plus_donor", "star", "intergenic", "ref_mismatch")  # one for the network, three without
_SEVEN = "c.-39-9_-39-7del c.67+1G>A c.68-7T>A c.316+5G>A c.6937+594T>G c.7977-1G>C c.9502-13C>G"
_BRCA2 = tuple(f"NM_000059.4:{name}" for name in _SEVEN.split())


def blocks(page: Path) -> list[Fence]:
    """The bash and python blocks of a page, in order."""
    return [one for one in fences(page.read_text(encoding="utf-8")) if one.language in ("bash", "python")]


def _lines_of(name: str, ids: tuple[str, ...]) -> str:
    """A VCF of the demo with these records alone."""
    lines = (TEST_DATA / name).read_text().splitlines(keepends=True)
    return "".join(line for line in lines if line.startswith("#") or line.split("\t")[2] in ids)


def _write_vcf(path: Path, ids: tuple[str, ...]) -> None:
    """Records of the demo by ID, bgzipped and indexed."""
    plain = path.with_suffix("")
    plain.write_text(_lines_of("variants.vcf", ids))
    pysam.tabix_compress(str(plain), str(path), force=True)
    pysam.tabix_index(str(path), preset="vcf", force=True)
    plain.unlink()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, spliceai_weights: Path) -> Path:
    """A folder with the files that the recipes name, in which all of them were run."""
    if shutil.which("bcftools") is None:
        pytest.skip("bcftools is not installed (Debian: bcftools)")
    place = tmp_path_factory.mktemp("recipes")
    work, bin_folder = place / "work", place / "bin"
    work.mkdir()
    bin_folder.mkdir()
    program = bin_folder / "genoscore"
    command = shlex.join(preloaded.command("from genoscore.cli.app import main; main()"))
    program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    program.chmod(0o755)
    for name in ("genome.fa", "genes.tsv"):
        shutil.copy(TEST_DATA / name, work / name)
    _write_vcf(work / "variants.vcf.gz", _KEPT)
    _write_vcf(work / "new.vcf.gz", ("after_gene",))
    for name in ("brca2.fa.gz", "brca2.gtf"):
        shutil.copy(TEST_DATA / name, work / name)
    (work / "brca2_splice.vcf").write_text(_lines_of("brca2_splice.vcf", _BRCA2))
    environment = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}"}
    said = work / "said"
    said.mkdir()
    for number, block in enumerate(blocks(ROOT / "docs" / "recipes.md")):
        bash = block.language == "bash"
        call = ["bash", "-euo", "pipefail", "-c", block.text] if bash else preloaded.command(block.text)
        done = subprocess.run(call, cwd=work, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"{block.heading}\n{block.text}\n{done.stderr}"
        (said / f"{number:02}.{block.heading}").write_text(done.stdout)
    return work


def _said(folder: Path, heading: str) -> list[str]:
    """What the blocks under a heading printed."""
    return [path.read_text() for path in sorted((folder / "said").iterdir()) if path.name[3:] == heading]


def _ids(path: Path) -> list[str]:
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    return [line.split("\t")[2] for line in text.splitlines() if not line.startswith("#")]


def test_every_recipe_is_run(folder: Path) -> None:
    assert len(list((folder / "said").iterdir())) == len(blocks(ROOT / "docs" / "recipes.md")) >= 12


def test_check(folder: Path) -> None:
    text, _ = _said(folder, "Look before you score")
    assert "4 records" in text
    assert "REF mismatch: chrA:25650" in text
    checked = json.loads((folder / "check.json").read_text())
    assert (checked["records"], checked["error_alts"]) == (4, 1)


def test_filters(folder: Path) -> None:
    assert _ids(folder / "high.vcf.gz") == ["plus_donor"]
    scored, unscored, split = _said(folder, "Filter with bcftools")
    assert [line.split("\t")[4] for line in scored.splitlines()] == ["DEMO1"]
    assert unscored == "chrA\t15800\tSTAR\nchrA\t22000\tNO_GENE\nchrA\t25650\tREF_MISMATCH\n"
    assert split.startswith("chrA\t7221\tA\tDEMO1\t0.00\t0.00\t")
    assert split.count("\n") == 1


def test_consequences(folder: Path) -> None:
    told = _said(folder, "What becomes of the transcript")
    started, changed, view, shortened, dinucleotides, beyond, nothing, unknown, frames = (
        [line.replace("NM_000059.4:", "").split("\t") for line in text.splitlines()] for text in told
    )
    assert (started, view, unknown) == ([], [], [])
    assert [line[:2] for line in changed] == [
        ["c.67+1G>A", "exon_skipping"],
        ["c.316+5G>A", "exon_skipping"],
        ["c.6937+594T>G", "pseudoexon"],
        ["c.7977-1G>C", "exon_skipping"],
        ["c.9502-13C>G", "acceptor_shift"],
    ]
    lof = ["c.67+1G>A", "c.6937+594T>G", "c.7977-1G>C", "c.9502-13C>G"]
    assert [name.split(":")[1] for name in _ids(folder / "lof.vcf.gz")] == lof
    assert shortened == [["c.316+5G>A", "-249", "p.(Asp23_Leu105del)"]]
    assert dinucleotides == [
        ["c.67+1G>A", "exon_skipping", "start_lost", ".", "."],
        ["c.7977-1G>C", "exon_skipping", "frameshift", "2702", "yes"],
        ["c.316+5G>A", "PP3", "exon_skipping"],
        ["c.6937+594T>G", "PP3", "pseudoexon"],
        ["c.9502-13C>G", "PP3", "acceptor_shift"],
    ]
    assert beyond == [["c.6937+594T>G", "0.75", "AG:-99:0.74"], ["c.9502-13C>G", "0.71", "DL:159:0.23"]]
    assert nothing == [["c.-39-9_-39-7del", "normal"], ["c.68-7T>A", "skip"]]
    text = "\n".join(cell for line in frames for cell in line)
    assert re.search(r"c\.7977-1G>C exon_skipping +0\.\d\d +intron_retention +0\.\d\d r\.\(7976_7977ins\[", text)
    assert re.search(r"^pseudoexon +pseudoexon +1$", text, re.MULTILINE)


def test_pipe(folder: Path) -> None:
    assert _ids(folder / "piped.vcf.gz") == ["plus_donor"]


def test_min_band(folder: Path) -> None:
    assert _ids(folder / "short.vcf.gz") == ["plus_donor", "ref_mismatch"]
    assert json.loads((folder / "short.json").read_text())["left_out"] == 2


def test_pandas(folder: Path) -> None:
    pytest.importorskip("pandas")
    (text,) = _said(folder, "Read the TSV with pandas")
    assert text.count("very_high") == 1
    assert re.search(r"SCORED +1\n", text)


def test_parquet(folder: Path) -> None:
    (text,) = _said(folder, "Read the Parquet")
    assert re.search(r"chrA +7221 +G +A +DEMO1 +0\.99\d+ +-1", text)
    assert re.search(r"^\S+ 50$", text, re.MULTILINE)


def test_summary(folder: Path) -> None:
    (text,) = _said(folder, "Read the summary")
    assert {"SCORED 1", "NO_GENE 1", "REF_MISMATCH 1"} <= set(text.splitlines())


def test_config(folder: Path) -> None:
    text = gzip.decompress((folder / "masked.vcf.gz").read_bytes()).decode()
    assert "Distance=50,Mask=site" in text, "the flag wins over the file"
    assert _ids(folder / "masked.vcf.gz") == ["intergenic", "ref_mismatch"]


def test_keep_existing(folder: Path) -> None:
    assert _ids(folder / "both.scored.vcf.gz") == ["plus_donor", "after_gene", "star", "intergenic", "ref_mismatch"]
    lines = {
        name: {
            line.split("\t")[2]: line
            for line in gzip.decompress((folder / name).read_bytes()).decode().splitlines()
            if line[0] != "#"
        }
        for name in ("both.vcf.gz", "both.scored.vcf.gz")
    }
    changed = {key for key, line in lines["both.scored.vcf.gz"].items() if lines["both.vcf.gz"][key] != line}
    assert changed == {"after_gene"}


def test_precomputed(folder: Path) -> None:
    (text,) = _said(folder, "Take scores that exist already")
    assert text == "chrA 7221 precomputed\nchrA 15800 .\nchrA 22000 .\nchrA 25650 .\n"


def _telling(string: str) -> list[str]:
    """The cells of a `SpliceAI` string, without the positions of scores that print 0.00."""
    cells = string.split("|")
    return cells[:6] + [place for score, place in zip(cells[2:6], cells[6:], strict=True) if score != "0.00"]


def test_compat(folder: Path) -> None:
    *_, text = _said(folder, "Come from SpliceAI")
    strings = dict(re.findall(r"^chrA (\d+) (\S+)$", text, re.MULTILINE))
    peer = (TEST_DATA / "spliceai" / "demo.D50.M0.vcf").read_text().splitlines()
    wanted = {line.split("\t")[1]: line for line in peer if not line.startswith("#")}
    assert strings.keys() == {"7221", "15800", "22000", "25650"}
    for pos, string in strings.items():
        match = re.search(r"SpliceAI=([^;\t]+)", wanted[pos])
        assert _telling(string) == _telling(match[1] if match else ".")


def test_python(folder: Path) -> None:
    (text,) = _said(folder, "From Python")
    assert text == "2 records; 2 outside the region\nNO_GENE 1\nREF_MISMATCH 1\n"
